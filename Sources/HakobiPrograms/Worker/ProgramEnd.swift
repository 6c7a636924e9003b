import Glibc
import Hakobi
import HakobiCore

/// How one life of a worker program ended. Pure.
struct ProgramEnd: Sendable {
    /// `nil` when it could not be started, or its guard died.
    var cause: CauseOfDeath?
    /// What it did wrong before it was ended, or why it could not be started.
    var fault: String?
    /// It had not read the last of what it was sent.
    var isUnread = false
    /// The last of what it wrote to standard error.
    var errors = ""
    /// The job that it had in its hands.
    var work: ProgramState.Work?

    /// It left as it liked, or was made to.
    var isNormal: Bool { fault == nil && cause?.exitCode == 0 }

    /// With what it had to say.
    var sentence: String { errors.isEmpty ? what : "\(what): \(errors)" }

    private var what: String {
        if let fault { return fault }
        if let signal = cause?.signal { return "it was ended by \(SignalName.of(signal))" }
        let word = toldSignal.map { " (a shell's word for \(SignalName.of($0)))" }
        return "it left with exit code \(cause?.exitCode ?? -1)" + (word ?? "")
    }

    /// The signal that a shell between the program and us tells of by an exit code; some virtual machines do so themselves.
    private var toldSignal: Int32? {
        cause?.exitCode.flatMap { (129...159).contains($0) ? $0 - 128 : nil }
    }

    /// Somebody asked it to leave; nothing of the job's making sends these.
    private var wasAsked: Bool { [SIGTERM, SIGINT, SIGHUP].contains(cause?.signal ?? toldSignal) }

    /// What becomes of the job that waited for it, or that it had. `isDraining`: the service, at its end.
    func verdict(on job: JobID, isDraining: Bool, crashBudget: Int) -> any Error {
        guard let work, work.job == job else {
            return Snooze(.seconds(1), reason: "its worker program is being started again: \(sentence)")
        }
        guard fault == nil, let cause else { return ProgramFailure("its worker program was ended: \(sentence)") }
        if work.cancelledAt != nil { return ProgramFailure("its worker program ended: \(sentence)") }
        if isUnread, !work.isToldOfDrain { return ProgramJob.Unread() }
        if wasAsked, isDraining {
            return Snooze(.zero, reason: "the service drained, and its worker program was ended")
        }
        return ProcessDied(
            cause: cause, error: "its worker program died while it ran this job: \(sentence)", budget: crashBudget)
    }
}
