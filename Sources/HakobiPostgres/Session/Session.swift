internal import HakobiCore
internal import HakobiDatabase
internal import Synchronization

/// The work of one connection: what is merged, what is done, and who is told. Its operations are its extensions, a file
/// each.
final class Session: Rounds {
    /// Which of a store's two connections it is.
    enum Role: String {
        /// What must be durable: inserts, settlements, edits.
        case books
        /// Claims, which wait for the server's own disk and for no other's, rescues, which are repeated, and looks.
        case take
    }

    let role: Role
    let shared: Shared
    var names = Names()
    /// The pace of the looks below the cursors.
    var looks = Looks()
    /// Its turn had come when jobs were in hand.
    var owedLook: LookDepth?
    var clock = HeardClock()
    /// Lanes of queues that were not paused when they were last looked at: only of those does an empty claim say something.
    var openLanes: Set<Int32> = []
    /// All that claims have asked for so far: what their cursors may have passed by.
    var asked = Asked()
    /// The last claim brought less than was wanted: little waits, and a hint is probably about a job or two.
    var wasShort = false
    var plan = ClaimPlan()
    var idleWord = IdleWord()
    var pruned = PruneFloor()
    /// Claims that were answered with what they had, when the rest may have been leased as well: their owners hear of that
    /// with the next, and look for it.
    var doubts: [Owner: PostgresError] = [:]
    /// Lanes made by this process when this session last read them.
    var lanesSeen = -1
    /// The link's thread holds it, and closes it by letting go, at rest for one.
    private weak var connection: Connection?
    private var isCurrent = false
    /// Told when the transaction under way has been committed.
    private var untold: [() -> Void] = []
    /// The session is ours alone, so its settings last.
    private var keepsSettings = false

    var sql: AllStatements { shared.statements }
    /// What statements are given instead of the server's clock; `nil` but in tests.
    var wall: Int64? { shared.options.clock.map { $0.wall().microseconds } }
    var steady: Int64? { shared.options.clock.map { $0.steady().wholeMicroseconds } }

    init(_ role: Role, _ shared: Shared) {
        self.role = role
        self.shared = shared
    }

    func opened(_ connection: Connection) throws(PostgresError) {
        self.connection = connection
        names = Names()
        isCurrent = false
        lanesSeen = -1
        looks = Looks()
        openLanes = []
        owedLook = nil
        shared.cursors.withLock { $0.reset() }
        keepsSettings = connection.preparesStatements && !connection.facts.hasPooler
        guard keepsSettings else { return }
        let round = connection.newRound()
        addSettings(to: round, isLocal: false)
        _ = try connection.run(once: round)
    }

    func notified(_ payload: String) {
        if payload == Shared.lookWord { shared.wantsLook.store(true, ordering: .relaxed) }
        shared.hints.send()
    }

    func round(_ tickets: [Ticket<Work>], on connection: Connection) throws(PostgresError) {
        self.connection = connection
        var (inserts, settles): ([InsertTicket], [SettleTicket]) = ([], [])
        var claims: [(Demand, Reply<[ClaimedJob]>)] = []
        for ticket in tickets where !ticket.waiting.isAnswered {
            switch ticket.work {
            case .insert(let jobs, let reply): inserts.append(InsertTicket(jobs: jobs, reply: reply))
            case .settle(let settlements, let reply):
                settles.append(SettleTicket(settlements: settlements, reply: reply))
            case .claim(let demand, let reply): claims.append((demand, reply))
            case .other(let operation): try perform(operation)
            }
        }
        guard !(inserts.isEmpty && settles.isEmpty && claims.isEmpty) else { return }
        try checkSchema()
        if !(inserts.isEmpty && settles.isEmpty) { try keepBooks(settles, inserts) }
        for (demand, reply) in claims {
            try claim(demand, reply)
            try payLook()
        }
    }

    private func perform(_ operation: Operation) throws(PostgresError) {
        if operation.needsSchema { try checkSchema() }
        guard operation.isTransaction else { return try operation.body(self)() }
        let answer = try transaction { () throws(PostgresError) in try operation.body(self) }
        answer()
    }

    /// Several rounds in one transaction. On an error the link rolls back.
    func transaction<Value>(_ body: () throws(PostgresError) -> Value) throws(PostgresError) -> Value {
        untold = []
        let begin = try held.newRound()
        begin.add(.begin)
        if !keepsSettings { addSettings(to: begin, isLocal: true) }
        _ = try run(begin)
        let value = try body()
        let commit = try held.newRound()
        commit.add(.commit)
        _ = try run(commit)
        for tell in untold { tell() }
        untold = []
        return value
    }

    /// For what this process knows of its own doing: the other connection must not act on it before others can see it, and
    /// of what is rolled back nothing may be known.
    func onceCommitted(_ tell: @escaping () -> Void) {
        if connection?.isInTransaction == true { untold.append(tell) } else { tell() }
    }

    // MARK: Rounds

    private var held: Connection {
        get throws(PostgresError) {
            guard let connection else { throw PostgresError(defect: "there is no connection in a round") }
            return connection
        }
    }

    var isPooled: Bool { !keepsSettings }

    /// An empty round. Where sessions are lent a transaction at a time, it brings its settings along.
    func newRound() -> Round {
        let round = connection?.newRound() ?? Round()
        if connection?.preparesStatements == false { keepsSettings = false }
        if !keepsSettings, connection?.isInTransaction == false { addSettings(to: round, isLocal: true) }
        return round
    }

    func run(_ round: Round) throws(PostgresError) -> Answers { try held.run(round) }

    private func addSettings(to round: Round, isLocal: Bool) {
        round.add(SessionStatements.settings) {
            $0.bool(isLocal)
            $0.bool(role == .take)
        }
    }

    // MARK: Schema

    /// Refuses tables that `migrate` has not brought up to date; asked once a connection.
    private func checkSchema() throws(PostgresError) {
        guard !isCurrent else { return }
        try Schema.checkCurrent(try findSchema())
        isCurrent = true
    }

    // MARK: News

    /// Announces what is available again, so that it is found wherever it stands.
    func announce(_ openings: [Opening], at now: Timestamp, in round: Round) {
        guard let first = openings.lazy.map(\.due).min(), first <= now.microseconds else { return }
        if first > now.microseconds - LaneCursors.slack { announce(in: round) } else { announceOld(in: round) }
    }

    /// Claims look there from now on.
    func open(_ openings: [Opening]) {
        onceCommitted { [shared] in
            shared.cursors.withLock { cursors in
                for opening in openings { cursors.lower(opening.lane, to: opening.due) }
            }
        }
    }

    /// Something can be claimed now: everyone here is told at once, and the others in the same transaction if they have not
    /// just been and one of them waits. Called before the round; the hints here go out after it.
    func announce(in round: Round) {
        guard shared.hints.shouldTell(late: { [shared] in shared.tellOthers() }) else { return }
        round.add(sql.session.tellIdle) { $0.text(shared.channel) }
    }

    /// The same for what those at work must hear as well.
    func announceToAll(in round: Round) { announce("", in: round) }

    /// The same for what is available again in an old place, below everybody's cursors.
    func announceOld(in round: Round) {
        announce(Shared.lookWord, in: round)
    }

    private func announce(_ word: String, in round: Round) {
        round.add(.notify) {
            $0.text(shared.channel)
            $0.text(word)
        }
    }
}
