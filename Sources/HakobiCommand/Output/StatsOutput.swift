import Hakobi
import HakobiMaildir
import HakobiPrograms

/// One queue's counts, its kinds taken together.
struct QueueSummary: Sendable, Hashable {
    var queue: QueueName
    var isPaused: Bool
    var lanes: [StoreStats.Lane]

    var oldestReady: Duration? { lanes.compactMap(\.oldestReady).max() }

    func sum(_ count: (StoreStats.Lane) -> Int) -> Int { lanes.reduce(0) { $0 + count($1) } }

    /// Every queue that has jobs or is paused, by name.
    static func all(of stats: StoreStats, paused: [QueueName]) -> [QueueSummary] {
        let lanes = Dictionary(grouping: stats.lanes, by: \.queue)
        return Set(lanes.keys).union(paused).sorted().map { queue in
            QueueSummary(queue: queue, isPaused: paused.contains(queue), lanes: lanes[queue] ?? [])
        }
    }
}

/// Counts as tables and as JSON; the documented field names are written here and nowhere else.
enum StatsOutput {
    /// `spill` is what waits on this host, where a spill is set and there.
    static func json(_ stats: StoreStats, paused: [QueueName], spill: SpillCounts? = nil) -> JSONValue {
        let states = JobState.allCases.map { ($0.description, JSONValue.count(stats.states[$0] ?? 0)) }
        let queues = QueueSummary.all(of: stats, paused: paused)
        return .object([
            ("states", .object(states)), ("queues", .array(queues.map(json))), ("spill", spill.map(json) ?? .null),
            ("takenAt", .time(stats.takenAt)),
        ])
    }

    private static func json(_ spill: SpillCounts) -> JSONValue {
        .object([
            ("waiting", .count(spill.waiting)), ("failed", .count(spill.failed)),
            ("oldestSeconds", .seconds(spill.oldest)),
        ])
    }

    /// What waits in the spill at `path`, as a sentence.
    static func line(_ spill: SpillCounts, _ path: String) -> String {
        "\(counted(spill.waiting, "job waits", "jobs wait")) in \(path)"
            + (spill.oldest.map { ", the first for \(DurationText.short($0))" } ?? "")
    }

    static func json(_ queue: QueueSummary) -> JSONValue {
        .object(
            [("queue", .text(queue.queue)), ("paused", .bool(queue.isPaused))] + counts(queue)
                + [("kinds", .array(queue.lanes.map(json)))])
    }

    private static func json(_ lane: StoreStats.Lane) -> JSONValue {
        .object(
            [("kind", .text(lane.kind))]
                + counts(QueueSummary(queue: lane.queue, isPaused: lane.isPaused, lanes: [lane])))
    }

    private static func counts(_ queue: QueueSummary) -> [(String, JSONValue)] {
        [
            ("ready", .count(queue.sum(\.ready))), ("scheduled", .count(queue.sum(\.scheduled))),
            ("retrying", .count(queue.sum(\.retrying))), ("running", .count(queue.sum(\.running))),
            ("dead", .count(queue.sum(\.dead))), ("oldestReadySeconds", .seconds(queue.oldestReady)),
        ]
    }

    static func print(_ stats: StoreStats) {
        Output.print(
            JobState.allCases.map { "\($0) \(stats.states[$0] ?? 0)" }.joined(separator: "  "))
        guard !stats.lanes.isEmpty else { return }
        var table = Table(["QUEUE", "KIND", ">READY", ">SCHEDULED", ">RETRYING", ">RUNNING", ">DEAD", ">OLDEST"])
        for lane in stats.lanes {
            table.add([
                lane.queue.description + (lane.isPaused ? " (paused)" : ""), lane.kind.description, "\(lane.ready)",
                "\(lane.scheduled)", "\(lane.retrying)", "\(lane.running)", "\(lane.dead)",
                lane.oldestReady.map(DurationText.short) ?? "-",
            ])
        }
        table.print()
    }

    static func print(_ queues: [QueueSummary]) { table(queues).print() }

    static func table(_ queues: [QueueSummary]) -> Table {
        var table = Table(["QUEUE", ">READY", ">SCHEDULED", ">RETRYING", ">RUNNING", ">DEAD", ">OLDEST", "STATE"])
        for queue in queues {
            table.add([
                queue.queue.description, "\(queue.sum(\.ready))", "\(queue.sum(\.scheduled))",
                "\(queue.sum(\.retrying))", "\(queue.sum(\.running))", "\(queue.sum(\.dead))",
                queue.oldestReady.map(DurationText.short) ?? "-", queue.isPaused ? "paused" : "open",
            ])
        }
        return table
    }
}
