import ArgumentParser
import Glibc
import Hakobi

/// From argv to an exit status: the one place that parses, runs and reports.
enum CommandLineEntry {
    /// What the program is called, without its folder.
    static let programName = CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? "hakobi"

    static func run(release: String, register: @escaping @Sendable (inout Handlers) -> Void) async -> Never {
        let environment = ProcessEnvironment.read()
        // First of all: a worker process has no use for what follows, and would keep it in memory.
        await WorkerProcessEntry.runIfInherited(environment, release: release, register)
        let program = Program(
            name: programName, path: ProgramPath.asStarted(environment: environment), release: release,
            register: register, environment: environment)
        let status = await perform(Array(CommandLine.arguments.dropFirst()), in: program)
        exit(status.rawValue)
    }

    static func perform(_ arguments: [String], in program: Program) async -> ExitStatus {
        do {
            try checkFirstWord(of: arguments)
            let command = try Root.parseAsRoot(arguments)
            if let verb = command as? any Verb {
                if !verb.isService { ProgramLog.beginForCommand(LogSettings(environment: program.environment)) }
                try await verb.run(in: program)
            } else {
                var other = command
                try other.run()
            }
            return .ok
        } catch {
            return report(error)
        }
    }

    /// The parser would call a command that does not exist an argument too many.
    private static func checkFirstWord(of arguments: [String]) throws {
        let names = Root.configuration.subcommands.map { $0._commandName } + ["help"]
        guard let word = arguments.first, !word.hasPrefix("-"), !names.contains(word) else { return }
        let near = Spelling.nearest(to: word, among: names)
        throw CommandFailure(
            .usage, "there is no command \"\(word)\"" + (near.map { ": did you mean \"\($0)\"?" } ?? ": see --help"))
    }

    /// One sentence a problem on standard error; help and completion scripts, which also arrive as errors, on output.
    private static func report(_ error: any Error) -> ExitStatus {
        switch error {
        case let failure as CommandFailure:
            for sentence in failure.sentences { Output.error(sentence) }
            return failure.status
        case let failure as StoreError:
            Output.error(failure.description)
            return failure.reason == .internal ? .failed : .unreachable
        case is CancellationError:
            Output.error("cancelled")
            return .failed
        default: return reportParsing(error)
        }
    }

    private static func reportParsing(_ error: any Error) -> ExitStatus {
        let code = Root.exitCode(for: error)
        if code == .success {
            Output.print(Root.fullMessage(for: error))
            return .ok
        }
        let sentence = Root.message(for: error).split(whereSeparator: \.isNewline).joined(separator: " ")
        Output.error(sentence)
        return code == .validationFailure ? .usage : .failed
    }
}

/// A command: parsed by ArgumentParser, run with the program it belongs to.
protocol Verb: ParsableCommand {
    /// It runs until it is told to end, and its log is what it has to say.
    var isService: Bool { get }
    func run(in program: Program) async throws
}

extension Verb {
    var isService: Bool { false }
}
