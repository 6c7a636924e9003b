import HakobiCore
import Synchronization

/// The lease keeper: extends what is held at a third of its length, carries news, and hears of cancels within a second.
extension Worker {
    func leaseLoop() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                let pause = min(.milliseconds(900), self.settings.lease / 6)
                while (try? await self.clock.sleep(pause)) != nil { self.leaseBell.ring() }
            }
            while !Task.isCancelled {
                await leaseBell.wait()
                await keepLeases()
            }
            group.cancelAll()
        }
    }

    private func keepLeases() async {
        let sentAt = clock.now()
        let running = runner.running()
        let renewals = state.withLock { $0.renewals(now: sentAt, running: running) }
        if !renewals.isEmpty {
            do throws(StoreError) {
                let receipts = try await roles.store.renew(renewals)
                for (renewal, receipt) in zip(renewals, receipts) { answered(renewal, receipt, sentAt: sentAt) }
            } catch {
                state.withLock { $0.unanswered(renewals) }
                observer.trouble(error, retryIn: min(.milliseconds(900), settings.lease / 6))
            }
        }
        let now = clock.now()
        for lease in state.withLock({ $0.overdue(now: now) }) { runner.stop(lease, because: .leaseLost) }
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
