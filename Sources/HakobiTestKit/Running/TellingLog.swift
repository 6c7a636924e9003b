package import Logging

/// A log that tells a closure of each line, with what its logger knows beside what the line says.
package struct TellingLog: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level
    private let tell: @Sendable (LogEvent, Logger.Metadata) -> Void

    package init(
        level: Logger.Level = .info, tell: @escaping @Sendable (LogEvent, Logger.Metadata) -> Void
    ) {
        logLevel = level
        self.tell = tell
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        tell(event, metadata.merging(event.metadata ?? [:]) { _, new in new })
    }
}
