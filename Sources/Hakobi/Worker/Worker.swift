package import HakobiCore
public import Logging
public import ServiceLifecycle
import Synchronization

/// What claims and runs on a host: **claim → run → settle**, with leases kept meanwhile. Runs no user code itself.
///
/// A `Service`: put it beside a web server in a `ServiceGroup`, or let the command line run it preforked; the code is the
/// same. Graceful shutdown drains: no more claims, what never started goes back without a trace, running jobs have
/// `settings.grace` to end, the rest is interrupted and given back uncharged.
public final class Worker: Service {
    let roles: StoreRoles
    let settings: WorkerSettings
    let runner: any JobRunner
    let clock: EngineClock
    let incarnation: Incarnation
    let observer: EngineObserver
    let heartbeat: @Sendable () -> Void

    let state: Mutex<WorkerState>
    /// Something to claim, or a slot for it.
    let claimBell = Doorbell()
    /// Something to settle.
    let settleBell = Doorbell()
    /// Something to renew before its time.
    let leaseBell = Doorbell()
    /// The draining, or `once`, is over.
    let endBell = Doorbell()

    /// A worker that runs handlers in this process.
    /// - Throws: `WorkerStartError` listing all problems of settings and handlers, or a runtime directory's error.
    public convenience init(
        _ roles: StoreRoles, handlers: Handlers, settings: WorkerSettings = WorkerSettings(), logger: Logger,
        clock: EngineClock = .system
    ) throws {
        let incarnation = try Incarnation.start(node: settings.node, directory: settings.runtimeDirectory)
        let identity = ProcessIdentity(host: incarnation.owner.node, release: settings.release)
        let execution = JobExecution(handlers: handlers, identity: identity, logger: logger, clock: clock)
        let runner = try InProcessRunner(execution, concurrency: settings.concurrency, incarnation: incarnation)
        try self.init(
            roles, runner: runner, incarnation: incarnation, settings: settings, problems: handlers.startProblems,
            logger: logger, clock: clock)
    }

    /// A worker over any runner.
    package init(
        _ roles: StoreRoles, runner: any JobRunner, incarnation: Incarnation, settings: WorkerSettings,
        problems: [String] = [], logger: Logger, clock: EngineClock = .system,
        heartbeat: @escaping @Sendable () -> Void = {}
    ) throws {
        let problems = settings.validate() + problems
        guard problems.isEmpty else { throw WorkerStartError(problems: problems) }
        self.roles = roles
        self.settings = settings
        self.runner = runner
        self.clock = clock
        self.incarnation = incarnation
        self.heartbeat = heartbeat
        observer = EngineObserver(logger: logger)
        state = Mutex(WorkerState(settings, owner: incarnation.owner))
    }

    /// Works until drained; cancelling the task drains without grace.
    /// - Throws: what made the store unusable for good (`schema`, `corrupt`), or the runner's error.
    public func run() async throws {
        try await withTaskCancellationHandler {
            try await withGracefulShutdownHandler {
                try await Shield.run { try await self.work() }
            } onGracefulShutdown: {
                self.drain()
            }
        } onCancel: {
            drain(grace: .zero)
        }
    }

