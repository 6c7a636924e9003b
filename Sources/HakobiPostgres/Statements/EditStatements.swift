/// What a person changes. Each edit first locks the live rows it is about, so that they stand still while it looks.
struct EditStatements: Sendable {
    /// Index live_id, in one order, so that two edits cannot wait for each other.
    let lock: Statement
    /// Guard: only what waits.
    let withdraw: Statement
    let requestCancel: Statement
    let hasten: Statement
    /// From the finished ones back; a taken unique key leaves it where it is. Index live_unique decides.
    let revive: Statement
    let removeLive: Statement
    let removeFinished: Statement
    let removeKept: Statement
    let removeAttempts: Statement
    /// Where the rest stands: 2 for what runs, the state of what has ended.
    let standing: Statement
    /// Indexes finished_completed and finished_otherwise, oldest first, one short range a reason to go. Completed jobs from $6
    /// on: what is dead below need not be walked over each time.
    let prune: Statement
    let removeIdempotency: Statement
    let foldTally: Statement

    init(_ schema: String) {
        let sql = EditTexts(schema: schema)
        lock = Statement("hakobi_lock", "SELECT id FROM \(schema).live WHERE id = ANY ($1) ORDER BY id FOR UPDATE")
        withdraw = Statement("hakobi_withdraw", sql.withdraw)
        requestCancel = Statement(
            "hakobi_request_cancel",
            "UPDATE \(schema).live SET flags = flags | 1 WHERE id = ANY ($1) AND owner IS NOT NULL RETURNING id")
        hasten = Statement("hakobi_hasten", sql.hasten)
        revive = Statement("hakobi_revive", sql.revive)
        removeLive = Statement(
            "hakobi_remove_live",
            "DELETE FROM \(schema).live WHERE id = ANY ($1) AND owner IS NULL RETURNING id, job_row")
        removeFinished = Statement("hakobi_remove_finished", sql.removeFinished)
        removeKept = Statement("hakobi_remove_kept", "DELETE FROM \(schema).kept WHERE job_row = ANY ($1)")
        removeAttempts = Statement("hakobi_remove_attempts", "DELETE FROM \(schema).attempt WHERE job_row = ANY ($1)")
        standing = Statement("hakobi_standing", sql.standing)
        prune = Statement("hakobi_prune", sql.prune)
        removeIdempotency = Statement("hakobi_remove_idempotency", sql.removeIdempotency)
        foldTally = Statement("hakobi_fold_tally", sql.foldTally)
    }
}

/// The longer texts, for one schema.
private struct EditTexts {
    let schema: String

    private var now: String { "coalesce($2, \(schema).now_us())" }

    var withdraw: String {
        """
        WITH gone AS (DELETE FROM \(schema).live WHERE id = ANY ($1) AND owner IS NULL RETURNING *),
        counted AS (INSERT INTO \(schema).tally (lane, state, change)
        SELECT lane & -2, 4, count(*) FROM gone GROUP BY lane & -2)
        INSERT INTO \(schema).finished (\(MoveStatements.copied), lane, failures, crashes, flags, state, ended)
        SELECT \(MoveStatements.copied), lane, failures, crashes, flags & -2, 4, \(now) FROM gone RETURNING id
        """
    }

    var hasten: String {
        """
        UPDATE \(schema).live SET due = least(due, \(now)) WHERE id = ANY ($1) AND owner IS NULL
        RETURNING id, lane, due
        """
    }

    var revive: String {
        """
        WITH n AS MATERIALIZED (SELECT f.* FROM unnest($1::uuid[]) WITH ORDINALITY AS w (id, place)
        JOIN \(schema).finished AS f ON f.id = w.id WHERE f.state IN (4, 5) ORDER BY w.place),
        back AS (INSERT INTO \(schema).live (\(MoveStatements.copied), lane, failures, crashes, flags)
        OVERRIDING SYSTEM VALUE
        SELECT \(MoveStatements.copied.replacing(" due,", with: " \(now),")), lane, 0, 0, flags FROM n
        ON CONFLICT DO NOTHING RETURNING id, lane, due),
        gone AS (DELETE FROM \(schema).finished AS f USING back WHERE f.id = back.id RETURNING f.lane, f.state),
        counted AS (INSERT INTO \(schema).tally (lane, state, change)
        SELECT lane & -2, state, -count(*) FROM gone GROUP BY lane & -2, state)
        SELECT id, lane, due FROM back
        """
    }

    private var counted: String {
        """
        counted AS (INSERT INTO \(schema).tally (lane, state, change)
        SELECT lane & -2, state, -count(*) FROM gone GROUP BY lane & -2, state)
        """
    }

    var removeFinished: String {
        """
        WITH gone AS (DELETE FROM \(schema).finished WHERE id = ANY ($1) RETURNING id, job_row, lane, state),
        \(counted) SELECT id, job_row FROM gone
        """
    }

    var standing: String {
        """
        SELECT id, 2::int2 FROM \(schema).live WHERE id = ANY ($1) AND owner IS NOT NULL
        UNION ALL SELECT id, state FROM \(schema).finished WHERE id = ANY ($1)
        """
    }

    private func oldest(_ state: Int, _ condition: String, _ limit: String = "$2") -> String {
        """
        (SELECT id, ended, job_row FROM \(schema).finished WHERE state = \(state)\(condition)
        ORDER BY ended, job_row LIMIT \(limit))
        """
    }

    /// The moment in a query of its own is found once and bounds the index; as a call it would be a filter on every row.
    private func past(_ age: String) -> String { " AND ended <= (SELECT coalesce($1, \(schema).now_us()) - \(age))" }

    private var floor: String { " AND ended >= $6" }

    var prune: String {
        """
        WITH surplus AS MATERIALIZED (SELECT least($2::int8, greatest(0, coalesce(sum(change), 0) - $5::int8))::int8
        AS number FROM \(schema).tally WHERE state = 3),
        old AS MATERIALIZED (SELECT o.id FROM (
        \(oldest(3, past("$3") + floor))
        UNION \(oldest(3, floor, "(SELECT number FROM surplus)"))
        UNION \(oldest(4, past("$3")))
        UNION \(oldest(5, past("$4")))
        ) AS o ORDER BY o.ended, o.job_row LIMIT $2),
        gone AS (DELETE FROM \(schema).finished WHERE id = ANY (ARRAY (SELECT id FROM old))
        RETURNING job_row, lane, state, ended), \(counted)
        SELECT job_row, CASE WHEN state = 3 THEN ended END FROM gone
        """
    }

    var removeIdempotency: String {
        """
        DELETE FROM \(schema).idempotency WHERE (kind, idempotency_key) IN (
        SELECT kind, idempotency_key FROM \(schema).idempotency
        WHERE expires <= (SELECT coalesce($1, \(schema).now_us())) ORDER BY expires LIMIT $2)
        """
    }

    /// Deltas may be summed in any groups, so two who fold at once harm nothing.
    var foldTally: String {
        """
        WITH gone AS (DELETE FROM \(schema).tally WHERE tally IN (
        SELECT tally FROM \(schema).tally ORDER BY tally LIMIT 50000 FOR UPDATE SKIP LOCKED) RETURNING lane, state, change)
        INSERT INTO \(schema).tally (lane, state, change)
        SELECT lane, state, sum(change) FROM gone GROUP BY lane, state HAVING sum(change) <> 0
        """
    }
}
