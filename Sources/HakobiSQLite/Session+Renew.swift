internal import HakobiCore

extension Session {
    /// Extends or looks at held leases.
    func renew(_ renewals: [Renewal]) throws(StoreError) -> [RenewalReceipt] {
        var receipts: [RenewalReceipt] = []
        receipts.reserveCapacity(renewals.count)
        for renewal in renewals { receipts.append(try renew(renewal)) }
        return receipts
    }

    private func renew(_ renewal: Renewal) throws(StoreError) -> RenewalReceipt {
        guard let job = try held(renewal.lease) else { return .lost }
        if let length = renewal.extend { try extend(job.row, by: length) }
        if let progress = renewal.progress { try keep(progress: progress, of: job.row) }
        if let checkpoint = renewal.checkpoint { try keep(checkpoint: checkpoint, of: job.row) }
        if renewal.progress != nil || renewal.checkpoint != nil, job.flags & JobFlags.hasKept == 0 {
            let statement = try connection.prepare(.markKept)
            statement.bind(1, job.row)
            try statement.run()
        }
        return job.isCancelRequested ? .cancelRequested : .renewed
    }

    private func extend(_ row: Int64, by length: Duration) throws(StoreError) {
        let statement = try connection.prepare(.extendLease)
        statement.bind(1, row)
        statement.bind(2, (Timestamp(microseconds: steady) + length).microseconds)
        try statement.run()
    }
}

extension Renewal {
    /// It only looks, so it may be answered by a reader.
    var isLook: Bool { extend == nil && progress == nil && checkpoint == nil }
}