    private func work() async throws {
        observer.started(incarnation.owner)
        await rescueTheDead()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for loop in loops { group.addTask { try await loop().isEnd } }
            // The loops go on until the end is rung; the first error, or the end, stops them all.
            defer { group.cancelAll() }
            while let isEnd = try await group.next(), !isEnd {}
        }
        await retire()
        observer.ended()
    }

    private enum LoopEnd: Sendable {
        case stopped
        case over
        var isEnd: Bool { self == .over }
    }

    private var loops: [@Sendable () async throws -> LoopEnd] {
        [
            {
                try await self.runner.run(self); return .stopped
            },
            {
                try await self.claimLoop(); return .stopped
            },
            {
                await self.settleLoop(); return .stopped
            },
            {
                await self.leaseLoop(); return .stopped
            },
            {
                await self.keepHouse(); return .stopped
            },
            {
                await self.tick(); return .stopped
            },
            {
                await self.listen(); return .stopped
            },
            {
                await self.endBell.wait(); return .over
            },
        ]
    }

    // MARK: Claim → run

    private func claimLoop() async throws {
        var trouble = Trouble()
        while !Task.isCancelled {
            beat()
            guard let demand = nextDemand() else {
                if isOver { endBell.ring() }
                await claimBell.wait()
                continue
            }
            let sentAt = clock.now()
            do throws(StoreError) {
                let jobs = try await roles.store.claim(demand)
                if trouble.over() { observer.recovered("claim") }
                begin(jobs, of: demand, sentAt: sentAt)
            } catch {
                guard !error.isFatal else { throw error }
                let delay = trouble.next()
                if trouble.isNews(at: clock.now()) { observer.trouble(error, retryIn: delay) }
                try? await clock.sleep(delay)
                state.withLock { $0.ticked() }
            }
        }
    }

    /// Tells the watchdog that claims and settles move: a wedged one must be noticed.
    private func beat() {
        let now = clock.now()
        if state.withLock({ $0.isSettling(since: now - .seconds(10)) }) { return }
        heartbeat()
    }

    private func nextDemand() -> Demand? {
        let capacity = runner.capacity
        return state.withLock { state in
            guard let demand = state.demand(capacity) else { return nil }
            state.claiming()
            return demand
        }
    }

    private func begin(_ jobs: [ClaimedJob], of demand: Demand, sentAt: Duration) {
        state.withLock { $0.claimed(jobs, by: demand, sentAt: sentAt) }
        guard !jobs.isEmpty else { return }
        runner.accept(jobs)
        // A drain that began while the claim was on its way has recalled without these.
        if state.withLock({ $0.isDraining || $0.isQuiet }) { runner.recall() }
    }

    /// Looks again at least every poll interval, whatever became of the hints (law 5).
    private func tick() async {
        while (try? await clock.sleep(settings.pollInterval)) != nil {
            state.withLock { $0.ticked() }
            recallStalePrefetch()
            claimBell.ring()
        }
    }

    private func listen() async {
        guard let hints = roles.wakeUps?.hints() else { return await endless() }
        for await _ in hints {
            state.withLock { $0.hinted() }
            claimBell.ring()
            leaseBell.ring()
        }
        await endless()
    }

    private func endless() async { await Doorbell().wait() }

    /// What was taken ahead for fast jobs must not wait behind slow ones: back it goes, without a trace, to be claimed by
    /// whoever is free, in the order and from the queues that hold by then.
    private func recallStalePrefetch() {
        guard runner.waiting > 0, runner.running().contains(where: { $0.since > settings.pollInterval }) else { return }
        runner.recall()
    }

    // MARK: Quiet and drain

    /// Claims no more, and gives back what has not started; `false` claims again.
    package func setQuiet(_ isQuiet: Bool) {
        state.withLock { $0.setQuiet(isQuiet) }
        observer.quiet(isQuiet)
        if isQuiet { runner.recall() }
        claimBell.ring()
    }

    /// Claims no more, gives back what has not started, and ends when what runs has ended, or `settings.grace` is over.
    public func drain() { drain(grace: settings.grace) }

    package func drain(grace: Duration) {
        let (isFirst, count) = state.withLock { state in
            defer { state.drain() }
            return (!state.isDraining, state.held.count)
        }
        if isFirst {
            observer.draining(count)
            runner.drain()
            runner.recall()
        }
        claimBell.ring()
        Shield.start { await self.cut(after: grace) }
    }

    /// Ends what runs once the grace is over; whoever ignores even that is given up, so that no drain lasts for ever.
    private func cut(after grace: Duration) async {
        try? await clock.sleep(grace)
        let running = runner.running()
        if !running.isEmpty { observer.graceOver(running) }
        for job in running { runner.stop(job.lease, because: .drained) }
        try? await clock.sleep(.seconds(2))
        let report = ProcessIdentity(host: incarnation.owner.node, release: settings.release).report(ran: .zero)
        finished(
            runner.running().map { Settlement($0.lease, .interrupted(reason: "cut by a drain"), report: report) })
    }

    /// Drained, or done in `once` mode.
    var isOver: Bool {
        state.withLock { state in
            state.isDraining ? state.isEmpty : settings.once && state.isIdle && !runner.capacity.kinds.isEmpty
        }
    }
}

extension Worker: RunnerEvents {
    package func finished(_ settlements: [Settlement]) {
        state.withLock { $0.finished(settlements) }
        settleBell.ring()
    }

    package func reported(_ lease: Lease, progress: Progress?, checkpoint: [UInt8]?) {
        state.withLock { $0.reported(lease, progress: progress, checkpoint: checkpoint) }
    }

    package func capacityChanged() { claimBell.ring() }
}

/// Why a worker could not start: everything that is wrong, at once.
public struct WorkerStartError: Error, Sendable, CustomStringConvertible {
    /// One sentence each.
    public let problems: [String]
    /// All of them, one a line.
    public var description: String { problems.joined(separator: "\n") }
}

extension Handlers {
    /// What keeps a worker with these handlers from starting.
    package var startProblems: [String] {
        problems + (kinds.isEmpty ? ["there are no handlers: register at least one, or give --exec KIND=COMMAND"] : [])
    }
}

extension StoreError {
    /// Trying again cannot help, and going on would only hide it.
    var isFatal: Bool { reason == .schema || reason == .corrupt || reason == .unsuitable }
}
