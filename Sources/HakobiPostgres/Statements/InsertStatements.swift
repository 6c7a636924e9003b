/// Inserts. Arrays that are empty stand for columns in which all jobs agree: their value is the scalar beside them.
struct InsertStatements: Sendable {
    /// Jobs without keys. Index live_id: an id that is there already changes nothing. Row numbers are given in the order of
    /// the arrays. Answers how many were new, the earliest due time, and which ids, unless all were new.
    let plain: Statement
    /// One job without keys, taken for new: as plain as an INSERT can be, since this is what a web request waits for. Fails
    /// with a unique violation when its id is there already; ON CONFLICT would cost every other job a tenth.
    let one: Statement
    /// Undoes, in the same transaction, what of it had ended before: a statement of its own, since only one that begins
    /// after the insert surely sees a job that somebody was settling meanwhile. Indexes finished_id and then live_id, in
    /// that order whatever the tables' sizes: a join could begin with all that waits.
    let undoEnded: Statement
    /// The same for one: finished_id is asked first, and that is mostly all.
    let undoOneEnded: Statement
    /// Jobs with keys, one after another in the order given.
    let keyed: Statement

    init(_ schema: String) {
        let sql = InsertTexts(schema: schema)
        plain = Statement("hakobi_insert", sql.plain)
        one = Statement("hakobi_insert_one", sql.one)
        undoEnded = Statement("hakobi_undo_ended", sql.undoEnded)
        undoOneEnded = Statement("hakobi_undo_one_ended", sql.undoOneEnded)
        keyed = Statement("hakobi_insert_keyed", sql.keyed)
    }
}

/// The longer texts, for one schema.
private struct InsertTexts {
    let schema: String

    /// A due time given as a moment, as a delay, or not at all; never before now, never beyond the end of time.
    private func due(moment: String, delay: String, now: String) -> String {
        """
        CASE WHEN \(moment) IS NOT NULL THEN greatest(\(moment), \(now))
        WHEN \(delay) IS NOT NULL THEN \(now) + least(\(delay), 9223372036854775807 - \(now))
        ELSE \(now) END
        """
    }

    private var due: String { due(moment: "n.moment", delay: "n.delay", now: "(SELECT now FROM t)") }

    private var t: String { "t AS MATERIALIZED (SELECT coalesce($1, \(schema).now_us()) AS now)" }

    var plain: String {
        """
        WITH \(t), new AS (
        INSERT INTO \(schema).live (id, due, created, soft_limit, hard_limit, lane, kind, max_failures, version, codec,
        payload, metadata)
        SELECT n.id, \(due), (SELECT now FROM t), n.soft, n.hard, coalesce(n.lane, $2), coalesce(n.kind, $3),
        coalesce(n.most, $4), coalesce(n.version, $5), coalesce(n.codec, $6), n.payload, n.metadata
        FROM unnest($7::uuid[], $8::bytea[], $9::int8[], $10::int8[], $11::int8[], $12::int8[], $13::int4[],
        $14::int4[], $15::int8[], $16::int4[], $17::text[], $18::bytea[])
        AS n (id, payload, moment, delay, soft, hard, lane, kind, most, version, codec, metadata)
        ON CONFLICT (id) DO NOTHING RETURNING id, due)
        SELECT count(*), min(due), CASE WHEN count(*) < cardinality($7::uuid[]) THEN array_agg(id) END FROM new
        """
    }

    /// The moment of a statement is the same wherever it asks, so nothing has to be kept. A double holds it to the
    /// microsecond until the year 2106.
    var one: String {
        let now = "coalesce($1::int8, (date_part('epoch', statement_timestamp()) * 1000000)::int8)"
        return """
            INSERT INTO \(schema).live (id, due, created, soft_limit, hard_limit, lane, kind, max_failures, version, codec,
            payload, metadata)
            VALUES ($7, \(due(moment: "$9::int8", delay: "$10::int8", now: now)), \(now), $11, $12, $2, $3, $4, $5, $6, $8,
            $13)
            RETURNING 1::int8, due
            """
    }

    var undoEnded: String {
        """
        DELETE FROM \(schema).live WHERE id = ANY (ARRAY (
        SELECT f.id FROM \(schema).finished AS f WHERE f.id = ANY ($1::uuid[]))) RETURNING id
        """
    }

    var undoOneEnded: String {
        """
        DELETE FROM \(schema).live WHERE id = $1 AND EXISTS (
        SELECT FROM \(schema).finished AS f WHERE f.id = $1) RETURNING id
        """
    }

    var keyed: String {
        """
        WITH \(t)
        SELECT p.became, p.other, (SELECT now FROM t)
        FROM unnest($2::uuid[], $3::bytea[], $4::int8[], $5::int8[], $6::int8[], $7::int8[], $8::int4[], $9::int4[],
        $10::int8[], $11::int4[], $12::text[], $13::bytea[], $14::text[], $15::int8[], $16::text[], $17::text[])
        WITH ORDINALITY AS n (id, payload, moment, delay, soft, hard, lane, kind, most, version, codec, metadata,
        idempotency_key, time_window, unique_key, on_conflict, place)
        CROSS JOIN LATERAL \(schema).put_job(n.id, n.lane, n.kind, \(due), (SELECT now FROM t), n.most, n.codec,
        n.version, n.payload, n.metadata, n.soft, n.hard, n.idempotency_key,
        (SELECT now FROM t) + least(n.time_window, 9223372036854775807 - (SELECT now FROM t)),
        n.unique_key, n.on_conflict) AS p ORDER BY n.place
        """
    }
}
