internal import HakobiCore

/// What was found out about a server and our tables on it, before it is judged.
struct DoctorFacts: Sendable {
    /// Who has the oldest transaction.
    struct Holder: Sendable {
        var session: Int64
        var age: Duration
        var user: String?
        var host: String?
        /// It has begun and does nothing.
        var isIdle: Bool
        var text: String?
    }

    struct Index: Sendable, Hashable {
        let table: String
        let name: String
    }

    /// By their names in small letters.
    var settings: [String: String] = [:]
    /// Of our own sessions.
    var isolation = ""
    var sessions: Int64 = 0
    var history: Int64?
    /// This user may see others' transactions.
    var seesTransactions = true
    var holder: Holder?
    /// Those of the tables' version, with the statement that makes each.
    var wantedIndexes: [(index: Index, statement: String)] = []
    var indexes: Set<Index> = []
    /// `INSERT on hakobi_job` and the like.
    var missingRights: [String] = []
    var hasTables = true
    var maxPayloadBytes = 0

    func number(_ name: String) -> Int64? { settings[name].flatMap { Int64($0) } }
    func isOn(_ name: String) -> Bool { ["ON", "1"].contains(settings[name]?.uppercased() ?? "") }
}

extension Session {
    /// Asks the server, one thing after another.
    func doctorFacts() throws(MySQLError) -> DoctorFacts {
        var facts = DoctorFacts()
        facts.maxPayloadBytes = shared.options.maxPayloadBytes
        for row in try run(sql.doctor.settings, commits: false) {
            facts.settings[try row.text(0).lowercased()] = try row.text(1)
        }
        facts.isolation = try run(sql.doctor.ownIsolation, commits: false).first?.text(1) ?? ""
        for row in try run(sql.doctor.counts, commits: false) {
            if try row.text(0) == "Threads_connected" {
                facts.sessions = try row.int(1)
            } else {
                facts.history = try row.int(1)
            }
        }
        try findHolder(&facts)
        facts.hasTables = try Schema.find(self) != nil
        guard facts.hasTables else { return facts }
        facts.wantedIndexes = Schema.indexes(prefix: sql.prefix)
        try findRights(&facts)
        // Who lacks rights on a table does not see its indexes.
        guard facts.missingRights.isEmpty else { return facts }
        for row in try run(sql.doctor.indexes, commits: false) {
            facts.indexes.insert(DoctorFacts.Index(table: try row.text(0), name: try row.text(1)))
        }
        return facts
    }

    private func findHolder(_ facts: inout DoctorFacts) throws(MySQLError) {
        do throws(MySQLError) {
            facts.holder = try run(sql.doctor.oldest, commits: false).first.map { row throws(MySQLError) in
                try row.holder()
            }
        } catch {
            guard error.lacksRight else { throw error }
            facts.seesTransactions = false
        }
    }

    private func findRights(_ facts: inout DoctorFacts) throws(MySQLError) {
        for (table, column) in Schema.tables(prefix: sql.prefix) {
            for probe in sql.doctor.probes(.name(table), column: .name(column)) {
                do throws(MySQLError) { try run(probe.statement, commits: false) } catch {
                    guard error.lacksRight else { throw error }
                    facts.missingRights.append("\(probe.right) on \(table)")
                }
            }
        }
    }
}

extension Row {
    fileprivate func holder() throws(MySQLError) -> DoctorFacts.Holder {
        DoctorFacts.Holder(
            session: try int(0), age: .microseconds(try int(1)), user: textOrNil(2), host: textOrNil(3),
            isIdle: textOrNil(4) == "Sleep", text: textOrNil(5))
    }
}
