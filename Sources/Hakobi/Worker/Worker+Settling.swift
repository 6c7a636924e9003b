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
            // Cancelled: the worker is leaving, and the store has had its time.
            guard (try? await clock.sleep(delay)) != nil else { return }
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
        let news = zip(zip(settlements, receipts), jobs).compactMap { answer, job in
            job.map { SettlementNews(settlement: answer.0, receipt: answer.1, job: $0) }
        }
        announcements.withLock { $0 += news }
        announceBell.ring()
    }

    /// Log lines and metrics are written beside the next settlement, not before it: a line costs about as much as a job.
    func announceLoop() async {
        while !Task.isCancelled {
            announce()
            await announceBell.wait()
        }
    }

    func announce() {
        let news = announcements.withLock { announcements in
            defer { announcements.removeAll(keepingCapacity: true) }
            return announcements
        }
        for item in news { announce(item) }
    }

    private func announce(_ news: SettlementNews) {
        switch news.receipt {
        case .settled(let followUps):
            observer.settled(news.settlement, of: news.job)
            for case .refused(let refusal) in followUps {
                observer.refusedFollowUp(refusal, of: news.settlement.lease)
            }
        case .lost where news.settlement.isSettledByHandler:
            var settlement = news.settlement
            settlement.outcome = .completed(result: nil)
            observer.settled(settlement, of: news.job)
        case .lost:
            observer.lost(news.settlement, of: news.job)
        }
    }

    /// Once its lease is over, a settlement can only be refused: it is dropped loudly, and the rescuer takes over.
    private func giveUpOverdue(_ open: [Settlement], because error: StoreError) -> [Settlement] {
        let now = clock.now()
        return open.filter { settlement in
            guard state.withLock({ $0.deadline(of: settlement.lease) }) <= now else { return true }
            if let job = state.withLock({ $0.settled(settlement) }) {
                observer.abandoned(settlement, of: job, error: error)
            }
            return false
        }
    }
}

/// A settlement with its answer, to be told to people.
struct SettlementNews: Sendable {
    let settlement: Settlement
    let receipt: Receipt
    let job: HeldJob
}

extension Settlement {
    /// The handler has completed the job, unless the lease still holds.
    fileprivate var isSettledByHandler: Bool { if case .settledByHandler = outcome { true } else { false } }
}
