internal import HakobiCore

extension Session {
    private struct LaneCounts {
        let lane: Int64
        let queue: QueueName
        let kind: Kind
        let isPaused: Bool
        /// In the order of the states' numbers.
        let counts: [Int64]
        let nextDue: Int64

        func count(_ state: JobState) -> Int { Int(counts[Int(state.rawValue)]) }
    }

    private struct StatsKey: Hashable {
        let queue: QueueName
        let kind: Kind
    }

    /// Counts and ages: the lanes' own counts, and one look at due times for those that have waiting jobs.
    func stats() throws(StoreError) -> StoreStats {
        var states = Dictionary(uniqueKeysWithValues: JobState.allCases.map { ($0, 0) })
        var lanes: [StatsKey: StoreStats.Lane] = [:]
        for counts in try laneCounts() {
            for state in JobState.allCases { states[state, default: 0] += counts.count(state) }
            let key = StatsKey(queue: counts.queue, kind: counts.kind)
            let empty = StoreStats.Lane(queue: counts.queue, kind: counts.kind, isPaused: counts.isPaused)
            try add(counts, to: &lanes[key, default: empty])
        }
        let sorted = lanes.values.sorted { left, right in
            if left.queue != right.queue { return left.queue < right.queue }
            return left.kind.description.utf8.lexicographicallyPrecedes(right.kind.description.utf8)
        }
        return StoreStats(states: states, lanes: sorted, takenAt: now)
    }

    /// How many jobs match, by the lanes' own counts: beyond so many, a list need not look.
    func count(matching filter: JobFilter) throws(StoreError) -> Int {
        let states = filter.state.map { [$0] } ?? JobState.allCases
        return try laneCounts().reduce(0) { sum, lane in
            guard (filter.kind ?? lane.kind) == lane.kind, (filter.queue ?? lane.queue) == lane.queue else {
                return sum
            }
            return states.reduce(sum) { $0 + lane.count($1) }
        }
    }

    private func laneCounts() throws(StoreError) -> [LaneCounts] {
        try connection.prepare(.laneCounts).all { row throws(StoreError) in
            LaneCounts(
                lane: row.int(0), queue: try self.queueName(row.text(1)), kind: try self.kind(row.text(2)),
                isPaused: row.int(3) != 0, counts: (4...9).map { row.int($0) }, nextDue: row.int(10))
        }
    }

    private func add(_ counts: LaneCounts, to lane: inout StoreStats.Lane) throws(StoreError) {
        lane.running += counts.count(.running)
        lane.dead += counts.count(.dead)
        let available = counts.count(.available)
        guard available > 0 else { return }
        let ready = counts.nextDue > now.microseconds ? 0 : try ready(in: counts.lane, of: available)
        let retrying = min(available - ready, try number(.retryingAfter, counts.lane, now.microseconds))
        lane.ready += ready
        lane.retrying += retrying
        lane.scheduled += available - ready - retrying
        guard ready > 0 else { return }
        let age = now - Timestamp(microseconds: Int64(try number(.oldestDue, counts.lane, now.microseconds)))
        lane.oldestReady = max(lane.oldestReady ?? .zero, age)
    }

    /// Most lanes are nearly all due or nearly all not, so a short count from the other side mostly tells.
    private func ready(in lane: Int64, of available: Int) throws(StoreError) -> Int {
        let few: Int64 = 1000
        let ahead = try number(.dueBetween, lane, now.microseconds, .max, few)
        if ahead < few { return available - ahead }
        return try number(.dueBetween, lane, .min, now.microseconds, .max)
    }

    private func number(_ statement: Statements, _ values: Int64...) throws(StoreError) -> Int {
        let statement = try connection.prepare(statement)
        for (index, value) in values.enumerated() { statement.bind(Int32(index) + 1, value) }
        return Int(try statement.first { row in row.int(0) } ?? 0)
    }
}
