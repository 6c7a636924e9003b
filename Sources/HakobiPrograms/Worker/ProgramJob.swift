import Hakobi
import HakobiCore

/// A job on its way through a worker program.
struct ProgramJob: Sendable {
    /// Never read by a program that ended: another may have it.
    struct Unread: Error {}

    let context: JobContext
    let line: [UInt8]
    let limit: Duration?
    /// The program was asked to stop it: by whom and why, the engine knows.
    var isToldToStop = false
    /// By the clock that soft limits are kept by.
    private let startedAt = RunningPage.clock()
    /// Resumed exactly once, by whoever takes the job out of its program's state.
    private let continuation: CheckedContinuation<Void, any Error>

    init(
        _ context: JobContext, line: [UInt8], limit: Duration?, _ continuation: CheckedContinuation<Void, any Error>
    ) {
        self.context = context
        self.line = line
        self.limit = limit
        self.continuation = continuation
    }

    var id: JobID { context.id }

    /// As near as can be told from here why its task was cancelled: its limit has run since a moment before it came here.
    var stopWord: ServiceMessage.StopWord {
        if context.isDraining { return .drained }
        let ran = RunningPage.clock() - startedAt + .milliseconds(100)
        return limit.map { ran >= $0 } == true ? .softLimit : .cancelled
    }

    func end(throwing error: any Error) { continuation.resume(throwing: error) }

    func end(_ outcome: ProgramOutcome) {
        switch outcome {
        case .completed(let result):
            if let result { context.leave(result: result) }
            continuation.resume()
        // How it says that it has stopped is not what becomes of the job: one that a drain cut short must run again.
        case .cancelled(let reason) where isToldToStop:
            end(throwing: ProgramFailure(reason ?? "it stopped when it was told to"))
        case .failed(let error, _) where isToldToStop: end(throwing: ProgramFailure(error))
        case .failed(let error, nil): end(throwing: ProgramFailure(error))
        case .failed(let error, let delay?): end(throwing: RetryLater(delay, error: error))
        case .gaveUp(let error): end(throwing: GiveUp(error))
        case .snoozed(let delay, let reason): end(throwing: Snooze(delay, reason: reason))
        case .cancelled(let reason): end(throwing: CancelJob(reason))
        }
    }
}
