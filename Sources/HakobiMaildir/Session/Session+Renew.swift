internal import HakobiCore

extension Session {
    /// Extends or looks at one lease. The lock needs no extending, so nothing is written but what the handler reports.
    func renew(_ renewal: Renewal) throws(FileTrouble) -> RenewalReceipt {
        guard var mail = heldMail(under: renewal.lease) else { return .lost }
        if let length = renewal.extend { mail.leaseEnd = clock.steady() + length }
        if renewal.progress != nil || renewal.checkpoint != nil {
            if let progress = renewal.progress { mail.state.progress = progress }
            if let checkpoint = renewal.checkpoint { mail.state.checkpoint = checkpoint }
            try write(mail.state, renewal.lease.job, in: mail.mail.box, isDurable: false)
        }
        held[renewal.lease.job] = mail
        return isCancelRequested(renewal.lease.job, in: mail.mail.box) ? .cancelRequested : .renewed
    }
}
