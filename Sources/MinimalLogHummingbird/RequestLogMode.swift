#if Hummingbird
    import MinimalLog

    /// How much a request's log tells.
    public enum RequestLogMode: Sendable, Hashable {
        /// Lines from `info` on, or from where on the program prints, if that is less; no debug lines.
        case production
        /// All lines, coloured.
        case development

        /// `development` by that name; `production` by any other and by none, as an environment variable has it.
        public init(named name: String?) { self = name == "development" ? .development : .production }

        func apply(to settings: inout MinimalLog.Settings) {
            switch self {
            case .production:
                settings.isDebug = false
                settings.moduleDebug = [:]
                if settings.level == .debug { settings.level = .info }
            case .development:
                settings.isDebug = true
                settings.moduleDebug = [:]
                settings.level = .debug
                settings.color = .always
            }
        }
    }
#endif
