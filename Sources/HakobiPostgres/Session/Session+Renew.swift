internal import HakobiCore

extension Session {
    /// Looks at held leases without touching them.
    func look(_ renewals: [Renewal]) throws(PostgresError) -> [RenewalReceipt] {
        let leases = try leases(of: renewals)
        let round = newRound()
        round.isReadOnly = true
        let step = addLook(sql.move.lookHeld, leases, to: round)
        return try receipts(renewals, run(round)[step])
    }

    /// Extends held leases, and keeps progress and checkpoints with them. Within a transaction.
    func renew(_ renewals: [Renewal]) throws(PostgresError) -> [RenewalReceipt] {
        let leases = try leases(of: renewals)
        let look = newRound()
        let step = addLook(sql.move.lockFree, leases, to: look)
        let seen = addLook(sql.move.lookHeld, leases, to: look)
        let looks = try run(look)
        let rows = try looks[step]
        // The last word on each job counts.
        var lengths: [JobID: Int64] = [:]
        var kept: [JobID] = []
        let round = newRound()
        for row in rows {
            let renewal = renewals[Int(try row.int8(0)) - 1]
            if let length = renewal.extend { lengths[renewal.lease.job] = length.wholeMicroseconds }
            if keep(renewal, row: try row.int8(1), in: round) { kept.append(renewal.lease.job) }
        }
        if !kept.isEmpty { round.add(sql.move.markKept) { $0.uuids(kept) } }
        let longer = lengths.sorted { $0.key < $1.key }
        let extended = longer.isEmpty ? nil : addExtensions(longer, to: round)
        let answers = try run(round)
        if let extended { try addClaims(answers[extended]) }
        // What is locked is held, and a rescue leaves it alone as well; whether it is held tomorrow is for its lock to decide.
        return try receipts(renewals, looks[seen])
    }

    private func leases(of renewals: [Renewal]) throws(PostgresError) -> [Completion] {
        var leases: [Completion] = []
        for renewal in renewals {
            leases.append(
                Completion(
                    lease: renewal.lease, owner: try number(of: renewal.lease.owner) ?? 0, reporter: 0, ran: 0))
        }
        return leases
    }

    private func receipts(_ renewals: [Renewal], _ rows: Rows) throws(PostgresError) -> [RenewalReceipt] {
        var receipts = [RenewalReceipt](repeating: .lost, count: renewals.count)
        for row in rows {
            let isAsked = try row.int2(6) & JobFlags.cancelRequested != 0
            receipts[Int(try row.int8(0)) - 1] = isAsked ? .cancelRequested : .renewed
        }
        return receipts
    }

    private func keep(_ renewal: Renewal, row: Int64, in round: Round) -> Bool {
        if let progress = renewal.progress {
            round.add(sql.move.keepProgress) {
                $0.int8(row)
                $0.int8(Int64(progress.done))
                $0.int8(progress.total.map(Int64.init))
                $0.text(progress.note?.storable)
            }
        }
        if let checkpoint = renewal.checkpoint { keep(checkpoint: checkpoint, of: row, in: round) }
        return renewal.progress != nil || renewal.checkpoint != nil
    }

    private func addExtensions(_ lengths: [(key: JobID, value: Int64)], to round: Round) -> Int {
        round.add(sql.move.extend) { p in
            p.int8(steady)
            p.uuids(lengths) { $0.key }
            p.int8s(lengths) { $0.value }
        }
    }

    /// A new batch for what was extended, so that a rescue finds it when its time is over.
    private func addClaims(_ extended: Rows) throws(PostgresError) {
        var leases: [(owner: Int32, until: Int64, id: JobID)] = []
        var held: [JobID: Batches.Attempt] = [:]
        for row in extended {
            let id = try row.uuid(0)
            leases.append((try row.int4(1), try row.int8(2), id))
            held[id] = Batches.Attempt(row: try row.int8(3), number: Int(try row.int4(4)))
        }
        guard !leases.isEmpty else { return }
        let round = newRound()
        let step = round.add(sql.move.addClaims) { p in
            p.int4s(leases) { $0.owner }
            p.int8s(leases) { $0.until }
            p.uuids(leases) { $0.id }
        }
        for row in try run(round)[step] {
            var attempts: [Batches.Attempt] = []
            for id in try row.uuids(1) { if let attempt = held[id] { attempts.append(attempt) } }
            let batch = try row.int8(0)
            onceCommitted { [shared] in shared.batches.add(batch, attempts) }
        }
    }
}
