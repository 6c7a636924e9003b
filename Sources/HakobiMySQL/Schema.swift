internal import HakobiCore

/// The tables' version and how it is raised.
enum Schema {
    /// What this program writes.
    static let version = 1
    /// The oldest program that may read and write it.
    static let oldest = 1

    struct Found {
        let version: Int
        let oldestReader: Int
        let oldestWriter: Int
    }

    /// What is there; `nil` when nothing is.
    static func find(_ session: Session) throws(MySQLError) -> Found? {
        do throws(MySQLError) {
            guard let row = try session.run(session.sql.schema.version, commits: false).first else { return nil }
            return Found(
                version: Int(try row.int(0)), oldestReader: Int(try row.int(1)), oldestWriter: Int(try row.int(2)))
        } catch {
            if error.reason == .schema { return nil }
            throw error
        }
    }

    static func checkCurrent(_ found: Found?) throws(MySQLError) {
        guard let found else {
            throw MySQLError(.schema, "the database has no tables of ours: run `hakobi migrate` first")
        }
        guard found.version >= version else {
            throw MySQLError(
                .schema, "the tables have version \(found.version), this program needs \(version): run `hakobi migrate`"
            )
        }
        guard found.oldestWriter <= version else {
            throw MySQLError(
                .schema,
                "the tables have version \(found.version), which this program (\(version)) may not write: use a newer one"
            )
        }
    }

    /// Brings the tables up. Each step may be repeated, since a step that defines something commits by itself.
    static func migrate(_ session: Session) throws(MySQLError) -> (from: Int, to: Int) {
        let before = try find(session)?.version ?? 0
        guard before < version else { return (before, before) }
        guard try session.run(session.sql.schema.lock, commits: false).first?.intOrNil(0) == 1 else {
            throw MySQLError(.busy, "somebody else has been migrating for half a minute", isTransient: true)
        }
        try session.run(.script(script(prefix: session.sql.prefix)))
        try session.run(session.sql.schema.putVersion(version, reader: oldest, writer: oldest))
        try session.run(session.sql.schema.unlock, commits: false)
        return (before, version)
    }

    /// All steps as one text, for these names of tables. The server takes it in one message and tells statements and
    /// bodies apart itself.
    static func script(prefix: String) -> String {
        let text = String(decoding: PackageResources._001_initial_sql, as: UTF8.self)
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("--") }
        let script = lines.joined(separator: "\n").replacing("hakobi_", with: prefix)
        return script.hasSuffix(";") ? String(script.dropLast()) : script
    }

    /// The same for a program that reads statements by their delimiter.
    static func printed(prefix: String) -> String {
        let parts = script(prefix: prefix).split(separator: "CREATE PROCEDURE", maxSplits: 1)
        let version = SchemaStatements(tables: Tables(prefix)).putVersion(version, reader: oldest, writer: oldest)
        return "\(parts[0])DELIMITER //\nCREATE PROCEDURE\(parts[1])//\nDELIMITER ;\n\(version.text);\n"
    }
}
