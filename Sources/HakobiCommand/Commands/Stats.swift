import ArgumentParser
import Hakobi
import HakobiMaildir
import HakobiPrograms

struct Stats: Verb {
    static let configuration = CommandConfiguration(
        abstract: "Count jobs by state, queue and kind; with limits, exit 3 when one is passed.")

    @Option(parsing: .unconditional, help: "Exit 3 when more jobs than this are due and waiting.")
    var maxWaiting: String?
    @Option(parsing: .unconditional, help: "Exit 3 when a job has been due and waiting for longer.") var maxAge: String?
    @Option(help: "Only this queue.") var queue: String?
    @OptionGroup(title: "Store") var store: StoreOptions
    @Flag(help: "Print one JSON object.") var json = false

    func run(in program: Program) async throws {
        var flags = FlagReader()
        let maxWaiting = flags.read(maxWaiting, "--max-waiting") { text throws(Unreadable) in try Reading.count(text) }
        let maxAge = flags.read(maxAge, "--max-age", DurationText.read)
        let queue = flags.read(queue, "--queue", Reading.queue)
        try flags.check()
        let spill = try store.spill(in: program)
        let spilled = try spill.flatMap { try MaildirSpill.counts(at: $0.path) }
        try await store.withStore(in: program, .use) { roles in
            var stats = try await roles.need(\.reader, to: "count jobs").stats()
            let paused = try await roles.queues?.pausedQueues() ?? []
            if let queue {
                try Self.checkKnown(queue, stats, paused)
                stats.lanes = stats.lanes.filter { $0.queue == queue }
            }
            if json {
                Output.print(StatsOutput.json(stats, paused: paused, spill: spilled))
            } else {
                StatsOutput.print(stats)
                if let spill, let spilled { Output.print("spill: \(StatsOutput.line(spilled, spill.path))") }
            }
            let complaints = Self.complaints(stats, maxWaiting: maxWaiting, maxAge: maxAge)
            if !complaints.isEmpty { throw CommandFailure(.unhealthy, complaints) }
        }
    }

    /// What is over a limit, one sentence each.
    static func complaints(_ stats: StoreStats, maxWaiting: Int?, maxAge: Duration?) -> [String] {
        var complaints: [String] = []
        let waiting = stats.lanes.reduce(0) { $0 + $1.ready }
        if let maxWaiting, waiting > maxWaiting {
            complaints.append("\(waiting) jobs are due and waiting: more than \(maxWaiting)")
        }
        if let maxAge, let oldest = stats.lanes.compactMap(\.oldestReady).max(), oldest > maxAge {
            complaints.append(
                "a job has been waiting for \(DurationText.short(oldest)): more than \(DurationText.exact(maxAge))")
        }
        return complaints
    }

    /// A queue nobody has heard of is more likely misspelt than empty.
    private static func checkKnown(_ queue: QueueName, _ stats: StoreStats, _ paused: [QueueName])
        throws(CommandFailure)
    {
        let known = Set(stats.lanes.map(\.queue) + paused + [.default])
        guard !known.contains(queue) else { return }
        let near = Spelling.nearest(to: queue.description, among: known.map(\.description))
        throw CommandFailure(
            .failed, "there is no queue \"\(queue)\"" + (near.map { ": did you mean \"\($0)\"?" } ?? ""))
    }
}

struct Queues: Verb {
    static let configuration = CommandConfiguration(abstract: "List queues: what waits, what runs, what is paused.")
    @OptionGroup(title: "Store") var store: StoreOptions
    @Flag(help: "Print one JSON object a queue.") var json = false

    func run(in program: Program) async throws {
        try await store.withStore(in: program, .use) { roles in
            let stats = try await roles.need(\.reader, to: "count jobs").stats()
            let paused = try await roles.queues?.pausedQueues() ?? []
            let queues = QueueSummary.all(of: stats, paused: paused)
            if json { for queue in queues { Output.print(StatsOutput.json(queue)) } } else { StatsOutput.print(queues) }
        }
    }
}
