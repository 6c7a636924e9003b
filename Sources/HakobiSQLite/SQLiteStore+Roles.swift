public import HakobiCore
internal import HakobiDatabase

extension SQLiteStore {
    /// This store with all its roles: what `JobClient` and `Worker` are given.
    public var roles: StoreRoles {
        StoreRoles(
            store: self, reader: self, editor: self, queues: self, registry: self, wakeUps: self, schema: self,
            doctor: self, close: { await self.close() })
    }
}

extension SQLiteStore: JobReader {
    /// One job with its history, or `nil`.
    public func job(_ id: JobID) async throws(StoreError) -> JobRecord? {
        try await reads.submit("job") { session throws(StoreError) in try session.job(id) }
    }

    /// Jobs that match, newest first by id, without histories.
    public func jobs(
        matching filter: JobFilter, limit: Int, before: JobID?
    ) async throws(StoreError) -> [JobRecord] {
        try await reads.submit("jobs") { session throws(StoreError) in
            try session.jobs(matching: filter, limit: limit, before: before)
        }
    }

    /// Counts and ages; counts are kept with the jobs, so this stays quick however many there are.
    public func stats() async throws(StoreError) -> StoreStats {
        try await reads.submit("stats") { session throws(StoreError) in try session.stats() }
    }
}

extension SQLiteStore: JobEditor {
    /// Gives jobs a second chance.
    public func retry(_ ids: [JobID]) async throws(StoreError) -> [EditReceipt] {
        try await writes.submit("retry") { session throws(StoreError) in try session.retry(ids) }
    }

    /// Cancels waiting jobs; asks the holders of running ones.
    public func cancel(_ ids: [JobID]) async throws(StoreError) -> [EditReceipt] {
        try await writes.submit("cancel") { session throws(StoreError) in try session.cancel(ids) }
    }

    /// Removes jobs that are not running.
    public func delete(_ ids: [JobID]) async throws(StoreError) -> [EditReceipt] {
        try await writes.submit("delete") { session throws(StoreError) in try session.delete(ids) }
    }

    /// Removes finished jobs beyond what is to be kept, oldest first, in slices that let others write in between. Also
    /// forgets requests past their window, and names that nothing uses any more.
    public func prune(_ retention: Retention, limit: Int) async throws(StoreError) -> Int {
        var removed = 0
        while removed < limit {
            let slice = min(Self.pruneSlice, limit - removed)
            let went = try await writes.submit("prune") { session throws(StoreError) in
                try session.prune(retention, limit: slice)
            }
            removed += went
            guard went == slice else { break }
        }
        try await writes.submit("prune") { session throws(StoreError) in
            try session.tidy(retention, limit: Self.pruneSlice)
        }
        return removed
    }

    /// Removing this many takes a few milliseconds: about as long as others may wait for the lock.
    private static let pruneSlice = 500
}

extension SQLiteStore: QueueSwitch {
    /// Stops claims from a queue, known or not.
    public func pause(_ queue: QueueName) async throws(StoreError) {
        try await writes.submit("pause") { session throws(StoreError) in try session.setPaused(queue, true) }
    }

    /// Lets claims go on.
    public func resume(_ queue: QueueName) async throws(StoreError) {
        try await writes.submit("resume") { session throws(StoreError) in try session.setPaused(queue, false) }
    }

    /// The paused queues, sorted.
    public func pausedQueues() async throws(StoreError) -> [QueueName] {
        try await reads.submit("paused queues") { session throws(StoreError) in try session.pausedQueues() }
    }
}

extension SQLiteStore: WorkerRegistry {
    /// Says that a worker is there, and what it is doing.
    public func report(_ worker: WorkerReport) async throws(StoreError) {
        try await writes.submit("report") { session throws(StoreError) in try session.report(worker) }
    }

    /// Forgets a worker that ended.
    public func retire(_ owner: Owner) async throws(StoreError) {
        try await writes.submit("retire") { session throws(StoreError) in try session.retire(owner) }
    }

    /// All workers that have not been retired.
    public func workers() async throws(StoreError) -> [RegisteredWorker] {
        try await reads.submit("workers") { session throws(StoreError) in try session.workers() }
    }

    /// Every incarnation that holds a lease or has reported.
    public func owners() async throws(StoreError) -> [Owner] {
        try await reads.submit("owners") { session throws(StoreError) in try session.leaseHolders() }
    }
}

extension SQLiteStore: WakeUps {
    /// Hints from now on, from this process and all others on the file; ends when the consuming task is cancelled.
    public func hints() -> AsyncStream<Void> { wake.stream() }

    /// Gives everyone who listens a hint; never waits, never fails.
    public func nudge() { wake.send() }
}
