import HakobiCore
import Synchronization

/// Quiet and drain: claim no more, give back what has not started, and (in a drain) end what runs within a bound.
extension Worker {
    /// Claims no more, and gives back what has not started; `false` claims again.
    package func setQuiet(_ isQuiet: Bool) {
        state.withLock { $0.setQuiet(isQuiet) }
        observer.quiet(isQuiet)
        if isQuiet { runner.recall() }
        claimBell.ring()
    }

    /// Claims no more, gives back what has not started, and ends when what runs has ended, or `settings.grace` is over.
    /// May be called at any time and more than once.
    public func drain() { drain(grace: settings.grace) }

    /// As above with a grace of its own; of several, the one that ends first counts.
    /// - Parameter patience: how long a handler may ignore its cancellation before its job is given back without it.
    package func drain(grace: Duration, patience: Duration = .seconds(2)) {
        let now = clock.now()
        let (isFirst, count) = state.withLock { state in
            defer { state.drain(cutAt: now + grace, patience: patience) }
            return (!state.isDraining, state.held.count)
        }
        if isFirst {
            observer.draining(count)
            runner.drain()
            runner.recall()
        }
        claimBell.ring()
        hurryBell.ring()
        drainBell.ring()
    }

    /// Waits for a drain, lets its grace pass, ends what still runs, and gives up who ignores even that, so that no drain
    /// lasts for ever.
    func cutLoop() async {
        await drainBell.wait()
        await wait { $0.cutAt }
        cut()
        await wait { $0.unfinished.isEmpty ? nil : $0.giveUpAt }
        guard !Task.isCancelled else { return }
        giveUp()
        try? await clock.sleep(Self.farewell)
        guard !Task.isCancelled else { return }
        leave()
        await Doorbell().wait()
    }

    /// How long the store may take for the last word of a worker whose grace is over.
    static var farewell: Duration { .milliseconds(500) }

    /// A store that does not answer must not hold up a shutdown: what it was not told of is given back when the leases end,
    /// or when the next life on this host finds this one dead.
    private func leave() {
        let count = state.withLock { $0.held.count }
        if count > 0 { observer.leaving(count) }
        endBell.ring()
    }

    /// Until a moment that another drain may bring forward.
    private func wait(until moment: (WorkerState) -> Duration?) async {
        while !Task.isCancelled, let moment = state.withLock({ moment($0) }) {
            let left = moment - clock.now()
            guard left > .zero else { return }
            await withTaskGroup(of: Void.self) { group in
                group.addTask { try? await self.clock.sleep(left) }
                group.addTask { await self.drainBell.wait() }
                await group.next()
                group.cancelAll()
            }
        }
    }

    private func cut() {
        let running = runner.running()
        if !running.isEmpty { observer.graceOver(running) }
        for job in running { runner.stop(job.lease, because: .drained) }
    }

    private func giveUp() {
        let report = ProcessIdentity(host: incarnation.owner.node, release: settings.release).report(ran: .zero)
        let started = Set(runner.running().map(\.lease))
        finished(
            state.withLock { $0.unfinished }.map { lease in
                let isStarted = started.contains(lease)
                return Settlement(lease, isStarted ? .interrupted(reason: "cut by a drain") : .returned, report: report)
            })
    }

    /// Drained, or done in `once` mode.
    var isOver: Bool {
        let hasKinds = !runner.capacity.kinds.isEmpty
        return state.withLock { state in
            state.isDraining ? state.isEmpty : settings.once && state.isIdle && hasKinds
        }
    }
}
