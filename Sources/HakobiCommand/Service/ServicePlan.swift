import Glibc
import Hakobi
import HakobiPrograms
import Logging

/// All that a service needs, checked: what remains can only fail by the outside world.
struct ServicePlan: Sendable {
    let settings: Settings
    let handlers: Handlers
    let environment: [String: String]
    let log: LogSettings

    /// What handlers need of the settings, wherever they run.
    var handlerSettings: HandlerSettings { HandlerSettings(settings) }

    /// Everything that is wrong with settings, handlers and programs together, or a plan.
    init(_ settings: Settings, in program: Program) throws(CommandFailure) {
        let problems = Self.problems(settings, in: program)
        guard problems.isEmpty else { throw CommandFailure(.usage, problems) }
        self.settings = settings
        handlers = Self.handlers(settings, in: program)
        environment = program.environment
        log = LogSettings(settings, environment: environment)
    }

    /// A reload may bring a program whose handlers this one does not know: those are checked when it says hello.
    static func problems(_ settings: Settings, in program: Program, isReload: Bool = false) -> [String] {
        let handlers = handlers(settings, in: program)
        // A rule that could not be read is said once, not again as "there are no handlers".
        // What worker programs handle they say when they have started.
        let missing =
            settings.problems.isEmpty && !isReload && settings.worker.value.isEmpty
            ? handlers.startProblems : isReload ? [] : handlers.problems
        return settings.validate() + missing
            + LogSettings.problems(program.environment)
            + ExecSearch.problems(
                settings.exec.value, workers: settings.worker.value, path: program.environment["PATH"] ?? "")
    }

    private static func handlers(_ settings: Settings, in program: Program) -> Handlers {
        var handlers = program.handlers()
        ExecHandlers.register(settings.exec.value, environment: program.environment, in: &handlers)
        return handlers
    }
}
