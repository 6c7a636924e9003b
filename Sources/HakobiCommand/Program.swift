import Glibc
import Hakobi

/// The running program as its commands see it: everything they know of the outside is handed to them here.
struct Program: Sendable {
    /// As it was called, for help texts.
    let name: String
    /// Where it is, as it was called: a new generation starts what is there by then.
    let path: String
    /// The release its owner named.
    let release: String
    /// Adds the program's own handlers.
    let register: @Sendable (inout Handlers) -> Void
    /// What the shell set.
    let environment: [String: String]

    /// Handlers from the program's own code.
    func handlers() -> Handlers { Self.handlers(register, environment) }

    static func handlers(
        _ register: (inout Handlers) -> Void, _ environment: [String: String]
    ) -> Handlers {
        var handlers = Handlers()
        register(&handlers)
        if let file = environment[BenchHandler.variable] { BenchHandler.register(in: &handlers, file: file) }
        return handlers
    }
}

/// How a command ends, as the shell sees it.
enum ExitStatus: Int32, Sendable {
    case ok = 0
    /// It was understood and did not succeed.
    case failed = 1
    /// The system is not as healthy as was asked for (`stats --max-waiting`, `doctor`).
    case unhealthy = 3
    /// It was not understood (sysexits.h: EX_USAGE).
    case usage = 64
    /// The store is out of reach (sysexits.h: EX_UNAVAILABLE).
    case unreachable = 69
    /// A mail server should try again (sysexits.h: EX_TEMPFAIL).
    case tryAgain = 75
}

/// An end that is not `ok`: what to say, one sentence each, and the status.
struct CommandFailure: Error, Sendable {
    let sentences: [String]
    let status: ExitStatus

    init(_ status: ExitStatus, _ sentences: [String]) {
        self.sentences = sentences
        self.status = status
    }

    init(_ status: ExitStatus, _ sentence: String) { self.init(status, [sentence]) }

    static func usage(_ sentence: String) -> CommandFailure { CommandFailure(.usage, sentence) }
}
