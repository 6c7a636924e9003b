import HakobiCore
import Synchronization

/// Claim → run: asks the store whenever there is room and a reason to look, and hands what comes to the runner.
extension Worker {
    func claimLoop() async throws {
        var trouble = Trouble()
        while !Task.isCancelled {
            beat()
            do throws(StoreError) {
                try await giveBackUnanswered()
                guard let demand = nextDemand() else {
                    if isOver { endBell.ring() }
                    await claimBell.wait()
                    continue
                }
                let sentAt = clock.now()
                let jobs = try await claim(demand)
                if trouble.over() { observer.recovered("claim") }
                begin(jobs, of: demand, sentAt: sentAt)
            } catch {
                guard !error.isFatal else { throw error }
                if state.withLock({ $0.isDraining && $0.isEmpty }) { endBell.ring() }
                let delay = trouble.next()
                if trouble.isNews(at: clock.now()) { observer.trouble(error, retryIn: delay) }
                await pause(delay)
                state.withLock { $0.ticked() }
            }
        }
    }

    private func claim(_ demand: Demand) async throws(StoreError) -> [ClaimedJob] {
        do throws(StoreError) { return try await roles.store.claim(demand) } catch {
            if error.effect == .unknown { state.withLock { $0.lostAnswer(at: clock.now()) } }
            throw error
        }
    }

    /// Jobs of a claim whose answer was lost would wait for the end of leases that nobody keeps. Called between claims.
    private func giveBackUnanswered() async throws(StoreError) {
        guard let scope = state.withLock({ $0.unanswered(at: clock.now()) }) else { return }
        try await revoke(scope)
        state.withLock { $0.lookedForUnanswered(at: clock.now()) }
    }

    /// Tells the watchdog that claims and settles move: a wedged one must be noticed.
    private func beat() {
        let now = clock.now()
        if state.withLock({ $0.isSettling(since: now - .seconds(10)) }) { return }
        heartbeat()
    }

    private func nextDemand() -> Demand? {
        let capacity = runner.capacity
        if state.withLock({ $0.learned(capacity.kinds) }) { observer.handles(capacity.kinds) }
        return state.withLock { state in
            guard let demand = state.demand(capacity) else { return nil }
            state.claiming()
            return demand
        }
    }

    private func begin(_ jobs: [ClaimedJob], of demand: Demand, sentAt: Duration) {
        if state.withLock({ $0.claimed(jobs, by: demand, sentAt: sentAt) }) { pollBell.ring() }
        guard !jobs.isEmpty else { return }
        if !settings.kindLeases.isEmpty { leaseBell.ring() }
        runner.accept(jobs)
        // A drain that began while the claim was on its way has recalled without these.
        if state.withLock({ $0.isDraining || $0.isQuiet }) { runner.recall() }
    }

    /// Waits for a store in trouble, but not when there is nothing left to claim for.
    private func pause(_ delay: Duration) async { _ = await sleep(delay, unless: hurryBell) }

    /// Looks again at least every poll interval, whatever became of the hints (law 5).
    func tick() async {
        while !Task.isCancelled {
            guard await sleep(state.withLock { $0.pollInterval }, unless: pollBell) else { continue }
            state.withLock { $0.ticked() }
            recallStalePrefetch()
            claimBell.ring()
        }
    }

    /// Whether the time passed before the bell rang.
    private func sleep(_ duration: Duration, unless bell: Doorbell) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { (try? await self.clock.sleep(duration)) != nil }
            group.addTask {
                await bell.wait()
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }

    func listen() async {
        if let hints = roles.wakeUps?.hints() {
            for await _ in hints {
                state.withLock { $0.hinted() }
                claimBell.ring()
                leaseBell.ring()
            }
        }
        // Nothing more to hear; the end comes from elsewhere.
        await Doorbell().wait()
    }

    /// What was taken ahead for fast jobs must not wait behind slow ones: back it goes, without a trace, to be claimed by
    /// whoever is free, in the order and from the queues that hold by then.
    private func recallStalePrefetch() {
        guard runner.waiting > 0 else { return }
        let running = runner.running()
        guard running.count >= runner.capacity.slots, running.allSatisfy({ $0.since > settings.pollInterval }) else {
            return
        }
        runner.recallPrefetched()
    }
}

extension StoreError {
    /// Trying again cannot help, and going on would only hide it.
    var isFatal: Bool { reason == .schema || reason == .corrupt || reason == .unsuitable }
}
