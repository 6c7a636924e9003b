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
        try await reads.submit("schemaVersion", needsSchema: false) { session throws(StoreError) in
            (try Schema.find(on: session.connection).version, Schema.version)
        }
    }
}
