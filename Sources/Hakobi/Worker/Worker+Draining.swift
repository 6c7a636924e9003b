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
    package func drain(grace: Duration) {
        let now = clock.now()
        let (isFirst, count) = state.withLock { state in
            defer { state.drain(cutAt: now + grace) }
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

    /// Waits for a drain, lets its grace pass, and then ends what still runs.
    func cutLoop() async {
        await drainBell.wait()
        while !Task.isCancelled, let cutAt = state.withLock({ $0.cutAt }) {
            let left = cutAt - clock.now()
            guard left > .zero else { break }
            await withTaskGroup(of: Void.self) { group in
                group.addTask { try? await self.clock.sleep(left) }
                group.addTask { await self.drainBell.wait() }
                await group.next()
                group.cancelAll()
            }
        }
        await cut()
        await Doorbell().wait()
    }

    /// Stops what runs; who ignores even that for two seconds is given up, so that no drain lasts for ever.
    private func cut() async {
        let running = runner.running()
        if !running.isEmpty { observer.graceOver(running) }
        for job in running { runner.stop(job.lease, because: .drained) }
        guard (try? await clock.sleep(.seconds(2))) != nil else { return }
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
