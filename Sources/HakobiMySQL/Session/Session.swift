internal import HakobiCore
internal import HakobiDatabase
internal import Synchronization

/// What the threads of one store share.
final class Shared: Sendable {
    let options: MySQLOptions
    let sql: Statements
    let wake: Wake
    /// Where claims begin; told by whoever makes something available.
    let cursors = Mutex(LaneCursors())

    init(_ options: MySQLOptions, prefix: String, wake: Wake) {
        self.options = options
        self.wake = wake
        sql = Statements(prefix: prefix)
    }
}

/// The operations of a store on one connection; they are its extensions, a file each. Lives on its connection's thread.
final class Session: Rounds {
    let shared: Shared
    var names = Names()
    var pace = Pace()
    /// Claims that were answered with what they had, when the rest may have been leased as well: their owners hear of that
    /// with the next, and look for it.
    var doubts: [Owner: MySQLError] = [:]
    /// Queues that were paused at the last look.
    var paused: Set<Int64> = []
    /// The thread's, which closes it by letting go.
    private weak var current: Connection?
    private var isCurrent = false

    init(_ shared: Shared) { self.shared = shared }

    var sql: Statements { shared.sql }

    /// The wall clock where tests set one; `nil`: the server's.
    var wall: Int64? { shared.options.clock?.wall().microseconds }
    /// What leases go by then.
    var steady: Int64? { shared.options.clock?.steady().wholeMicroseconds }

    var connection: Connection {
        get throws(MySQLError) {
            guard let current else { throw .defect("there is no connection") }
            return current
        }
    }

    // MARK: Rounds

    func opened(_ connection: Connection) throws(MySQLError) {
        current = connection
        // What is there now may have been put back from a copy, with other numbers.
        isCurrent = false
        (names, pace, paused) = (Names(), Pace(), [])
        shared.cursors.withLock { $0.forget() }
    }

    /// Settlements and inserts that gathered are merged; the rest follows, one after another.
    func round(_ tickets: [Ticket<Work>], on connection: Connection) throws(MySQLError) {
        current = connection
        var settles: [SettleTicket] = []
        var inserts: [InsertTicket] = []
        for ticket in tickets {
            switch ticket.work {
            case .settle(let settlements, let reply) where !reply.isAnswered:
                settles.append(SettleTicket(settlements: settlements, reply: reply))
            case .insert(let jobs, let reply) where !reply.isAnswered:
                inserts.append(InsertTicket(jobs: jobs, reply: reply))
            default: continue
            }
        }
        if !settles.isEmpty || !inserts.isEmpty { try checkSchema() }
        if !settles.isEmpty { try settle(settles) }
        if !inserts.isEmpty { try insert(inserts) }
        for ticket in tickets where !ticket.waiting.isAnswered {
            guard case .other(let operation) = ticket.work else { continue }
            try perform(operation)
        }
    }

    private func perform(_ operation: Operation) throws(MySQLError) {
        if operation.needsSchema { try checkSchema() }
        guard operation.isTransaction else { return try operation.body(self)() }
        let tell = try transaction { () throws(MySQLError) in try operation.body(self) }
        tell()
    }

    /// All or nothing; whoever throws is rolled back by the thread.
    func transaction<Value>(_ body: () throws(MySQLError) -> Value) throws(MySQLError) -> Value {
        let connection = try connection
        try connection.begin()
        let value = try body()
        try connection.commit()
        return value
    }

    private func checkSchema() throws(MySQLError) {
        guard !isCurrent else { return }
        try Schema.checkCurrent(Schema.find(self))
        isCurrent = true
    }

    // MARK: Short ways

    @discardableResult
    func run(
        _ statement: Prepared, commits: Bool = true, _ bind: (inout Values) throws(MySQLError) -> Void
    ) throws(MySQLError) -> Rows {
        try connection.run(statement, commits: commits, bind)
    }

    @discardableResult
    func run<Items: Collection>(
        _ statement: Prepared, each items: Items, _ bind: (inout Values, Items.Element) throws(MySQLError) -> Void
    ) throws(MySQLError) -> Rows {
        try connection.run(statement, each: items, bind)
    }

    /// The last answer of statements in one message.
    @discardableResult
    func run(_ statements: SQL..., commits: Bool = true) throws(MySQLError) -> Rows {
        try run(statements, commits: commits)
    }

    @discardableResult
    func run(_ statements: [SQL], commits: Bool = true) throws(MySQLError) -> Rows {
        guard let rows = try connection.run(statements, commits: commits).last else {
            throw .defect("a statement is silent")
        }
        return rows
    }

    /// Something became available in a lane from `due` on.
    func arrived(_ place: Int64, due: Int64) { shared.cursors.withLock { $0.lower(place, to: due) } }
}
