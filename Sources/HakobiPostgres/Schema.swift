public import HakobiCore

/// The versions of the tables: expand first, contract a release later, so that neighbours run side by side.
enum Schema {
    /// What this program writes.
    static let version = 1

    /// One step, and how old a program may be to read or write what it leaves.
    struct Migration {
        let version: Int
        let oldestReader: Int
        let oldestWriter: Int
        /// Written for the schema "hakobi".
        let script: String

        /// Its statements, for the schema of a store.
        func statements(schema: String, channel: String) -> [String] {
            Script.statements(
                script.replacing("'hakobi_hakobi'", with: Script.literal(channel))
                    .replacing("hakobi.", with: "\(schema)."))
        }
    }

    /// All steps in order; their texts are the files under `Migrations/`.
    static let migrations = [
        Migration(
            version: 1, oldestReader: 1, oldestWriter: 1,
            script: String(decoding: PackageResources._001_initial_sql, as: UTF8.self))
    ]

    /// What a schema says of itself.
    struct Found: Equatable {
        var version: Int
        var oldestReader: Int
        var oldestWriter: Int
        /// There is a place for the tables.
        var hasPlace: Bool

        /// A database without our tables.
        static func none(hasPlace: Bool) -> Found {
            Found(version: 0, oldestReader: 0, oldestWriter: 0, hasPlace: hasPlace)
        }
    }

    /// Refuses tables that this program would damage.
    static func check(_ found: Found) throws(PostgresError) {
        guard found.oldestWriter <= version else {
            throw PostgresError(
                .schema,
                "the store's schema is version \(found.version), which programs from version \(found.oldestWriter) on may "
                    + "write; this one knows version \(version): upgrade it")
        }
    }

    /// Refuses tables that `migrate` has not brought up to date.
    static func checkCurrent(_ found: Found) throws(PostgresError) {
        try check(found)
        guard found.version >= version else {
            throw PostgresError(
                .schema,
                "the store's schema is version \(found.version), this program needs version \(version): run "
                    + "\"hakobi migrate\" first")
        }
    }
}

extension PostgresStore {
    /// All that `migrate` would do on an empty database, as SQL: for those who let nobody but their own tools create
    /// tables. `url` says which schema.
    public static func migrationScript(for url: String) throws(StoreError) -> String {
        let address = try PostgresAddress(parsing: url)
        let schema = address.quotedSchema
        var statements = ["BEGIN;", "CREATE SCHEMA IF NOT EXISTS \(schema);"]
        for step in Schema.migrations {
            statements += step.statements(schema: schema, channel: address.channel)
            let version = "\(step.version), \(step.oldestReader), \(step.oldestWriter)"
            statements.append(SessionStatements.schemaRow(schema, version))
        }
        return (statements + ["COMMIT;"]).joined(separator: "\n\n")
    }
}

/// SQL texts of several statements.
enum Script {
    /// The statements of a migration: each ends with a line that ends in ";", and bodies stand between "$$".
    static func statements(_ script: String) -> [String] {
        var statements: [String] = []
        var lines: [Substring] = []
        var isInBody = false
        for line in script.split(separator: "\n", omittingEmptySubsequences: false) {
            if lines.isEmpty, line.isEmpty || line.hasPrefix("--") { continue }
            lines.append(line)
            if !line.ranges(of: "$$").count.isMultiple(of: 2) { isInBody.toggle() }
            guard !isInBody, line.hasSuffix(";") else { continue }
            statements.append(lines.joined(separator: "\n"))
            lines = []
        }
        return statements
    }

    /// A text as SQL writes it.
    static func literal(_ text: String) -> String { "'\(text.replacing("'", with: "''"))'" }
}

extension Session {
    /// Reads what the schema says.
    func findSchema() throws(PostgresError) -> Schema.Found {
        let round = newRound()
        round.isReadOnly = true
        let step = round.add(sql.session.hasSchema) { $0.text(shared.schema) }
        guard let row = try run(round)[step].first else { throw PostgresError(defect: "the catalogue is silent") }
        guard try row.bool(0) else { return .none(hasPlace: try row.bool(1)) }
        let look = newRound()
        look.isReadOnly = true
        let version = look.add(sql.session.schemaRow)
        guard let found = try run(look)[version].first else { throw damaged("schema_version is empty") }
        return Schema.Found(
            version: Int(try found.int4(0)), oldestReader: Int(try found.int4(1)), oldestWriter: Int(try found.int4(2)),
            hasPlace: true)
    }

    /// Brings the tables up to date. Whoever gets the lock first does the work; the others find it done. Needs no right to
    /// create when there is nothing to do.
    func migrate() throws(PostgresError) -> (from: Int, to: Int) {
        let before = try findSchema()
        try Schema.check(before)
        guard before.version < Schema.version else { return (before.version, before.version) }
        return try transaction { () throws(PostgresError) in
            let lock = newRound()
            lock.add(sql.session.lockSchema) { $0.text(quotedSchema) }
            _ = try run(lock)
            let found = try findSchema()
            try Schema.check(found)
            let round = newRound()
            if !found.hasPlace { round.add(sql.session.createSchema) }
            for step in Schema.migrations where step.version > found.version { add(step, to: round) }
            if !round.steps.isEmpty { _ = try run(round) }
            return (found.version, max(found.version, Schema.version))
        }
    }

    private func add(_ step: Schema.Migration, to round: Round) {
        for (number, text) in step.statements(schema: quotedSchema, channel: shared.channel).enumerated() {
            round.add(Statement("hakobi_migrate_\(step.version)_\(number)", text))
        }
        round.add(sql.session.putSchemaRow) {
            $0.int4(Int32(step.version))
            $0.int4(Int32(step.oldestReader))
            $0.int4(Int32(step.oldestWriter))
        }
    }

    private var quotedSchema: String { shared.quotedSchema }
}
