internal import HakobiCore

extension Session {
    private struct Lost {
        let job: Standing
        let owner: Int64
        let until: Int64
    }

    /// Revokes leases of the dead, the longest overdue first.
    func rescue(_ request: Rescue) throws(StoreError) -> [RescuedJob] {
        guard request.limit > 0 else { return [] }
        let lost = try lost(request).sorted { ($0.until, $0.job.row) < ($1.until, $1.job.row) }.prefix(request.limit)
        var rescued: [RescuedJob] = []
        for lost in lost {
            rescued.append(try revoke(lost, request))
        }
        return rescued
    }

    private func lost(_ request: Rescue) throws(StoreError) -> [Lost] {
        var lost: [Lost] = []
        for (owner, boot) in try owners() {
            switch request.scope {
            case .expired:
                lost += try leases(of: owner, until: boot == self.boot ? steady : nil, limit: request.limit)
            case .owner(let dead, _) where try self.owner(owner) == dead:
                lost += try leases(of: owner, until: nil, limit: request.limit)
            case .unanswered(let holder, let held) where try self.owner(owner) == holder:
                lost += try leases(of: owner, until: nil, limit: request.limit + held.count)
                    .filter { !held.contains($0.job.id) }
            case .owner, .unanswered: continue
            }
        }
        return lost
    }

    private func owners() throws(StoreError) -> [(number: Int64, boot: String)] {
        try connection.prepare(.leaseOwners).all { row in (row.int(0), row.text(1)) }
    }

    /// Those that are over by `moment` on the steady clock; all of them without one.
    private func leases(of owner: Int64, until moment: Int64?, limit: Int) throws(StoreError) -> [Lost] {
        let statement = try connection.prepare(moment == nil ? .leasesOf : .expiredOf)
        statement.bind(1, owner)
        if let moment { statement.bind(2, moment) }
        statement.bind(moment == nil ? 2 : 3, limit)
        return try statement.all { row throws(StoreError) in
            let (job, until) = try row.leased()
            return Lost(job: job, owner: owner, until: until)
        }
    }

    private func revoke(_ lost: Lost, _ request: Rescue) throws(StoreError) -> RescuedJob {
        let lane = try lane(lost.job.lane)
        let owner = try owner(lost.owner)
        let suspicion = Suspicion(of: lost.job.id, isSuspect: lane.isLonely, scope: request.scope)
        var ending = Ending(lost.job, isSuspect: lane.isLonely)
        switch suspicion {
        case .none: ending.giveBack(at: now)
        case .shared: ending.suspect(at: now)
        case .alone: ending.charge(budget: request.crashBudget, at: now)
        }
        if suspicion != .none {
            try addAttempt(
                lost.job, "rescued", error: "the lease of \(owner) was revoked: \(suspicion.rawValue)", nil,
                reporter: nil, ran: nil, started: lost.job.claimed)
        }
        try move(lost.job, ending)
        return RescuedJob(
            lease: Lease(job: lost.job.id, row: lost.job.row, attempt: lost.job.attempt, owner: owner),
            kind: lane.kind, verdict: suspicion.verdict(ending))
    }
}
