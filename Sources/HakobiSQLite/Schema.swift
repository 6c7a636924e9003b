internal import HakobiCore

/// The versions of the tables: expand first, contract a release later, so that neighbours run side by side.
enum Schema {
    /// What this program writes.
    static let version = 1

    /// One step, and how old a program may be to read or write what it leaves.
    struct Migration {
        let version: Int
        let oldestReader: Int
        let oldestWriter: Int
        let script: String
    }

    /// All steps in order; their texts are the files under `Migrations/`.
    static let migrations = [
        Migration(
            version: 1, oldestReader: 1, oldestWriter: 1,
            script: String(decoding: PackageResources._001_initial_sql, as: UTF8.self))
    ]

    /// The indexes of this version, each with the line that makes it.
    static let indexes: [(name: String, statement: String)] = migrations.flatMap { step in
        step.script.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.first == "CREATE", let place = words.firstIndex(of: "INDEX"), words.count > place + 1 else {
                return nil
            }
            return (String(words[place + 1]), String(line.dropLast()))
        }
    }

    /// What a file says of itself.
    struct Found: Equatable {
        var version: Int
        var oldestReader: Int
        var oldestWriter: Int

        /// A file without our tables.
        static let none = Found(version: 0, oldestReader: 0, oldestWriter: 0)
    }

    /// Reads what the file says.
    static func find(on connection: Connection) throws(StoreError) -> Found {
        guard try connection.prepare(.hasSchema).first({ _ in true }) == true else { return .none }
        let found = try connection.prepare(.schemaRow).first { row in
            Found(version: Int(row.int(0)), oldestReader: Int(row.int(1)), oldestWriter: Int(row.int(2)))
        }
        guard let found else { throw .damaged("hakobi_schema is empty", operation: connection.operation) }
        return found
    }

    /// Refuses a file that this program would damage.
    static func check(_ found: Found, operation: String) throws(StoreError) {
        guard found.oldestWriter <= version else {
            throw StoreError(
                .schema, operation: operation,
                "\(operation): the store's schema is version \(found.version), which programs from version "
                    + "\(found.oldestWriter) on may write; this one knows version \(version): upgrade it",
                isTransient: false)
        }
    }

    /// Refuses a file that `migrate` has not brought up to date.
    static func checkCurrent(_ found: Found, operation: String) throws(StoreError) {
        try check(found, operation: operation)
        guard found.version >= version else {
            throw StoreError(
                .schema, operation: operation,
                "\(operation): the store's schema is version \(found.version), this program needs version \(version): "
                    + "migrate it first",
                isTransient: false)
        }
    }

    /// Brings the file up to date. Whoever gets the write lock first does the work; the others find it done.
    static func migrate(_ connection: Connection) throws(StoreError) -> (from: Int, to: Int) {
        let before = try find(on: connection)
        try check(before, operation: connection.operation)
        guard before.version < version else { return (before.version, before.version) }
        try connection.run(.beginWrite)
        do throws(StoreError) {
            let steps = try migrateInside(connection)
            try connection.run(.commit)
            return steps
        } catch {
            if connection.isInTransaction { try connection.run(.rollback) }
            throw error
        }
    }

    /// The same within the caller's write transaction.
    static func migrateInside(_ connection: Connection) throws(StoreError) -> (from: Int, to: Int) {
        let found = try find(on: connection)
        try check(found, operation: connection.operation)
        for step in migrations where step.version > found.version {
            try connection.execute(step.script)
            let statement = try connection.prepare(step.version == 1 ? .insertSchemaRow : .updateSchemaRow)
            statement.bind(1, step.version)
            statement.bind(2, step.oldestReader)
            statement.bind(3, step.oldestWriter)
            try statement.run()
        }
        return (found.version, max(found.version, version))
    }
}
