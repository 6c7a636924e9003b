/// One line of a job's history: how one attempt ended.
public struct AttemptRecord: Sendable, Hashable {
    /// The claim's number.
    public var attempt: Int
    /// The outcome's word, as in `Outcome.name`, or `rescued` for a lease that ran out.
    public var outcome: String
    /// The error or reason, whole.
    public var error: String?
    /// What ended the process, when it died.
    public var cause: CauseOfDeath?
    /// Who ran it; `nil` when the store alone knows (a rescue).
    public var report: AttemptReport?
    /// When the handler started, by the store's clock.
    public var startedAt: Timestamp
    /// When it was settled, by the store's clock.
    public var endedAt: Timestamp

    /// Made by stores.
    public init(
        attempt: Int, outcome: String, error: String?, cause: CauseOfDeath?, report: AttemptReport?,
        startedAt: Timestamp, endedAt: Timestamp
    ) {
        self.attempt = attempt
        self.outcome = outcome
        self.error = error
        self.cause = cause
        self.report = report
        self.startedAt = startedAt
        self.endedAt = endedAt
    }
}

/// One stored job as a value, for reading.
public struct JobRecord: Sendable, Hashable {
    /// The job's name.
    public var id: JobID
    /// Selects the handler.
    public var kind: Kind
    /// Its lane.
    public var queue: QueueName
    /// Where it stands.
    public var state: JobState
    /// 0 to 9.
    public var priority: Int
    /// What the handler is given.
    public var payload: Payload
    /// Claims so far.
    public var attempt: Int
    /// Failures so far.
    public var failures: Int
    /// Crashes so far.
    public var crashes: Int
    /// Failures at which it is dead.
    public var maxFailures: Int
    /// Bounds on one attempt.
    public var limits: TimeLimits
    /// It must run alone next.
    public var isSuspect: Bool
    /// A cancel was asked for while it runs.
    public var isCancelRequested: Bool
    /// When it is or was due.
    public var dueAt: Timestamp
    /// When the store accepted it; never changed.
    public var createdAt: Timestamp
    /// When it ended, if it has.
    public var finishedAt: Timestamp?
    /// Who holds it, while it runs.
    public var owner: Owner?
    /// Its idempotency key.
    public var idempotencyKey: JobKey?
    /// Its unique key.
    public var uniqueKey: JobKey?
    /// As given at enqueue.
    public var metadata: [String: String]
    /// As last reported.
    public var progress: Progress?
    /// As last kept.
    public var checkpoint: [UInt8]?
    /// What it left on completion.
    public var result: Payload?
    /// All attempts, oldest first; empty in lists.
    public var history: [AttemptRecord]

    /// Made by stores, from what was inserted; counters start at zero.
    public init(
        id: JobID, kind: Kind, queue: QueueName, state: JobState, priority: Int, payload: Payload, maxFailures: Int,
        limits: TimeLimits, dueAt: Timestamp, createdAt: Timestamp, metadata: [String: String]
    ) {
        self.id = id
        self.kind = kind
        self.queue = queue
        self.state = state
        self.priority = priority
        self.payload = payload
        self.maxFailures = maxFailures
        self.limits = limits
        self.dueAt = dueAt
        self.createdAt = createdAt
        self.metadata = metadata
        attempt = 0
        failures = 0
        crashes = 0
        isSuspect = false
        isCancelRequested = false
        history = []
    }
}

/// Which jobs to list; `nil` means any.
public struct JobFilter: Sendable, Hashable {
    /// Only in this state.
    public var state: JobState?
    /// Only in this queue.
    public var queue: QueueName?
    /// Only of this kind.
    public var kind: Kind?

    /// Any job, unless told otherwise.
    public init(state: JobState? = nil, queue: QueueName? = nil, kind: Kind? = nil) {
        self.state = state
        self.queue = queue
        self.kind = kind
    }
}

/// Counts and ages of a whole store at one moment of its clock.
public struct StoreStats: Sendable, Hashable {
    /// One (queue, kind) pair: what depth is watched by.
    public struct Lane: Sendable, Hashable {
        /// The queue.
        public var queue: QueueName
        /// The kind.
        public var kind: Kind
        /// The queue is paused.
        public var isPaused: Bool
        /// Due and waiting.
        public var ready: Int
        /// Waiting for a due time ahead, never failed.
        public var scheduled: Int
        /// Waiting for a due time ahead after a failure.
        public var retrying: Int
        /// Claimed.
        public var running: Int
        /// Dead.
        public var dead: Int
        /// How long the oldest ready job has been due.
        public var oldestReady: Duration?

        /// Made by stores.
        public init(
            queue: QueueName, kind: Kind, isPaused: Bool, ready: Int = 0, scheduled: Int = 0, retrying: Int = 0,
            running: Int = 0, dead: Int = 0, oldestReady: Duration? = nil
        ) {
            self.queue = queue
            self.kind = kind
            self.isPaused = isPaused
            self.ready = ready
            self.scheduled = scheduled
            self.retrying = retrying
            self.running = running
            self.dead = dead
            self.oldestReady = oldestReady
        }
    }

    /// Jobs in each state; every state is present.
    public var states: [JobState: Int]
    /// Every lane that has a job, sorted by queue and kind.
    public var lanes: [Lane]
    /// The moment of the count.
    public var takenAt: Timestamp

    /// Made by stores.
    public init(states: [JobState: Int], lanes: [Lane], takenAt: Timestamp) {
        self.states = states
        self.lanes = lanes
        self.takenAt = takenAt
    }
}
