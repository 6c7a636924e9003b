import ArgumentParser
import HakobiPrograms

struct ProtocolTest: Verb {
    static let configuration = CommandConfiguration(
        commandName: "protocol-test",
        abstract: "Check a worker program: does it speak the protocol of up --worker?",
        discussion: """
            Starts the command once for each check, speaks with it as a service would, and prints a line a check. Jobs of \
            the kinds echo, fail, follow, count, talk and wait are given only to a program that says it handles them: \
            docs/worker-protocol.md says what they do. Exit status: 0 all ok, 1 something failed.
            """)
    @Argument(parsing: .postTerminator, help: "After --: the command and its arguments.") var command: [String]

    func run(in program: Program) async throws {
        guard !command.isEmpty else {
            throw CommandFailure.usage("a command is missing: write -- and a command behind it")
        }
        let run = ConformanceRun(Self.shellText(command), environment: program.environment)
        guard run.perform({ Output.print($0) }) else { throw CommandFailure(.failed, []) }
    }

    /// One word is a command for the shell, as in `--worker`; of several each stays a word.
    private static func shellText(_ words: [String]) -> String {
        guard words.count > 1 else { return words[0] }
        return words.map {
            "'\($0.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''"))'"
        }
        .joined(separator: " ")
    }
}
