import HakobiPrograms
import Logging
import MinimalLog

/// What a process's log looks like and where it goes.
struct LogSettings: Sendable {
    var level = Logger.Level.info
    var format = MinimalLog.Format.line
    /// Standard error without it.
    var file: String?
    /// Colours and debug switches, from the variables that all of MinimalLog's programs read.
    let looks: MinimalLog.Settings

    /// A service's.
    init(_ settings: Settings, environment: [String: String]) {
        looks = Self.looks(environment)
        level = looks.isDebug && settings.logLevel.origin == .default ? .debug : settings.logLevel.value
        format = settings.logFormat.value
        file = settings.logFile.value
    }

    /// What is wrong with the variables; a service does not start with it.
    static func problems(_ environment: [String: String]) -> [String] {
        do throws(MinimalLog.SettingsError) {
            _ = try MinimalLog.Settings(environment: environment)
            return []
        } catch {
            return error.problems
        }
    }

    /// What does not read has been refused.
    private static func looks(_ environment: [String: String]) -> MinimalLog.Settings {
        (try? MinimalLog.Settings(environment: environment)) ?? MinimalLog.Settings()
    }

    // MARK: Across exec

    private static let (levelVariable, formatVariable) = ("HAKOBI_LOG", "HAKOBI_LOG_FORMAT")
    private static let fileVariable = "HAKOBI_LOG_FILE"

    /// By which a worker process is told.
    static let variables = [levelVariable, formatVariable, fileVariable]

    /// What tells it.
    var environment: [String: String] {
        var environment = [Self.levelVariable: level.rawValue, Self.formatVariable: format.rawValue]
        environment[Self.fileVariable] = file
        return environment
    }

    /// A worker process's.
    init(environment: [String: String]) {
        looks = Self.looks(environment)
        level = environment[Self.levelVariable].flatMap { Logger.Level(rawValue: $0) } ?? level
        format = environment[Self.formatVariable].flatMap { MinimalLog.Format(rawValue: $0) } ?? format
        file = environment[Self.fileVariable]
    }
}

extension MinimalLog.Level {
    /// Verbs are as quiet as loggers.
    init(_ level: Logger.Level) {
        self =
            switch level {
            case .trace, .debug: .debug
            case .info, .notice: .info
            case .warning: .warn
            case .error, .critical: .critical
            }
    }
}
