import HakobiCore
import Testing

/// The four laws, looked at after every storm.
struct Laws {
    let records: [JobID: JobRecord]
    let marks: MarkFile
    let acknowledged: [JobID]

    /// How far the storm should have come.
    enum Expectation {
        /// Every job has ended.
        case ended
        /// Jobs may still wait; none may run.
        case atRest
    }

    /// Reads the whole store and checks it.
    @discardableResult
    static func hold(
        at site: Site, _ expectation: Expectation = .ended, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Laws {
        let laws = Laws(
            records: try await allRecords(of: site), marks: site.marks, acknowledged: site.acknowledged)
        let broken = laws.broken(expectation)
        #expect(broken.isEmpty, "\(broken.count) broken: \(broken.prefix(8))", sourceLocation: sourceLocation)
        return laws
    }

    private static func allRecords(of site: Site) async throws -> [JobID: JobRecord] {
        var ids: [JobID] = []
        while true {
            let page = try await site.reader.jobs(matching: JobFilter(), limit: 500, before: ids.last)
            ids += page.map(\.id)
            if page.count < 500 { break }
        }
        var records: [JobID: JobRecord] = [:]
        for start in stride(from: 0, to: ids.count, by: 100) {
            // Side by side: a server answers them in one go.
            try await withThrowingTaskGroup(of: JobRecord?.self) { group in
                for id in ids[start..<min(ids.count, start + 100)] {
                    group.addTask { try await site.reader.job(id) }
                }
                for try await record in group { if let record { records[record.id] = record } }
            }
        }
        return records
    }

    /// One sentence for each law broken by each job; pure, so that the checker itself can be checked.
    func broken(_ expectation: Expectation) -> [String] {
        nothingLost()
            + records.values.flatMap { record in
                settledOnce(record) + leases(record, expectation)
            } + effects()
    }

    /// Every acknowledged job is there.
    private func nothingLost() -> [String] {
        acknowledged.filter { records[$0] == nil }.map { "\($0) was acknowledged and is gone" }
    }

    /// One line of history an attempt, attempts growing, nothing after a terminal line.
    private func settledOnce(_ record: JobRecord) -> [String] {
        var broken: [String] = []
        let attempts = record.history.map(\.attempt)
        if zip(attempts, attempts.dropFirst()).contains(where: { $0 >= $1 }) {
            broken.append("\(record.id) has attempts \(attempts)")
        }
        if let last = attempts.last, last > record.attempt {
            broken.append("\(record.id) has history of attempt \(last) and is at \(record.attempt)")
        }
        let completions = record.history.count { $0.outcome == "completed" }
        if completions != (record.state == .completed ? 1 : 0) {
            broken.append("\(record.id) is \(record.state) with \(completions) completions")
        }
        if record.state == .completed, record.history.last?.outcome != "completed" {
            broken.append("\(record.id) went on after it was completed")
        }
        return broken
    }

    /// No lease outlives its owner's rescue.
    private func leases(_ record: JobRecord, _ expectation: Expectation) -> [String] {
        if record.state == .running { return ["\(record.id) is still running, held by \(record.owner as Any)"] }
        if record.owner != nil { return ["\(record.id) is \(record.state) and has an owner"] }
        if expectation == .ended, !record.state.isTerminal { return ["\(record.id) is \(record.state)"] }
        return []
    }

    /// What is completed did happen; nothing ran that was not claimed, and no claim ran twice.
    private func effects() -> [String] {
        var broken: [String] = []
        let finished = Set(marks.finished.map(\.job))
        for record in records.values where record.state == .completed && !finished.contains(record.id) {
            broken.append("\(record.id) is completed and no handler finished it")
        }
        for (job, starts) in Dictionary(grouping: marks.started, by: \.job) {
            guard let record = records[job] else { continue }
            let attempts = starts.map(\.attempt)
            if Set(attempts).count != attempts.count {
                broken.append("\(job) started twice in one attempt: \(attempts)")
            }
            if let last = attempts.max(), last > record.attempt {
                broken.append("\(job) started as attempt \(last) of \(record.attempt)")
            }
        }
        return broken
    }

    /// No handler started twice, whatever the attempt.
    func expectEachStartedOnce(sourceLocation: SourceLocation = #_sourceLocation) {
        let starts = Dictionary(grouping: marks.started, by: \.job)
        let twice = starts.filter { $0.value.count > 1 }
        #expect(twice.isEmpty, "\(twice.count) jobs ran twice: \(twice.first as Any)", sourceLocation: sourceLocation)
    }

    /// Nobody was charged.
    func expectUncharged(_ ids: [JobID], sourceLocation: SourceLocation = #_sourceLocation) {
        let charged = ids.compactMap { records[$0] }.filter { $0.failures > 0 || $0.crashes > 0 }
        #expect(
            charged.isEmpty,
            "\(charged.count) jobs were charged: \(charged.prefix(3).map { "\($0.id) \($0.failures)/\($0.crashes) \($0.history.map(\.outcome))" })",
            sourceLocation: sourceLocation)
    }
}

/// A figure of a run, in a line that can be quoted.
func figure(_ name: String, _ value: String) { print("crash-figure: \(name): \(value)") }

func milliseconds(_ nanoseconds: Int64) -> Double { (Double(nanoseconds) / 1e5).rounded() / 10 }
