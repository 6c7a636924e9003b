public import HakobiCore
internal import HakobiDatabase

extension MySQLStore {
    /// This store with all the roles it has.
    public var roles: StoreRoles {
        StoreRoles(
            store: self, reader: self, editor: self, queues: self, registry: self, wakeUps: self, schema: self,
            doctor: self,
            close: { await self.close() })
    }
}

extension MySQLStore: JobReader {
    /// One job with its history, or `nil`.
    public func job(_ id: JobID) async throws(StoreError) -> JobRecord? {
        try await take.perform("job") { session throws(MySQLError) in try session.job(id) }
    }

    /// Jobs that match, newest first by id; without histories.
    public func jobs(
        matching filter: JobFilter, limit: Int, before: JobID?
    ) async throws(StoreError) -> [JobRecord] {
        try await take.perform("jobs") { session throws(MySQLError) in
            try session.jobs(matching: filter, limit: limit, before: before)
        }
    }

    /// Counts and ages. Looks at every waiting job's entry in the index.
    public func stats() async throws(StoreError) -> StoreStats {
        try await take.perform("stats") { session throws(MySQLError) in try session.stats() }
    }
}

extension MySQLStore: JobEditor {
    /// Gives jobs a second chance, and hints at them.
    public func retry(_ ids: [JobID]) async throws(StoreError) -> [EditReceipt] {
        defer { shared.wake.send() }
        return try await books.perform("retry", isTransaction: true) { session throws(MySQLError) in
            try session.retry(ids)
        }
    }

    /// Cancels waiting jobs; asks for running ones, and hints at that.
    public func cancel(_ ids: [JobID]) async throws(StoreError) -> [EditReceipt] {
        defer { shared.wake.send() }
        return try await books.perform("cancel", isTransaction: true) { session throws(MySQLError) in
            try session.cancel(ids)
        }
    }

    /// Removes jobs that are not running.
    public func delete(_ ids: [JobID]) async throws(StoreError) -> [EditReceipt] {
        try await books.perform("delete", isTransaction: true) { session throws(MySQLError) in
            try session.delete(ids)
        }
    }

    /// Removes finished jobs beyond what is to be kept, oldest first.
    public func prune(_ retention: Retention, limit: Int) async throws(StoreError) -> Int {
        try await books.perform("prune", isTransaction: true) { session throws(MySQLError) in
            try session.prune(retention, limit: limit)
        }
    }
}

extension MySQLStore: QueueSwitch {
    /// Stops claims from a queue.
    public func pause(_ queue: QueueName) async throws(StoreError) {
        try await books.perform("pause") { session throws(MySQLError) in try session.setPaused(queue, true) }
    }

    /// Lets claims go on, and hints at them.
    public func resume(_ queue: QueueName) async throws(StoreError) {
        try await books.perform("resume") { session throws(MySQLError) in try session.setPaused(queue, false) }
        shared.wake.send()
    }

    /// The paused queues, sorted.
    public func pausedQueues() async throws(StoreError) -> [QueueName] {
        try await take.perform("paused queues") { session throws(MySQLError) in try session.pausedQueues() }
    }
}

extension MySQLStore: WorkerRegistry {
    /// Says that a worker is there.
    public func report(_ worker: WorkerReport) async throws(StoreError) {
        try await books.perform("report") { session throws(MySQLError) in try session.report(worker) }
    }

    /// Forgets a worker that ended.
    public func retire(_ owner: Owner) async throws(StoreError) {
        try await books.perform("retire") { session throws(MySQLError) in try session.retire(owner) }
    }

    /// All workers that have not been retired.
    public func workers() async throws(StoreError) -> [RegisteredWorker] {
        try await take.perform("workers") { session throws(MySQLError) in try session.workers() }
    }

    /// Every incarnation that holds a lease or has reported.
    public func owners() async throws(StoreError) -> [Owner] {
        try await take.perform("owners") { session throws(MySQLError) in try session.holders() }
    }
}

extension MySQLStore: WakeUps {
    /// Hints from now on, from this process and from others on this host.
    public func hints() -> AsyncStream<Void> { shared.wake.stream() }

    /// Gives every worker of this store on this host a hint.
    public func nudge() { shared.wake.send() }
}

extension MySQLStore: SchemaKeeper {
    /// Brings the tables up to this program's version; safe when several start at once.
    public func migrate() async throws(StoreError) -> (from: Int, to: Int) {
        try await books.perform("migrate", needsSchema: false) { session throws(MySQLError) in
            try Schema.migrate(session)
        }
    }

    /// The version found, and the one this program writes.
    public func schemaVersion() async throws(StoreError) -> (found: Int, expected: Int) {
        try await books.perform("schema version", needsSchema: false) { session throws(MySQLError) in
            (try Schema.find(session)?.version ?? 0, Schema.version)
        }
    }
}
