internal import HakobiCore

/// A twin of `MemoryStore` of which every call can be bent: the raw material of broken stores.
///
/// Faults live here and not as switches in `MemoryStore`, so that the specification stays free of them.
struct Twin: Sendable {
    /// One method, as a value.
    typealias Call<Input, Output> = @Sendable (Input) async throws(StoreError) -> Output

    /// A store with all its roles, whatever its type.
    typealias Base = JobStore & JobReader & JobEditor & QueueSwitch & WorkerRegistry & WakeUps

    let base: any Base
    var insert: Call<[NewJob], [Insertion]>
    var claim: Call<Demand, [ClaimedJob]>
    var renew: Call<[Renewal], [RenewalReceipt]>
    var settle: Call<[Settlement], [Receipt]>
    var rescue: Call<Rescue, [RescuedJob]>
    var job: Call<JobID, JobRecord?>
    var jobs: Call<(JobFilter, Int, JobID?), [JobRecord]>
    var stats: Call<Void, StoreStats>
    var retry: Call<[JobID], [EditReceipt]>
    var cancel: Call<[JobID], [EditReceipt]>
    var delete: Call<[JobID], [EditReceipt]>
    var prune: Call<(Retention, Int), Int>
    var pause: Call<QueueName, Void>
    var resume: Call<QueueName, Void>
    var pausedQueues: Call<Void, [QueueName]>
    var report: Call<WorkerReport, Void>
    var retire: Call<Owner, Void>
    var workers: Call<Void, [RegisteredWorker]>
    var owners: Call<Void, [Owner]>
    var hints: @Sendable () -> AsyncStream<Void>

    /// A twin that does everything as its base does.
    init(_ base: any Base) {
        self.base = base
        insert = { jobs throws(StoreError) in try await base.insert(jobs) }
        claim = { demand throws(StoreError) in try await base.claim(demand) }
        renew = { renewals throws(StoreError) in try await base.renew(renewals) }
        settle = { settlements throws(StoreError) in try await base.settle(settlements) }
        rescue = { request throws(StoreError) in try await base.rescue(request) }
        job = { id throws(StoreError) in try await base.job(id) }
        jobs = { ask throws(StoreError) in try await base.jobs(matching: ask.0, limit: ask.1, before: ask.2) }
        stats = { _ throws(StoreError) in try await base.stats() }
        retry = { ids throws(StoreError) in try await base.retry(ids) }
        cancel = { ids throws(StoreError) in try await base.cancel(ids) }
        delete = { ids throws(StoreError) in try await base.delete(ids) }
        prune = { ask throws(StoreError) in try await base.prune(ask.0, limit: ask.1) }
        pause = { queue throws(StoreError) in try await base.pause(queue) }
        resume = { queue throws(StoreError) in try await base.resume(queue) }
        pausedQueues = { _ throws(StoreError) in try await base.pausedQueues() }
        report = { worker throws(StoreError) in try await base.report(worker) }
        retire = { owner throws(StoreError) in try await base.retire(owner) }
        workers = { _ throws(StoreError) in try await base.workers() }
        owners = { _ throws(StoreError) in try await base.owners() }
        hints = { base.hints() }
    }
}

/// The twin as a store, with all roles.
struct TwinStore: JobStore, JobReader, JobEditor, QueueSwitch, WorkerRegistry, WakeUps {
    let twin: Twin

    func insert(_ jobs: [NewJob]) async throws(StoreError) -> [Insertion] { try await twin.insert(jobs) }
    func claim(_ demand: Demand) async throws(StoreError) -> [ClaimedJob] { try await twin.claim(demand) }
    func renew(_ renewals: [Renewal]) async throws(StoreError) -> [RenewalReceipt] { try await twin.renew(renewals) }
    func settle(_ settlements: [Settlement]) async throws(StoreError) -> [Receipt] {
        try await twin.settle(settlements)
    }
    func rescue(_ request: Rescue) async throws(StoreError) -> [RescuedJob] { try await twin.rescue(request) }

    func job(_ id: JobID) async throws(StoreError) -> JobRecord? { try await twin.job(id) }
    func jobs(matching filter: JobFilter, limit: Int, before: JobID?) async throws(StoreError) -> [JobRecord] {
        try await twin.jobs((filter, limit, before))
    }
    func stats() async throws(StoreError) -> StoreStats { try await twin.stats(()) }

    func retry(_ ids: [JobID]) async throws(StoreError) -> [EditReceipt] { try await twin.retry(ids) }
    func cancel(_ ids: [JobID]) async throws(StoreError) -> [EditReceipt] { try await twin.cancel(ids) }
    func delete(_ ids: [JobID]) async throws(StoreError) -> [EditReceipt] { try await twin.delete(ids) }
    func prune(_ retention: Retention, limit: Int) async throws(StoreError) -> Int {
        try await twin.prune((retention, limit))
    }

    func pause(_ queue: QueueName) async throws(StoreError) { try await twin.pause(queue) }
    func resume(_ queue: QueueName) async throws(StoreError) { try await twin.resume(queue) }
    func pausedQueues() async throws(StoreError) -> [QueueName] { try await twin.pausedQueues(()) }

    func report(_ worker: WorkerReport) async throws(StoreError) { try await twin.report(worker) }
    func retire(_ owner: Owner) async throws(StoreError) { try await twin.retire(owner) }
    func workers() async throws(StoreError) -> [RegisteredWorker] { try await twin.workers(()) }
    func owners() async throws(StoreError) -> [Owner] { try await twin.owners(()) }

    func hints() -> AsyncStream<Void> { twin.hints() }
    func nudge() { twin.base.nudge() }
}
