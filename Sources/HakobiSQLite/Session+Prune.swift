internal import HakobiCore

extension Session {
    private struct Finished {
        let row: Int64
        let lane: Int64
        let state: JobState
        let flags: Int64
        let ended: Int64
    }

    /// Removes finished jobs beyond what is to be kept, oldest first, at most `limit`.
    func prune(_ retention: Retention, limit: Int) throws(StoreError) -> Int {
        guard limit > 0 else { return 0 }
        try writeTallies()
        let completedUntil = now - retention.completedAge
        var finished = try past(.completed, until: completedUntil, limit: limit)
        let surplus = min(limit, try completedCount() - max(0, retention.completedRows))
        // Both are prefixes of the same order, so the longer one holds the other.
        if surplus > finished.count { finished = try oldestCompleted(surplus) }
        finished += try past(.cancelled, until: completedUntil, limit: limit)
        finished += try past(.dead, until: now - retention.deadAge, limit: limit)
        let removed = finished.sorted { ($0.ended, $0.row) < ($1.ended, $1.row) }.prefix(limit)
        for job in removed { try remove(row: job.row, lane: job.lane, state: job.state, flags: job.flags) }
        return removed.count
    }

    /// Forgets requests past their window, and names that nothing uses any more.
    ///
    /// A process is forgotten when it has not reported for two days longer than anything finished is kept. A job that has
    /// been alive for longer than that keeps its history, without that host and pid.
    func tidy(_ retention: Retention, limit: Int) throws(StoreError) {
        try writeTallies()
        try run(.removeIdempotency, now.microseconds, Int64(limit))
        let silence = max(retention.completedAge, retention.deadAge) + Reporter.markInterval * 2
        try run(.removeReporters, (now - silence).microseconds, Int64(limit))
        var removed = connection.changes
        for (statement, bound) in [
            (Statements.removeLanes, Int64(limit)), (.removeKinds, nil), (.removeQueues, nil), (.removeOwners, nil),
        ] {
            if let bound { try run(statement, bound) } else { try run(statement) }
            removed += connection.changes
        }
        // Whoever remembers a number of what has gone must ask again.
        if removed > 0 { try connection.run(.raiseEpoch) }
        if removed > 0 { forgetNames() }
    }

    private func run(_ statement: Statements, _ values: Int64...) throws(StoreError) {
        let statement = try connection.prepare(statement)
        for (index, value) in values.enumerated() { statement.bind(Int32(index) + 1, value) }
        try statement.run()
    }

    private func past(_ state: JobState, until moment: Timestamp, limit: Int) throws(StoreError) -> [Finished] {
        let statement = try connection.prepare(.pruneByAge)
        statement.bind(1, Int64(state.rawValue))
        statement.bind(2, moment.microseconds)
        statement.bind(3, limit)
        return try statement.all { row in Self.finished(row, state) }
    }

    private func oldestCompleted(_ count: Int) throws(StoreError) -> [Finished] {
        let statement = try connection.prepare(.pruneSurplus)
        statement.bind(1, count)
        return try statement.all { row in Self.finished(row, .completed) }
    }

    private static func finished(_ row: Prepared, _ state: JobState) -> Finished {
        Finished(row: row.int(0), lane: row.int(1), state: state, flags: row.int(2), ended: row.int(3))
    }

    private func completedCount() throws(StoreError) -> Int {
        Int(try connection.prepare(.completedCount).first { row in row.int(0) } ?? 0)
    }
}
