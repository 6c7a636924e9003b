import Hakobi
import HakobiPrograms

/// `enqueue --lines`: streams lines into the store in batches; whatever happens, says which lines were accepted.
struct BulkEnqueue {
    let template: JobTemplate
    let inserter: BulkInserter
    /// Jobs a transaction: enough that one flush to disk is shared by many, few enough to answer soon.
    static let batch = 1000
    /// … or this many payload bytes, so that memory stays bounded.
    static let batchBytes = 4_194_304

    func run(_ lines: LineReader) async throws {
        var lines = lines
        var accepted = LineRanges()
        var refusals: [String] = []
        var reachedEnd = false
        while !reachedEnd {
            let batch = fill(&lines)
            do {
                refusals += try await inserter.insert(batch.jobs, firstLine: batch.firstLine, &accepted)
            } catch {
                throw Self.failure([Self.sentence(error)], accepted, doubtful: batch)
            }
            refusals += batch.problem.map { [$0] } ?? []
            reachedEnd = batch.isLast || !refusals.isEmpty
        }
        if !refusals.isEmpty { throw Self.failure(refusals, accepted, doubtful: nil) }
    }

    /// Some lines as jobs; ends early at a bad line, so that what was accepted is everything before it.
    private func fill(_ lines: inout LineReader) -> Batch {
        var batch = Batch(firstLine: lines.number + 1)
        var bytes = 0
        while batch.jobs.count < Self.batch, bytes < Self.batchBytes {
            do throws(CommandFailure) {
                guard let line = try lines.next(limit: Defaults.maxPayloadBytes) else {
                    batch.isLast = true
                    break
                }
                bytes += line.count
                batch.jobs.append(try template.job(line, line: lines.number))
            } catch {
                batch.problem = error.sentences.joined(separator: "; ")
                break
            }
        }
        return batch
    }

    struct Batch {
        let firstLine: Int
        var jobs: [NewJob] = []
        var problem: String?
        var isLast = false
    }

    private static func sentence(_ error: any Error) -> String {
        (error as? StoreError)?.description ?? "\(error)"
    }

    private static func failure(
        _ sentences: [String], _ accepted: LineRanges, doubtful: Batch?
    ) -> CommandFailure {
        var sentence = accepted.isEmpty ? "no line was accepted" : "\(accepted) accepted; their ids are printed"
        if let doubtful, let last = doubtful.jobs.indices.last {
            sentence += "; lines \(doubtful.firstLine) to \(doubtful.firstLine + last) may or may not be"
        }
        return CommandFailure(doubtful == nil ? .failed : .unreachable, sentences + [sentence])
    }
}

/// Line numbers as ranges: "lines 1 to 40 and 42 were".
struct LineRanges: CustomStringConvertible {
    private var ranges: [ClosedRange<Int>] = []

    var isEmpty: Bool { ranges.isEmpty }

    mutating func add(_ line: Int) {
        if let last = ranges.last, last.upperBound + 1 == line {
            ranges[ranges.count - 1] = last.lowerBound...line
        } else {
            ranges.append(line...line)
        }
    }

    var description: String {
        let parts = ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound) to \($0.upperBound)" }
        let isOne = ranges.count == 1 && ranges[0].count == 1
        let list =
            parts.count > 1 ? parts.dropLast().joined(separator: ", ") + " and " + parts[parts.count - 1] : parts[0]
        return (isOne ? "line " : "lines ") + list + (isOne ? " was" : " were")
    }
}

/// Inserts jobs and prints what became of them.
struct BulkInserter {
    let client: JobClient
    let json: Bool

    func insertOne(_ job: NewJob) async throws {
        var accepted = LineRanges()
        let refusals = try await insert([job], firstLine: 1, &accepted)
        if !refusals.isEmpty { throw CommandFailure(.failed, refusals.map { String($0.dropFirst("line 1: ".count)) }) }
    }

    /// Answers a sentence for each refused job; ids of the others are printed in order.
    func insert(_ jobs: [NewJob], firstLine: Int, _ accepted: inout LineRanges) async throws -> [String] {
        guard !jobs.isEmpty else { return [] }
        var refusals: [String] = []
        var output: [String] = []
        for (index, (job, insertion)) in zip(jobs, try await client.insert(jobs)).enumerated() {
            switch insertion {
            case .refused(let refusal):
                refusals.append("line \(firstLine + index): \(refusal)")
                continue
            case .inserted: output.append(line(job.id, "inserted"))
            case .replaced(let other): output.append(line(job.id, "inserted", replaced: other))
            case .existing(let id): output.append(line(id, "existing"))
            case .spilled: output.append(line(job.id, "spilled"))
            }
            accepted.add(firstLine + index)
        }
        if !output.isEmpty { Output.print(output.joined(separator: "\n")) }
        return refusals
    }

    private func line(_ id: JobID, _ result: String, replaced: JobID? = nil) -> String {
        guard json else { return id.description }
        var pairs: [(String, JSONValue)] = [("id", .text(id)), ("result", .string(result))]
        if let replaced { pairs.append(("replaced", .text(replaced))) }
        return JSONValue.object(pairs).line
    }
}
