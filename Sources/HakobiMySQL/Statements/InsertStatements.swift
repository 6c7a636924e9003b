/// Inserts.
struct InsertStatements: Sendable {
    /// Jobs whose keys, if any, are known to be free. Guard: the unique indexes; who is there already makes an error.
    let add: Prepared
    /// Jobs without keys. Guard: the unique index on the id; one that is there already changes nothing and is not counted.
    let addNew: Prepared
    /// Unique index by_id.
    let exists: Prepared
    /// Primary key. Locks the row, so that two who overwrite an expired one follow each other.
    let findIdempotency: Prepared
    let addIdempotency: Prepared
    let renewIdempotency: Prepared
    /// Unique index by_key; locks the holder.
    let uniqueHolder: Prepared

    init(_ t: Tables) {
        // A column may be said by those before it: created is the moment of the insert, due never earlier, and never beyond
        // the end of time.
        let insert: SQL = """
            INSERT INTO \(t.job) (id, lane, kind, created, due, place, moment, max_failures, version, codec, soft_limit,
            hard_limit, unique_key, live_key, idempotency_key, metadata, payload)
            VALUES (?, ?, ?, \(SQL.boundNow),
            GREATEST(COALESCE(?, created), created + LEAST(COALESCE(?, 0), 9223372036854775807 - created)),
            2 * lane, due, ?, ?, ?, ?, ?, ?, unique_key, ?, ?, ?)
            """
        add = Prepared(insert)
        addNew = Prepared("\(insert) ON DUPLICATE KEY UPDATE job_row = job_row")
        exists = Prepared("SELECT 1 FROM \(t.job) WHERE id = ?")
        findIdempotency = Prepared(
            "SELECT id, expires > \(SQL.boundNow) FROM \(t.idempotency) WHERE kind = ? AND idempotency_key = ? FOR UPDATE"
        )
        let expires: SQL = """
            (SELECT w.now + LEAST(w.length, 9223372036854775807 - w.now) FROM (SELECT \(SQL.boundNow) AS now, ? AS length) AS w)
            """
        addIdempotency = Prepared(
            "INSERT INTO \(t.idempotency) (kind, idempotency_key, id, expires) VALUES (?, ?, ?, \(expires))")
        renewIdempotency = Prepared(
            "REPLACE INTO \(t.idempotency) (kind, idempotency_key, id, expires) VALUES (?, ?, ?, \(expires))")
        uniqueHolder = Prepared(
            "SELECT \(MoveStatements.standing(.boundNow)) FROM \(t.job) AS j WHERE kind = ? AND live_key = ? FOR UPDATE"
        )
    }
}
