import Glibc
import Hakobi
import HakobiPrefork
import HakobiPrograms
import Logging

/// A worker process of this program: the same executable, started again by its supervisor.
enum WorkerProcessEntry {
    /// Runs the worker process and never returns, if this is one.
    static func runIfInherited(
        _ environment: [String: String], release: String, _ register: @escaping @Sendable (inout Handlers) -> Void
    ) async {
        guard let descriptors = WorkerDescriptors.inherited(environment: environment) else { return }
        ListenSockets.adopt()
        // Programs started by handlers must not take themselves for worker processes.
        unsetenv(WorkerDescriptors.variable)
        let log = ProgramLog(ofWorker: LogSettings(environment: environment))
        let release = environment["HAKOBI_RELEASE"] ?? release
        for variable in LogSettings.variables + ["HAKOBI_RELEASE"] { unsetenv(variable) }
        var settings = WorkerProcessSettings(release: release, logger: log.logger) { bytes, slots in
            let settings = try HandlerSettings(bytes)
            var handlers = Program.handlers(register, environment)
            ExecHandlers.register(settings.exec, environment: environment, in: &handlers)
            try await settings.startPrograms(slots: slots, environment: environment, logger: log.logger)?
                .register(in: &handlers)
            return handlers
        }
        settings.temporaryRoot = TemporaryFiles.root(environment)
        await WorkerProcessMain.run(descriptors, sharing: 1, settings)
    }

    /// What a worker process finds in its environment: everything but the service's own settings, the store's address
    /// first of all. That guards against accidents, not against hostile handlers, which share the user id.
    static func environment(_ all: [String: String], _ settings: Settings, _ log: LogSettings) -> [String: String] {
        var environment = all.filter { !$0.key.hasPrefix("HAKOBI_") && !SystemdNotifier.variables.contains($0.key) }
        environment[BenchHandler.variable] = all[BenchHandler.variable]
        environment.merge(log.environment) { _, new in new }
        environment["HAKOBI_RELEASE"] = settings.release.origin == .default ? nil : settings.release.value
        return environment
    }
}
