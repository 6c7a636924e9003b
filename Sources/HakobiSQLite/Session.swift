internal import HakobiCore

/// One transaction's worth of work on one connection: the clock's reading, the numbers of names, the counts to be written.
///
/// The operations themselves are its extensions, a file each. Lives on its connection's thread.
final class Session {
    let connection: Connection
    let maxPayloadBytes: Int
    let boot: String
    private let clock: StoreClock
    /// The moment of the operation at hand, for due times and ages.
    private(set) var now = Timestamp(microseconds: 0)
    /// The same moment on the steady clock in microseconds, for leases.
    private(set) var steady: Int64 = 0
    /// What this process remembers of interned rows; void when the epoch has moved.
    var names = Names()
    /// Something became due that somebody may be waiting for.
    var hasNews = false
    /// In which lane the jobs stand that were claimed here, by row, with the attempt: a guess that saves a look.
    private var claims: [Int64: (attempt: Int, lane: Int64)] = [:]
    /// Where row numbers go on; `nil` until a job of this round needs one.
    private var nextRow: Int64?
    /// The highest row number that is known to have been removed.
    private var lastRow: Int64 = 0
    /// Lanes that a claim has read to their end.
    var exhausted: [Int64] = []
    private var epoch: Int64 = -1
    private var isCurrent = false
    private var tallies: [Int64: LaneTally] = [:]

    init(_ connection: Connection, clock: StoreClock, maxPayloadBytes: Int, boot: String) {
        self.connection = connection
        self.clock = clock
        self.maxPayloadBytes = maxPayloadBytes
        self.boot = boot
    }

    /// At the start of a transaction: forgets numbers that another process may have removed.
    func beginRound() throws(StoreError) {
        hasNews = false
        if !isCurrent { try Schema.checkCurrent(Schema.find(on: connection), operation: connection.operation) }
        isCurrent = true
        nextRow = nil
        let found = try connection.prepare(.epoch).first { row in (epoch: row.int(0), lastRow: row.int(1)) }
        guard let found else { throw .damaged("hakobi_schema is empty", operation: connection.operation) }
        if found.epoch != epoch { names = Names() }
        (epoch, lastRow) = found
    }

    /// At the start of an operation: time is read after the lock was got, so that it does not run backwards between
    /// operations in the order in which they take effect.
    func begin(_ operation: String) {
        connection.operation = operation
        now = clock.wall()
        steady = clock.steady().wholeMicroseconds
    }

    /// Before a commit: writes what the operations have counted.
    func endRound() throws(StoreError) { try writeTallies() }

    /// After a rollback: nothing of what was remembered since is true.
    func forgetRound() {
        names = Names()
        claims = [:]
        tallies = [:]
        exhausted = []
        hasNews = false
        epoch = -1
    }

    /// Numbers may have gone; the next use asks the tables again.
    func forgetNames() { names = Names() }

    // MARK: Rows

    /// A number that no job has ever had: only it tells the lease of a removed job from one of its successor, whose id may
    /// be the same and whose attempts start over.
    func freeRow() throws(StoreError) -> Int64 {
        if let nextRow { return nextRow }
        let last = try connection.prepare(.lastRow).first { row in row.int(0) } ?? 0
        return max(last, lastRow) + 1
    }

    /// A job has been written under this number.
    func used(row: Int64) { nextRow = row + 1 }

    /// A job has been removed. What SQLite's AUTOINCREMENT does, without a page of its own at each insert.
    func keepLastRow(_ row: Int64) throws(StoreError) {
        let statement = try connection.prepare(.keepLastRow)
        statement.bind(1, row)
        try statement.run()
        lastRow = max(lastRow, row)
    }

    /// A job was claimed here.
    func remember(_ lease: Lease, in lane: Int64) {
        // Those that others ended are never asked for again.
        if claims.count > 50_000 { claims.removeAll(keepingCapacity: true) }
        claims[lease.row] = (lease.attempt, lane)
    }

    /// Where a job that was claimed here stands, as far as is known. Answers once.
    func takeLane(of lease: Lease) -> Int64? {
        guard let claim = claims.removeValue(forKey: lease.row), claim.attempt == lease.attempt else { return nil }
        return claim.lane
    }

    // MARK: Counts

    /// So many jobs have come to stand in `lane` in this state, the first of them due at `due`.
    func arrived(_ state: JobState, in lane: Int64, due: Int64, _ count: Int = 1) {
        tallies[lane, default: LaneTally()].add(state, Int64(count))
        guard state == .available else { return }
        tallies[lane, default: LaneTally()].lower(to: due)
        if due <= now.microseconds { hasNews = true }
    }

    /// So many jobs of this state no longer stand in `lane`.
    func left(_ state: JobState, in lane: Int64, _ count: Int = 1) {
        tallies[lane, default: LaneTally()].add(state, -Int64(count))
    }

    /// Brings the lanes' rows up to date; claims need that before they look for lanes with jobs.
    func writeTallies() throws(StoreError) {
        guard !tallies.isEmpty else { return }
        let count = try connection.prepare(.countLane)
        let lower = try connection.prepare(.lowerLane)
        for (lane, tally) in tallies {
            if tally.hasMoved {
                count.bind(1, lane)
                for state in JobState.allCases { count.bind(Int32(state.rawValue) + 2, tally[state]) }
                try count.run()
            }
            if tally.nextDue < .max {
                lower.bind(1, lane)
                lower.bind(2, tally.nextDue)
                try lower.run()
            }
        }
        tallies.removeAll(keepingCapacity: true)
    }
}

/// What a transaction changes in one lane's counts.
struct LaneTally {
    private var counts = SIMD8<Int64>()
    private(set) var nextDue = Int64.max

    subscript(state: JobState) -> Int64 { counts[Int(state.rawValue)] }

    /// The counts are not what they were.
    var hasMoved: Bool { counts != SIMD8<Int64>() }

    mutating func add(_ state: JobState, _ number: Int64) { counts[Int(state.rawValue)] += number }

    mutating func lower(to due: Int64) { nextDue = min(nextDue, due) }
}
