import CHakobi
import Glibc
import Hakobi
import HakobiPrefork
import Logging

/// One run of a program for one job, on a thread of its own, so that no thread of the cooperative pool waits for it.
struct ExecRun: Sendable {
    let command: String
    /// `NAME=value` each.
    let environment: [String]
    let logger: Logger

    /// Runs it to its end. When the task is cancelled the group gets SIGTERM, and SIGKILL `stopGrace` later.
    func perform(_ input: [UInt8]) async throws -> ExecEnd {
        let bell = OwnedBell(hakobi_eventfd())
        guard bell.number >= 0 else { throw ExecFailure(description: "cannot make an eventfd: \(errnoText())") }
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

    private func run(_ input: [UInt8], stop bell: OwnedBell) throws -> ExecEnd {
        var process = try ExecProcess.start(command, environment, input: input, logsOutput: logger.logLevel <= .debug)
        return try process.attend(stop: bell.number, logger: logger)
    }
}

/// An eventfd that lives as long as whoever may ring it.
final class OwnedBell: Sendable {
    let number: Int32

    init(_ number: Int32) { self.number = number }
    deinit { if number >= 0 { close(number) } }

    func ring() {
        var one: UInt64 = 1
        _ = write(number, &one, 8)
    }
}

/// The reason of the last failed call, in words.
func errnoText() -> String { String(cString: strerror(errno)) }
