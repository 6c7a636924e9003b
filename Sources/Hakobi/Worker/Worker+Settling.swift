import HakobiCore
import Synchronization

/// The settler: everything that ended, in batches, until the store has answered or the lease is over.
extension Worker {
    func settleLoop() async {
        while !Task.isCancelled {
            let batch = state.withLock { $0.takeFinished() }
            guard !batch.isEmpty else {
                await settleBell.wait()
                await gather()
                continue
            }
            await settle(batch)
            claimBell.ring()
        }
    }

    /// Under load a settlement waits about a millisecond for company: the jobs still waiting show that nobody is kept
    /// from anything by it, and a transaction for each job would cost more than the job.
    private func gather() async {
        guard runner.waiting > 0, state.withLock({ $0.finishedCount }) < 200 else { return }
        // Real time, even where a test moves the clock by hand: nobody's promise depends on it.
        try? await EngineClock.system.sleep(.milliseconds(1))
    }

    private func settle(_ batch: [Settlement]) async {
        var open = batch
        var trouble = Trouble()
        while let error = await send(open) {
            if open.count > 1, !error.isTransient { open = await sendEach(open) }
            open = giveUpOverdue(open, because: error)
            guard !open.isEmpty else { return }
            let delay = trouble.next()
            if trouble.isNews(at: clock.now()) { observer.trouble(error, retryIn: delay) }
            try? await clock.sleep(delay)
        }
        if trouble.over() { observer.recovered("settle") }
    }

    private func send(_ open: [Settlement]) async -> StoreError? {
        state.withLock { $0.settling(since: clock.now()) }
        defer { state.withLock { $0.settling(since: nil) } }
        do throws(StoreError) {
            answered(open, try await roles.store.settle(open))
            return nil
        } catch {
            return error
        }
    }

    /// One settlement's follow-ups may be what does not fit; its neighbours must not pay for it. Answers who is left.
    private func sendEach(_ open: [Settlement]) async -> [Settlement] {
        var left: [Settlement] = []
        for settlement in open where await send([settlement]) != nil { left.append(settlement) }
        return left
    }

    private func answered(_ settlements: [Settlement], _ receipts: [Receipt]) {
        let jobs = state.withLock { state in settlements.map { state.settled($0) } }
        for ((settlement, receipt), job) in zip(zip(settlements, receipts), jobs) {
            guard let job else { continue }
            answered(settlement, receipt, job)
        }
    }

    private func answered(_ settlement: Settlement, _ receipt: Receipt, _ job: HeldJob) {
        switch receipt {
        case .settled(let followUps):
            observer.settled(settlement, kind: job.kind, queue: job.queue)
            for case .refused(let refusal) in followUps { observer.refusedFollowUp(refusal, of: settlement.lease) }
        case .lost:
            observer.lost(settlement, kind: job.kind, queue: job.queue)
        }
    }

    /// Once its lease is over, a settlement can only be refused: it is dropped loudly, and the rescuer takes over.
    private func giveUpOverdue(_ open: [Settlement], because error: StoreError) -> [Settlement] {
        let now = clock.now()
        return open.filter { settlement in
            guard state.withLock({ $0.deadline(of: settlement.lease) }) <= now else { return true }
            if let job = state.withLock({ $0.settled(settlement) }) {
                observer.abandoned(settlement, kind: job.kind, queue: job.queue, error: error)
            }
            return false
        }
    }
}
