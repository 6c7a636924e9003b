internal import HakobiCore

extension MemoryLedger {
    /// The row a lease holds, or `nil` when it has been lost. A lease past its time holds until somebody rescues it.
    func held(under lease: Lease) -> MemoryRow? {
        guard let row = rows[lease.job], row.isHeld(under: lease) else { return nil }
        return row
    }

    /// Extends or looks at one lease.
    mutating func renew(_ renewal: Renewal, at now: MemoryMoment) -> RenewalReceipt {
        guard var row = held(under: renewal.lease) else { return .lost }
        if let length = renewal.extend { row.leaseEnd = now.steady + length }
        if let progress = renewal.progress { row.record.progress = progress }
        if let checkpoint = renewal.checkpoint { row.record.checkpoint = checkpoint }
        keep(row)
        return row.record.isCancelRequested ? .cancelRequested : .renewed
    }
}
