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
            try checkVerbs(of: arguments)
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
    private static func checkVerbs(of arguments: [String]) throws {
        var command: any ParsableCommand.Type = Root.self
        for (place, word) in arguments.enumerated() {
            let known = command.configuration.subcommands
            guard !known.isEmpty, !word.hasPrefix("-"), place > 0 || word != "help" else { return }
            guard let next = known.first(where: { $0._commandName == word }) else {
                throw noCommand(word, after: arguments.prefix(place), among: known.map { $0._commandName })
            }
            command = next
        }
    }

    private static func noCommand(_ word: String, after verbs: ArraySlice<String>, among names: [String])
        -> CommandFailure
    {
        let said = { (last: String) in (verbs + [last]).joined(separator: " ") }
        let near = Spelling.nearest(to: word, among: verbs.isEmpty ? names + ["help"] : names)
        let hint = near.map { ": did you mean \"\(said($0))\"?" } ?? ": see \(said("--help"))"
        return CommandFailure(.usage, "there is no command \"\(said(word))\"\(hint)")
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
