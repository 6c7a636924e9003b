import Glibc
import Hakobi
import HakobiPrefork
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
        var settings = WorkerProcessSettings(release: release, logger: log.logger) { bytes in
            let rules = try HandlerSettings.read(bytes)
            var handlers = Program.handlers(register, environment)
            ExecHandlers.register(rules, environment: environment, in: &handlers)
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

/// What handlers need of the settings, as the pipe's welcome carries it: kind, NUL, command, NUL, for each program.
///
/// Neither holds a NUL. Not JSON: a decoder's code is a megabyte that every worker process would have in memory from then on.
enum HandlerSettings {
    static func write(_ rules: [ExecRule]) -> [UInt8] {
        rules.flatMap { [UInt8]("\($0.kind)\0\($0.command)\0".utf8) }
    }

    static func read(_ bytes: [UInt8]) throws -> [ExecRule] {
        let words = bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast()
            .map { String(decoding: $0, as: UTF8.self) }
        guard words.count.isMultiple(of: 2) else { throw Unreadable("an exec rule has a kind and a command") }
        return try stride(from: 0, to: words.count, by: 2).map { index in
            ExecRule(kind: try Kind(words[index]), command: words[index + 1])
        }
    }
}
