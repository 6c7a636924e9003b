/// Claims. One message takes the jobs, writes their leases and brings all that is needed to run them.
struct ClaimStatements: Sendable {
    /// From one lane, in its order.
    let fromOne: Statement
    /// From several, in the order of priority, due time and row across them.
    ///
    /// Each lane is read up to a limit of its own. Beyond the last row of a lane that was cut off by its limit nothing is
    /// known of the order, so what lies behind the first such edge is not taken; the caller asks again.
    let fromMany: Statement
    /// The first available job of each lane from a moment on, whoever has locked it. Index live_ready: steps over what is
    /// dead there, which is why it is not done at every claim.
    let heads: Statement
    let checkpoints: Statement

    /// One lane's jobs behind a place. Index live_ready: one seek, then what is taken, stepping over what runs. Locks the
    /// rows it looks at and waits for nobody.
    private static func one(_ schema: String) -> String {
        """
        take AS MATERIALIZED (
        SELECT h.ctid AS place, h.id FROM \(schema).live AS h
        WHERE h.lane = $6 AND (h.due, h.job_row) > ($7, $8) AND h.due <= (SELECT now FROM t) AND h.owner IS NULL
        AND NOT (SELECT q.is_paused FROM \(schema).lane AS l JOIN \(schema).queue AS q ON q.queue = l.queue
        WHERE l.lane = $6 & -2)
        ORDER BY h.due, h.job_row LIMIT $4 FOR UPDATE OF h SKIP LOCKED)
        """
    }

    /// The same for each of several lanes, without those of paused queues, and of what that found what is in front of all
    /// edges.
    private static func many(_ schema: String) -> String {
        """
        want AS MATERIALIZED (
        SELECT w.lane, w.due, w.job_row, w.most, l.priority
        FROM unnest($6::int4[], $7::int8[], $8::int8[], $9::int4[]) AS w (lane, due, job_row, most)
        JOIN \(schema).lane AS l ON l.lane = w.lane & -2 JOIN \(schema).queue AS q ON q.queue = l.queue
        WHERE NOT q.is_paused),
        seen AS MATERIALIZED (
        SELECT r.place, r.id, r.due, r.job_row, w.priority, w.most, r.nth
        FROM want AS w CROSS JOIN LATERAL (SELECT s.*, row_number() OVER () AS nth FROM (
        SELECT h.ctid AS place, h.id, h.due, h.job_row FROM \(schema).live AS h
        WHERE h.lane = w.lane AND (h.due, h.job_row) > (w.due, w.job_row) AND h.due <= (SELECT now FROM t)
        AND h.owner IS NULL ORDER BY h.due, h.job_row LIMIT w.most FOR UPDATE SKIP LOCKED) AS s) AS r),
        edge AS MATERIALIZED (
        SELECT s.priority, s.due, s.job_row FROM seen AS s WHERE s.nth = s.most
        ORDER BY s.priority DESC, s.due, s.job_row LIMIT 1),
        take AS MATERIALIZED (
        SELECT s.place, s.id FROM seen AS s
        WHERE NOT EXISTS (SELECT 1 FROM edge)
        OR (-s.priority, s.due, s.job_row) <= (SELECT -e.priority, e.due, e.job_row FROM edge AS e)
        ORDER BY s.priority DESC, s.due, s.job_row LIMIT $4)
        """
    }

    /// Leases what `take` names, as one batch. The update by ctid changes no indexed column, so it stays in its page.
    private static func text(_ schema: String, taking take: String) -> String {
        """
        WITH t AS MATERIALIZED (SELECT s.now, coalesce($2, s.now) + $3 AS lease_until
        FROM (SELECT coalesce($1, \(schema).now_us()) AS now) AS s),
        \(take),
        batch AS (
        INSERT INTO \(schema).claim (owner, lease_until, ids)
        SELECT $5, (SELECT lease_until FROM t), array_agg(id) FROM take HAVING count(*) > 0 RETURNING claim)
        UPDATE \(schema).live AS h SET owner = $5, attempt = h.attempt + 1, lease_until = (SELECT lease_until FROM t),
        claimed = (SELECT now FROM t)
        WHERE h.ctid = ANY (ARRAY (SELECT place FROM take)) AND h.owner IS NULL
        RETURNING h.id, h.job_row, h.attempt, h.lane, h.due, h.failures, h.crashes, h.max_failures, h.created,
        h.claimed, h.codec, h.version, h.payload, h.metadata, h.soft_limit, h.hard_limit, h.flags,
        (SELECT claim FROM batch)
        """
    }

    init(_ schema: String) {
        fromOne = Statement("hakobi_claim", Self.text(schema, taking: Self.one(schema)))
        fromMany = Statement("hakobi_claim_many", Self.text(schema, taking: Self.many(schema)))
        heads = Statement(
            "hakobi_heads",
            """
            WITH t AS MATERIALIZED (SELECT coalesce($1, \(schema).now_us()) AS now)
            SELECT w.lane, r.due, r.job_row, q.is_paused, (SELECT now FROM t)
            FROM unnest($2::int4[]) AS w (lane) JOIN \(schema).lane AS l ON l.lane = w.lane & -2
            JOIN \(schema).queue AS q ON q.queue = l.queue
            LEFT JOIN LATERAL (SELECT h.due, h.job_row FROM \(schema).live AS h
            WHERE h.lane = w.lane AND h.due >= $3 AND h.due <= (SELECT now FROM t) AND h.owner IS NULL
            ORDER BY h.due, h.job_row LIMIT 1) AS r ON true
            """)
        checkpoints = Statement(
            "hakobi_checkpoints",
            "SELECT job_row, checkpoint FROM \(schema).kept WHERE job_row = ANY ($1) AND checkpoint IS NOT NULL")
    }
}
