import ArgumentParser
import Glibc
import Hakobi
import HakobiMaildir
import HakobiPrograms

struct Deliver: Verb {
    static let configuration = CommandConfiguration(
        abstract: "Deliver one mail; it is on the disk once the exit status is 0.",
        discussion: """
            For mail servers' pipes and for scripts. Return-Path and Delivered-To are put before the mail, unless it begins \
            with them: from --sender and --recipient, else from the variables SENDER and RECIPIENT, which qmail and Postfix \
            set. Exit status as mail servers want it: 75 when they should try again, 64 when the command line is wrong.
            """)
    @Argument(help: "The Maildir; made when it is missing.") var path: String
    @Argument(help: "The mail (default: standard input).") var file: String?
    @Option(help: "Who sent it; empty for a bounce.") var sender: String?
    @Option(help: "Who it is for.") var recipient: String?

    func run(in program: Program) async throws {
        let folder = try folder()
        let input = try input()
        defer { if input != STDIN_FILENO { close(input) } }
        do throws(StoreError) {
            let delivery = try MaildirDelivery(path: folder)
            try delivery.deliver(
                from: input, returnPath: sender ?? program.environment["SENDER"],
                recipient: recipient ?? program.environment["RECIPIENT"])
        } catch {
            // A bounce would be for good; what is wrong here somebody can put right while the mail waits.
            throw CommandFailure(.tryAgain, error.description)
        }
    }

    private func folder() throws(CommandFailure) -> String {
        do throws(Unreadable) { return try MaildirPlace.folder(path) } catch {
            throw CommandFailure(.tryAgain, "the Maildir \"\(path)\": \(error)")
        }
    }

    private func input() throws(CommandFailure) -> Int32 {
        guard let file, file != "-" else { return STDIN_FILENO }
        let input = open(file, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw CommandFailure(.tryAgain, "cannot read \(file): \(errnoText())") }
        return input
    }
}
