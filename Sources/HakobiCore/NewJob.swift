/// When a job becomes due, by the store's clock.
public enum DueTime: Sendable, Hashable {
    /// At once.
    case now
    /// After a delay, counted from the moment the store accepts the job; negative delays are refused.
    case after(Duration)
    /// At a moment; one in the past means now.
    case at(Timestamp)
}

extension DueTime {
    /// The moment it stands for when the store accepts the job at `now`; never before that.
    package func moment(from now: Timestamp) -> Timestamp {
        switch self {
        case .now: now
        case .after(let delay): now + delay
        case .at(let moment): max(moment, now)
        }
    }
}

/// The same request twice is one job, for as long as `window` says, whatever happened to the job meanwhile.
public struct IdempotencyKey: Sendable, Hashable {
    /// The key; its scope is the job's kind.
    public var key: JobKey
    /// How long the store remembers it, from the insert on. Pruning the job does not shorten it.
    public var window: Duration

    /// A key remembered for `window` (24 h unless told otherwise).
    public init(_ key: JobKey, window: Duration = .seconds(86_400)) {
        self.key = key
        self.window = window
    }
}

/// At most one live (not terminal) job of a kind carries a given key.
public struct UniqueKey: Sendable, Hashable {
    /// What happens to a newcomer whose key is taken.
    @nonexhaustive
    public enum OnConflict: String, Sendable, Hashable, CaseIterable {
        /// The newcomer is dropped; the answer is `.existing` with the holder's id.
        case keep
        /// A waiting holder is cancelled in the same transaction and the newcomer takes its place; a running one stays,
        /// and the newcomer is refused.
        case replace
        /// The newcomer is refused.
        case refuse
    }

    /// The key; its scope is the job's kind.
    public var key: JobKey
    /// What happens to a newcomer whose key is taken.
    public var onConflict: OnConflict

    /// A key with its rule for conflicts.
    public init(_ key: JobKey, onConflict: OnConflict = .keep) {
        self.key = key
        self.onConflict = onConflict
    }
}

/// Bounds on one attempt's running time; `nil` means that the handler's own setting, or the default, applies.
public struct TimeLimits: Sendable, Hashable {
    /// After this the handler's task is cancelled.
    public var soft: Duration?
    /// After this its process is ended (only where it has a process of its own).
    public var hard: Duration?

    /// Both limits, each optional.
    public init(soft: Duration? = nil, hard: Duration? = nil) {
        self.soft = soft
        self.hard = hard
    }
}

/// What a producer hands over: everything a store needs to keep a job.
public struct NewJob: Sendable, Hashable {
    /// The job's name, made before the first try.
    public var id: JobID
    /// Selects the handler.
    public var kind: Kind
    /// The lane it waits in.
    public var queue: QueueName
    /// What the handler is given.
    public var payload: Payload
    /// 0 to 9; larger goes first. Values outside are refused by the store.
    public var priority: Int
    /// When it may first be claimed.
    public var due: DueTime
    /// Failures at which it is dead; at least 1.
    public var maxFailures: Int
    /// The producer's own bounds on one attempt.
    public var limits: TimeLimits
    /// Same request twice, one job.
    public var idempotencyKey: IdempotencyKey?
    /// At most one live job.
    public var uniqueKey: UniqueKey?
    /// Travels from enqueue to handler untouched; carries the trace context.
    public var metadata: [String: String]

    /// Others may stand in its way: a store writes it by itself.
    package var hasKey: Bool { idempotencyKey != nil || uniqueKey != nil }

    /// A job due now in the default queue, unless told otherwise.
    public init(
        id: JobID, kind: Kind, queue: QueueName = .default, payload: Payload, priority: Int = Defaults.priority,
        due: DueTime = .now, maxFailures: Int = Defaults.maxFailures, limits: TimeLimits = TimeLimits(),
        idempotencyKey: IdempotencyKey? = nil, uniqueKey: UniqueKey? = nil, metadata: [String: String] = [:]
    ) {
        self.id = id
        self.kind = kind
        self.queue = queue
        self.payload = payload
        self.priority = priority
        self.due = due
        self.maxFailures = maxFailures
        self.limits = limits
        self.idempotencyKey = idempotencyKey
        self.uniqueKey = uniqueKey
        self.metadata = metadata
    }

    /// The rules every store applies before it keeps a job; `nil` when all hold. Said once, here, for all stores.
    public func refusal(maxPayloadBytes: Int) -> Refusal? {
        if payload.bytes.count > maxPayloadBytes {
            return .payloadTooLarge(bytes: payload.bytes.count, limit: maxPayloadBytes)
        }
        if !(0...9).contains(priority) { return .invalid("priority \(priority) is outside 0...9") }
        if maxFailures < 1 { return .invalid("max failures \(maxFailures) is below 1") }
        if case .after(let delay) = due, delay < .zero { return .invalid("delay \(delay) is negative") }
        return nil
    }
}

/// Why a store would not keep a job.
@nonexhaustive
public enum Refusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// The payload is over the store's limit.
    case payloadTooLarge(bytes: Int, limit: Int)
    /// The unique key is held by this live job, and the newcomer asked to be refused (or to replace a running one).
    case uniqueKeyTaken(by: JobID)
    /// A value is out of range; the sentence says which.
    case invalid(String)
    /// This store cannot do what the job asks for; the sentence says what.
    case unsupported(String)

    /// One sentence fit to show a user.
    public var description: String {
        switch self {
        case .payloadTooLarge(let bytes, let limit):
            "the payload has \(bytes) bytes; at most \(limit) are accepted: store large data elsewhere and enqueue its name"
        case .uniqueKeyTaken(let holder): "the unique key is taken by job \(holder)"
        case .invalid(let sentence), .unsupported(let sentence): sentence
        }
    }
}

/// What became of one inserted job.
@nonexhaustive
public enum Insertion: Sendable, Hashable {
    /// Kept; durable once this is answered.
    case inserted
    /// Kept, and the waiting job that held the unique key was cancelled in the same transaction.
    case replaced(JobID)
    /// Not kept, because this job already stands for it (same id, idempotency key, or unique key with `.keep`).
    case existing(JobID)
    /// Not kept; nothing of it remains.
    case refused(Refusal)
    /// Durable, though not in the store, which is away: kept on this host by the client's spill, and carried over later. No store answers this.
    case spilled
}
