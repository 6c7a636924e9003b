internal import HakobiCore

/// Every SQL text of this module is in this folder, one name a statement, each with the index that carries it, what it
/// locks and its guard. The tables' prefix is put in once; values are bound, or are numbers.
struct Statements: Sendable {
    let prefix: String
    let insert: InsertStatements
    let move: MoveStatements
    let names: NameStatements
    let edit: EditStatements
    let read: ReadStatements

    init(prefix: String) {
        self.prefix = prefix
        let tables = Tables(prefix)
        insert = InsertStatements(tables)
        move = MoveStatements(tables)
        names = NameStatements(tables)
        edit = EditStatements(tables)
        read = ReadStatements(tables)
        claim = ClaimStatements(tables: tables)
        schema = SchemaStatements(tables: tables)
        doctor = DoctorStatements(tables: tables)
    }

    let claim: ClaimStatements
    let schema: SchemaStatements
    let doctor: DoctorStatements
}

/// The tables' names under one prefix.
struct Tables: Sendable {
    let prefix: SQL

    init(_ prefix: String) { self.prefix = .name(prefix) }

    var job: SQL { "\(prefix)job" }
    var kept: SQL { "\(prefix)kept" }
    var attempt: SQL { "\(prefix)attempt" }
    var tally: SQL { "\(prefix)tally" }
    var idempotency: SQL { "\(prefix)idempotency" }
    var kind: SQL { "\(prefix)kind" }
    var queue: SQL { "\(prefix)queue" }
    var lane: SQL { "\(prefix)lane" }
    var owner: SQL { "\(prefix)owner" }
    var reporter: SQL { "\(prefix)reporter" }
    var worker: SQL { "\(prefix)worker" }
    var schema: SQL { "\(prefix)schema" }
    /// The index by place and moment, which must be gone by: the planner would scan half a million rows for a guess.
    var byOrder: SQL { "\(job) FORCE INDEX (by_order)" }
}

extension SQL {
    /// The store's clock: microseconds since 1970 by the server, whatever its time zone.
    static let now: SQL = "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))"
    /// The same where a moment may be bound in its place, as tests do.
    static let boundNow: SQL = "COALESCE(?, \(now))"

    /// A moment that is known, or the server's.
    static func moment(_ known: Int64?) -> SQL { known.map { "\($0)" } ?? now }
}

/// The places that are not lanes.
enum Place {
    static let running: Int64 = -2
    static let completed: Int64 = -3
    static let cancelled: Int64 = -4
    static let dead: Int64 = -5

    /// Where a job of this lane waits.
    static func waiting(_ lane: Int64, isLonely: Bool) -> Int64 { lane * 2 + (isLonely ? 1 : 0) }

    static func state(_ place: Int64) throws(MySQLError) -> JobState {
        switch place {
        case 1...: .available
        case running: .running
        case completed: .completed
        case cancelled: .cancelled
        case dead: .dead
        default: throw .damaged("\(place) is no job's place")
        }
    }

    static func of(_ state: JobState, lane: Int64, isLonely: Bool) -> Int64 {
        switch state {
        case .running: running
        case .completed: completed
        case .cancelled: cancelled
        case .dead: dead
        default: waiting(lane, isLonely: isLonely)
        }
    }
}

/// The bits of a job's flags.
enum JobFlags {
    static let cancelRequested: Int64 = 1
    static let hasKept: Int64 = 2
    static let isLonely: Int64 = 4
}
