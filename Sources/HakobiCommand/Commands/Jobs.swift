import ArgumentParser
import Hakobi
import HakobiPrograms

struct Jobs: Verb {
    static let configuration = CommandConfiguration(abstract: "List jobs, newest first.")

    @OptionGroup var filter: FilterFlags
    @Option(parsing: .unconditional, help: "At most this many (default 50; 0 means all).") var limit: String?
    @Option(help: "Only jobs older than this id: the next page.") var before: String?
    @OptionGroup(title: "Store") var store: StoreOptions
    @Flag(help: "Print one JSON object a job.") var json = false

    func run(in program: Program) async throws {
        var flags = FlagReader()
        let filter = self.filter.read(&flags)
        let limit = flags.read(limit, "--limit") { text throws(Unreadable) in try Reading.count(text) } ?? 50
        let before = flags.read(before, "--before", Reading.jobID)
        try flags.check()
        try await store.withStore(in: program, .use) { roles in
            let reader = try roles.need(\.reader, to: "list jobs")
            var table = Table(["ID", "KIND", "QUEUE", "STATE", ">PRI", ">ATT", ">FAIL", "DUE", "CREATED"])
            try await JobPages(reader: reader, filter: filter).forEach(limit: limit, before: before) { page in
                for job in page { if json { Output.print(JobOutput.json(job)) } else { table.add(JobOutput.row(job)) } }
            }
            if !json { table.print() }
        }
    }
}

/// Which jobs, as flags.
struct FilterFlags: ParsableArguments {
    @Option(help: "Only in this state: held, available, running, completed, cancelled, dead.") var state: String?
    @Option(help: "Only in this queue.") var queue: String?
    @Option(help: "Only of this kind.") var kind: String?

    func read(_ flags: inout FlagReader) -> JobFilter {
        JobFilter(
            state: flags.read(state, "--state", Self.state), queue: flags.read(queue, "--queue", Reading.queue),
            kind: flags.read(kind, "--kind", Reading.kind))
    }

    var isEmpty: Bool { state == nil && queue == nil && kind == nil }

    private static func state(_ text: String) throws(Unreadable) -> JobState {
        let word = try Reading.choice(text, of: JobState.allCases.map(\.description))
        return JobState.allCases.first { $0.description == word } ?? .available
    }
}

/// All jobs that match, a page at a time.
struct JobPages {
    let reader: any JobReader
    let filter: JobFilter
    static let size = 500

    /// `limit` 0 means all.
    func forEach(limit: Int, before: JobID?, _ body: ([JobRecord]) async throws -> Void) async throws {
        var left = limit == 0 ? Int.max : limit
        var before = before
        while left > 0 {
            let page = try await reader.jobs(matching: filter, limit: min(left, Self.size), before: before)
            if page.isEmpty { return }
            try await body(page)
            left -= page.count
            before = page.last?.id
        }
    }
}
