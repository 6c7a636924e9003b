import Logging

/// What the verbs have in common: look whether anybody listens, and only then make the text.
struct Verb {
    let tag: MinimalLog.Tag
    var showsCallers = false

    static let crit = Verb(tag: .critical)
    static let warn = Verb(tag: .warn)
    static let info = Verb(tag: .info)
    static let debug = Verb(tag: .debug)
    static let croak = Verb(tag: .error)

    /// The twin with the stack.
    var withCallers: Verb { Verb(tag: tag, showsCallers: true) }

    func say(_ file: String, _ line: UInt, _ text: (MinimalLog.Settings) -> String) {
        let scope = Scope.current
        guard scope.prints(tag, in: file) else { return }
        var entry = entry(text(scope.settings), file, line)
        var metadata = Logger.Metadata()
        metadata.addTasks()
        if !metadata.isEmpty { entry.metadata = metadata.inOrder }
        scope.emit(entry)
    }

    /// What is thrown, printed or not.
    func error(_ file: String, _ line: UInt, _ text: (MinimalLog.Settings) -> String) -> any Error {
        let settings = MinimalLog.settings
        let record = MinimalLog.Record(entry(text(settings), file, line), settings, colored: false)
        return settings.die?(record) ?? MinimalLog.Croak(record)
    }

    private func entry(_ text: String, _ file: String, _ line: UInt) -> Entry {
        var entry = Entry(tag, text, file: file, line: line)
        if showsCallers { entry.callers = StackTrace.callers(of: LineFormat.name(of: file), line) }
        return entry
    }
}

extension MinimalLog.Settings {
    /// One value: text as it is, nothing for `nil`.
    func text(of value: Any?) -> String { value == nil ? "" : described(value) }

    /// A format and its arguments, up to the first that was not given.
    func text(_ format: String, _ arguments: [Any?]) -> String {
        let given = arguments.firstIndex { $0 is Absent } ?? arguments.endIndex
        return Printf.text(format, arguments[..<given], describe: described)
    }

    private func described(_ value: Any?) -> String {
        switch value {
        case let text as String: text
        case let bytes as any RangeReplaceableCollection<UInt8>: Visible.text(bytes: Array(bytes))
        case let value?: dumpsValues ? Dump(dump).text(of: value) : String(describing: value)
        case nil: "nil"
        }
    }
}

extension MinimalLog {
    /// What `croakf` throws: the record, and the line it would have been.
    public struct Croak: Error, Sendable, CustomStringConvertible {
        /// The record, never coloured.
        public let record: Record

        /// `2011-06-10T17:41:59 [ERROR] Flying Saucer at sample.swift line 23`
        public var description: String { record.line }

        init(_ record: Record) { self.record = record }
    }
}
