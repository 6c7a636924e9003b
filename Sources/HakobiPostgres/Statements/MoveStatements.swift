/// How jobs get out of `running`, and from one table to the other. Every one is fenced by (id, row, attempt, owner), or
/// works on rows that the same transaction has locked behind that fence.
struct MoveStatements: Sendable {
    /// Completed, with nothing to keep: the whole of a settlement in one statement. Index live_id; the row is copied to the
    /// finished ones. Answers how many were held and, unless all were, which.
    let complete: Statement
    /// Rows that are still held, locked. Index live_id.
    let lockHeld: Statement
    /// The same without those that somebody else has locked: a handler that is completing its job, mostly.
    let lockFree: Statement
    /// The same without locking: a look.
    let lookHeld: Statement
    /// Back among the waiting.
    let giveBack: Statement
    /// To the finished ones, in any terminal state.
    let finish: Statement
    let addAttempts: Statement
    let extend: Statement
    let addClaims: Statement
    /// Batches of which nothing is held any more. Primary key.
    let removeClaims: Statement
    let keepProgress: Statement
    let keepCheckpoint: Statement
    let keepResult: Statement
    let markKept: Statement

    /// What a finished row takes over from a live one.
    static let copied = """
        job_row, id, due, created, soft_limit, hard_limit, kind, attempt, max_failures, version, codec, payload, metadata,
        idempotency_key, unique_key
        """

    init(_ schema: String) {
        let sql = MoveTexts(schema: schema)
        complete = Statement("hakobi_complete", sql.complete)
        lockHeld = Statement("hakobi_lock_held", "\(sql.held) FOR UPDATE OF h")
        lockFree = Statement("hakobi_lock_free", "\(sql.held) FOR UPDATE OF h SKIP LOCKED")
        lookHeld = Statement("hakobi_look_held", sql.held)
        giveBack = Statement("hakobi_give_back", sql.giveBack)
        finish = Statement("hakobi_finish", sql.finish)
        addAttempts = Statement("hakobi_add_attempts", sql.addAttempts)
        extend = Statement("hakobi_extend", sql.extend)
        addClaims = Statement("hakobi_add_claims", sql.addClaims)
        removeClaims = Statement("hakobi_remove_claims", "DELETE FROM \(schema).claim WHERE claim = ANY ($1)")
        keepProgress = sql.keep("keep_progress", ["progress_done", "progress_total", "progress_note"])
        keepCheckpoint = sql.keep("keep_checkpoint", ["checkpoint"])
        keepResult = sql.keep("keep_result", ["result_codec", "result_version", "result"])
        // No indexed column changes.
        markKept = Statement("hakobi_mark_kept", "UPDATE \(schema).live SET flags = flags | 2 WHERE id = ANY ($1)")
    }
}

/// The longer texts, for one schema.
private struct MoveTexts {
    let schema: String

    /// Written so that no join can begin with the live rows: planned while nothing waits, it would be done with half a million
    /// waiting. What is neither an equality of two columns nor has another index leaves only the look by id.
    private let byID = "h.id = ANY (ARRAY[s.id])"
    private var fence: String {
        "\(byID) AND h.job_row + 0 = s.job_row AND h.attempt = s.attempt AND h.owner = s.owner"
    }
    private let copied = MoveStatements.copied
    private let leases = "unnest($1::uuid[], $2::int8[], $3::int4[], $4::int4[])"

    var complete: String {
        """
        WITH t AS MATERIALIZED (SELECT coalesce($5, \(schema).now_us()) AS now),
        gone AS (
        DELETE FROM \(schema).live AS h
        USING \(leases) WITH ORDINALITY AS s (id, job_row, attempt, owner, place)
        WHERE \(fence) RETURNING h.*, s.place),
        moved AS (
        INSERT INTO \(schema).finished (\(copied), lane, failures, crashes, flags, state, ended, reporter, ran)
        SELECT \(copied), lane & -2, failures, crashes, flags & -2, 3, (SELECT now FROM t),
        ($6::int4[])[place::int4], ($7::int8[])[place::int4] FROM gone),
        counted AS (
        INSERT INTO \(schema).tally (lane, state, change) SELECT lane & -2, 3, count(*) FROM gone GROUP BY lane & -2)
        SELECT count(*), CASE WHEN count(*) < cardinality($1::uuid[]) THEN array_agg(place::int4) END FROM gone
        """
    }

