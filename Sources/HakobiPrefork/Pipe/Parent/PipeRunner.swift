import Glibc
package import Hakobi
package import HakobiCore
package import Logging
import Synchronization

/// Carries jobs to worker processes over pipes, and their outcomes back. Knows no process management: who is there, and
/// who is no more, it is told; whom to end, it asks for.
///
/// One thread of its own does all reading and writing without ever waiting for a child; everyone else leaves it a note.
package final class PipeRunner: JobRunner {
    let mailbox: Mailbox
    let board: PipeBoard
    private let logger: Logger
    private let hooks = Mutex<PipeHooks?>(nil)
    private let keeper = Mutex<(any ProcessKeeper)?>(nil)
    private let startedAt = WallClock.now()
    private let release: String
    private let closingLimit: Duration
    private let leaseLocks: (any LeaseLocks)?

    /// A runner without children yet. Call `attach` before anything is spawned.
    /// - Parameters:
    ///   - release: this program's release, as `ps` shows it for the supervisor.
    ///   - leaseLocks: of the store that the jobs come from: each process is lent those of the jobs it is given.
    package init(
        _ settings: PipeSettings, release: String, leaseLocks: (any LeaseLocks)? = nil, logger: Logger
    ) throws(PageError) {
        guard let bell = ThreadBell() else { throw PageError("no descriptor for the pipes", errno) }
        mailbox = Mailbox(bell)
        board = PipeBoard(PipeState(settings, lendsLocks: leaseLocks != nil))
        self.leaseLocks = leaseLocks
        self.logger = logger
        self.release = release
        closingLimit = settings.closingLimit
    }

    /// Makes the supervisor and the rest of the service known.
    package func attach(_ keeper: any ProcessKeeper, hooks: PipeHooks) {
        self.keeper.withLock { $0 = keeper }
        self.hooks.withLock { $0 = hooks }
    }

    /// For processes that are spawned from now on.
    package func update(_ settings: PipeSettings) { mailbox.post(.update(settings)) }

    package var capacity: RunnerCapacity { mailbox.capacity }
    package var waiting: Int { mailbox.waiting }
    package func accept(_ jobs: [ClaimedJob]) { mailbox.post(.accept(jobs)) }
    package func stop(_ lease: Lease, because reason: StopReason) { mailbox.post(.stop(lease, reason)) }
    package func recall() { mailbox.post(.recall) }
    package func running() -> [RunningJob] { board.running() }

    package func processes() -> [ProcessReport] {
        [supervisorReport] + board.processes()
    }

    private var supervisorReport: ProcessReport {
        ProcessReport(
            pid: getpid(), role: "supervisor", generation: board.generation, release: release,
            state: board.isDraining ? "draining" : board.isBusy ? "busy" : "idle", jobs: [], jobsDone: board.jobsDone,
            residentBytes: 0, startedAt: startedAt.microseconds)
    }

    /// Serves the pipes until cancelled; then whoever still runs something is stopped, and all children are let go.
    package func run(_ events: any RunnerEvents) async throws {
        let ended = Doorbell()
        let loop = PipeLoop(
            mailbox: mailbox, board: board, events: events, keeper: keeper.withLock { $0 },
            leaseLocks: leaseLocks, logger: logger, closingLimit: closingLimit)
        try OwnThread.start(named: "hakobi-pipes") {
            loop.run()
            ended.ring()
        }
        let cancelled = Doorbell()
        await withTaskCancellationHandler {
            await cancelled.wait()
        } onCancel: {
            cancelled.ring()
        }
        let ending = hooks.withLock { $0?.ending }
        await Shield.run {
            await ending?()
            self.mailbox.post(.close)
            await ended.wait()
        }
    }
}

extension PipeRunner: WorkerProcessObserver {
    package func spawned(_ process: WorkerProcess) { mailbox.post(.spawned(process)) }
    package func retire(_ process: WorkerProcess) { mailbox.post(.retire(process.serial)) }

    package func exited(_ process: WorkerProcess, cause: CauseOfDeath, kind: ExitKind) {
        mailbox.post(.exited(process, cause, kind))
    }

    package func quiet(_ isQuiet: Bool) { hooks.withLock { $0 }?.quiet(isQuiet) }

    package func drain() {
        mailbox.post(.drain)
        hooks.withLock { $0 }?.drain()
    }

    package func logState() { hooks.withLock { $0 }?.logState() }
    package func reopenLogs() { hooks.withLock { $0 }?.reopenLogs() }

    package func reload() throws -> SupervisorSettings {
        guard let hooks = hooks.withLock({ $0 }) else { throw PipeHooks.Missing() }
        return try hooks.reload()
    }
}

extension PipeHooks {
    /// A supervisor was started before `PipeRunner.attach`.
    struct Missing: Error, CustomStringConvertible {
        var description: String { "the settings cannot be read again: nobody has said how" }
    }
}
