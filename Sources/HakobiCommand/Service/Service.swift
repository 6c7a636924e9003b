import Glibc
import Hakobi
import Logging
import MinimalLog

/// The composition of a service: settings → store → runner → worker, in that order; all of it in this file.
struct Service {
    let program: Program
    let flags: SettingsFlags

    /// Runs until it is drained.
    func run() async throws {
        let plan = try ServicePlan(flags.read(in: program), in: program)
        StandardDescriptors.fill()
        signal(SIGPIPE, SIG_IGN)
        let log = try Self.open(plan.log)
        let idleClose = plan.settings.idleClose.value
        let use = StoreUse(
            node: plan.settings.node.value ?? Incarnation.hostName(), crashBudget: plan.settings.crashBudget.value,
            idleClose: idleClose == .zero ? nil : idleClose, logger: log.logger)
        let roles = try await open(plan.settings, use)
        do { try await roles.closing { try await run(plan, $0, log) } } catch { throw Self.failure(error) }
    }

    /// After a power cut a database may come up later than its services: one that does not answer is waited for. A file is
    /// there or is not, and so is a server for who only looks whether there is something to do.
    private func open(_ settings: Settings, _ use: StoreUse) async throws -> StoreRoles {
        let location = settings.store.value
        let isWaitedFor = location.scheme.isServer && !settings.once.value
        return try await StorePatience(location, "the service waits", logger: use.logger)
            .wait(for: { isWaitedFor && $0.isTransient && $0.reason == .unreachable }) {
                try await StoreOpener.open(location, .create, use: use)
            }
    }

    static func open(_ settings: LogSettings) throws(CommandFailure) -> ProgramLog {
        do throws(MinimalLog.FileError) { return try ProgramLog(settings) } catch {
            throw CommandFailure(.failed, error.description)
        }
    }

    private func run(_ plan: ServicePlan, _ roles: StoreRoles, _ log: ProgramLog) async throws {
        let pidFile = plan.settings.pidFile.value
        if let pidFile { try PIDFile.write(pidFile) }
        defer { if let pidFile { PIDFile.remove(pidFile) } }
        log.logger.info(
            "service starts",
            metadata: [
                "store": "\(plan.settings.store.value)", "processes": .stringConvertible(plan.settings.processes.value),
                "concurrency": .stringConvertible(plan.settings.concurrency.value),
                "release": "\(plan.settings.release.value)",
            ])
        let spill = try SpillKeeping(plan.settings.spill.value, to: roles.store, logger: log.logger)
        // Before the work when nothing is to come later, and beside it in any case.
        if plan.settings.once.value { await spill.once() }
        async let _: Void = spill.run()
        if plan.settings.processes.value == 0 {
            try await InProcessService(plan: plan, program: program, roles: roles, log: log).run()
        } else {
            try await PreforkService(plan, program: program, flags: flags, roles: roles, spill: spill, log: log).run()
        }
    }

    /// What a worker says of its start, as a command says it.
    static func failure(_ error: any Error) -> any Error {
        switch error {
        case let error as WorkerStartError: CommandFailure(.usage, error.problems)
        case let error as ConnectionsRefused: CommandFailure(.failed, error.description)
        case let error as IncarnationError: CommandFailure(.failed, error.description)
        default: error
        }
    }
}

/// Standard input, output and error, which a caller may have closed: a file opened in their place would get our log.
enum StandardDescriptors {
    static func fill() {
        for number: Int32 in 0...2 where fcntl(number, F_GETFD) < 0 { _ = open("/dev/null", O_RDWR) }
    }
}
