internal import HakobiCore

extension Session {
    private struct StatsKey: Hashable {
        let queue: QueueName
        let kind: Kind
    }

    /// Counts and ages by lane.
    func stats() throws(MySQLError) -> StoreStats {
        let paused = Set(try pausedQueues())
        var states = Dictionary(uniqueKeysWithValues: JobState.allCases.map { ($0, 0) })
        var lanes: [StatsKey: StoreStats.Lane] = [:]
        var now: Int64 = 0
        for row in try run(sql.read.counts(now: SQL.moment(wall)), commits: false) {
            let kind = try row.int(1)
            let count = Int(try row.int(2))
            guard kind != 9 else {
                now = try row.int(5)
                continue
            }
            guard count != 0 else { continue }
            let key = try lane(row.int(0)).key
            let empty = StoreStats.Lane(queue: key.queue, kind: key.kind, isPaused: paused.contains(key.queue))
            var lane = lanes[StatsKey(queue: key.queue, kind: key.kind)] ?? empty
            try add(row, kind, count, to: &lane)
            lanes[StatsKey(queue: key.queue, kind: key.kind)] = lane
            if kind == 1 { states[.available, default: 0] += count }
            if kind < 0 { states[try Place.state(kind), default: 0] += count }
        }
        let sorted = lanes.values.sorted { left, right in
            if left.queue != right.queue { return left.queue < right.queue }
            return left.kind.description.utf8.lexicographicallyPrecedes(right.kind.description.utf8)
        }
        return StoreStats(states: states, lanes: sorted, takenAt: Timestamp(microseconds: now))
    }

    private func add(_ row: Row, _ kind: Int64, _ count: Int, to lane: inout StoreStats.Lane) throws(MySQLError) {
        switch kind {
        case 1:
            let ready = Int(try row.int(3))
            lane.ready += ready
            lane.scheduled += count - ready
            guard ready > 0 else { return }
            let age = Duration.microseconds(try row.int(5) - row.int(4))
            lane.oldestReady = max(lane.oldestReady ?? .zero, age)
        case 0:
            lane.retrying += count
            lane.scheduled -= count
        case Place.running: lane.running += count
        case Place.dead: lane.dead += count
        default: break
        }
    }
}
