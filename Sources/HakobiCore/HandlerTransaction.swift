/// The completion of a job, written by its own handler: one more statement of the transaction that holds the handler's work.
///
/// Job, attempt and the moment of the claim are the lease's fence: an attempt whose lease was lost cannot write it.
public struct Completion: Sendable, Hashable {
    /// The job.
    public var job: JobID
    /// The attempt that completes it.
    public var attempt: Int
    /// When that attempt was claimed, by the store's clock, to the microsecond.
    public var claimedAt: Timestamp
    /// Kept with the job.
    public var result: Payload?
    /// Jobs that come to be in the same transaction.
    public var followUps: [NewJob]
    /// The line of history.
    public var report: AttemptReport?

    /// Made by an attempt's context.
    public init(
        job: JobID, attempt: Int, claimedAt: Timestamp, result: Payload? = nil, followUps: [NewJob] = [],
        report: AttemptReport? = nil
    ) {
        self.job = job
        self.attempt = attempt
        self.claimedAt = claimedAt
        self.result = result
        self.followUps = followUps
        self.report = report
    }
}

/// A handler's own transaction in the database that keeps the jobs: a store's module has one for its database.
///
/// What the handler writes there and the job's completion are then committed together or not at all, so the effect of the
/// job is there exactly once whatever dies, and when.
public protocol HandlerTransaction {
    /// Writes the completion into the transaction, which the handler commits.
    ///
    /// Throws when the lease is lost, or the database refuses: the handler must roll back.
    func complete(_ completion: Completion) async throws
}
