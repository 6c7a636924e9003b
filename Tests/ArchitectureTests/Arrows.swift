/// Who may import whom: the one table of the house. docs/modules.md shows it to readers, and a test compares the two.
struct Module: Sendable {
    let name: String
    /// Its one sentence.
    let duty: String
    /// Our own modules that it may import.
    let ours: [String]
    /// Others', beside the common set.
    let others: [String]

    init(_ name: String, _ duty: String, ours: [String] = [], others: [String] = []) {
        self.name = name
        self.duty = duty
        self.ours = ours
        self.others = others
    }

    /// Allowed to all but HakobiCore, which has none of it but Synchronization.
    static let common = ["Glibc", "Dispatch", "Synchronization", "Logging", "CHakobi"]

    static let all: [Module] = [
        Module(
            "HakobiCore", "what a job is and what a store promises: values, states, protocols; no clock, no I/O",
            others: ["Synchronization"]),
        Module(
            "Hakobi", "what moves a job: client, worker, settling, leases; `MemoryStore`, the executable specification",
            ours: ["HakobiCore"],
            others: ["Metrics", "Tracing", "ServiceContextModule", "ServiceLifecycle", "FoundationEssentials"]),
        Module(
            "HakobiSQLite", "the promises of a store kept in one SQLite file",
            ours: ["HakobiCore", "HakobiDatabase"], others: ["GRDB", "GRDBSQLite", "FoundationEssentials"]),
        Module(
            "HakobiPostgres", "the promises of a store kept in one PostgreSQL database",
            ours: ["HakobiCore", "HakobiDatabase"], others: ["CPostgres", "CoreMetrics", "FoundationEssentials"]),
        Module(
            "HakobiDatabase", "what stores in databases share: threads, their inboxes and patience, hints in a host",
            ours: ["HakobiCore"]),
        Module(
            "HakobiMySQL", "the promises of a store kept in one MariaDB database",
            ours: ["HakobiCore", "HakobiDatabase"], others: ["CMariaDB", "FoundationEssentials"]),
        Module(
            "HakobiMaildir", "the promises of a store kept by a Maildir: each mail is a job",
            ours: ["HakobiCore", "HakobiDatabase"], others: ["CoreMetrics", "FoundationEssentials"]),
        Module(
            "HakobiPrefork", "keeps N copies of a program alive and feeds them over pipes",
            ours: ["Hakobi", "HakobiCore"], others: ["ServiceLifecycle"]),
        Module(
            "HakobiPrograms", "programs in any language as handlers: one process a job, or one for many",
            ours: ["Hakobi", "HakobiCore"]),
        Module(
            "HakobiCommand",
            "the composition root: command line, settings file, stores by URL; the only reader of argv and environment",
            ours: [
                "Hakobi", "HakobiCore", "HakobiPrefork", "HakobiPrograms", "HakobiSQLite", "HakobiPostgres",
                "HakobiMySQL", "HakobiMaildir", "MinimalLog",
            ],
            others: ["ServiceLifecycle", "ArgumentParser", "Yams", "FoundationEssentials", "Foundation", "Metrics"]),
        Module(
            "MinimalLog", "a swift-log handler and verbs: one readable line a record (its settings are handed in)",
            others: ["Runtime"]),
        Module(
            "MinimalLogHummingbird", "middleware that gives each request of Hummingbird a log of its own",
            ours: ["MinimalLog"], others: ["Hummingbird", "HTTPTypes", "NIOHTTP1"]),
        Module("hakobi", "the command with exec handlers only", ours: ["Hakobi", "HakobiCommand"]),
        Module(
            "HakobiTestKit", "the conformance suite, broken twins, faults and clocks; for users' tests too",
            ours: ["Hakobi", "HakobiCore"]),
    ]
}
