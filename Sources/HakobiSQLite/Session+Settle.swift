internal import HakobiCore

extension Session {
    /// Ends attempts under their leases.
    func settle(_ settlements: [Settlement]) throws(StoreError) -> [Receipt] {
        var receipts: [Receipt] = []
        receipts.reserveCapacity(settlements.count)
        for settlement in settlements { receipts.append(try settle(settlement)) }
        return receipts
    }

    /// The attempt first, then the follow-ups: one of them may take the unique key its parent has just let go.
    private func settle(_ settlement: Settlement) throws(StoreError) -> Receipt {
        if settlement.isPlain, try complete(settlement) {
            return .settled(followUps: settlement.followUps.isEmpty ? [] : try insert(settlement.followUps))
        }
        guard let job = try held(settlement.lease) else { return .lost }
        if let checkpoint = settlement.checkpoint { try keep(checkpoint: checkpoint, of: job.row) }
        if case .completed(let result?) = settlement.outcome { try keep(result: result, of: job.row) }
        var ending = Ending(job, isSuspect: try lane(job.lane).isLonely)
        ending.apply(settlement.outcome, at: now)
        try end(job, ending, keptMore: settlement.keepsMore, settlement)
        return .settled(followUps: settlement.followUps.isEmpty ? [] : try insert(settlement.followUps))
    }

    /// The common case in one statement; `false` when the job is not what it was claimed as, which says nothing yet.
    private func complete(_ settlement: Settlement) throws(StoreError) -> Bool {
        let lease = settlement.lease
        guard let lane = takeLane(of: lease), let owner = try number(of: lease.owner) else { return false }
        let statement = try connection.prepare(.completeJob)
        statement.bind(1, lease.row)
        statement.bind(2, lease.job)
        statement.bind(3, lease.attempt)
        statement.bind(4, owner)
        statement.bind(5, lane)
        statement.bind(6, now.microseconds)
        statement.bind(7, try number(of: settlement.report))
        statement.bind(8, settlement.report.ran.wholeMicroseconds)
        try statement.run()
        guard connection.changes == 1 else { return false }
        left(.running, in: lane)
        arrived(.completed, in: lane, due: .max)
        return true
    }

    /// The fence: the job, if and only if it runs under this lease. A lease past its time holds until it is rescued.
    func held(_ lease: Lease) throws(StoreError) -> Standing? {
        guard let owner = try number(of: lease.owner) else { return nil }
        let statement = try connection.prepare(.heldJob)
        statement.bind(1, lease.row)
        statement.bind(2, lease.job)
        statement.bind(3, lease.attempt)
        statement.bind(4, owner)
        return try statement.first { row in
            Standing(
                row: lease.row, id: lease.job, lane: row.int(0), state: .running, due: row.int(1),
                attempt: lease.attempt, failures: Int(row.int(2)), crashes: Int(row.int(3)), flags: row.int(4),
                claimed: row.int(5))
        }
    }

    private func end(
        _ job: Standing, _ ending: Ending, keptMore: Bool, _ settlement: Settlement
    ) throws(StoreError) {
        let reporter = try number(of: settlement.report)
        let ran = max(settlement.report.ran, .zero).wholeMicroseconds
        // A completed attempt has no text: its line of history is the job's own row, which is written anyway.
        if ending.state != .completed {
            if case .returned = settlement.outcome {
                // It never began and leaves no trace.
            } else {
                try addAttempt(
                    job, settlement.outcome.name, error: settlement.outcome.text, settlement.outcome.cause,
                    reporter: reporter, ran: settlement.report.ran.wholeMicroseconds, started: now.microseconds - ran)
            }
        }
        try move(
            job, ending, kept: keptMore, reporter: ending.state == .completed ? reporter : nil,
            ran: ending.state == .completed ? settlement.report.ran.wholeMicroseconds : nil)
    }

    /// One line of history.
    func addAttempt(
        _ job: Standing, _ outcome: String, error: String?, _ cause: CauseOfDeath?, reporter: Int64?, ran: Int64?,
        started: Int64
    ) throws(StoreError) {
        let statement = try connection.prepare(.addAttempt)
        statement.bind(1, job.row)
        statement.bind(2, job.attempt)
        statement.bind(3, outcome)
        statement.bind(4, error)
        statement.bind(5, cause?.signal.map(Int64.init))
        statement.bind(6, cause?.exitCode.map(Int64.init))
        statement.bind(7, cause?.peakMemory)
        statement.bind(8, reporter)
        statement.bind(9, ran)
        statement.bind(10, started)
        statement.bind(11, now.microseconds)
        try statement.run()
    }

    /// Out of `running` as `ending` says; nobody holds it any more and a request to cancel it is answered.
    func move(
        _ job: Standing, _ ending: Ending, kept: Bool = false, reporter: Int64? = nil, ran: Int64? = nil
    ) throws(StoreError) {
        let lane = try twin(of: job.lane, isLonely: ending.isSuspect)
        let flags = job.flags & ~JobFlags.cancelRequested | (kept ? JobFlags.hasKept : 0)
        let statement = try connection.prepare(.endJob)
        statement.bind(1, job.row)
        statement.bind(2, Int64(ending.state.rawValue))
        statement.bind(3, lane)
        statement.bind(4, ending.due)
        statement.bind(5, ending.failures)
        statement.bind(6, ending.crashes)
        statement.bind(7, flags)
        statement.bind(8, ending.state.isTerminal ? now.microseconds : nil)
        statement.bind(9, reporter)
        statement.bind(10, ran)
        try statement.run()
        left(job.state, in: job.lane)
        arrived(ending.state, in: lane, due: ending.due)
    }

    // MARK: What attempts leave behind

    func keep(checkpoint: [UInt8], of row: Int64) throws(StoreError) {
        let statement = try connection.prepare(.keepCheckpoint)
        statement.bind(1, row)
        statement.bind(2, checkpoint)
        try statement.run()
    }

    func keep(progress: Progress, of row: Int64) throws(StoreError) {
        let statement = try connection.prepare(.keepProgress)
        statement.bind(1, row)
        statement.bind(2, progress.done)
        statement.bind(3, progress.total.map(Int64.init))
        statement.bind(4, progress.note)
        try statement.run()
    }

    private func keep(result: Payload, of row: Int64) throws(StoreError) {
        let statement = try connection.prepare(.keepResult)
        statement.bind(1, row)
        statement.bind(2, result.codec.rawValue)
        statement.bind(3, result.version)
        statement.bind(4, result.bytes)
        try statement.run()
    }
}

extension Settlement {
    /// Completed, and nothing is left behind but that.
    fileprivate var isPlain: Bool {
        if case .completed(nil) = outcome { return checkpoint == nil }
        return false
    }

    /// It leaves a row in `hakobi_kept`.
    fileprivate var keepsMore: Bool {
        if case .completed(.some) = outcome { return true }
        return checkpoint != nil
    }
}
