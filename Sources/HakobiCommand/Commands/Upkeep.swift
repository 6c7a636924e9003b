import ArgumentParser
import Hakobi
import HakobiPrograms

#if Postgres
    import HakobiPostgres
#endif
#if MySQL
    import HakobiMySQL
#endif

struct Migrate: Verb {
    static let configuration = CommandConfiguration(
        abstract: "Make the store, or bring its schema up to this program's version.")
    @OptionGroup(title: "Store") var store: StoreOptions
    @Flag(help: "Print one JSON object.") var json = false
    @Flag(help: "Print the SQL for an empty database instead, and do nothing.") var print = false

    func run(in program: Program) async throws {
        if print { return try printScript(in: program) }
        // A file has to be made; a server's tables are left to `migrate`, which tells what it did.
        let intent: StoreIntent = try store.location(in: program).isServer ? .use : .create
        try await store.withStore(in: program, intent) { roles in
            let passed = try await roles.need(\.schema, to: "be migrated: it has no schema").migrate()
            if json {
                Output.print(.object([("from", .count(passed.from)), ("to", .count(passed.to))]))
            } else if passed.from == passed.to {
                Output.print("schema \(passed.to): nothing to do")
            } else {
                Output.print("schema \(passed.from) -> \(passed.to)")
            }
        }
    }
}

extension Migrate {
    private func printScript(in program: Program) throws {
        let location = try store.location(in: program)
        #if Postgres
            if location.scheme == .postgres {
                return Output.print(try PostgresStore.migrationScript(for: location.path))
            }
        #endif
        #if MySQL
            if location.scheme == .mysql {
                return Output.print(try MySQLStore.migrationScript(for: location.path))
            }
        #endif
        throw CommandFailure.usage("--print: only a server's tables are made by SQL that others may run")
    }
}

struct Prune: Verb {
    static let configuration = CommandConfiguration(
        abstract: "Remove old finished jobs now, oldest first, in small steps; a running service does so by itself.")

    @Option(parsing: .unconditional, help: "Completed and cancelled jobs older than this go (default 1d).")
    var keepCompleted: String?
    @Option(parsing: .unconditional, help: "Completed jobs beyond this many go (default 1000000).")
    var keepCompletedRows: String?
    @Option(parsing: .unconditional, help: "Dead jobs older than this go (default 7d).") var keepDead: String?
    @OptionGroup(title: "Store") var store: StoreOptions
    @Flag(help: "Print one JSON object.") var json = false

    /// Rows a step: a writer waits at most for one of them.
    private static let step = 500

    func run(in program: Program) async throws {
        var flags = FlagReader()
        var retention = Defaults.retention
        if let age = flags.read(keepCompleted, "--keep-completed", DurationText.read) { retention.completedAge = age }
        if let rows = flags.read(
            keepCompletedRows, "--keep-completed-rows",
            { text throws(Unreadable) in
                try Reading.count(text)
            })
        {
            retention.completedRows = rows
        }
        if let age = flags.read(keepDead, "--keep-dead", DurationText.read) { retention.deadAge = age }
        try flags.check()
        try await store.withStore(in: program, .use) { [retention] roles in
            let editor = try roles.need(\.editor, to: "prune")
            var removed = 0
            while true {
                let count = try await editor.prune(retention, limit: Self.step)
                removed += count
                if count < Self.step { break }
            }
            if json {
                Output.print(.object([("removed", .count(removed))]))
            } else {
                Output.print("removed \(removed)")
            }
        }
    }
}
