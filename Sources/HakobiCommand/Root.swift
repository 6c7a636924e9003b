import ArgumentParser

/// The command line's top: its verbs in the order a newcomer meets them.
struct Root: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: CommandLineEntry.programName,
            abstract: "Background jobs: put work in a store, and run it in worker processes.",
            discussion: """
                Settings come from flags, then HAKOBI_… variables, then the file named by --config, HAKOBI_CONFIG or \
                ./hakobi.yaml, then defaults. Exit status: 0 ok, 1 failed, 3 unhealthy, 64 usage, 69 store out of reach.
                """,
            subcommands: [
                Up.self, Enqueue.self, Jobs.self, Show.self, Retry.self, Cancel.self, Delete.self, Queues.self,
                Pause.self, Resume.self, PS.self, Stats.self, Watch.self, Migrate.self, Prune.self, Check.self,
                Doctor.self, ProtocolTest.self, MaildirVerb.self, Bench.self, Version.self,
            ])
    }
}
