package import Hakobi
package import Logging

/// What a program gives so that it can be a worker process.
package struct WorkerProcessSettings: Sendable {
    /// Its release, as history and `ps` show it.
    package var release: String
    /// Handlers write through it; worker processes log to what they inherited.
    package var logger: Logger
    /// How long handlers may take to end once the parent is gone.
    package var orphanLimit = Duration.seconds(5)
    /// How long the parent may take to say its first word.
    package var welcomeLimit = Duration.seconds(30)
    /// News of running jobs goes out at most this often.
    package var newsInterval = Duration.milliseconds(100)
    /// Where temporary directories of jobs are made.
    package var temporaryRoot = TemporaryDirectory.root
    /// Called with the application's settings as the parent sent them, and with how many jobs this process runs at once
    /// (a suspect's own: one), before the process says that it is ready. An error ends it with its sentence in the log.
    package var handlers: @Sendable (_ settings: [UInt8], _ slots: Int) async throws -> Handlers

    /// A program with its handlers.
    package init(
        release: String, logger: Logger,
        handlers: @escaping @Sendable (_ settings: [UInt8], _ slots: Int) async throws -> Handlers
    ) {
        self.release = release
        self.logger = logger
        self.handlers = handlers
    }
}
