internal import CPostgres
internal import Glibc
internal import HakobiCore
internal import HakobiDatabase

/// One session with a server, used from one thread.
///
/// Its socket never blocks: while a round is under way the thread waits for the socket and for its bell, so that closing
/// and cancelled callers are heard even when the server is not.
final class Connection {
    let handle: OpaquePointer
    let address: PostgresAddress
    let bell: Bell
    /// What the server told about itself.
    private(set) var facts = Facts()
    /// Statements are prepared under names; not behind a pooler that lends sessions a transaction at a time.
    var preparesStatements = true
    /// By when a round under way must be done, asked whenever the bell rings.
    var deadline: () -> ContinuousClock.Instant? = { nil }

    var prepared: Set<String> = []
    private var spare: Round? = Round()
    private var notifications: [String] = []
    /// A transaction begun by `Statement.begin` is open.
    private(set) var isInTransaction = false
    /// It cannot be used any more.
    var isLost = false

    struct Facts {
        /// As in 150020 for 15.20.
        var serverVersion = 0
        var backendPID: Int32 = 0
        /// Somebody between us and the server answers for it.
        var hasPooler = false
    }

    /// Takes the handle over, which has been connected.
    init(owning handle: OpaquePointer, address: PostgresAddress, bell: Bell) throws(PostgresError) {
        self.handle = handle
        self.address = address
        self.bell = bell
        PQsetnonblocking(handle, 1)
        // The default prints to standard error.
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        PQsetErrorVerbosity(handle, PQERRORS_DEFAULT)
        guard PQenterPipelineMode(handle) == 1 else { throw lost("pipeline mode was refused", .notDone) }
        facts.serverVersion = Int(PQserverVersion(handle))
    }

    deinit { PQfinish(handle) }

    /// The schema of our tables, quoted for SQL.
    var schema: String { address.quotedSchema }

    /// An empty round; its memory is used again once it has been run.
    func newRound() -> Round {
        defer { spare = nil }
        let round = spare ?? Round()
        round.clear()
        return round
    }

    /// Sends a round and waits for all its answers. Throws the first failure; then nothing of it was done.
    func run(_ round: Round) throws(PostgresError) -> Answers {
        defer { spare = round }
        guard !isLost else { throw lost("it was over before", .notDone) }
        var exchange = Exchange(round: round, isInTransaction: isInTransaction)
        try exchange.perform(on: self)
        isInTransaction = exchange.isInTransaction
        drainNotifications()
        if let error = exchange.failure { throw error }
        return Answers(rows: exchange.rows)
    }

    /// Runs what is said once in a connection's life: to prepare it would not pay, and behind a pooler somebody else may have
    /// prepared it already.
    func run(once round: Round) throws(PostgresError) -> Answers {
        let prepares = preparesStatements
        preparesStatements = false
        defer { preparesStatements = prepares }
        return try run(round)
    }

    /// Undoes an open transaction, if there is one.
    func rollBack() throws(PostgresError) {
        guard isInTransaction, !isLost else { return }
        let round = newRound()
        round.add(.rollback)
        _ = try run(round)
    }

    /// Messages that have come on the channels listened to, oldest first.
    func takeNotifications() -> [String] {
        drainNotifications()
        defer { notifications = [] }
        return notifications
    }

    /// Reads what has arrived without being asked for: notifications, or the end.
    func readUnasked() throws(PostgresError) {
        guard PQconsumeInput(handle) == 1, PQstatus(handle) == CONNECTION_OK else {
            throw lost(PostgresError.firstLine(PQerrorMessage(handle)), .notDone)
        }
        drainNotifications()
    }

    /// Marks it lost and says so.
    func lost(_ words: String, _ effect: StoreError.Effect) -> PostgresError {
        isLost = true
        return PostgresError(lost: words, effect: effect)
    }

    func note(pid: Int32) {
        facts.backendPID = pid
        facts.hasPooler = pid != PQbackendPID(handle)
    }

    private func drainNotifications() {
        while let notify = PQnotifies(handle) {
            if let payload = notify.pointee.extra { notifications.append(String(cString: payload)) }
            PQfreemem(notify)
        }
    }
}
