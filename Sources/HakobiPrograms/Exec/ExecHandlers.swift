package import Hakobi
import HakobiCore

/// Programs as handlers: one per rule.
package enum ExecHandlers {
    /// Registers a handler for each rule; a kind that has one already becomes a problem of `handlers`.
    package static func register(_ rules: [ExecRule], environment: [String: String], in handlers: inout Handlers) {
        let inherited = ProgramEnvironment.inherited(environment)
        for rule in rules {
            handlers.on(kind: rule.kind.description) { payload, context in
                let run = ExecRun(
                    command: rule.command, environment: ProgramEnvironment.text(inherited, for: context),
                    logger: context.logger)
                let end = try await run.perform(payload.bytes)
                if ExecOutcome.isCompleted(end) { return try await context.complete(on: ProgramsOwnTransaction()) }
                try ExecOutcome.judge(end)
            }
        }
    }
}

/// A program's transaction, which is over when we hear of it.
private struct ProgramsOwnTransaction: HandlerTransaction {
    func complete(_ completion: Completion) {}
}
