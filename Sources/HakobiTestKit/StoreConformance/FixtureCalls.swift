internal import HakobiCore

extension Owner {
    static let first = Owner(node: "alpha", boot: "boot-1", incarnation: "i-1")
    static let second = Owner(node: "beta", boot: "boot-2", incarnation: "i-2")
}

extension AttemptReport {
    static let usual = AttemptReport(host: "alpha", pid: 4711, generation: 3, release: "1.2.3", ran: .seconds(2))
}

/// Short forms of what nearly every check does.
extension StoreFixture {
    /// A job of kind `work` unless told otherwise, with the next id.
    func job(_ kind: String = "work", _ shape: (inout NewJob) throws -> Void = { _ in }) throws -> NewJob {
        var job = NewJob(id: nextID(), kind: try Kind(kind), payload: Payload([0x7B, 0x7D]))
        try shape(&job)
        return job
    }

    /// Inserts one job and answers what became of it.
    func insert(_ job: NewJob) async throws -> Insertion {
        try await require(store.insert([job]).first, "an insert of one job is answered once")
    }

    /// Inserts a job that must be kept, and answers its id.
    func add(_ kind: String = "work", _ shape: (inout NewJob) throws -> Void = { _ in }) async throws -> JobID {
        let job = try job(kind, shape)
        try await expect("the insert", insert(job), is: .inserted)
        return job.id
    }

    /// A demand for kind `work` in all queues, unless told otherwise.
    func demand(
        _ slots: Int, lonely: Int = 0, by owner: Owner = .first, kinds: [String] = ["work"],
        queues: Demand.Queues = .all, lease: Duration = .seconds(60)
    ) throws -> Demand {
        Demand(
            queues: queues, kinds: try kinds.map { try Kind($0) }, slots: slots, lonelySlots: lonely, lease: lease,
            owner: owner)
    }

    /// Claims with such a demand.
    func claim(
        _ slots: Int = 1, lonely: Int = 0, by owner: Owner = .first, kinds: [String] = ["work"],
        queues: Demand.Queues = .all, lease: Duration = .seconds(60)
    ) async throws -> [ClaimedJob] {
        try await store.claim(
            demand(slots, lonely: lonely, by: owner, kinds: kinds, queues: queues, lease: lease))
    }

    /// Claims exactly `count` ordinary jobs, and answers their leases.
    func leases(_ count: Int) async throws -> [Lease] {
        let claimed = try await claim(count)
        try expect("due jobs claimed", claimed.count, is: count)
        return claimed.map(\.lease)
    }

    /// Claims exactly one ordinary job.
    func claimOne(by owner: Owner = .first, lease: Duration = .seconds(60)) async throws -> ClaimedJob {
        let claimed = try await claim(by: owner, lease: lease)
        return try require(claimed.first, "a due job was not claimed")
    }

    /// Claims exactly one suspect.
    func claimSuspect(by owner: Owner = .first) async throws -> ClaimedJob {
        let claimed = try await claim(0, lonely: 1, by: owner)
        return try require(claimed.first, "a waiting suspect was not claimed for a lonely slot")
    }

    /// Settles one lease and answers the receipt.
    func settle(
        _ lease: Lease, _ outcome: Outcome, followUps: [NewJob] = [], checkpoint: [UInt8]? = nil
    ) async throws -> Receipt {
        let settlement = Settlement(
            lease, outcome, report: .usual, followUps: followUps, checkpoint: checkpoint)
        return try await require(store.settle([settlement]).first, "a settlement is answered once")
    }

    /// Settles a lease that must still be held.
    func end(_ lease: Lease, _ outcome: Outcome) async throws {
        try await expect("the settlement as \(outcome.name)", settle(lease, outcome), is: .settled(followUps: []))
    }

    /// Adds a job, claims it and settles it.
    func ended(_ outcome: Outcome, _ shape: (inout NewJob) throws -> Void = { _ in }) async throws -> JobID {
        let id = try await add("work", shape)
        let claimed = try await claimOne()
        try expect("the claimed job", claimed.lease.job, is: id)
        try await end(claimed.lease, outcome)
        return id
    }

    /// Adds a job that is a suspect and waits.
    func suspect() async throws -> JobID { try await ended(.suspected(CauseOfDeath(signal: 11), error: "died")) }

    /// Renews one lease.
    func renew(_ renewal: Renewal) async throws -> RenewalReceipt {
        try await require(store.renew([renewal]).first, "a renewal is answered once")
    }

    /// A job that must exist.
    func record(_ id: JobID) async throws -> JobRecord {
        try await require(reader.job(id), "job \(id) is not there")
    }

    /// The state of a job that must exist.
    func state(_ id: JobID) async throws -> JobState { try await record(id).state }

    /// Revokes what expired.
    func rescueExpired(limit: Int = 500) async throws -> [RescuedJob] {
        try await store.rescue(Rescue(.expired, limit: limit))
    }

    /// Retries, cancels or deletes one job.
    func retry(_ id: JobID) async throws -> EditReceipt { try await one(editor.retry([id])) }
    func cancel(_ id: JobID) async throws -> EditReceipt { try await one(editor.cancel([id])) }
    func delete(_ id: JobID) async throws -> EditReceipt { try await one(editor.delete([id])) }

    private func one(_ receipts: [EditReceipt]) throws -> EditReceipt {
        try require(receipts.first, "an edit of one job is answered once")
    }
}
