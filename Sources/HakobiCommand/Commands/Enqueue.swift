import ArgumentParser
import Glibc
import Hakobi
import HakobiPrograms

struct Enqueue: Verb {
    static let configuration = CommandConfiguration(
        abstract: "Put a job, or one job an input line, in the store; prints one id a line.",
        discussion: "The answer is durable: once an id is printed, the job survives kill -9 and power cuts.")

    @Argument(help: "The kind of job: the name its handler is registered under.")
    var kind: String

    @Argument(help: "One JSON value (with --raw: any text); - reads it from standard input. Default: {}.")
    var payload: String?

    @Flag(help: "Read standard input and make one job of each line.")
    var lines = false

    @Flag(help: "Take the payload's bytes as they are instead of checking that they are JSON.")
    var raw = false

    @OptionGroup(title: "Job options") var options: JobFlags
    @OptionGroup(title: "Store") var store: StoreOptions
    @Option(
        help: ArgumentHelp(
            "Where the job is kept while the store is away, for `up` to carry over.", valueName: "folder"))
    var spill: String?
    @Flag(help: "Print one JSON object a job.") var json = false

    func run(in program: Program) async throws {
        let template = try template(program.environment)
        // Read before the store is opened: a payload that will not do must not leave an empty store behind.
        let single = lines ? nil : try template.job(try onePayload())
        let spill = try store.spill(spill, in: program).map { try NotedSpill($0) }
        try await store.withStore(in: program, .create, orAway: spill != nil) { roles in
            let inserter = BulkInserter(client: JobClient(roles, spill: spill), json: json)
            if let single {
                try await inserter.insertOne(single)
            } else {
                try await BulkEnqueue(template: template, inserter: inserter).run(LineReader(STDIN_FILENO))
            }
            roles.wakeUps?.nudge()
        }
    }

    /// Everything but the payload, with all problems at once.
    private func template(_ environment: [String: String]) throws(CommandFailure) -> JobTemplate {
        var problems: [String] = []
        var jobKind: Kind?
        do throws(Unreadable) { jobKind = try Reading.kind(kind) } catch { problems.append(error.description) }
        var options = self.options.read(problems: &problems)
        options.metadata.merge(Self.trace(environment)) { own, _ in own }
        if lines, payload ?? "-" != "-" {
            problems.append("--lines reads payloads from standard input: leave the payload argument out")
        }
        if lines, options.uniqueKey != nil || options.idempotencyKey != nil {
            problems.append("--lines with one key would make all lines one job: leave the key out")
        }
        guard let jobKind, problems.isEmpty else { throw CommandFailure(.usage, problems) }
        return JobTemplate(kind: jobKind, options: options, raw: raw)
    }

    /// The caller's trace, as scripts and CI systems hand it on, under the names of W3C Trace Context.
    private static func trace(_ environment: [String: String]) -> [String: String] {
        ["TRACEPARENT": "traceparent", "TRACESTATE": "tracestate"].reduce(into: [:]) { found, name in
            if let value = environment[name.key], !value.isEmpty { found[name.value] = value }
        }
    }

    private func onePayload() throws(CommandFailure) -> [UInt8] {
        switch payload {
        case "-": return try StandardInput.readAll(limit: Defaults.maxPayloadBytes)
        case let text?: return Array(text.utf8)
        case nil: return raw ? [] : Array("{}".utf8)
        }
    }
}

/// A job but for its payload.
struct JobTemplate: Sendable {
    let kind: Kind
    let options: JobOptions
    let raw: Bool

    /// The whole job, checked against every rule that needs no store; `line` is the input's, in bulk.
    func job(_ bytes: [UInt8], line: Int? = nil) throws(CommandFailure) -> NewJob {
        if !raw {
            do throws(MalformedJSON) { try JSONCheck.check(bytes) } catch {
                let place = line.map { "line \($0), column \(error.column)" } ?? error.place
                throw .usage("the payload is not valid JSON at \(place): \(error.problem) (--raw takes any bytes)")
            }
        }
        let job = NewJob(kind: kind, payload: Payload(bytes, codec: raw ? .raw : .json), options)
        if let refusal = job.refusal(maxPayloadBytes: Defaults.maxPayloadBytes) {
            throw CommandFailure(.failed, (line.map { "line \($0): " } ?? "") + refusal.description)
        }
        return job
    }
}
