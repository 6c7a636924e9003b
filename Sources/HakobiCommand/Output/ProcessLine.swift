import Hakobi
import HakobiPrograms

/// One process of a worker, with what `ps` says about it.
struct ProcessLine: Sendable {
    let worker: RegisteredWorker
    let process: ProcessReport
    let now: Timestamp

    /// After this long without a word a worker is taken for gone: `ps` leaves it out, `doctor` names it.
    static let goneAfter = Duration.seconds(60)

    /// Processes of living workers, by host, supervisors first.
    static func all(of workers: [RegisteredWorker], now: Timestamp) -> [ProcessLine] {
        workers.filter { $0.silence < goneAfter }
            .sorted { ($0.report.owner.description) < ($1.report.owner.description) }
            .flatMap { worker in
                worker.report.processes.map { ProcessLine(worker: worker, process: $0, now: now) }
            }
    }

    /// How long `job` has run by now: what the worker said, and its silence since.
    func time(_ job: ProcessReport.RunningJob) -> Duration { .microseconds(job.since) + worker.silence }

    var age: Duration { now - Timestamp(microseconds: process.startedAt) }

    var json: JSONValue {
        let jobs = process.jobs.map { job -> JSONValue in
            .object([
                ("id", .string(job.id)), ("kind", .string(job.kind)),
                ("forSeconds", .seconds(time(job))),
            ])
        }
        return .object([
            ("host", .string(worker.report.owner.node)), ("pid", .integer(Int64(process.pid))),
            ("role", .string(process.role)), ("generation", .count(process.generation)),
            ("release", .string(process.release)), ("state", .string(process.state)), ("jobs", .array(jobs)),
            ("jobsDone", .count(process.jobsDone)), ("residentBytes", .integer(process.residentBytes)),
            ("ageSeconds", .seconds(age)), ("silentSeconds", .seconds(worker.silence)),
            ("incarnation", .string(worker.report.owner.incarnation)),
        ])
    }

    static func table(_ lines: [ProcessLine]) -> Table {
        var table = Table(["HOST", ">PID", "ROLE", ">GEN", "RELEASE", "STATE", ">DONE", ">MEMORY", ">AGE", "JOB"])
        for line in lines { table.add(line.cells) }
        return table
    }

    private var cells: [String] {
        let jobs = process.jobs.map { "\($0.kind) \($0.id) \(DurationText.short(time($0)))" }
        return [
            worker.report.owner.node, "\(process.pid)", process.role, "\(process.generation)", process.release,
            process.state, "\(process.jobsDone)", SizeText.short(process.residentBytes), DurationText.short(age),
            jobs.isEmpty ? "-" : jobs.joined(separator: ", "),
        ]
    }
}
