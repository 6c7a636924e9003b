import Glibc
import Hakobi
import HakobiCommand
import HakobiTestKit
import Logging
import ServiceLifecycle
import UnixSignals

/// Services composed here, because their store kills them.
enum OwnService {
    static func openStore() async throws -> StoreRoles {
        var roles = try await StoreOpener.open(url: variable("CRASH_STORE") ?? "sqlite:hakobi.db")
        if let plan = variable("CRASH_PLAN").flatMap({ SelfKillingStore.Plan($0) }) {
            roles.store = SelfKillingStore(roles.store, plan: plan)
        }
        return roles
    }

    static func openStoreOrAway() async throws -> StoreRoles {
        try await StoreOpener.openOrAway(url: variable("CRASH_STORE") ?? "sqlite:hakobi.db")
    }

    static var settings: WorkerSettings {
        var settings = WorkerSettings()
        settings.concurrency = variable("CRASH_CONCURRENCY").flatMap { Int($0) } ?? 4
        settings.lease = .milliseconds(variable("CRASH_LEASE").flatMap { Int($0) } ?? 60_000)
        settings.runtimeDirectory = variable("CRASH_RUNTIME")
        settings.node = variable("CRASH_NODE")
        settings.once = variable("CRASH_ONCE") != nil
        return settings
    }

    static func runInProcess() async throws {
        let roles = try await openStore()
        var handlers = Handlers()
        CrashJobs().register(&handlers)
        let worker = try Worker(roles, handlers: handlers, settings: settings, logger: logger)
        let feed = Service { try await feedIfAsked(roles) }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(
                        service: worker, successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .gracefullyShutdownGroup),
                    .init(service: feed, successTerminationBehavior: .ignore),
                ], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
        await roles.close()
    }

    /// Enqueues from within the service, through the store that is going to kill it.
    static func feedIfAsked(_ roles: StoreRoles) async throws {
        guard let count = variable("CRASH_FEED").flatMap({ Int($0) }) else { return }
        try await Feeder.feed(JobClient(roles), kind: "ok", payload: "0", count: count, callers: 2)
    }

    static let logger: Logger = {
        var logger = Logger(label: "crash-app", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = .info
        return logger
    }()

    private struct Service: ServiceLifecycle.Service {
        let body: @Sendable () async throws -> Void
        init(_ body: @escaping @Sendable () async throws -> Void) { self.body = body }
        func run() async throws { try await body() }
    }
}
