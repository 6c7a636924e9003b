internal import HakobiCore

extension MemoryLedger {
    /// Keeps one job, or says why not; a job that is not kept leaves nothing behind.
    mutating func insert(_ job: NewJob, at now: MemoryMoment) -> Insertion {
        if let refusal = job.refusal(maxPayloadBytes: maxPayloadBytes) { return .refused(refusal) }
        if rows[job.id] != nil { return .existing(job.id) }
        if let known = acceptedBefore(job, at: now) { return .existing(known) }
        guard let unique = job.uniqueKey, let holder = liveKeys[ScopedKey(kind: job.kind, key: unique.key)] else {
            add(job, at: now)
            return .inserted
        }
        switch unique.onConflict {
        case .keep: return .existing(holder)
        case .refuse: return .refused(.uniqueKeyTaken(by: holder))
        case .replace:
            guard withdraw(holder, at: now) else { return .refused(.uniqueKeyTaken(by: holder)) }
            add(job, at: now)
            return .replaced(holder)
        }
    }

    private func acceptedBefore(_ job: NewJob, at now: MemoryMoment) -> JobID? {
        guard let key = job.idempotencyKey else { return nil }
        guard let memory = accepted[ScopedKey(kind: job.kind, key: key.key)] else { return nil }
        return now.wall < memory.until ? memory.job : nil
    }

    /// Cancels a waiting job; a running one is left alone.
    private mutating func withdraw(_ job: JobID, at now: MemoryMoment) -> Bool {
        guard var row = rows[job], row.record.state != .running else { return false }
        row.finish(.cancelled, at: now.wall)
        keep(row)
        return true
    }

    private mutating func add(_ job: NewJob, at now: MemoryMoment) {
        lastNumber += 1
        var record = JobRecord(
            id: job.id, kind: job.kind, queue: job.queue, state: .available, priority: job.priority,
            payload: job.payload, maxFailures: job.maxFailures, limits: job.limits,
            dueAt: job.due.moment(from: now.wall), createdAt: now.wall, metadata: job.metadata)
        record.idempotencyKey = job.idempotencyKey?.key
        record.uniqueKey = job.uniqueKey?.key
        keep(MemoryRow(record: record, number: lastNumber, claimedAt: now.wall))
        guard let key = job.idempotencyKey else { return }
        accepted[ScopedKey(kind: job.kind, key: key.key)] = Memory(job: job.id, until: now.wall + key.window)
    }
}

extension DueTime {
    /// The moment it stands for when the store accepts the job at `now`; never before that.
    func moment(from now: Timestamp) -> Timestamp {
        switch self {
        case .now: now
        case .after(let delay): now + delay
        case .at(let moment): max(moment, now)
        }
    }
}
