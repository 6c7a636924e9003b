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

    /// Refuses tables that this program would damage.
    private static func check(_ found: Found) throws(MySQLError) {
        guard found.oldestWriter <= version else {
            throw MySQLError(
                .schema,
                "the tables have version \(found.version), which this program (\(version)) may not write: use a newer one"
            )
        }
    }

    /// Refuses tables that `migrate` has not brought up to date, too.
    static func checkCurrent(_ found: Found?) throws(MySQLError) {
        guard let found else {
            throw MySQLError(.schema, "the database has no tables of ours: run `hakobi migrate` first")
        }
        guard found.version >= version else {
            throw MySQLError(
                .schema, "the tables have version \(found.version), this program needs \(version): run `hakobi migrate`"
            )
        }
        try check(found)
    }

    /// Brings the tables up. Whoever gets the lock first does the work; the others find it done. Needs no right to create
    /// when there is nothing to do.
    static func migrate(_ session: Session) throws(MySQLError) -> (from: Int, to: Int) {
        let before = try fittingVersion(session)
        guard before < version else { return (before, before) }
        guard try session.run(session.sql.schema.lock, commits: false).first?.intOrNil(0) == 1 else {
            throw MySQLError(.busy, "somebody else has been migrating for half a minute", isTransient: true)
        }
        let raised: (from: Int, to: Int)
        do throws(MySQLError) { raised = try raise(session) } catch {
            try unlock(session)
            throw error
        }
        try unlock(session)
        return raised
    }

    private static func fittingVersion(_ session: Session) throws(MySQLError) -> Int {
        guard let found = try find(session) else { return 0 }
        try check(found)
        return found.version
    }

    /// Under the lock. Each step may be repeated, since a step that defines something commits by itself.
    private static func raise(_ session: Session) throws(MySQLError) -> (from: Int, to: Int) {
        let before = try fittingVersion(session)
        guard before < version else { return (before, before) }
        try session.run(.script(script(prefix: session.sql.prefix)))
        try session.run(session.sql.schema.putVersion(version, reader: oldest, writer: oldest))
        return (before, version)
    }

    private static func unlock(_ session: Session) throws(MySQLError) {
        // A connection that is lost has let go of it.
        if try session.connection.isLost { return }
        try session.run(session.sql.schema.unlock, commits: false)
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
