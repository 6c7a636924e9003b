import Hakobi
import HakobiCore

/// A job in the parent's hands, and how often a process died before it could start there.
struct Parcel: Sendable {
    let job: ClaimedJob
    var bounces = 0

    var bytes: Int { job.payload.bytes.count + (job.checkpoint?.count ?? 0) }
}

/// A job given to a child and not heard of since.
struct GivenJob: Sendable {
    var parcel: Parcel
    /// When the child's page was first seen to show it.
    var startedAt: Duration?
    /// Why it was told to stop.
    var stop: StopReason?

    var job: ClaimedJob { parcel.job }
}

/// What the parent knows of one worker process.
struct ChildState: Sendable {
    enum Phase: Sendable, Hashable {
        /// Spawned; its hello has not come.
        case starting
        /// Takes jobs.
        case ready
        /// Takes no more.
        case retiring
        /// Its pipe was closed: it will leave.
        case closed
    }

    let process: WorkerProcess
    /// Jobs it runs at once.
    let concurrency: Int
    var phase = Phase.starting
    var release = ""
    /// Its kinds: their places in its hello, and their limits.
    var offers: [Kind: (place: UInt16, limits: TimeLimits)] = [:]
    var given: [Ticket: GivenJob] = [:]
    /// Of all given jobs, in bytes of payload.
    var givenBytes = 0
    /// Jobs given in all, those it gave back taken off.
    var givenEver = 0
    var served = 0
    /// When it last finished or gave back something, or got its first job after being idle.
    var lastWord = Duration.zero
    /// When its page was last looked at.
    var lastLook = Duration.zero
    /// Since when it owes an answer to a recall.
    var recalledAt: Duration?
    /// What it gives back leaves this runner altogether.
    var givesBack = false
    /// Jobs that broke their hard limit, for which it is being killed.
    var condemned: [Ticket: Duration] = [:]
    /// It is being killed; asked once.
    var isDoomed = false
    /// … by a signal it can hear, which wakes handlers from what they were waiting for: how they end then says nothing.
    var isAborting = false
    /// What it was told to say about itself in `processes`.
    let startedAt: Timestamp

    init(_ process: WorkerProcess, concurrency: Int, startedAt: Timestamp) {
        self.process = process
        self.concurrency = process.isLonely ? 1 : concurrency
        self.startedAt = startedAt
    }

    var freeSlots: Int { max(0, concurrency - given.count) }
    /// Given jobs that no look at the page has found running.
    var unstarted: Int { given.values.reduce(0) { $0 + ($1.startedAt == nil ? 1 : 0) } }

    /// Jobs it may be given now, of which the first `freeSlots` start at once.
    func room(ahead: Int, bytes: Int) -> Int {
        guard phase == .ready, recalledAt == nil, !isDoomed else { return 0 }
        let left = process.jobLimit.map { $0 - givenEver } ?? .max
        guard !process.isLonely else { return 0 }
        let free = freeSlots
        // Topped up when half is used, so that many jobs share a frame.
        let isLow = given.count <= concurrency + ahead / 2 && givenBytes <= bytes
        return max(0, min(left, isLow ? concurrency + ahead - given.count : free))
    }
}
