import Glibc
import Hakobi

/// Programs as handlers: one per rule.
enum ExecHandlers {
    /// Registers a handler for each rule; a kind that has one already becomes a problem of `handlers`.
    static func register(_ rules: [ExecRule], environment: [String: String], in handlers: inout Handlers) {
        let inherited = ExecEnvironment.inherited(environment)
        for rule in rules {
            handlers.on(kind: rule.kind.description) { payload, context in
                let run = ExecRun(
                    command: rule.command, environment: ExecEnvironment.text(inherited, for: context),
                    logger: context.logger)
                let end = try await run.perform(payload.bytes)
                if ExecOutcome.isCompleted(end) { return try await context.complete(on: ProgramsOwnTransaction()) }
                try ExecOutcome.judge(end)
            }
        }
    }
}

/// What a program finds in its environment.
enum ExecEnvironment {
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

/// A program's transaction, which is over when we hear of it.
private struct ProgramsOwnTransaction: HandlerTransaction {
    func complete(_ completion: Completion) {}
}
