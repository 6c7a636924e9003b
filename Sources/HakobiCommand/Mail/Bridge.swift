import ArgumentParser
import Glibc
import Hakobi
import HakobiMaildir

struct Bridge: Verb {
    static let configuration = CommandConfiguration(
        abstract: "Carry each mail of a Maildir over to a database, as a job with the mail as its payload.",
        discussion: """
            Runs until TERM or INT; may be killed and started again at any time, several at once too: each mail becomes one \
            job, and is removed once that is durable. While the database is away mails wait. One that is larger than a \
            payload may be goes to `failed`.
            """)
    @Argument(help: "The Maildir; made when it is missing.") var path: String
    @Option(help: ArgumentHelp("The database, such as postgres://HOST/DATABASE.", valueName: "store")) var to: String
    @Option(help: "The kind of its jobs (default mail).") var kind: String?
    @Option(help: "The queue they wait in.") var queue: String?
    @Flag(help: "Exit 0 once no mail waits.") var once = false
    @Option(help: "As for up.") var logLevel: String?
    @Option(help: "As for up.") var logFormat: String?
    @Option(help: "As for up.") var logFile: String?

    var isService: Bool { true }

    func run(in program: Program) async throws {
        var flags = FlagReader()
        let target = flags.read(to, "--to", Self.database)
        let queue = flags.read(queue, "--queue", Reading.queue) ?? .default
        let kind = flags.read(kind, "--kind", Reading.kind)
        let place = flags.read(path, "the Maildir") { text throws(Unreadable) in
            try MaildirPlace(
                path: ProgramPath.absolute(try MaildirPlace.folder(text)), ["max-size": "\(Defaults.maxPayloadBytes)"],
                kind: kind,
                description: text)
        }
        let log = log(&flags, program.environment)
        try flags.check()
        guard let target, let place else { return }
        StandardDescriptors.fill()
        signal(SIGPIPE, SIG_IGN)
        var mailbox = place.mailbox
        mailbox.sizeAdvice = "a job's payload holds no more"
        let bridge = MailBridge(
            mailbox: mailbox, target: target, queue: queue, log: try Service.open(log), once: once)
        do { try await bridge.run() } catch { throw Service.failure(error) }
    }

    private func log(_ flags: inout FlagReader, _ environment: [String: String]) -> LogSettings {
        flags.problems += LogSettings.problems(environment)
        var log = LogSettings(environment: environment)
        log.level = flags.read(logLevel, "--log-level", ValueText.logLevel) ?? log.level
        log.format = flags.read(logFormat, "--log-format", ValueText.logFormat) ?? log.format
        log.file = logFile ?? log.file
        return log
    }

    private static func database(_ text: String) throws(Unreadable) -> StoreLocation {
        let location = try StoreLocation(reading: text)
        guard location.scheme != .maildir, location.scheme != .memory else {
            throw Unreadable("a bridge leads to a database: \(location.scheme.rawValue): is none")
        }
        return location
    }
}
