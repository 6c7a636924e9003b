internal import HakobiCore

extension MemoryLedger {
    /// Revokes leases of the dead, the longest overdue first.
    mutating func rescue(_ request: Rescue, at now: MemoryMoment) -> [RescuedJob] {
        lost(request.scope, limit: request.limit, at: now).compactMap { row in
            guard let owner = row.record.owner else { return nil }
            let suspicion = Suspicion(of: row, scope: request.scope)
            return revoke(row, owner: owner, suspicion, budget: request.crashBudget, at: now.wall)
        }
    }

    private func lost(_ scope: Rescue.Scope, limit: Int, at now: MemoryMoment) -> [MemoryRow] {
        let lost = running.compactMap { rows[$0] }.filter { row in
            switch scope {
            case .expired: row.leaseEnd <= now.steady
            case .owner(let owner, _): row.record.owner == owner
            case .unanswered(let owner, let held): row.record.owner == owner && !held.contains(row.record.id)
            }
        }
        return Array(lost.sorted { ($0.leaseEnd, $0.number) < ($1.leaseEnd, $1.number) }.prefix(max(0, limit)))
    }

    private mutating func revoke(
        _ row: MemoryRow, owner: Owner, _ suspicion: Suspicion, budget: Int, at now: Timestamp
    ) -> RescuedJob {
        var row = row
        let verdict: RescuedJob.Verdict
        let lease = row.lease(of: owner)
        if suspicion != .none { row.writeRescue(suspicion, from: owner, at: now) }
        switch suspicion {
        case .none:
            row.giveBack(at: now)
            verdict = .returned
        case .shared:
            row.record.isSuspect = true
            row.giveBack(at: now)
            verdict = .suspected
        case .alone: verdict = row.charge(budget: budget, at: now) ? .dead : .crashed
        }
        keep(row)
        return RescuedJob(lease: lease, kind: row.record.kind, verdict: verdict)
    }
}

/// How much a lost job is to blame for its holder's death.
private enum Suspicion: String {
    case none = "it had not started"
    case shared = "it may have run beside others and runs alone next"
    case alone = "it ran alone and is charged"

    init(of row: MemoryRow, scope: Rescue.Scope) {
        self = row.record.isSuspect ? .alone : .shared
        switch scope {
        case .expired, .owner(_, running: nil): break
        case .owner(_, let running?):
            if !running.contains(row.record.id) { self = .none } else if running.count == 1 { self = .alone }
        case .unanswered: self = .none
        }
    }
}

extension MemoryRow {
    fileprivate mutating func writeRescue(_ suspicion: Suspicion, from owner: Owner, at now: Timestamp) {
        record.history.append(
            AttemptRecord(
                attempt: record.attempt, outcome: "rescued",
                error: "the lease of \(owner) was revoked: \(suspicion.rawValue)", cause: nil, report: nil,
                startedAt: claimedAt, endedAt: now))
    }
}
