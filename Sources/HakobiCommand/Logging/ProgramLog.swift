import Logging
import MinimalLog

/// The log of this process: one readable line a record, each by one write, on standard error or at the end of a file.
struct ProgramLog: Sendable {
    let logger: Logger
    private let file: MinimalLog.FileSink?

    /// Opens it, and has the verbs of MinimalLog write there as well.
    init(_ settings: LogSettings) throws(MinimalLog.FileError) {
        // Each process looks for itself whether its file was moved: worker processes come and go, and nobody signals them.
        self.init(
            settings,
            try settings.file.map { path throws(MinimalLog.FileError) in
                try MinimalLog.FileSink(path: path, followsMoves: true)
            })
    }

    /// A worker process's. Jobs do not wait for a log: without its file it goes to standard error.
    init(ofWorker settings: LogSettings) {
        do throws(MinimalLog.FileError) { try self.init(settings) } catch {
            self.init(settings, nil)
            logger.error("\(error): going on with standard error")
        }
    }

    private init(_ settings: LogSettings, _ file: MinimalLog.FileSink?) {
        var looks = settings.looks
        looks.level = MinimalLog.Level(settings.level)
        looks.isDebug = looks.isDebug || settings.level <= .debug
        looks.format = settings.format
        if let file { looks.sink = file }
        MinimalLog.use(looks)
        self.file = file
        let handler = { @Sendable [looks] label in
            MinimalLogHandler(label: label, settings: looks, level: settings.level)
        }
        logger = Logger(label: "hakobi", factory: handler)
        Self.haveLibraries(logBy: handler)
    }

    /// A command has an answer to give and no log: its libraries are heard when something is wrong.
    static func beginForCommand(_ settings: LogSettings) {
        let looks = settings.looks
        haveLibraries { MinimalLogHandler(label: $0, settings: looks, level: looks.isDebug ? .debug : .warning) }
    }

    /// All loggers write like ours, unless the program has said how they do: that can be said once, and until then they
    /// have swift-log's own handler.
    private static func haveLibraries(logBy handler: @escaping @Sendable (String) -> MinimalLogHandler) {
        guard Logger(label: "hakobi").handler is StreamLogHandler else { return }
        LoggingSystem.bootstrap { handler($0) }
    }

    /// Begins the file anew if it was moved away; the old one goes on when that fails.
    func reopen() {
        do throws(MinimalLog.FileError) { try file?.reopen() } catch {
            logger.error("\(error): going on with the file that is open")
        }
    }
}
