internal import HakobiCore
internal import Synchronization

extension Session {
    /// Revokes leases of the dead, the longest overdue first. Within a transaction.
    func rescue(_ request: Rescue) throws(PostgresError) -> [RescuedJob] {
        guard request.limit > 0 else { return [] }
        let round = newRound()
        let step: Int
        switch request.scope {
        case .expired: step = add(sql.rescue.expired, request, to: round) { $0.int8(self.steady) }
        case .owner(let owner, _):
            guard let number = try number(of: owner) else { return [] }
            step = add(sql.rescue.ofOwner, request, to: round) { $0.int4(number) }
        case .unanswered(let owner, let held):
            guard let number = try number(of: owner) else { return [] }
            step = add(sql.rescue.unanswered, request, to: round, but: held) { $0.int4(number) }
        }
        let rows = try run(round)[step]
        let rescued = try revoke(rows, request)
        let tidy = newRound()
        tidy.add(sql.rescue.removeOver) { $0.int8(self.steady) }
        _ = try run(tidy)
        onceCommitted { [shared] in shared.batches.end(rescued.lazy.map(\.lease)) }
        return rescued
    }

    private func add(
        _ statement: Statement, _ request: Rescue, to round: Round, but held: Set<JobID>? = nil,
        _ scope: (Parameters) -> Void
    ) -> Int {
        round.add(statement) { p in
            p.int8(wall)
            scope(p)
            p.int8(Int64(request.limit))
            if let held { p.uuids(held) { $0 } }
        }
    }

    private func revoke(_ rows: Rows, _ request: Rescue) throws(PostgresError) -> [RescuedJob] {
        guard let first = rows.first else { return [] }
        let now = Timestamp(microseconds: try first.int8(10))
        var moves = Moves()
        var rescued: [RescuedJob] = []
        for row in rows {
            let job = try row.lost()
            let owner = try owner(try row.int4(9))
            rescued.append(try revoke(job, owner, request, &moves, at: now))
        }
        let openings = moves.openings
        let round = newRound()
        moves.add(to: round, sql.move, at: now)
        announce(openings, at: now, in: round)
        _ = try run(round)
        open(openings)
        onceCommitted { [shared] in shared.hints.send() }
        return rescued
    }

    private func revoke(
        _ job: Standing, _ owner: Owner, _ request: Rescue, _ moves: inout Moves, at now: Timestamp
    ) throws(PostgresError) -> RescuedJob {
        let suspicion = Suspicion(of: job.id, isSuspect: job.isSuspect, scope: request.scope)
        var ending = job.ending
        switch suspicion {
        case .none: ending.giveBack(at: now)
        case .shared: ending.suspect(at: now)
        case .alone: ending.charge(budget: request.crashBudget, at: now)
        }
        if suspicion != .none {
            moves.addLine(
                job, "rescued", error: "the lease of \(owner) was revoked: \(suspicion.rawValue)", nil, reporter: nil,
                ran: nil, started: job.claimed)
        }
        moves.add(job, ending, kept: false)
        return RescuedJob(
            lease: Lease(job: job.id, row: job.row, attempt: Int(job.attempt), owner: owner),
            kind: try lane(job.lane).key.kind, verdict: suspicion.verdict(ending))
    }
}

extension Rows.Row {
    /// A row of `expired` or `ofOwner`.
    fileprivate func lost() throws(PostgresError) -> Standing {
        Standing(
            id: try uuid(0), row: try int8(1), lane: try int4(2), due: try int8(3), attempt: try int4(4),
            failures: try int4(5), crashes: try int4(6), flags: try int2(7), claimed: try int8OrNil(8) ?? 0)
    }
}
