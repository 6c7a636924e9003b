public import HakobiCore

/// What a user enqueues with: encode → insert. Safe to share; concurrent calls share transactions.
///
/// With a spill, jobs are kept on this host while the store is away, and carried there later.
///
/// Once a call has returned, its job is durable. A call whose task is cancelled while it waits for its turn has written
/// nothing; one whose insert is under way waits for the answer, unless the store can still take it back unwritten.
public final class JobClient: Sendable {
    private let plain: GroupCommit
    /// Jobs with keys: they may wait for others' transactions, and their statements cost more. Nobody else is to.
    private let keyed: GroupCommit
    private let observer: EngineObserver
    private let maxPayloadBytes: Int
    private let spillway: Spillway?

    /// A client of a store; `maxPayloadBytes` refuses large payloads before they travel (the store has its own limit), and
    /// `spill` keeps what the store cannot take while it is away.
    public convenience init(
        _ roles: StoreRoles, maxPayloadBytes: Int = Defaults.maxPayloadBytes, spill: (any JobSpill)? = nil
    ) {
        self.init(roles, maxPayloadBytes: maxPayloadBytes, spill: spill, clock: .system)
    }

    init(
        _ roles: StoreRoles, maxPayloadBytes: Int = Defaults.maxPayloadBytes, spill: (any JobSpill)? = nil,
        clock: EngineClock
    ) {
        spillway = spill.map { Spillway($0, clock: clock) }
        plain = GroupCommit(store: roles.store, clock: clock)
        keyed = GroupCommit(store: roles.store, clock: clock)
        observer = EngineObserver(logger: nil)
        self.maxPayloadBytes = maxPayloadBytes
    }

    /// Enqueues one job; its type's own options apply unless others are given.
    /// - Returns: the job's id, or the id of the job that already stands for it (by idempotency key or unique key).
    /// - Throws: `Refusal`, `InvalidName`, the encoder's error, or `StoreError`.
    @discardableResult
    public func enqueue<J: Job>(_ job: J, _ options: JobOptions? = nil) async throws -> JobID {
        let new = try NewJob(job, options ?? J.options, carrying: Origin.current())
        return try Self.id(of: new, after: try await insert([new])[0])
    }

    /// Enqueues many jobs of one type in one transaction; each stands alone.
    /// - Returns: what became of each, in order.
    /// - Throws: `InvalidName`, the encoder's error, or `StoreError`; refusals are in the answer.
    public func enqueue<J: Job>(contentsOf jobs: [J], _ options: JobOptions? = nil) async throws -> [Insertion] {
        let origin = Origin.current()
        return try await insert(try jobs.map { try NewJob($0, options ?? J.options, carrying: origin) })
    }

    /// Enqueues a job of any kind from bytes.
    /// - Returns, Throws: as for a typed job.
    @discardableResult
    public func enqueue(kind: Kind, payload: Payload, _ options: JobOptions = JobOptions()) async throws -> JobID {
        let metadata = Origin.current().merging(options.metadata) { _, own in own }
        let new = NewJob(kind: kind, payload: payload, options, metadata: metadata)
        return try Self.id(of: new, after: try await insert([new])[0])
    }

    /// Inserts jobs as they are, in one transaction; each stands alone.
    public func insert(_ jobs: [NewJob]) async throws(StoreError) -> [Insertion] {
        guard !jobs.isEmpty else { return [] }
        let refusals = jobs.map { $0.refusal(maxPayloadBytes: maxPayloadBytes) }
        let accepted = zip(jobs, refusals).filter { $0.1 == nil }.map(\.0)
        var answers = accepted.isEmpty ? [] : try await write(accepted)
        observer.enqueued(accepted, answers)
        answers.reverse()
        return refusals.map { refusal in refusal.map { .refused($0) } ?? answers.removeLast() }
    }

    private func write(_ jobs: [NewJob]) async throws(StoreError) -> [Insertion] {
        let group = jobs.contains(where: \.hasKey) ? keyed : plain
        guard let spillway else { return try await group.insert(jobs) }
        return try await spillway.insert(jobs) { jobs throws(StoreError) in try await group.insert(jobs) }
    }

    /// Callers whose jobs wait for the next transaction.
    var waitingCallers: Int { plain.waitingCallers + keyed.waitingCallers }

    private static func id(of job: NewJob, after insertion: Insertion) throws -> JobID {
        switch insertion {
        case .inserted, .replaced, .spilled: job.id
        case .existing(let id): id
        case .refused(let refusal): throw refusal
        }
    }
}
