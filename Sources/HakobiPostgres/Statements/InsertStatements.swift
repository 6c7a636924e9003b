/// Inserts. Arrays that are empty stand for columns in which all jobs agree: their value is the scalar beside them.
struct InsertStatements: Sendable {
    /// Jobs without keys. Index live_id: an id that is there already changes nothing. Row numbers are given in the order of
    /// the arrays. Answers how many were new, the earliest due time, and which ids, unless all were new.
    let plain: Statement
    /// One job without keys: the same with scalars, which spares the server unpacking a dozen arrays.
    let one: Statement
    /// Undoes, in the same transaction, what of it had ended before: a statement of its own, since only one that begins
    /// after the insert surely sees a job that somebody was settling meanwhile. Indexes finished_id and then live_id, in
    /// that order whatever the tables' sizes: a join could begin with all that waits.
    let undoEnded: Statement
    /// Jobs with keys, one after another in the order given.
    let keyed: Statement

    /// $n: a due time given as a moment, as a delay, or not at all; never before now, never beyond the end of time.
    private static let due = """
        CASE WHEN n.moment IS NOT NULL THEN greatest(n.moment, (SELECT now FROM t))
        WHEN n.delay IS NOT NULL
        THEN (SELECT now FROM t) + least(n.delay, 9223372036854775807 - (SELECT now FROM t))
        ELSE (SELECT now FROM t) END
        """

    init(_ schema: String) {
        let t = "t AS MATERIALIZED (SELECT coalesce($1, \(schema).now_us()) AS now)"
        plain = Statement(
            "hakobi_insert",
            """
            WITH \(t), new AS (
            INSERT INTO \(schema).live (id, due, created, soft_limit, hard_limit, lane, kind, max_failures, version, codec,
            payload, metadata)
            SELECT n.id, \(Self.due), (SELECT now FROM t), n.soft, n.hard, coalesce(n.lane, $2), coalesce(n.kind, $3),
            coalesce(n.most, $4), coalesce(n.version, $5), coalesce(n.codec, $6), n.payload, n.metadata
            FROM unnest($7::uuid[], $8::bytea[], $9::int8[], $10::int8[], $11::int8[], $12::int8[], $13::int4[],
            $14::int4[], $15::int8[], $16::int4[], $17::text[], $18::bytea[])
            AS n (id, payload, moment, delay, soft, hard, lane, kind, most, version, codec, metadata)
            ON CONFLICT (id) DO NOTHING RETURNING id, due)
            SELECT count(*), min(due), CASE WHEN count(*) < cardinality($7::uuid[]) THEN array_agg(id) END FROM new
            """)
        one = Self.one(schema, t)
        undoEnded = Statement(
            "hakobi_undo_ended",
            """
            DELETE FROM \(schema).live WHERE id = ANY (ARRAY (
            SELECT f.id FROM \(schema).finished AS f WHERE f.id = ANY ($1::uuid[]))) RETURNING id
            """)
        keyed = Statement(
            "hakobi_insert_keyed",
            """
            WITH \(t)
            SELECT p.became, p.other, (SELECT now FROM t)
            FROM unnest($2::uuid[], $3::bytea[], $4::int8[], $5::int8[], $6::int8[], $7::int8[], $8::int4[], $9::int4[],
            $10::int8[], $11::int4[], $12::text[], $13::bytea[], $14::text[], $15::int8[], $16::text[], $17::text[])
            WITH ORDINALITY AS n (id, payload, moment, delay, soft, hard, lane, kind, most, version, codec, metadata,
            idempotency_key, time_window, unique_key, on_conflict, place)
            CROSS JOIN LATERAL \(schema).put_job(n.id, n.lane, n.kind, \(Self.due), (SELECT now FROM t), n.most, n.codec,
            n.version, n.payload, n.metadata, n.soft, n.hard, n.idempotency_key,
            (SELECT now FROM t) + least(n.time_window, 9223372036854775807 - (SELECT now FROM t)),
            n.unique_key, n.on_conflict) AS p ORDER BY n.place
            """)
    }

    private static func one(_ schema: String, _ t: String) -> Statement {
        Statement(
            "hakobi_insert_one",
            """
            WITH \(t), new AS (
            INSERT INTO \(schema).live (id, due, created, soft_limit, hard_limit, lane, kind, max_failures, version, codec,
            payload, metadata)
            SELECT $7::uuid, \(due), (SELECT now FROM t), $11::int8, $12::int8, $2, $3, $4, $5, $6, $8::bytea, $13::bytea
            FROM (SELECT $9::int8 AS moment, $10::int8 AS delay) AS n ON CONFLICT (id) DO NOTHING RETURNING due)
            SELECT count(*), min(due), NULL::uuid[] FROM new
            """)
    }
}
