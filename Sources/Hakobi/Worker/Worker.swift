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
    package let incarnation: Incarnation
    let observer: EngineObserver
    let heartbeat: @Sendable () -> Void

    let state: Mutex<WorkerState>
    /// Something to claim, or a slot for it.
    let claimBell = Doorbell()
    /// A poll is to come sooner.
    let pollBell = Doorbell()
    /// Something to settle.
    let settleBell = Doorbell()
    /// Something to tell people.
    let announceBell = Doorbell()
    let announcements = Mutex<[SettlementNews]>([])
    /// Something to renew before its time.
    let leaseBell = Doorbell()
    /// A drain began, or its grace became shorter.
    let drainBell = Doorbell()
    /// A drain began: no waiting for a store in trouble.
    let hurryBell = Doorbell()
    /// The draining, or `once`, is over.
    let endBell = Doorbell()

    /// A worker that runs handlers in this process.
    /// - Throws: `WorkerStartError` listing all problems of settings and handlers, or a runtime directory's error.
    public convenience init(
        _ roles: StoreRoles, handlers: Handlers, settings: WorkerSettings = WorkerSettings(), logger: Logger,
        clock: EngineClock = .system
    ) throws {
        // Before anything is made that would have to be cleaned up.
        let problems = settings.validate() + handlers.startProblems
        guard problems.isEmpty else { throw WorkerStartError(problems: problems) }
        let incarnation = try Incarnation.start(node: settings.node, directory: settings.runtimeDirectory)
        let identity = ProcessIdentity(host: incarnation.owner.node, release: settings.release)
        let execution = JobExecution(
            handlers: handlers, identity: identity, logger: logger, clock: clock,
            temporaryRoot: settings.temporaryRoot)
        let runner = try InProcessRunner(execution, concurrency: settings.concurrency, incarnation: incarnation)
        try self.init(
            roles, runner: runner, incarnation: incarnation, settings: settings, logger: logger, clock: clock)
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
            for loop in loops {
                group.addTask {
                    try await loop()
                    return false
                }
            }
            group.addTask {
                await self.endBell.wait()
                return true
            }
            // The loops go on until the end is rung; the first error, or the end, stops them all.
            defer { group.cancelAll() }
            while let isOver = try await group.next(), !isOver {}
        }
        announce()
        await retire()
        observer.ended()
    }

    private var loops: [@Sendable () async throws -> Void] {
        [
            { try await self.runner.run(self) }, claimLoop, settleLoop, announceLoop, leaseLoop, keepHouse,
            keepPresence, tick,
            listen, cutLoop,
        ]
    }
}

extension Worker: RunnerEvents {
    package func finished(_ settlements: [Settlement]) {
        let isDraining = state.withLock { state in
            state.finished(settlements)
            return state.isDraining
        }
        settleBell.ring()
        // Who waits for handlers to end looks again.
        if isDraining { drainBell.ring() }
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
