import Glibc
import Hakobi
import HakobiPrefork
import HakobiPrograms
import Logging

/// `up --processes 0`: handlers run in this process, beside the worker. For development and for very small machines.
struct InProcessService {
    let plan: ServicePlan
    let program: Program
    let roles: StoreRoles
    let log: ProgramLog

    func run() async throws {
        var settings = plan.settings.workerSettings
        settings.temporaryRoot = TemporaryFiles.root(plan.environment)
        let programs = try await plan.handlerSettings.startPrograms(
            slots: plan.settings.concurrency.value, environment: plan.environment, logger: log.logger)
        var handlers = plan.handlers
        programs?.register(in: &handlers)
        let worker = try Worker(roles, handlers: handlers, settings: settings, logger: log.logger)
        try worker.incarnation.takeFirst(plan.settings.connectionShare(of: program.name))
        try SignalThread.start(worker, log)
        try await worker.run()
    }
}

/// Signals of a process without a supervisor: TERM and INT drain, a second one cuts, TSTP and CONT are quiet and not,
/// USR1 opens the log anew.
enum SignalThread {
    static func start(_ worker: Worker, _ log: ProgramLog) throws {
        let signals = try SignalSource()
        try OwnThread.start(named: "hakobi-signals") {
            var drains = 0
            while true {
                var watched = pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0)
                guard poll(&watched, 1, -1) > 0 else { continue }
                for signal in signals.pending() { take(signal, worker, log, &drains) }
            }
        }
    }

    private static func take(_ signal: SupervisorSignal, _ worker: Worker, _ log: ProgramLog, _ drains: inout Int) {
        switch signal {
        case .terminate:
            drains += 1
            // A handler that hears of its cancellation may still close what it opened; one that does not is left behind.
            if drains == 1 { worker.drain() } else { worker.drain(grace: .zero, patience: .milliseconds(300)) }
        case .quiet: worker.setQuiet(true)
        case .resume: worker.setQuiet(false)
        case .report: log.reopen()
        default: log.logger.warning("this signal needs worker processes: start with --processes 1 or more")
        }
    }
}
