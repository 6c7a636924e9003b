internal import HakobiCore
internal import HakobiDatabase

extension Session {
    /// Extends or looks at held leases. Whoever is locked by somebody, a handler that completes it in its own transaction as
    /// a rule, still holds its lease and is not waited for: nobody else can take it meanwhile, and the next renewal, long
    /// before the lease ends, extends it.
    func renew(_ renewals: [Renewal]) throws(MySQLError) -> [RenewalReceipt] {
        let isLook = renewals.allSatisfy(\.isLook)
        let locked = isLook ? [:] : try lockHeld(renewals.map(\.lease), .skipping)
        let others = renewals.map(\.lease).filter { locked[$0] == nil }
        let seen = try lockHeld(others, .none)
        try extend(renewals.compactMap { renewal in locked[renewal.lease].map { (renewal, $0) } })
        var receipts: [RenewalReceipt] = []
        for renewal in renewals {
            guard let job = locked[renewal.lease] ?? seen[renewal.lease] else {
                receipts.append(.lost)
                continue
            }
            if locked[renewal.lease] != nil { try keep(renewal, of: job) }
            receipts.append(job.flags & JobFlags.cancelRequested != 0 ? .cancelRequested : .renewed)
        }
        return receipts
    }

    private func extend(_ renewals: [(Renewal, Standing)]) throws(MySQLError) {
        let extended = renewals.compactMap { renewal, job in
            renewal.extend.map { (until: Timestamp(microseconds: steady ?? job.now) + $0, row: job.row) }
        }
        try run(sql.move.extend, each: extended) { values, extended in
            values.int(extended.until.microseconds)
            values.int(extended.row)
        }
    }

    private func keep(_ renewal: Renewal, of job: Standing) throws(MySQLError) {
        if let progress = renewal.progress { try keep(progress: progress, of: job.row) }
        if let checkpoint = renewal.checkpoint { try keep(checkpoint: checkpoint, of: job.row) }
        guard renewal.progress != nil || renewal.checkpoint != nil, job.flags & JobFlags.hasKept == 0 else { return }
        try run(sql.move.markKept) { $0.int(job.row) }
    }
}
