internal import HakobiCore

extension Session {
    /// Removes finished jobs beyond what is to be kept, oldest first. Within a transaction.
    func prune(_ retention: Retention, limit: Int) throws(MySQLError) -> Int {
        try removeIdempotency(limit: limit)
        guard limit > 0 else { return 0 }
        try foldTally()
        var past: [Int64: Ended] = [:]
        let count = try run(sql.edit.completedCount, commits: false).first?.int(0) ?? 0
        let surplus = Int(clamping: count) - max(0, retention.completedRows)
        if surplus > 0 { try find(Place.completed, nil, min(surplus, limit), &past) }
        try find(Place.completed, retention.completedAge, limit, &past)
        try find(Place.cancelled, retention.completedAge, limit, &past)
        try find(Place.dead, retention.deadAge, limit, &past)
        let gone = past.values.sorted { ($0.moment, $0.row) < ($1.moment, $1.row) }.prefix(limit)
        guard !gone.isEmpty else { return 0 }
        try run(sql.edit.remove(gone.map(\.row)))
        var tally = Tally()
        for job in gone { tally.add(-1, lane: job.lane, place: job.place) }
        try write(tally)
        return gone.count
    }

    private struct Ended {
        let row: Int64
        let lane: Int64
        let place: Int64
        let moment: Int64
    }

    private func find(
        _ place: Int64, _ age: Duration?, _ limit: Int, _ past: inout [Int64: Ended]
    ) throws(MySQLError) {
        var until: SQL = "\(Int64.max)"
        if let age { until = "\(SQL.moment(wall)) - \(age.wholeMicroseconds)" }
        for row in try run(sql.edit.ended(place, until: until, limit: limit)) {
            let number = try row.int(0)
            past[number] = Ended(
                row: number, lane: try row.int(1), place: try row.int(2), moment: try row.int(3))
        }
    }

    private func removeIdempotency(limit: Int) throws(MySQLError) {
        let wall = wall
        try run(sql.edit.removeIdempotency) {
            $0.int(wall)
            $0.int(max(limit, 1000))
        }
    }

    /// Many small changes become few; sums may be made in any groups, so two who fold at once harm nothing.
    private func foldTally() throws(MySQLError) {
        let old = try run(sql.edit.oldTally)
        guard old.count > 100 else { return }
        var tally = Tally()
        var numbers: [Int64] = []
        for row in old {
            numbers.append(try row.int(0))
            tally.add(try row.int(3), lane: try row.int(1), place: try row.int(2))
        }
        try run(sql.edit.removeTally(numbers))
        try write(tally)
    }
}
