import ArgumentParser

/// What is done with a Maildir beside serving it, which `up --store maildir:PATH` does.
struct MaildirVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "maildir", abstract: "Put mails into a Maildir, or carry them over to a database.",
        subcommands: [Deliver.self, Bridge.self])
}
