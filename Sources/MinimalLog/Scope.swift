import Logging
import Synchronization

/// Settings, ready to be asked by each line.
final class Scope: Sendable {
    let settings: MinimalLog.Settings
    /// What a scope of the task says of loggers' levels; a logger's own holds where none says anything.
    let loggerLevel: Logger.Level?
    /// How it came from the program's settings, innermost last: a handler with settings of its own goes the same way.
    private let changes: [@Sendable (inout MinimalLog.Settings) -> Void]
    /// Which verbs print, by the rank of their tags.
    private let lowest: Int
    private let opensDebug: Bool

    init(
        _ settings: MinimalLog.Settings, loggerLevel: Logger.Level? = nil,
        changes: [@Sendable (inout MinimalLog.Settings) -> Void] = []
    ) {
        self.settings = settings
        self.loggerLevel = loggerLevel
        self.changes = changes
        lowest = settings.level.lowestRank
        opensDebug = settings.isDebug || settings.moduleDebug.values.contains(true)
    }

    @TaskLocal static var local: Scope?

    static let program = AtomicLazyReference<Scope>()

    private static let defaults = Scope(MinimalLog.Settings())

    static var current: Scope { local ?? program.load() ?? defaults }

    func changed(by change: @escaping @Sendable (inout MinimalLog.Settings) -> Void) -> Scope {
        var new = settings
        change(&new)
        let isOther = new.level != settings.level || new.isDebug != settings.isDebug
        return Scope(new, loggerLevel: isOther ? new.loggerLevel : loggerLevel, changes: changes + [change])
    }

    /// These settings under what the task says of its own.
    func underTask() -> Scope {
        guard let local = Self.local else { return self }
        var new = settings
        for change in local.changes { change(&new) }
        return Scope(new, loggerLevel: local.loggerLevel, changes: local.changes)
    }

    /// Whether a verb prints: its rank is in, and for debug somebody has asked for it.
    func prints(_ tag: MinimalLog.Tag, in fileID: String) -> Bool {
        guard tag.rank >= lowest else { return false }
        return tag != .debug || opensDebug && settings.isDebug(in: fileID)
    }

    /// One line, whole, or what the hook makes of it.
    func emit(_ entry: Entry) {
        if let print = settings.print { return print(MinimalLog.Record(entry, settings, colored: true)) }
        settings.sink.write(line(of: entry).span)
        guard let loss = settings.sink.takeLoss() else { return }
        let telling = Entry(.warn, loss.description, file: #fileID, line: #line)
        settings.sink.write(line(of: telling).span, telling: loss)
    }

    private func line(of entry: Entry) -> [UInt8] {
        if let formatter = settings.formatter {
            return Array(formatter(MinimalLog.Record(entry, settings, colored: true)).utf8) + [UInt8(ascii: "\n")]
        }
        let now = settings.clock?() ?? LocalTime.now()
        return switch settings.format {
        case .line: LineFormat.line(entry, at: now, settings, limit: settings.sink.lineLimit)
        case .json: JSONFormat.line(entry, at: now, settings, limit: settings.sink.lineLimit)
        }
    }
}