    var held: String {
        """
        SELECT s.place, h.job_row, h.lane, h.due, h.failures, h.crashes, h.flags, h.claimed,
        coalesce($5, \(schema).now_us()), h.id
        FROM \(leases) WITH ORDINALITY AS s (id, job_row, attempt, owner, place)
        JOIN \(schema).live AS h ON \(fence)
        """
    }

    var giveBack: String {
        """
        UPDATE \(schema).live AS h SET owner = NULL, lease_until = NULL, claimed = NULL, lane = s.lane, due = s.due,
        failures = s.failures, crashes = s.crashes, flags = s.flags
        FROM unnest($1::uuid[], $2::int4[], $3::int8[], $4::int4[], $5::int4[], $6::int2[])
        AS s (id, lane, due, failures, crashes, flags) WHERE \(byID)
        """
    }

    var finish: String {
        """
        WITH gone AS (
        DELETE FROM \(schema).live AS h
        USING unnest($1::uuid[], $2::int4[], $3::int4[], $4::int4[], $5::int2[], $6::int2[], $7::int4[], $8::int8[])
        AS s (id, new_lane, new_failures, new_crashes, new_flags, state, reporter, ran)
        WHERE \(byID)
        RETURNING h.*, s.new_lane, s.new_failures, s.new_crashes, s.new_flags, s.state, s.reporter, s.ran),
        counted AS (
        INSERT INTO \(schema).tally (lane, state, change)
        SELECT new_lane & -2, state, count(*) FROM gone GROUP BY new_lane & -2, state)
        INSERT INTO \(schema).finished (\(copied), lane, failures, crashes, flags, state, ended, reporter, ran)
        SELECT \(copied), new_lane, new_failures, new_crashes, new_flags, state, $9, reporter, ran FROM gone
        """
    }

    var addAttempts: String {
        """
        INSERT INTO \(schema).attempt
        (job_row, attempt, outcome, error, signal, exit_code, peak_memory, reporter, ran, started, ended)
        SELECT s.*, $11 FROM unnest($1::int8[], $2::int4[], $3::text[], $4::text[], $5::int4[], $6::int4[], $7::int8[],
        $8::int4[], $9::int8[], $10::int8[]) AS s ON CONFLICT (job_row, attempt) DO NOTHING
        """
    }

    var extend: String {
        """
        UPDATE \(schema).live AS h SET lease_until = coalesce($1, \(schema).now_us()) + s.length
        FROM unnest($2::uuid[], $3::int8[]) AS s (id, length) WHERE \(byID)
        RETURNING h.id, h.owner, h.lease_until, h.job_row, h.attempt
        """
    }

    var addClaims: String {
        """
        INSERT INTO \(schema).claim (owner, lease_until, ids)
        SELECT s.owner, s.lease_until, array_agg(s.id)
        FROM unnest($1::int4[], $2::int8[], $3::uuid[]) AS s (owner, lease_until, id) GROUP BY s.owner, s.lease_until
        RETURNING claim, ids
        """
    }

    func keep(_ name: String, _ columns: [String]) -> Statement {
        let numbers = columns.indices.map { "$\($0 + 2)" }.joined(separator: ", ")
        let sets = columns.map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        return Statement(
            "hakobi_\(name)",
            """
            INSERT INTO \(schema).kept (job_row, \(columns.joined(separator: ", "))) VALUES ($1, \(numbers))
            ON CONFLICT (job_row) DO UPDATE SET \(sets)
            """)
    }
}
