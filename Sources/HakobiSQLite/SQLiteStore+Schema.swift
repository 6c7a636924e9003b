public import HakobiCore

extension SQLiteStore: SchemaKeeper {
    /// Brings the schema up to this program's version; safe when several start at once. Answers the versions passed.
    public func migrate() async throws(StoreError) -> (from: Int, to: Int) {
        try await writes.submit("migrate", needsSchema: false) { session throws(StoreError) in
            try Schema.migrateInside(session.connection)
        }
    }

    /// The version found, and the one this program writes.
    public func schemaVersion() async throws(StoreError) -> (found: Int, expected: Int) {
        try await reads.submit("schema version", needsSchema: false) { session throws(StoreError) in
            (try Schema.find(on: session.connection).version, Schema.version)
        }
    }
}

extension SQLiteStore: StoreDoctor {
    /// When answers are given, and indexes.
    public func examine() async throws(StoreError) -> [Finding] {
        let there = try await reads.submit("doctor", needsSchema: false) { session throws(StoreError) in
            try session.connection.prepare(.indexNames).first { row in row.text(0) } ?? ""
        }
        let missing = Schema.indexes.filter { !there.split(separator: " ").map(String.init).contains($0.name) }
        return [
            setup.options.synchronous == .full
                ? .ok("durability", "the disk has what was acknowledged")
                : .warn(
                    "durability", "synchronous is normal: a power cut may lose the last moments; leave the option out"),
            missing.first.map { first in
                let names = missing.map(\.name).joined(separator: ", ")
                return .fail("indexes", "missing: \(names): `\(first.statement)`")
            } ?? .ok("indexes", "all \(Schema.indexes.count) are there"),
        ]
    }
}
