/// A job is plain data: what is to be done, not how.
///
/// Code that enqueues needs this type only; the handler is registered where it runs.
///
/// ```swift
/// struct SendWelcome: Job {
///     static let kind = "send-welcome"
///     let userID: Int
/// }
/// ```
public protocol Job: Codable, Sendable {
    /// The stable name that selects the handler: 1 to 100 bytes. Renaming the type must not change it.
    static var kind: String { get }
    /// What an enqueue of this job starts from; the call's own options go before it.
    static var options: JobOptions { get }
}

extension Job {
    /// The defaults of the house.
    public static var options: JobOptions { JobOptions() }
}

/// How a job is enqueued: every field has a default, stated in `Defaults`.
public struct JobOptions: Sendable, Hashable {
    /// The lane it waits in.
    public var queue: QueueName
    /// 0 to 9; larger goes first.
    public var priority: Int
    /// When it may first be claimed.
    public var due: DueTime
    /// Failures at which it is dead.
    public var maxFailures: Int
    /// Bounds on one attempt.
    public var limits: TimeLimits
    /// Same request twice, one job.
    public var idempotencyKey: IdempotencyKey?
    /// At most one live job.
    public var uniqueKey: UniqueKey?
    /// Travels to the handler untouched.
    public var metadata: [String: String]

    /// Due now, in the default queue, at the middle priority, unless told otherwise.
    public init(
        queue: QueueName = .default, priority: Int = Defaults.priority, due: DueTime = .now,
        maxFailures: Int = Defaults.maxFailures, limits: TimeLimits = TimeLimits(),
        idempotencyKey: IdempotencyKey? = nil, uniqueKey: UniqueKey? = nil, metadata: [String: String] = [:]
    ) {
        self.queue = queue
        self.priority = priority
        self.due = due
        self.maxFailures = maxFailures
        self.limits = limits
        self.idempotencyKey = idempotencyKey
        self.uniqueKey = uniqueKey
        self.metadata = metadata
    }
}
