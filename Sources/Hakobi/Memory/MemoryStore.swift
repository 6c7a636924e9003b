public import HakobiCore
internal import Synchronization

/// The executable specification: a store that keeps every promise except that it forgets all at exit.
///
/// For tests, for trying things out, and as the oracle that other stores are compared with. The rules are `MemoryLedger`,
/// a pure value; this is the lock and the clock around it. It never waits and never fails, so cancellation has nothing
/// to stop.
public final class MemoryStore: Sendable {
    private let clock: StoreClock
    private let ledger: Mutex<MemoryLedger>
    private let wakeHints = MemoryHints()

    /// An empty store on the given clock, which refuses payloads over `maxPayloadBytes`.
    public init(clock: StoreClock = .system, maxPayloadBytes: Int = Defaults.maxPayloadBytes) {
        self.clock = clock
        ledger = Mutex(MemoryLedger(maxPayloadBytes: maxPayloadBytes))
    }

    /// This store with all the roles it has; it keeps no schema.
    public var roles: StoreRoles {
        StoreRoles(store: self, reader: self, editor: self, queues: self, registry: self, wakeUps: self)
    }

    /// The clock is read under the lock, so that two calls see time in the order in which they take effect.
    private func run<Answer: Sendable>(_ body: (inout MemoryLedger, MemoryMoment) -> Answer) -> Answer {
        ledger.withLock { ledger in
            body(&ledger, MemoryMoment(wall: clock.wall(), steady: clock.steady()))
        }
    }
}

extension MemoryStore: JobStore {
    /// Keeps new jobs, each alone, and hints at them.
    public func insert(_ jobs: [NewJob]) async throws(StoreError) -> [Insertion] {
        defer { wakeHints.send() }
        return run { ledger, now in jobs.map { ledger.insert($0, at: now) } }
    }

    /// Takes due jobs: priority, then due time, then order of insertion.
    public func claim(_ demand: Demand) async throws(StoreError) -> [ClaimedJob] {
        run { $0.claim(demand, at: $1) }
    }

    /// Extends or looks at held leases.
    public func renew(_ renewals: [Renewal]) async throws(StoreError) -> [RenewalReceipt] {
        run { ledger, now in renewals.map { ledger.renew($0, at: now) } }
    }

    /// Ends attempts under their leases, and hints at what that makes due: follow-ups, and what is given back.
    public func settle(_ settlements: [Settlement]) async throws(StoreError) -> [Receipt] {
        defer { if settlements.contains(where: \.bringsWork) { wakeHints.send() } }
        return run { ledger, now in settlements.map { ledger.settle($0, at: now) } }
    }

    /// Revokes the leases of the dead, and hints at what they held.
    public func rescue(_ request: Rescue) async throws(StoreError) -> [RescuedJob] {
        defer { wakeHints.send() }
        return run { $0.rescue(request, at: $1) }
    }
}

extension MemoryStore: JobReader {
    /// One job with its history.
    public func job(_ id: JobID) async throws(StoreError) -> JobRecord? { run { ledger, _ in ledger.rows[id]?.record } }

    /// Jobs that match, newest first by id.
    public func jobs(
        matching filter: JobFilter, limit: Int, before: JobID?
    ) async throws(StoreError) -> [JobRecord] {
        run { ledger, _ in ledger.jobs(matching: filter, limit: limit, before: before) }
    }

    /// Counts and ages.
    public func stats() async throws(StoreError) -> StoreStats { run { $0.stats(at: $1) } }
}

extension MemoryStore: JobEditor {
    /// Gives jobs a second chance, and hints at them.
    public func retry(_ ids: [JobID]) async throws(StoreError) -> [EditReceipt] {
        defer { wakeHints.send() }
        return run { ledger, now in ids.map { ledger.retry($0, at: now) } }
    }

    /// Cancels waiting jobs; asks for running ones, and hints at that.
    public func cancel(_ ids: [JobID]) async throws(StoreError) -> [EditReceipt] {
        defer { wakeHints.send() }
        return run { ledger, now in ids.map { ledger.cancel($0, at: now) } }
    }

    /// Removes jobs that are not running.
    public func delete(_ ids: [JobID]) async throws(StoreError) -> [EditReceipt] {
        run { ledger, _ in ids.map { ledger.delete($0) } }
    }

    /// Removes finished jobs beyond what is to be kept. Looks at every finished job, unlike the stores made for many.
    public func prune(_ retention: Retention, limit: Int) async throws(StoreError) -> Int {
        run { $0.prune(retention, limit: limit, at: $1) }
    }
}

extension MemoryStore: QueueSwitch {
    /// Stops claims from a queue.
    public func pause(_ queue: QueueName) async throws(StoreError) {
        run { ledger, _ in _ = ledger.paused.insert(queue) }
    }

    /// Lets claims go on, and hints at them.
    public func resume(_ queue: QueueName) async throws(StoreError) {
        defer { wakeHints.send() }
        run { ledger, _ in _ = ledger.paused.remove(queue) }
    }

    /// The paused queues, sorted.
    public func pausedQueues() async throws(StoreError) -> [QueueName] { run { ledger, _ in ledger.paused.sorted() } }
}

extension MemoryStore: WorkerRegistry {
    /// Says that a worker is there.
    public func report(_ worker: WorkerReport) async throws(StoreError) {
        run { $0.workers[worker.owner] = MemoryLedger.Registration(report: worker, heardAt: $1.steady) }
    }

    /// Forgets a worker that ended.
    public func retire(_ owner: Owner) async throws(StoreError) { run { ledger, _ in ledger.workers[owner] = nil } }

    /// All workers that have not been retired.
    public func workers() async throws(StoreError) -> [RegisteredWorker] { run { $0.registered(at: $1) } }

    /// Every incarnation that holds a lease or has reported.
    public func owners() async throws(StoreError) -> [Owner] { run { ledger, _ in ledger.owners() } }
}

extension MemoryStore: WakeUps {
    /// Hints from now on; ends when the consuming task is cancelled.
    public func hints() -> AsyncStream<Void> { wakeHints.stream() }

    /// Gives everyone who listens a hint.
    public func nudge() { wakeHints.send() }
}
