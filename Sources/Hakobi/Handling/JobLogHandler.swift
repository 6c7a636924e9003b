import Logging
import Synchronization

/// Writes through the worker's own handler, with the names of a job on every line.
///
/// Every job's task has a logger, and most jobs write nothing: the names are made when somebody wants them.
struct JobLogHandler: LogHandler {
    private var lines: Lines

    init(_ plain: any LogHandler, names: @escaping @Sendable () -> Logger.Metadata) {
        lines = Lines(plain, names: names)
    }

    func log(event: LogEvent) { lines.named.log(event: event) }

    var logLevel: Logger.Level {
        get { lines.plain.logLevel }
        set { change { $0.logLevel = newValue } }
    }

    var metadata: Logger.Metadata {
        get { lines.named.metadata }
        set { change { $0.metadata = newValue } }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { lines.named[metadataKey: key] }
        set { change { $0[metadataKey: key] = newValue } }
    }

    var metadataProvider: Logger.MetadataProvider? {
        get { lines.plain.metadataProvider }
        set { change { $0.metadataProvider = newValue } }
    }

    /// What others have of this handler stays as it is: loggers are values.
    private mutating func change(_ change: (inout any LogHandler) -> Void) {
        var handler = lines.named
        change(&handler)
        lines = Lines(named: handler)
    }

    /// One pointer for a logger to carry, whatever the handler's size.
    private final class Lines: Sendable {
        let plain: any LogHandler
        private let names: @Sendable () -> Logger.Metadata
        private let made: Mutex<(any LogHandler)?>

        init(_ plain: any LogHandler, names: @escaping @Sendable () -> Logger.Metadata) {
            self.plain = plain
            self.names = names
            made = Mutex(nil)
        }

        init(named: any LogHandler) {
            plain = named
            names = { [:] }
            made = Mutex(named)
        }

        /// The handler with the job's names, made once.
        var named: any LogHandler {
            made.withLock { made in
                if let made { return made }
                var handler = plain
                // All at once: each of them alone would copy the handler's metadata.
                handler.metadata =
                    plain.metadata.isEmpty ? names() : plain.metadata.merging(names()) { _, own in own }
                made = handler
                return handler
            }
        }
    }
}

extension Logger {
    /// A logger whose every line names the job, and the request that it comes from.
    func forJob(_ job: ClaimedJob) -> Logger {
        var logger = self
        logger.handler = JobLogHandler(handler) { job.logNames }
        return logger
    }
}

extension ClaimedJob {
    /// What names a job on a line.
    fileprivate var logNames: Logger.Metadata {
        var names: Logger.Metadata = [
            "job": .stringConvertible(lease.job), "kind": .string(kind.description),
            "attempt": .stringConvertible(lease.attempt), "queue": .string(queue.description),
        ]
        if let id = metadata[Origin.requestID] { names[Origin.requestID] = .string(id) }
        return names
    }
}
