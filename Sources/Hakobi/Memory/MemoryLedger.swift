internal import HakobiCore

/// One kept job, and what only the store knows of it.
struct MemoryRow {
    var record: JobRecord
    /// The order of insertion.
    let number: Int64
    /// When the lease runs out, on the steady clock; means something only while the job runs.
    var leaseEnd = Duration.zero
    /// When it was last claimed.
    var claimedAt: Timestamp
    /// Which entry of the waiting room speaks for it; older ones are void.
    var ticket: Int64 = 0
}

/// A key in its scope.
struct ScopedKey: Hashable {
    let kind: Kind
    let key: JobKey
}

/// Both readings of the store's clock for one call.
struct MemoryMoment {
    let wall: Timestamp
    let steady: Duration
}

/// The books of a `MemoryStore`: all state, and in its extensions all rules, as one value without clock or lock.
///
/// Every promise of `JobStore` can be read here; the files beside this one are the chapters.
struct MemoryLedger {
    /// A request that was accepted, remembered apart from its job so that prune and delete cannot shorten it.
    struct Memory {
        let job: JobID
        let until: Timestamp
    }

    /// A worker, and when it was last heard on the steady clock.
    struct Registration {
        let report: WorkerReport
        let heardAt: Duration
    }

    let maxPayloadBytes: Int
    var rows: [JobID: MemoryRow] = [:]
    var lastNumber: Int64 = 0
    var waiting = WaitingRoom()
    var running: Set<JobID> = []
    var liveKeys: [ScopedKey: JobID] = [:]
    var accepted: [ScopedKey: Memory] = [:]
    var paused: Set<QueueName> = []
    var workers: [Owner: Registration] = [:]

    /// The only way a row gets into the books: every index follows from its state.
    mutating func keep(_ row: MemoryRow) {
        var row = row
        let record = row.record
        if record.state == .available { row.ticket = waiting.add(row) }
        rows[record.id] = row
        if record.state == .running { running.insert(record.id) } else { running.remove(record.id) }
        guard let key = row.uniqueKey else { return }
        if !record.state.isTerminal {
            liveKeys[key] = record.id
        } else if liveKeys[key] == record.id {
            liveKeys[key] = nil
        }
    }

    /// The only way a row leaves them. Its entry in the waiting room, if any, is dropped when it comes up.
    mutating func forget(_ job: JobID) {
        guard let row = rows.removeValue(forKey: job) else { return }
        running.remove(job)
        if let key = row.uniqueKey, liveKeys[key] == job { liveKeys[key] = nil }
    }
}

extension MemoryRow {
    var uniqueKey: ScopedKey? { record.uniqueKey.map { ScopedKey(kind: record.kind, key: $0) } }

    /// Whether this is the attempt that the lease was given for. The row is compared too: attempts of a job that was
    /// deleted and inserted again under its old id start over, and its old leases must not open the new one.
    func isHeld(under lease: Lease) -> Bool {
        record.state == .running && number == lease.row && record.attempt == lease.attempt
            && record.owner == lease.owner
    }

    /// The right to run the present attempt.
    func lease(of owner: Owner) -> Lease {
        Lease(job: record.id, row: number, attempt: record.attempt, owner: owner)
    }

    /// Ends the job.
    mutating func finish(_ state: JobState, at now: Timestamp) {
        move(to: state)
        record.finishedAt = now
    }

    /// Back to the waiting ones, or cancelled if somebody asked for that meanwhile.
    mutating func giveBack(due: Timestamp, at now: Timestamp) {
        if record.isCancelRequested { return finish(.cancelled, at: now) }
        move(to: .available)
        record.dueAt = due
    }

    /// Back, due at once, in its old place: who was not at fault does not queue again.
    mutating func giveBack(at now: Timestamp) { giveBack(due: min(record.dueAt, now), at: now) }

    private mutating func move(to state: JobState) {
        assert(record.state.canBecome(state), "\(record.state) cannot become \(state)")
        record.state = state
        record.owner = nil
        record.isCancelRequested = false
    }
}

extension WaitingRoom {
    fileprivate mutating func add(_ row: MemoryRow) -> Int64 {
        let record = row.record
        return add(
            record.id, to: Lane(queue: record.queue, kind: record.kind, isSuspect: record.isSuspect),
            priority: record.priority, due: record.dueAt, order: Order(row.number))
    }
}
