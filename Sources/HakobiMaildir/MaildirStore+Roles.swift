public import HakobiCore

extension MaildirStore: JobReader {
    /// One job with its history; a mail's payload is where it lies and its envelope.
    public func job(_ id: JobID) async throws(StoreError) -> JobRecord? {
        try await perform("job") { session throws(FileTrouble) in try session.job(id) }
    }

    /// Jobs that match, newest first by id. Looks at every state there is; reads those that have changed since.
    public func jobs(
        matching filter: JobFilter, limit: Int, before: JobID?
    ) async throws(StoreError) -> [JobRecord] {
        try await perform("jobs") { session throws(FileTrouble) in
            try session.jobs(matching: filter, limit: limit, before: before)
        }
    }

    /// Counts and ages.
    public func stats() async throws(StoreError) -> StoreStats {
        try await perform("stats") { session throws(FileTrouble) in try session.stats() }
    }
}

extension MaildirStore: JobEditor {
    /// Gives jobs a second chance: from `failed` they go back to `new`.
    public func retry(_ ids: [JobID]) async throws(StoreError) -> [EditReceipt] {
        try await edit("retry", ids) { session, id throws(FileTrouble) in try session.retry(id) }
    }

    /// Cancels waiting jobs, whose mails go to `failed`; asks for running ones.
    public func cancel(_ ids: [JobID]) async throws(StoreError) -> [EditReceipt] {
        try await edit("cancel", ids) { session, id throws(FileTrouble) in try session.cancel(id) }
    }

    /// Removes jobs that are not running, with their mails; the mail of a completed one stays in `cur`.
    public func delete(_ ids: [JobID]) async throws(StoreError) -> [EditReceipt] {
        try await edit("delete", ids) { session, id throws(FileTrouble) in try session.delete(id) }
    }

    /// Removes finished jobs beyond what is to be kept, with their mails in `failed`.
    public func prune(_ retention: Retention, limit: Int) async throws(StoreError) -> Int {
        try await perform("prune") { session throws(FileTrouble) in try session.prune(retention, limit: limit) }
    }

    private func edit(
        _ operation: String, _ ids: [JobID],
        _ edit: @escaping @Sendable (Session, JobID) throws(FileTrouble) -> EditReceipt
    ) async throws(StoreError) -> [EditReceipt] {
        guard !ids.isEmpty else { return [] }
        let receipts = try await perform(operation) { session throws(FileTrouble) in
            var receipts: [EditReceipt] = []
            for id in ids { receipts.append(try edit(session, id)) }
            return receipts
        }
        return receipts
    }
}

extension MaildirStore: QueueSwitch {
    /// Stops claims from a queue, in every process on these Maildirs.
    public func pause(_ queue: QueueName) async throws(StoreError) {
        try await perform("pause") { session throws(FileTrouble) in
            try session.pauses.set(queue, isPaused: true, in: session.boxes[0].folder)
        }
    }

    /// Lets claims go on, and hints at them.
    public func resume(_ queue: QueueName) async throws(StoreError) {
        try await perform("resume") { session throws(FileTrouble) in
            try session.pauses.set(queue, isPaused: false, in: session.boxes[0].folder)
        }
        send()
    }

    /// The paused queues, sorted.
    public func pausedQueues() async throws(StoreError) -> [QueueName] {
        try await perform("paused queues") { session throws(FileTrouble) in
            try session.pauses.queues(in: session.boxes[0].folder).sorted()
        }
    }
}

extension MaildirStore: WorkerRegistry {
    /// Says that a worker is there.
    public func report(_ worker: WorkerReport) async throws(StoreError) {
        try await perform("report") { session throws(FileTrouble) in try session.report(worker) }
    }

    /// Forgets a worker that ended.
    public func retire(_ owner: Owner) async throws(StoreError) {
        try await perform("retire") { session throws(FileTrouble) in try session.retire(owner) }
    }

    /// All workers that have not been retired.
    public func workers() async throws(StoreError) -> [RegisteredWorker] {
        try await perform("workers") { session throws(FileTrouble) in try session.workers() }
    }

    /// Every incarnation that has a mail or has reported.
    public func owners() async throws(StoreError) -> [Owner] {
        try await perform("owners") { session throws(FileTrouble) in try session.owners() }
    }
}

extension MaildirStore: WakeUps {
    /// Hints from now on: at arrivals as the kernel tells of them, and at what others give back.
    public func hints() -> AsyncStream<Void> { stream() }

    /// Gives every worker on these Maildirs on this host a hint.
    public func nudge() { send() }
}

extension MaildirStore: LeaseLocks {
    /// One more descriptor of a mail that is in hand.
    public func copyLock(of lease: Lease) -> Int32? { locks.copy(lease) }
}
