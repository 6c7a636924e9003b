/// One life of one service on one host: who holds a lease.
///
/// Whether an incarnation still lives is a file lock its parent and children share, so a restart gives back at once what
/// a dead one held, and takes nothing from a live one. A boot id other than the host's own says "dead" without a lock.
public struct Owner: Sendable, Hashable, LosslessStringConvertible {
    /// The host's name, or the one it was given by a setting.
    public let node: String
    /// The kernel's boot id.
    public let boot: String
    /// Random, new at every start.
    public let incarnation: String

    /// Names an incarnation; the parts must not hold a space.
    public init(node: String, boot: String, incarnation: String) {
        self.node = node
        self.boot = boot
        self.incarnation = incarnation
    }

    /// Reads the stored form.
    public init?(_ description: String) {
        let parts = description.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        self.init(node: String(parts[0]), boot: String(parts[1]), incarnation: String(parts[2]))
    }

    /// The stored form: the three parts, separated by spaces.
    public var description: String { "\(node) \(boot) \(incarnation)" }
}

/// The time-limited right to run one attempt of one job, and the only key to every way out of `running`.
///
/// The store compares `attempt` and `owner`: whoever lost the lease gets `.lost` and changes nothing.
public struct Lease: Sendable, Hashable {
    /// The job.
    public let job: JobID
    /// Where the store keeps it: the store's own row number, opaque to everyone else.
    public let row: Int64
    /// The number of the claim; only ever grows, by one a claim. The fence.
    public let attempt: Int
    /// Who claimed.
    public let owner: Owner

    /// Made by stores, and by a pipe that carries one across.
    public init(job: JobID, row: Int64, attempt: Int, owner: Owner) {
        self.job = job
        self.row = row
        self.attempt = attempt
        self.owner = owner
    }
}

/// A claimed job: its lease, and all that is needed to run it.
public struct ClaimedJob: Sendable, Hashable {
    /// The right to run it.
    public var lease: Lease
    /// Selects the handler.
    public var kind: Kind
    /// The queue it came from.
    public var queue: QueueName
    /// What the handler is given.
    public var payload: Payload
    /// 0 to 9.
    public var priority: Int
    /// Failures so far.
    public var failures: Int
    /// Crashes so far.
    public var crashes: Int
    /// Failures at which it is dead.
    public var maxFailures: Int
    /// The producer's bounds on one attempt.
    public var limits: TimeLimits
    /// As given at enqueue.
    public var metadata: [String: String]
    /// What the last attempt left for this one.
    public var checkpoint: [UInt8]?
    /// It was running beside others when a process died: it must run alone.
    public var isSuspect: Bool
    /// When the store accepted it.
    public var createdAt: Timestamp
    /// When it became due.
    public var dueAt: Timestamp
    /// When this claim was made, by the store's clock.
    public var claimedAt: Timestamp

    /// Made by stores, and by a pipe that carries one across.
    public init(
        lease: Lease, kind: Kind, queue: QueueName, payload: Payload, priority: Int, failures: Int, crashes: Int,
        maxFailures: Int, limits: TimeLimits, metadata: [String: String], checkpoint: [UInt8]?, isSuspect: Bool,
        createdAt: Timestamp, dueAt: Timestamp, claimedAt: Timestamp
    ) {
        self.lease = lease
        self.kind = kind
        self.queue = queue
        self.payload = payload
        self.priority = priority
        self.failures = failures
        self.crashes = crashes
        self.maxFailures = maxFailures
        self.limits = limits
        self.metadata = metadata
        self.checkpoint = checkpoint
        self.isSuspect = isSuspect
        self.createdAt = createdAt
        self.dueAt = dueAt
        self.claimedAt = claimedAt
    }
}

/// What a worker can take now.
public struct Demand: Sendable, Hashable {
    /// Which queues, and how much of each at most before the rest is shared.
    @nonexhaustive
    public enum Queues: Sendable, Hashable {
        /// Every queue that is not paused, by priority, due time and age across all of them.
        case all
        /// These queues, in this order: each first up to its share of the slots, then whatever is left in the same order.
        case listed([Share])
    }

    /// One queue and its share of a demand.
    public struct Share: Sendable, Hashable {
        /// The queue.
        public var queue: QueueName
        /// Jobs to take from it in the first pass.
        public var slots: Int
        /// A queue with its share.
        public init(queue: QueueName, slots: Int) {
            self.queue = queue
            self.slots = slots
        }
    }

    /// Where to take from.
    public var queues: Queues
    /// What live handlers announced; jobs of other kinds stay where they are, uncounted.
    public var kinds: [Kind]
    /// Ordinary jobs wanted, at most.
    public var slots: Int
    /// Suspects wanted, at most: each will have a process to itself. Suspects are claimed for these only.
    public var lonelySlots: Int
    /// How long the claim holds without renewal; positive.
    public var lease: Duration
    /// Who claims.
    public var owner: Owner

    /// A demand; nothing has a default because everything is the engine's decision.
    public init(queues: Queues, kinds: [Kind], slots: Int, lonelySlots: Int, lease: Duration, owner: Owner) {
        self.queues = queues
        self.kinds = kinds
        self.slots = slots
        self.lonelySlots = lonelySlots
        self.lease = lease
        self.owner = owner
    }
}
