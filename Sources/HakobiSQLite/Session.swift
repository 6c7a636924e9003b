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
        let found = try connection.prepare(.epoch).first { row in row.int(0) }
        guard let found else { throw .damaged("hakobi_schema is empty", operation: connection.operation) }
        if found != epoch { names = Names() }
        epoch = found
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
        tallies = [:]
        exhausted = []
        hasNews = false
        epoch = -1
    }

    /// Numbers may have gone; the next use asks the tables again.
    func forgetNames() { names = Names() }

    // MARK: Counts

    /// A job has come to stand in `lane` in this state, due at `due`.
    func arrived(_ state: JobState, in lane: Int64, due: Int64) {
        tallies[lane, default: LaneTally()].add(state, 1)
        guard state == .available else { return }
        tallies[lane, default: LaneTally()].lower(to: due)
        if due <= now.microseconds { hasNews = true }
    }

    /// A job of this state no longer stands in `lane`.
    func left(_ state: JobState, in lane: Int64) { tallies[lane, default: LaneTally()].add(state, -1) }

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
