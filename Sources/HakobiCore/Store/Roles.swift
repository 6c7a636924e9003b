/// What is not every store's is a small role of its own, handed explicitly to whoever needs it and never found by a
/// downcast, so that a decorator cannot hide it by accident.

/// Looking at jobs. Reads only; sees what is committed.
public protocol JobReader: Sendable {
    /// One job with its history, or `nil`.
    func job(_ id: JobID) async throws(StoreError) -> JobRecord?
    /// Jobs that match, newest first, at most `limit`, after `before` when given; without histories.
    func jobs(matching filter: JobFilter, limit: Int, before: JobID?) async throws(StoreError) -> [JobRecord]
    /// Counts and ages, by state and by queue.
    func stats() async throws(StoreError) -> StoreStats
}

/// Changing jobs by a person's will. Running jobs are protected: cancelling one leaves a request that its holder sees.
public protocol JobEditor: Sendable {
    /// Makes dead and cancelled jobs available now, with `failures` and `crashes` at zero; a waiting job becomes due now.
    func retry(_ ids: [JobID]) async throws(StoreError) -> [EditReceipt]
    /// Cancels waiting jobs at once; asks for running ones to be cancelled.
    func cancel(_ ids: [JobID]) async throws(StoreError) -> [EditReceipt]
    /// Removes jobs that are not running, with their history.
    func delete(_ ids: [JobID]) async throws(StoreError) -> [EditReceipt]
    /// Removes finished jobs beyond what is to be kept, oldest first, at most `limit`; the answer is how many went.
    func prune(_ retention: Retention, limit: Int) async throws(StoreError) -> Int
}

/// What became of one edit.
@nonexhaustive
public enum EditReceipt: Sendable, Hashable {
    /// Done.
    case done
    /// The job runs; its holder has been asked (cancel only).
    case requested
    /// No such job.
    case notFound
    /// The job's state forbids it (a running job cannot be deleted, a completed one not retried), or its unique key is
    /// taken by another live job.
    case refused(JobState)
}

/// An operator's switch on queues.
public protocol QueueSwitch: Sendable {
    /// Stops claims from a queue; running jobs go on. Pausing a queue that has no jobs yet holds for later ones.
    func pause(_ queue: QueueName) async throws(StoreError)
    /// Lets claims go on.
    func resume(_ queue: QueueName) async throws(StoreError)
    /// The queues that are paused.
    func pausedQueues() async throws(StoreError) -> [QueueName]
}

/// Who works on this store.
public protocol WorkerRegistry: Sendable {
    /// Says (again) that a worker is there, and what it is doing; replaces what it said before.
    func report(_ worker: WorkerReport) async throws(StoreError)
    /// Forgets a worker that ended; its leases, if any are left, stay until rescued.
    func retire(_ owner: Owner) async throws(StoreError)
    /// All workers that have not been retired, and the time since each last reported, by the store's clock.
    func workers() async throws(StoreError) -> [RegisteredWorker]
    /// Every incarnation that holds a lease or has reported; what a restart looks through for its dead predecessors.
    func owners() async throws(StoreError) -> [Owner]
}

/// A hint that there may be something to look at: may be lost, may repeat, carries no data.
public protocol WakeUps: Sendable {
    /// Hints from now on, from this process and others, until the stream's task is cancelled.
    func hints() -> AsyncStream<Void>
    /// Gives every worker of this store a hint; never waits, never fails.
    func nudge()
}

/// Leases that the kernel keeps: each is the lock of an open file, which lasts until nobody has that open any more. For
/// stores whose leases end with their holders, however those die.
public protocol LeaseLocks: Sendable {
    /// One more descriptor of a lease's lock, close-on-exec, for the process that runs the handler: the lock outlives this
    /// one in its hands. The caller closes it. `nil` when the lease is not held here, or no descriptor is left. Never waits.
    func copyLock(of lease: Lease) -> Int32?
}

/// The shape of a store's tables.
public protocol SchemaKeeper: Sendable {
    /// Brings the schema up to this program's version; safe when several start at once. Answers the versions passed.
    func migrate() async throws(StoreError) -> (from: Int, to: Int)
    /// The version found, and the one this program writes.
    func schemaVersion() async throws(StoreError) -> (found: Int, expected: Int)
}
