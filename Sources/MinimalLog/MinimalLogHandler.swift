public import Logging

/// The handler of swift-log that writes one readable line a record.
///
/// ```swift
/// LoggingSystem.bootstrap { MinimalLogHandler(label: $0) }
/// ```
///
/// It follows the settings of the task in which a line is written, and adds what the task's logger (`withLogger`) knows; a level set by ``MinimalLog/with(_:run:)`` goes before the
/// logger's own there. A logger's label is not written: the place in the code says more.
public struct MinimalLogHandler: LogHandler {
    /// The logger's own metadata.
    public var metadata: Logger.Metadata = [:]
    /// Metadata of the moment.
    public var metadataProvider: Logger.MetadataProvider?
    private var ownLevel: Logger.Level
    private let base: Scope?

    /// A handler under the program's settings.
    ///
    /// - Parameters:
    ///   - label: the logger's, as swift-log's bootstrap gives it.
    ///   - level: from where on it writes; without it what the settings say now.
    public init(label: String, level: Logger.Level? = nil) {
        base = nil
        ownLevel = level ?? Scope.current.settings.loggerLevel
        metadataProvider = LoggingSystem.metadataProvider
    }

    /// A handler with settings of its own, which only what the task says of itself goes before.
    public init(label: String, settings: MinimalLog.Settings, level: Logger.Level? = nil) {
        base = Scope(settings)
        ownLevel = level ?? settings.loggerLevel
        metadataProvider = LoggingSystem.metadataProvider
    }

    /// The logger's own level, or that of the task's settings where they change it.
    public var logLevel: Logger.Level {
        get { Scope.local?.loggerLevel ?? ownLevel }
        set { ownLevel = newValue }
    }

    /// The logger's own metadata by key.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes the line.
    public func log(event: LogEvent) {
        let scope = base?.underTask() ?? Scope.current
        guard scope.settings.level != .mute else { return }
        var entry = Entry(
            MinimalLog.Tag(event.level), event.message.description, file: event.file, line: event.line)
        var all = merged(event.metadata, event.error)
        all.addTasks()
        if !all.isEmpty { entry.metadata = all.inOrder }
        scope.emit(entry)
    }

    /// The line's own metadata before the provider's before the logger's; most lines have only their own. An error is said once,
    /// under the names that swift-log's own handler gives it.
    private func merged(_ own: Logger.Metadata?, _ error: (any Error)?) -> Logger.Metadata {
        let provided = metadataProvider?.get() ?? [:]
        var all = own ?? [:]
        if !metadata.isEmpty || !provided.isEmpty {
            all = metadata.merging(provided) { _, new in new }.merging(all) { _, new in new }
        }
        if let error {
            all["error.message"] = "\(error)"
            all["error.type"] = "\(String(reflecting: type(of: error)))"
        }
        return all
    }
}
