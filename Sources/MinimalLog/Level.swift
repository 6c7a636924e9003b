public import Logging

extension MinimalLog {
    /// What a line is: the word in brackets.
    public enum Tag: String, Sendable, CaseIterable {
        case trace = "TRACE"
        case debug = "DEBUG"
        case info = "INFO"
        case notice = "NOTICE"
        case warn = "WARN"
        case error = "ERROR"
        case critical = "CRITICAL"

        /// The tag of a line that came through swift-log.
        public init(_ level: Logger.Level) {
            self =
                switch level {
                case .trace: .trace
                case .debug: .debug
                case .info: .info
                case .notice: .notice
                case .warning: .warn
                case .error: .error
                case .critical: .critical
                }
        }

        var rank: Int {
            switch self {
            case .trace, .debug: 1
            case .info, .notice: 2
            case .warn: 3
            case .critical, .error: 4
            }
        }
    }

    /// From where on lines are printed. `croakf` throws at any level.
    public enum Level: String, Sendable, CaseIterable {
        case debug, info, warn, critical
        /// No verb prints; loggers of swift-log still tell of errors and of what is critical.
        case error
        /// Nothing is printed.
        case mute

        /// Reads a name, in any case; `none` is another word for `mute`.
        ///
        /// - Throws: ``SettingsError`` with the nearest name for any other text: a misspelt level never silences.
        public init(parsing text: String) throws(SettingsError) {
            let name = text.lowercased()
            guard let level = name == "none" ? .mute : Level(rawValue: name) else {
                throw SettingsError([.unknown("level", text, among: Level.allCases.map(\.rawValue) + ["none"])])
            }
            self = level
        }

        var lowestRank: Int {
            switch self {
            case .debug: 1
            case .info: 2
            case .warn: 3
            case .critical: 4
            case .error, .mute: 99
            }
        }
    }
}

extension MinimalLog.Settings {
    /// What a logger of swift-log prints at first under these settings.
    var loggerLevel: Logger.Level {
        switch level {
        case .debug: isDebug ? .debug : .info
        case .info: .info
        case .warn: .warning
        case .error: .error
        case .critical, .mute: .critical
        }
    }
}
