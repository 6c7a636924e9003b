import HakobiCore
import Synchronization

/// The lease keeper: extends what is held at a third of its length, carries news, and hears of cancels within a second.
extension Worker {
    private var leasePause: Duration { min(.milliseconds(900), settings.shortestLease / 6) }

    func leaseLoop() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.watchLeases() }
            var trouble = Trouble()
            while !Task.isCancelled {
                await leaseBell.wait()
                await keepLeases(&trouble)
                // Under load there is a hint for each new job; ten looks a second are enough.
                try? await clock.sleep(min(.milliseconds(100), leasePause / 2))
            }
            group.cancelAll()
        }
    }

    /// Stops what lost its lease by time, whatever a renewal is waiting for.
    private func watchLeases() async {
        while (try? await clock.sleep(leasePause)) != nil {
            leaseBell.ring()
            let now = clock.now()
            for lease in state.withLock({ $0.overdue(now: now) }) { runner.stop(lease, because: .leaseLost) }
        }
    }

    private func keepLeases(_ trouble: inout Trouble) async {
        let sentAt = clock.now()
        let running = runner.running()
        let renewals = state.withLock { $0.renewals(now: sentAt, running: running) }
        guard !renewals.isEmpty else { return }
        do throws(StoreError) {
            let receipts = try await roles.store.renew(renewals)
            if trouble.over() { observer.recovered("renew") }
            for (renewal, receipt) in zip(renewals, receipts) { answered(renewal, receipt, sentAt: sentAt) }
        } catch {
            state.withLock { $0.unanswered(renewals) }
            if trouble.isNews(at: clock.now()) { observer.trouble(error, retryIn: leasePause) }
        }
    }

    private func answered(_ renewal: Renewal, _ receipt: RenewalReceipt, sentAt: Duration) {
        switch receipt {
        case .renewed:
            state.withLock { $0.renewed(renewal, sentAt: sentAt) }
        case .cancelRequested:
            state.withLock { $0.renewed(renewal, sentAt: sentAt) }
            runner.stop(renewal.lease, because: .cancelRequested)
        case .lost:
            runner.stop(renewal.lease, because: .leaseLost)
        }
    }
}
