internal import HakobiCore

extension Session {
    /// Extends or looks at held leases.
    func renew(_ renewals: [Renewal]) throws(MySQLError) -> [RenewalReceipt] {
        let held = try lockHeld(renewals.map(\.lease), locks: !renewals.allSatisfy(\.isLook))
        var receipts: [RenewalReceipt] = []
        for renewal in renewals {
            guard let job = held[renewal.lease] else {
                receipts.append(.lost)
                continue
            }
            try renew(job, renewal)
            receipts.append(job.flags & JobFlags.cancelRequested != 0 ? .cancelRequested : .renewed)
        }
        return receipts
    }

    private func renew(_ job: Standing, _ renewal: Renewal) throws(MySQLError) {
        if let length = renewal.extend {
            let until = Timestamp(microseconds: steady ?? job.now) + length
            try run(sql.move.extend) {
                $0.int(until.microseconds)
                $0.int(job.row)
            }
        }
        if let progress = renewal.progress { try keep(progress: progress, of: job.row) }
        if let checkpoint = renewal.checkpoint { try keep(checkpoint: checkpoint, of: job.row) }
        guard renewal.progress != nil || renewal.checkpoint != nil, job.flags & JobFlags.hasKept == 0 else { return }
        try run(sql.move.markKept) { $0.int(job.row) }
    }
}

extension Renewal {
    /// It only looks.
    var isLook: Bool { extend == nil && progress == nil && checkpoint == nil }
}
