/// What a person changes, and retention.
struct EditStatements: Sendable {
    private let tables: Tables
    /// Unique index by_id; locks the row.
    let standing: Prepared
    let requestCancel: Prepared
    let hasten: Prepared
    let putPause: Prepared
    let pausedNames: SQL
    /// Index by_expiry.
    let removeIdempotency: Prepared

    init(_ t: Tables) {
        tables = t
        standing = Prepared(
            "SELECT \(MoveStatements.standing(.boundNow)) FROM \(t.job) AS j WHERE j.id = ? FOR UPDATE")
        requestCancel = Prepared("UPDATE \(t.job) SET flags = flags | 1 WHERE job_row = ?")
        hasten = Prepared("UPDATE \(t.job) SET due = ?, moment = due WHERE job_row = ?")
        putPause = Prepared(
            """
            INSERT INTO \(t.queue) (name, is_paused) VALUES (?, ?) ON DUPLICATE KEY UPDATE is_paused = VALUES(is_paused)
            """)
        pausedNames = "SELECT name FROM \(t.queue) WHERE is_paused = 1 ORDER BY name"
        removeIdempotency = Prepared(
            "DELETE FROM \(t.idempotency) WHERE expires <= \(SQL.boundNow) ORDER BY expires LIMIT ?")
    }

    /// A job with all that belongs to it; what an idempotency key remembers is not part of that. Primary keys.
    func remove(_ rows: [Int64]) -> [SQL] {
        [tables.job, tables.kept, tables.attempt].map { "DELETE FROM \($0) WHERE job_row IN (\(list: rows))" }
    }

    /// The oldest that ended in this way, up to a moment. Index by_order; locks them.
    func ended(_ place: Int64, until: SQL, limit: Int) -> SQL {
        """
        SELECT job_row, lane, place, moment FROM \(tables.byOrder) WHERE place = \(place) AND moment <= \(until)
        ORDER BY moment, job_row LIMIT \(limit) FOR UPDATE SKIP LOCKED
        """
    }

    var completedCount: SQL { "SELECT COALESCE(SUM(delta), 0) FROM \(tables.tally) WHERE place = -3" }

    /// The changes to be folded into few. Whoever folds at the same time has others.
    var oldTally: SQL {
        "SELECT tally, lane, place, delta FROM \(tables.tally) ORDER BY tally LIMIT 20000 FOR UPDATE SKIP LOCKED"
    }

    func removeTally(_ numbers: [Int64]) -> SQL { "DELETE FROM \(tables.tally) WHERE tally IN (\(list: numbers))" }
}
