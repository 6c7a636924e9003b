import Glibc
import Hakobi
import HakobiCore

/// A job on its way through a worker program.
struct ProgramJob: Sendable {
    /// Never read by a program that ended: another may have it.
    struct Unread: Error {}

    let context: JobContext
    let line: [UInt8]
    let limit: Duration?
    let startedAt: Duration
    /// Resumed exactly once, by whoever takes the job out of its program's state.
    let continuation: CheckedContinuation<Void, any Error>
    var isSent = false
    var isToldOfDrain = false
    var isToldToStop = false

    var id: JobID { context.id }

    /// As near as can be told from here why its task was cancelled.
    func stopWord(now: Duration) -> ServiceMessage.StopWord {
        if context.isDraining { return .drained }
        return limit.map { now - startedAt >= $0 } == true ? .softLimit : .cancelled
    }

    func end(_ outcome: ProgramOutcome) {
        switch outcome {
        case .completed(let result):
            if let result { context.leave(result: result) }
            continuation.resume()
        case .failed(let error, nil): continuation.resume(throwing: ProgramFailure(error))
        case .failed(let error, let delay?): continuation.resume(throwing: RetryLater(delay, error: error))
        case .gaveUp(let error): continuation.resume(throwing: GiveUp(error))
        case .snoozed(let delay, let reason): continuation.resume(throwing: Snooze(delay, reason: reason))
        case .cancelled(let reason): continuation.resume(throwing: CancelJob(reason))
        }
    }
}

/// How one life of a worker program ended.
struct ProgramEnd: Sendable {
    /// `nil` when it could not be started, or its guard died.
    var cause: CauseOfDeath?
    /// What it did wrong before it was ended, or why it could not be started.
    var fault: String?
    /// It had not read the last of what it was sent.
    var isUnread = false
    /// The last of what it wrote to standard error.
    var errors = ""

    /// It left as it liked, or was made to.
    var isNormal: Bool { fault == nil && cause?.exitCode == 0 }

    /// With what it had to say.
    var sentence: String {
        let what =
            switch (fault, cause?.signal) {
            case (let fault?, _): fault
            case (nil, let signal?): "it was ended by \(SignalName.of(signal))"
            case (nil, nil):
                "it left with exit code \(cause?.exitCode ?? -1)"
                    + (toldSignal.map { " (a shell's word for \(SignalName.of($0)))" } ?? "")
            }
        return errors.isEmpty ? what : "\(what): \(errors)"
    }

    /// The signal that a shell between the program and us tells of by an exit code; some virtual machines do so themselves.
    private var toldSignal: Int32? {
        cause?.exitCode.flatMap { (129...159).contains($0) ? $0 - 128 : nil }
    }

    /// Somebody asked it to leave; nothing of the job's making sends these.
    private var wasAsked: Bool { [SIGTERM, SIGINT, SIGHUP].contains(cause?.signal ?? toldSignal) }

    /// What becomes of the job that it had.
    func verdict(on job: ProgramJob, crashBudget: Int) -> any Error {
        if !job.isSent { return Snooze(.seconds(1), reason: "its worker program is being started again: \(sentence)") }
        guard fault == nil, let cause else { return ProgramFailure("its worker program was ended: \(sentence)") }
        if job.isToldToStop { return ProgramFailure("its worker program ended: \(sentence)") }
        if isUnread, !job.isToldOfDrain { return ProgramJob.Unread() }
        if wasAsked, job.context.isDraining {
            return Snooze(.zero, reason: "the service drained, and its worker program was ended")
        }
        return ProcessDied(
            cause: cause, error: "its worker program died while it ran this job: \(sentence)", budget: crashBudget)
    }
}
