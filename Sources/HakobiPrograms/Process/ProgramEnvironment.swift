import Hakobi

/// What a program finds in its environment.
enum ProgramEnvironment {
    /// The service's own variables, less what is no business of a program: the store's URL and every other setting, the
    /// sockets of the service manager, and the switch that keeps our own processes from printing backtraces.
    static func inherited(_ environment: [String: String]) -> [String] {
        let dropped: Set = [
            "NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES",
            "SERVER_STARTER_PORT", "SWIFT_BACKTRACE",
        ]
        return environment.filter { !$0.key.hasPrefix("HAKOBI_") && !dropped.contains($0.key) }
            .map { "\($0.key)=\($0.value)" }
    }

    static func text(_ inherited: [String], for context: JobContext) -> [String] {
        inherited + [
            "HAKOBI_JOB_ID=\(context.id)", "HAKOBI_KIND=\(context.kind)", "HAKOBI_ATTEMPT=\(context.attempt)",
            "HAKOBI_QUEUE=\(context.queue)",
        ]
    }
}
