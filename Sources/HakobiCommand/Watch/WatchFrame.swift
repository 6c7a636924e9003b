import Hakobi

/// What `watch` shows at one moment.
struct WatchSnapshot: Sendable {
    var place: String
    var stats: StoreStats
    var paused: [QueueName]
    var processes: [ProcessLine]
    var running: [JobRecord]
    var dead: [JobRecord]

    var total: Int { stats.states.values.reduce(0, +) }
    var ended: Int { JobState.allCases.filter(\.isTerminal).reduce(0) { $0 + (stats.states[$1] ?? 0) } }
}

/// A snapshot as lines: pure, and never larger than the terminal.
enum WatchFrame {
    static func lines(_ now: WatchSnapshot, after before: WatchSnapshot?, width: Int, height: Int) -> [String] {
        var lines = head(now, before)
        let parts: [[String]] = [
            StatsOutput.table(QueueSummary.all(of: now.stats, paused: now.paused)).lines, processes(now),
            failures(now),
        ]
        // Queues are why one looks: they get half of the room, the other parts share the rest.
        let room = max(6, height - lines.count - 1)
        let shares = [room / 2, room - room / 2 - 4, 4]
        for (part, share) in zip(parts, shares) where !part.isEmpty {
            lines.append("")
            lines += shorten(part, to: max(2, share - 1))
        }
        return lines.prefix(height).map { String($0.prefix(width)) }
    }

    private static func head(_ now: WatchSnapshot, _ before: WatchSnapshot?) -> [String] {
        let states = JobState.allCases.map { "\($0) \(now.stats.states[$0] ?? 0)" }.joined(separator: "  ")
        let oldest = now.stats.lanes.compactMap(\.oldestReady).max().map(DurationText.short) ?? "-"
        let time = TimeText.write(now.stats.takenAt.wholeSeconds)
        return ["hakobi  \(now.place)  \(time)", states, "\(rates(now, before))  oldest \(oldest)"]
    }

    /// Rates since the frame before. Pruning takes finished jobs away, so neither can be told exactly: never below zero.
    private static func rates(_ now: WatchSnapshot, _ before: WatchSnapshot?) -> String {
        guard let before else { return "done -/s  enqueued -/s" }
        let seconds = Double((now.stats.takenAt - before.stats.takenAt).wholeMicroseconds) / 1_000_000
        guard seconds > 0 else { return "done -/s  enqueued -/s" }
        func rate(_ change: Int) -> Int { Int((Double(max(0, change)) / seconds).rounded()) }
        return "done \(rate(now.ended - before.ended))/s  enqueued \(rate(now.total - before.total))/s"
    }

    private static func processes(_ now: WatchSnapshot) -> [String] {
        let progress = Dictionary(
            now.running.compactMap { job in job.progress.map { (job.id.description, JobPage.text($0)) } },
            uniquingKeysWith: { first, _ in first })
        return ProcessLine.watchTable(now.processes, progress: progress).lines
    }

    private static func failures(_ now: WatchSnapshot) -> [String] {
        guard !now.dead.isEmpty else { return [] }
        return ["DEAD"]
            + now.dead.map { job in
                let error = job.history.last?.error?.split(separator: "\n").first.map(String.init) ?? "-"
                return "\(job.kind) \(job.id)  \(error)"
            }
    }

    private static func shorten(_ lines: [String], to count: Int) -> [String] {
        guard lines.count > count else { return lines }
        return Array(lines.prefix(count - 1)) + ["… \(lines.count - count + 1) more"]
    }
}

extension ProcessLine {
    static func watchTable(_ lines: [ProcessLine], progress: [String: String]) -> Table {
        var table = Table([">PID", "ROLE", "STATE", ">DONE", ">MEMORY", "JOB"])
        for line in lines {
            let process = line.process
            let jobs = process.jobs.map { job in
                "\(job.kind) \(DurationText.short(line.time(job)))"
                    + (progress[job.id].map { " (\($0))" } ?? "")
            }
            table.add([
                "\(process.pid)", process.role, process.state, "\(process.jobsDone)",
                SizeText.short(process.residentBytes), jobs.isEmpty ? "-" : jobs.joined(separator: ", "),
            ])
        }
        return table
    }
}
