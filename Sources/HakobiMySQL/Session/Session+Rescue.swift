internal import HakobiCore

extension Session {
    /// Revokes leases of the dead, the longest overdue first. Within a transaction.
    func rescue(_ request: Rescue) throws(MySQLError) -> [RescuedJob] {
        guard request.limit > 0 else { return [] }
        var rescued: [RescuedJob] = []
        var moves: [Move] = []
        var lines: [Line] = []
        for job in try lost(request) {
            let owner = try owner(job.owner)
            let suspicion = Suspicion(of: job.id, isSuspect: job.isLonely, scope: request.scope)
            var ending = job.ending
            switch suspicion {
            case .none: ending.giveBack(at: job.moment)
            case .shared: ending.suspect(at: job.moment)
            case .alone: ending.charge(budget: request.crashBudget, at: job.moment)
            }
            moves.append(Move(job: job, ending: ending))
            if suspicion != .none {
                let error = "the lease of \(owner) was revoked: \(suspicion.rawValue)"
                lines.append(Line(job: job, outcome: "rescued", error: error, started: job.claimed))
            }
            rescued.append(
                RescuedJob(
                    lease: Lease(job: job.id, row: job.row, attempt: Int(job.attempt), owner: owner),
                    kind: try lane(job.lane).key.kind, verdict: suspicion.verdict(ending)))
        }
        try write(moves, lines)
        return rescued
    }

    private func lost(_ request: Rescue) throws(MySQLError) -> [Standing] {
        let now = SQL.moment(wall)
        switch request.scope {
        case .expired:
            let until = steady.map { "\($0)" } ?? now
            var rows: [Int64] = []
            for row in try run(sql.move.expired(until: until, limit: request.limit)) { rows.append(try row.int(0)) }
            return rows.isEmpty ? [] : try standings(run(sql.move.expired(rows: rows, until: until, now: now)))
        case .owner(let owner, _):
            guard let number = try number(of: owner) else { return [] }
            return try standings(run(sql.move.leases(of: number, now: now, limit: request.limit)))
        case .unanswered(let owner, let held):
            guard let number = try number(of: owner) else { return [] }
            let rows = try unanswered(number, held, limit: request.limit)
            guard !rows.isEmpty else { return [] }
            let found = try standings(run(sql.move.running(rows, now: now, .skipping))).filter { $0.owner == number }
            let byRow = Dictionary(found.map { ($0.row, $0) }) { first, _ in first }
            return rows.compactMap { byRow[$0] }
        }
    }

    /// Looked for without locks: whatever runs is left in peace.
    private func unanswered(_ owner: Int64, _ held: Set<JobID>, limit: Int) throws(MySQLError) -> [Int64] {
        var rows: [Int64] = []
        for row in try run(sql.move.leases(of: owner, limit: limit + held.count)) {
            if try !held.contains(row.jobID(1)) { rows.append(try row.int(0)) }
        }
        return Array(rows.prefix(limit))
    }
}
