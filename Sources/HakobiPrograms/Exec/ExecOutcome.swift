import Glibc
import Hakobi

/// How a program ended.
struct ExecEnd: Sendable, Hashable {
    /// `nil` when a signal ended it.
    var exitCode: Int32?
    var signal: Int32?
    /// The job was to stop (time limit, cancel, drain), and the program was told so.
    var wasStopped = false
    /// The last of what it wrote to standard error.
    var errorTail = ""
}

/// The mail world's convention (qmail-command(8), sysexits.h) read as outcomes of jobs.
enum ExecOutcome {
    /// It has completed the job itself, in a transaction of its own; in the mail world 99 is "done, and nobody does more".
    static func isCompleted(_ end: ExecEnd) -> Bool { end.exitCode == 99 && !end.wasStopped }

    /// Returns for a completed job, and throws what the outcome asks for: 100 is dead at once; 75 (EX_TEMPFAIL) and 111
    /// try later; anything else failed. Trying later is a failure like others for the retry budget: a program that
    /// only ever says "later" must come to a person's notice one day.
    static func judge(_ end: ExecEnd) throws {
        let tail = end.errorTail.isEmpty ? "" : ": \(end.errorTail)"
        switch (end.exitCode, end.wasStopped) {
        case (0, _): return
        case (100, false): throw GiveUp("exit code 100, hopeless" + tail)
        case (75, false), (111, false):
            throw ProgramFailure("exit code \(end.exitCode ?? 0), try later" + tail)
        case (let code?, _): throw ProgramFailure("exit code \(code)" + tail)
        case (nil, _): throw ProgramFailure("ended by \(SignalName.of(end.signal ?? 0))" + tail)
        }
    }
}
