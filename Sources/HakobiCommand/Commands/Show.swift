import ArgumentParser
import Hakobi
import HakobiPrograms

struct Show: Verb {
    static let configuration = CommandConfiguration(abstract: "Show one job with its history.")

    @Argument(help: "The job's id.") var id: String
    @OptionGroup(title: "Store") var store: StoreOptions
    @Flag(help: "Print one JSON object.") var json = false

    func run(in program: Program) async throws {
        var flags = FlagReader()
        let id = flags.read(id, "id", Reading.jobID)
        try flags.check()
        guard let id else { return }
        try await store.withStore(in: program, .use) { roles in
            let reader = try roles.need(\.reader, to: "show jobs")
            guard let job = try await reader.job(id) else { throw CommandFailure(.failed, "there is no job \(id)") }
            if json { Output.print(JobOutput.json(job, withHistory: true)) } else { Output.print(JobPage.text(job)) }
        }
    }
}

/// One job as a page for people.
enum JobPage {
    static func text(_ job: JobRecord) -> String {
        var lines = facts(job).map { "\($0)\(String(repeating: " ", count: max(1, 12 - $0.count)))\($1)" }
        if !job.history.isEmpty { lines.append("history") }
        for attempt in job.history { lines += self.lines(attempt) }
        return lines.joined(separator: "\n")
    }

    private static func facts(_ job: JobRecord) -> [(String, String)] {
        var facts = [
            ("id", job.id.description), ("kind", job.kind.description), ("queue", job.queue.description),
            ("state", JobOutput.stateWord(job)), ("priority", "\(job.priority)"),
            ("attempts", "\(job.attempt), failures \(job.failures) of \(job.maxFailures), crashes \(job.crashes)"),
            ("due", TimeText.write(job.dueAt)), ("created", TimeText.write(job.createdAt)),
        ]
        func add(_ name: String, _ text: String?) { if let text { facts.append((name, text)) } }
        add("finished", job.finishedAt.map(TimeText.write))
        add("held by", job.owner?.node)
        add("progress", job.progress.map(text))
        add("key", job.idempotencyKey?.description)
        add("unique key", job.uniqueKey?.description)
        add("timeout", job.limits.soft.map(DurationText.exact))
        add("hard limit", job.limits.hard.map(DurationText.exact))
        for (name, value) in job.metadata.sorted(by: { $0.key < $1.key }) { add("metadata", "\(name)=\(value)") }
        add("payload", JobOutput.json(job.payload).line)
        add("result", job.result.map { JobOutput.json($0).line })
        return facts
    }

    static func text(_ progress: Progress) -> String {
        let amount = progress.total.map { "\(progress.done) of \($0)" } ?? "\(progress.done)"
        return progress.note.map { "\(amount), \($0)" } ?? amount
    }

    private static func lines(_ attempt: AttemptRecord) -> [String] {
        var words = ["  \(attempt.attempt) \(attempt.outcome)", TimeText.write(attempt.startedAt)]
        if let report = attempt.report {
            words.append("ran \(DurationText.short(report.ran)) in process \(report.pid) on \(report.host)")
            words.append("generation \(report.generation), release \(report.release)")
        }
        if let signal = attempt.cause?.signal { words.append("ended by \(SignalName.of(signal))") }
        if let code = attempt.cause?.exitCode { words.append("exit code \(code)") }
        let error = attempt.error?.split(separator: "\n", omittingEmptySubsequences: false).map { "      \($0)" } ?? []
        return [words.joined(separator: "  ")] + error
    }
}
