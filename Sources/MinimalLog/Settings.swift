extension MinimalLog {
    /// How lines look and where they go. A value: change a copy, and hand it to ``MinimalLog/use(_:)`` or ``MinimalLog/with(_:run:)``.
    public struct Settings: Sendable {
        /// From where on lines are printed.
        public var level = Level.debug
        /// Lets debug lines through (`LM_DEBUG`); the level must let them through as well.
        public var isDebug = false
        /// The same for verbs in one module, by its name, whatever ``isDebug`` says.
        public var moduleDebug: [String: Bool] = [:]
        /// Whether the message is coloured (`LM_COLOR`). Never in files, nor in what is thrown.
        public var color = ColorUse.never
        /// Which colours (`LM_DEFAULT_COLOR`).
        public var palette = Palette()
        /// Writes CR, LF and TAB as `\r`, `\n` and `\t`. Other control characters are made visible in any case.
        public var escapesWhitespace = true
        /// Verbs write values that are neither text nor numbers, and do not describe themselves, as ``ddf(_:)`` does.
        public var dumpsValues = false
        /// How much of a value is written, and what is left out of it.
        public var dump = DumpLimits()
        /// Lines for people, or for programs.
        public var format = Format.line
        /// What all lines here are about, in brackets before the message, as a request's path.
        public var subject: String?
        /// Where lines go.
        public var sink: any Sink = DescriptorSink.standardError
        /// Makes a line of one's own from a record, without the line feed; in the place of ``format``.
        public var formatter: (@Sendable (Record) -> String)?
        /// Called with each record instead of writing it to the sink. Must not log.
        public var print: (@Sendable (Record) -> Void)?
        /// Makes what `croakf` throws; ``Croak`` without it.
        public var die: (@Sendable (Record) -> any Error)?
        /// The time in microseconds since 1970, for tests; the machine's without it.
        package var clock: (@Sendable () -> Int64)?

        /// The defaults: all levels but debug, no colour, one readable line a record, on standard error.
        public init() {}

        func isDebug(in fileID: String) -> Bool {
            guard !moduleDebug.isEmpty else { return isDebug }
            for (module, isOn) in moduleDebug where fileID.utf8.starts(with: module.utf8) {
                let rest = fileID.utf8.dropFirst(module.utf8.count)
                if rest.isEmpty || rest.first == UInt8(ascii: "/") { return isOn }
            }
            return isDebug
        }
    }

    /// How a record is written.
    public enum Format: String, Sendable, CaseIterable {
        /// `TIME [LEVEL] MESSAGE key=value at FILE line N`, in local time.
        case line
        /// One JSON object, with the time in UTC.
        case json
    }
}
