/// A process in the supervisor's books.
struct Child: Sendable {
    /// Where a process stands in its life.
    enum Phase: String, Sendable {
        /// Spawned, no hello yet.
        case starting
        /// Takes work.
        case ready
        /// Finishes what it has, then leaves.
        case retiring
    }

    let serial: Int
    let generation: Int
    let isLonely: Bool
    let spawnedAt: Duration
    /// Hello has to come before this.
    let readyBy: Duration
    /// Jobs at which its replacement is started.
    let softLimit: Int?
    /// When it is too old.
    let expiresAt: Duration?

    /// 0 until the kernel gave it one.
    var pid: Int32 = 0
    var phase = Phase.starting
    var readyAt: Duration?
    var jobsServed = 0
    /// Served enough, grew too large or too old: to be replaced, but at work until its replacement is ready.
    var isLeaving = false
    /// When its memory shall be read.
    var measureAt: Duration?
    var measuredAt: Duration?
    /// Its pipe was closed; killed if still there at this time. Also SIGABRT's term.
    var killAt: Duration?
    /// Why it was killed, once it was.
    var killed: ExitKind?

    /// Counts towards the processes that are kept: neither on its way out nor an extra one.
    var isServing: Bool { phase != .retiring && !isLonely }

    /// The next time at which something about it must be decided.
    var deadline: Duration? {
        var times = [killAt, measureAt]
        if phase == .starting, killed == nil { times.append(readyBy) }
        if !isLeaving, phase == .ready { times.append(expiresAt) }
        return times.compactMap(\.self).min()
    }
}

/// Random numbers that a test can foretell (SplitMix64).
struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
