internal import HakobiCore
internal import Synchronization

/// The usual ways to bend a twin.
extension Twin {
    /// Every new job, follow-ups too, is changed on its way in.
    mutating func bendJobs(_ bend: @escaping @Sendable (inout NewJob) -> Void) {
        let bent: @Sendable ([NewJob]) -> [NewJob] = { jobs in jobs.map { Twin.bent($0, bend) } }
        let next = insert
        insert = { jobs throws(StoreError) in try await next(bent(jobs)) }
        bendSettlements { $0.followUps = bent($0.followUps) }
    }

    /// Every demand is changed on its way in.
    mutating func bendDemands(_ bend: @escaping @Sendable (inout Demand) -> Void) {
        let next = claim
        claim = { demand throws(StoreError) in try await next(Twin.bent(demand, bend)) }
    }

    /// Every claimed job is changed on its way out.
    mutating func bendClaims(_ bend: @escaping @Sendable (inout ClaimedJob) -> Void) {
        let next = claim
        claim = { demand throws(StoreError) in try await next(demand).map { Twin.bent($0, bend) } }
    }

    /// Every renewal is changed on its way in.
    mutating func bendRenewals(_ bend: @escaping @Sendable (inout Renewal) -> Void) {
        let next = renew
        renew = { renewals throws(StoreError) in try await next(renewals.map { Twin.bent($0, bend) }) }
    }

    /// Every settlement is changed on its way in.
    mutating func bendSettlements(_ bend: @escaping @Sendable (inout Settlement) -> Void) {
        let next = settle
        settle = { settlements throws(StoreError) in try await next(settlements.map { Twin.bent($0, bend) }) }
    }

    /// Some outcomes are taken for others.
    mutating func bendOutcomes(_ bend: @escaping @Sendable (Outcome) -> Outcome) {
        bendSettlements { $0.outcome = bend($0.outcome) }
    }

    /// Some outcomes are taken for others, depending on the job as it was before.
    mutating func bendOutcomes(knowing bend: @escaping @Sendable (Outcome, JobRecord) -> Outcome) {
        let (next, base) = (settle, base)
        settle = { settlements throws(StoreError) in
            var bent: [Settlement] = []
            for var settlement in settlements {
                if let record = try await base.job(settlement.lease.job) {
                    settlement.outcome = bend(settlement.outcome, record)
                }
                bent.append(settlement)
            }
            return try await next(bent)
        }
    }

    /// Every rescue is changed on its way in.
    mutating func bendRescues(_ bend: @escaping @Sendable (inout Rescue) -> Void) {
        let next = rescue
        rescue = { request throws(StoreError) in try await next(Twin.bent(request, bend)) }
    }

    /// Every record is changed on its way out.
    mutating func bendRecords(_ bend: @escaping @Sendable (inout JobRecord) -> Void) {
        let (one, many) = (job, jobs)
        job = { id throws(StoreError) in try await one(id).map { Twin.bent($0, bend) } }
        jobs = { ask throws(StoreError) in try await many(ask).map { Twin.bent($0, bend) } }
    }

    /// Every line of history is changed on its way out.
    mutating func bendHistory(_ bend: @escaping @Sendable (inout AttemptRecord) -> Void) {
        bendRecords { record in record.history = record.history.map { Twin.bent($0, bend) } }
    }

    /// Every lane of the stats is changed on its way out.
    mutating func bendLanes(_ bend: @escaping @Sendable (inout StoreStats.Lane) -> Void) {
        let next = stats
        stats = { _ throws(StoreError) in
            try await Twin.bent(next(())) { stats in stats.lanes = stats.lanes.map { Twin.bent($0, bend) } }
        }
    }

    /// Jobs are inserted one by one, each seen with what the store held just before.
    mutating func insertEach(
        _ insert:
            @escaping @Sendable (NewJob, _ next: Call<[NewJob], [Insertion]>) async throws(StoreError) -> [Insertion]
    ) {
        let next = self.insert
        self.insert = { jobs throws(StoreError) in
            var answers: [Insertion] = []
            for job in jobs { answers += try await insert(job, next) }
            return answers
        }
    }

    /// The lease that would be the right one now, whatever attempt and owner were named.
    static func currentLease(of lease: Lease, in reader: any JobReader) async throws(StoreError) -> Lease {
        guard let record = try await reader.job(lease.job), let owner = record.owner else { return lease }
        return Lease(job: lease.job, row: lease.row, attempt: record.attempt, owner: owner)
    }

    static func bent<Value>(_ value: Value, _ bend: (inout Value) -> Void) -> Value {
        var value = value
        bend(&value)
        return value
    }
}

/// What a broken twin remembers beside its base.
final class Notes<Value: Sendable>: Sendable {
    private let value: Mutex<Value>

    init(_ value: Value) { self.value = Mutex(value) }

    func use<Answer: Sendable>(_ body: (inout Value) -> Answer) -> Answer {
        value.withLock { value in body(&value) }
    }
}
