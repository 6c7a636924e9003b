import Glibc
import Hakobi
import HakobiPrefork
import Logging
import Synchronization

/// `up` with worker processes: supervisor, pipes and worker put together.
///
/// ```
/// Supervisor ──spawned, retire, exited──▶ PipeRunner ◀──accept, stop── Worker ◀──claim, settle──▶ store
///      ▲────────ready, served, closed────────┘                             │
///      └──────────────── notifier ◀──── heartbeat of the claim loop ───────┘
/// ```
final class PreforkService: Sendable {
    private let worker: Worker
    private let runner: PipeRunner
    private let supervisor: Supervisor
    private let spill: SpillKeeping
    private let log: ProgramLog
    private let ended = Doorbell()
    private let isDraining = Mutex(false)

    init(
        _ plan: ServicePlan, program: Program, flags: SettingsFlags, roles: StoreRoles, spill: SpillKeeping,
        log: ProgramLog
    ) throws {
        self.log = log
        self.spill = spill
        let logger = log.logger
        let settings = plan.settings
        let incarnation = try Incarnation.start(
            node: settings.node.value, directory: settings.runtimeDirectory.value)
        let handshake = UpgradeHandshake.inherited(environment: program.environment)
        try incarnation.takeFirst(settings.connectionShare(of: program.name), replacing: handshake?.replaces)
        let notifier = SystemdNotifier(environment: program.environment)
        let parts = PreforkSettings(program: program, incarnation: incarnation, log: plan.log)
        runner = try PipeRunner(
            parts.pipes(settings), release: settings.release.value, leaseLocks: roles.leaseLocks, logger: logger)
        worker = try Worker(
            roles, runner: runner, incarnation: incarnation, settings: parts.worker(settings), logger: logger,
            heartbeat: { notifier.heartbeat() })
        supervisor = Supervisor(
            parts.supervisor(settings), observer: runner, logger: logger, notifier: notifier,
            successor: parts.successor(), handshake: handshake)
        runner.attach(supervisor, hooks: hooks(parts, flags))
    }

    /// Runs until drained, by a signal or because `once` is done.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { self.ended.ring() }
                try await self.supervisor.run()
            }
            group.addTask { try await self.worker.run() }
            do {
                while try await group.next() != nil {}
            } catch {
                group.cancelAll()
                throw error
            }
        }
        if case .cut(let count) = supervisor.end {
            log.logger.warning("worker processes were cut", metadata: ["count": "\(count)"])
        }
    }

    private func hooks(_ parts: PreforkSettings, _ flags: SettingsFlags) -> PipeHooks {
        var hooks = PipeHooks(reload: { [unowned self] in try reload(parts, flags) })
        hooks.quiet = { [unowned self] isQuiet in worker.setQuiet(isQuiet) }
        hooks.drain = { [unowned self] in
            isDraining.withLock { $0 = true }
            worker.drain()
        }
        hooks.reopenLogs = { [log] in log.reopen() }
        hooks.logState = { [unowned self] in logState() }
        hooks.ending = { [unowned self] in await end() }
        return hooks
    }

    /// The settings as they are in the file now; problems keep the old generation serving.
    private func reload(_ parts: PreforkSettings, _ flags: SettingsFlags) throws -> SupervisorSettings {
        let settings = flags.read(in: parts.program)
        let problems = ServicePlan.problems(settings, in: parts.program, isReload: true)
        guard problems.isEmpty else { throw Unreadable(problems.joined(separator: "; ")) }
        let followSpill = try spill.prepare(settings.spill.value)
        try parts.incarnation.take(settings.connectionShare(of: parts.program.name))
        followSpill()
        runner.update(parts.pipes(settings))
        return parts.supervisor(settings)
    }

    private func logState() {
        for process in runner.processes() {
            let jobs = process.jobs.map { "\($0.kind) \($0.id)" }.joined(separator: ",")
            log.logger.info(
                "process",
                metadata: [
                    "pid": .stringConvertible(process.pid), "role": "\(process.role)",
                    "generation": .stringConvertible(process.generation),
                    "state": "\(process.state)", "done": .stringConvertible(process.jobsDone), "jobs": "\(jobs)",
                ])
        }
    }

    /// The worker is done. A second TERM would mean "kill": it is sent only when no drain is under way.
    private func end() async {
        if !isDraining.withLock({ $0 }) { supervisor.signal(.terminate) }
        await ended.wait()
    }
}

/// One set of settings as each part of a preforked service wants it.
struct PreforkSettings: Sendable {
    let program: Program
    let incarnation: Incarnation
    let log: LogSettings

    func pipes(_ settings: Settings) -> PipeSettings {
        var pipes = PipeSettings(host: incarnation.owner.node, concurrency: settings.concurrency.value)
        pipes.hardLimit = settings.hardLimit.value
        pipes.crashBudget = settings.crashBudget.value
        pipes.handlerSettings = HandlerSettings(settings).bytes
        pipes.abortsAtHardLimit = settings.backtraces.value
        pipes.pageDirectory = incarnation.path
        return pipes
    }

    /// What jobs get of a grace: its end belongs to the last word to the store, which may not answer.
    private func forJobs(_ grace: Duration) -> Duration { grace - min(.seconds(1), grace / 4) }

    /// Handlers are asked to stop a little before the supervisor kills who did not.
    func worker(_ settings: Settings) -> WorkerSettings {
        var worker = settings.workerSettings
        worker.temporaryRoot = TemporaryFiles.root(program.environment)
        let end = forJobs(worker.grace)
        worker.grace = end - min(.seconds(1), end / 4)
        return worker
    }

    func supervisor(_ settings: Settings) -> SupervisorSettings {
        var policy = SupervisorPolicy(processes: settings.processes.value, grace: forJobs(settings.grace.value))
        let spare = (settings.minSpare.value, settings.maxSpare.value)
        if spare.0 > 0 || spare.1 > 0 {
            policy.spare = max(1, spare.0)...max(1, spare.0, spare.1 > 0 ? spare.1 : settings.processes.value)
        }
        policy.maxJobs = settings.maxJobs.value > 0 ? settings.maxJobs.value : nil
        policy.maxMemory = settings.maxMemory.value > 0 ? settings.maxMemory.value : nil
        policy.maxAge = settings.maxAge.value > .zero ? settings.maxAge.value : nil
        let command = ProcessCommand(
            executable: program.path, isThisProgram: true, arguments: ["\(program.name) worker"],
            environment: WorkerProcessEntry.environment(program.environment, settings, log),
            sharedDescriptors: [incarnation.lock], passesListenSockets: true,
            pageBytes: max(4096, RunningPage.bytes(slots: settings.concurrency.value)),
            pageDirectory: incarnation.path, printsBacktraces: settings.backtraces.value)
        return SupervisorSettings(command: command, policy: policy)
    }

    /// This whole program as it was started, for USR2. It gets a life and a lock of its own.
    func successor() -> ProcessCommand {
        ProcessCommand(
            executable: program.path, arguments: CommandLine.arguments,
            environment: program.environment.filter { !UpgradeHandshake.variables.contains($0.key) },
            passesListenSockets: true)
    }
}
