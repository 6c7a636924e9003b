public import HakobiCore

extension PostgresStore {
    /// This store with all its roles: what `JobClient` and `Worker` are given.
    public var roles: StoreRoles {
        StoreRoles(
            store: self, reader: self, editor: self, queues: self, registry: self, wakeUps: self, schema: self,
            doctor: self, close: { await self.close() })
    }
}

extension PostgresStore: JobReader {
    /// One job with its history, or `nil`.
    public func job(_ id: JobID) async throws(StoreError) -> JobRecord? {
        try await take.perform("job") { session throws(PostgresError) in try session.job(id) }
    }

    /// Jobs that match, newest first by id, without histories.
    public func jobs(
        matching filter: JobFilter, limit: Int, before: JobID?
    ) async throws(StoreError) -> [JobRecord] {
        try await take.perform("jobs") { session throws(PostgresError) in
            try session.jobs(matching: filter, limit: limit, before: before)
        }
    }

    /// Counts and ages. Live jobs are counted one by one; those that have ended are kept count of.
    public func stats() async throws(StoreError) -> StoreStats {
        try await take.perform("stats") { session throws(PostgresError) in try session.stats() }
    }
}

extension PostgresStore: JobEditor {
    /// Gives jobs a second chance.
    public func retry(_ ids: [JobID]) async throws(StoreError) -> [EditReceipt] {
        try await edit("retry") { session throws(PostgresError) in try session.retry(ids) }
    }

    /// Cancels waiting jobs; asks the holders of running ones.
    public func cancel(_ ids: [JobID]) async throws(StoreError) -> [EditReceipt] {
        try await edit("cancel") { session throws(PostgresError) in try session.cancel(ids) }
    }

    /// Removes jobs that are not running.
    public func delete(_ ids: [JobID]) async throws(StoreError) -> [EditReceipt] {
        try await edit("delete") { session throws(PostgresError) in try session.delete(ids) }
    }

    private func edit(
        _ operation: String, _ body: @escaping @Sendable (Session) throws(PostgresError) -> [EditReceipt]
    ) async throws(StoreError) -> [EditReceipt] {
        let receipts = try await books.perform(operation, isTransaction: true, body)
        shared.hints.send()
        return receipts
    }

    /// Removes finished jobs beyond what is to be kept, oldest first, in slices that let others in between. Also forgets
    /// requests past their window.
    public func prune(_ retention: Retention, limit: Int) async throws(StoreError) -> Int {
        var removed = 0
        while removed < limit {
            let slice = min(Self.pruneSlice, limit - removed)
            let went = try await books.perform("prune", isTransaction: true) { session throws(PostgresError) in
                try session.prune(retention, limit: slice)
            }
            removed += went
            guard went == slice else { break }
        }
        try await books.perform("prune") { session throws(PostgresError) in try session.tidy(limit: Self.pruneSlice) }
        return removed
    }

    /// Removing this many takes some ten milliseconds: about as long as others may wait.
    private static let pruneSlice = 1000
}

extension PostgresStore: QueueSwitch {
    /// Stops claims from a queue, known or not.
    public func pause(_ queue: QueueName) async throws(StoreError) {
        try await books.perform("pause") { session throws(PostgresError) in try session.setPaused(queue, true) }
    }

    /// Lets claims go on.
    public func resume(_ queue: QueueName) async throws(StoreError) {
        try await books.perform("resume") { session throws(PostgresError) in try session.setPaused(queue, false) }
    }

    /// The paused queues, sorted.
    public func pausedQueues() async throws(StoreError) -> [QueueName] {
        try await take.perform("paused queues") { session throws(PostgresError) in try session.pausedQueues() }
    }
}

extension PostgresStore: WorkerRegistry {
    /// Says that a worker is there, and what it is doing.
    public func report(_ worker: WorkerReport) async throws(StoreError) {
        try await books.perform("report") { session throws(PostgresError) in try session.report(worker) }
    }

    /// Forgets a worker that ended.
    public func retire(_ owner: Owner) async throws(StoreError) {
        try await books.perform("retire") { session throws(PostgresError) in try session.retire(owner) }
    }

    /// All workers that have not been retired.
    public func workers() async throws(StoreError) -> [RegisteredWorker] {
        try await take.perform("workers") { session throws(PostgresError) in try session.workers() }
    }

    /// Every incarnation that holds a lease or has reported.
    public func owners() async throws(StoreError) -> [Owner] {
        try await take.perform("owners") { session throws(PostgresError) in try session.leaseHolders() }
    }
}

extension PostgresStore: WakeUps {
    /// Hints from now on, from this process and all others on the schema; ends when the consuming task is cancelled.
    public func hints() -> AsyncStream<Void> { shared.hints.stream() }

    /// Gives everyone who listens a hint; never waits, never fails.
    public func nudge() {
        shared.hints.send()
        shared.tellOthers(evenBusy: true)
    }
}

extension PostgresStore: SchemaKeeper {
    /// Brings the tables up to this program's version; safe when several start at once. Answers the versions passed.
    public func migrate() async throws(StoreError) -> (from: Int, to: Int) {
        try await books.perform("migrate", needsSchema: false) { session throws(PostgresError) in try session.migrate()
        }
    }

    /// The version found, and the one this program writes.
    public func schemaVersion() async throws(StoreError) -> (found: Int, expected: Int) {
        try await take.perform("schema version", needsSchema: false) { session throws(PostgresError) in
            (try session.findSchema().version, Schema.version)
        }
    }
}
