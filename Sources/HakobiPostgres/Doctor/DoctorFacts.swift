internal import HakobiCore

/// What was found out about a server and a schema in it, before it is judged.
struct DoctorFacts: Sendable {
    /// Who keeps dead rows from being removed.
    struct Holder: Sendable {
        enum What: String, Sendable { case session, prepared, slot }

        var what: What
        var pid: Int32?
        /// The session's application, the prepared transaction's or the slot's name.
        var name: String
        var user: String?
        var state: String?
        /// `nil`: not shown to us.
        var age: Duration?
        var text: String?
    }

    struct Table: Sendable {
        var name: String
        var live: Int64
        var dead: Int64
        var bytes: Int64
        var indexBytes: Int64
        /// Since the last VACUUM; `nil`: never.
        var sinceVacuum: Duration?
        var isLeftOut: Bool
    }

    var version = ""
    var isStandby = false
    var sessions: Int64 = 0
    var maxSessions: Int64 = 100
    var settings: [String: String] = [:]
    var holder: Holder?
    var tables: [Table] = []
    /// Those of the schema's version, with the statement that makes each.
    var wantedIndexes: [(name: String, statement: String)] = []
    var validIndexes: Set<String> = []
    var invalidIndexes: Set<String> = []
    /// `INSERT on live` and the like.
    var missingRights: [String] = []
    var hasPooler = false
    var hasTables = true

    static let settingNames = [
        "fsync", "full_page_writes", "synchronous_commit", "default_transaction_isolation",
        "default_transaction_read_only", "autovacuum", "track_counts",
    ]
}

extension Session {
    /// Asks the catalogues, in one round.
    func doctorFacts() throws(PostgresError) -> DoctorFacts {
        var facts = DoctorFacts()
        facts.hasPooler = isPooled
        let round = newRound()
        round.isReadOnly = true
        let server = round.add(sql.doctor.server)
        let settings = round.add(sql.doctor.settings) { $0.texts(DoctorFacts.settingNames) { $0 } }
        let horizon = round.add(sql.doctor.horizon)
        let tables = round.add(sql.doctor.tables)
        let indexes = round.add(sql.doctor.indexes)
        let rights = round.add(sql.doctor.rights)
        let answers = try run(round)
        if let row = try answers[server].first { try facts.readServer(row) }
        for row in try answers[settings] { facts.settings[try row.text(0)] = try row.text(1) }
        facts.holder = try answers[horizon].first.map { row throws(PostgresError) in try row.holder() }
        for row in try answers[tables] { facts.tables.append(try row.table()) }
        for row in try answers[indexes] {
            let name = try row.text(0)
            if try row.bool(1) { facts.validIndexes.insert(name) } else { facts.invalidIndexes.insert(name) }
        }
        for row in try answers[rights] { facts.missingRights.append("\(try row.text(0)) on \(try row.text(1))") }
        // Who may not even look into the schema cannot be told its version; that right is among the missing ones.
        guard !facts.missingRights.contains(where: { $0.hasPrefix("USAGE") }) else { return facts }
        let schema = try findSchema()
        facts.hasTables = schema.version > 0
        facts.wantedIndexes = Schema.indexes(upTo: schema.version, schema: shared.quotedSchema)
        return facts
    }
}

extension DoctorFacts {
    fileprivate mutating func readServer(_ row: Rows.Row) throws(PostgresError) {
        isStandby = try row.bool(0)
        version = try row.text(1)
        sessions = try row.int8(2)
        maxSessions = try row.int8(3)
    }
}

extension Rows.Row {
    fileprivate func holder() throws(PostgresError) -> DoctorFacts.Holder {
        DoctorFacts.Holder(
            what: DoctorFacts.Holder.What(rawValue: try text(0)) ?? .session, pid: try int4OrNil(1),
            name: textOrNil(2) ?? "", user: textOrNil(3), state: textOrNil(4),
            age: try int8OrNil(5).map { .microseconds($0) }, text: textOrNil(6))
    }

    fileprivate func table() throws(PostgresError) -> DoctorFacts.Table {
        DoctorFacts.Table(
            name: try text(0), live: try int8(1), dead: try int8(2), bytes: try int8(3), indexBytes: try int8(4),
            sinceVacuum: try int8OrNil(5).map { .microseconds($0) }, isLeftOut: try bool(6))
    }
}

extension Schema {
    /// The indexes that the steps up to a version leave behind, and how each is made.
    static func indexes(upTo version: Int, schema: String) -> [(name: String, statement: String)] {
        var indexes: [(name: String, statement: String)] = []
        for step in migrations where step.version <= version {
            for statement in step.statements(schema: schema, channel: "") {
                let words = statement.split(whereSeparator: \.isWhitespace)
                guard let place = words.firstIndex(of: "INDEX"), place < 3, words.count > place + 1 else { continue }
                if words[0] == "CREATE" { indexes.append((String(words[place + 1]), statement)) }
                guard words[0] == "DROP", let gone = words.last?.split(separator: ".").last?.dropLast() else {
                    continue
                }
                indexes.removeAll { $0.name == gone }
            }
        }
        return indexes
    }
}
