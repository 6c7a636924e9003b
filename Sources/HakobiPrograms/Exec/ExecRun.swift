import Hakobi
import Logging

/// One run of a program for one job, on a thread of its own, so that no thread of the cooperative pool waits for it.
struct ExecRun: Sendable {
    let command: String
    /// `NAME=value` each.
    let environment: [String]
    let logger: Logger

    /// Runs it to its end. When the task is cancelled the group gets SIGTERM, and SIGKILL `stopGrace` later.
    func perform(_ input: [UInt8]) async throws -> ExecEnd {
        let bell = try ThreadBell.make()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                do {
                    try OwnThread.start(named: "hakobi-exec") {
                        continuation.resume(with: Result { try self.run(input, stop: bell) })
                    }
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        } onCancel: {
            bell.ring()
        }
    }

    private func run(_ input: [UInt8], stop bell: ThreadBell) throws -> ExecEnd {
        var process = try ExecProcess.start(command, environment, input: input, logsOutput: logger.logLevel <= .debug)
        return try process.attend(stop: bell.descriptor, logger: logger)
    }
}
