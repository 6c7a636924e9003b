/// Leases of the dead. They are found by hakobi.claim, which has a row a batch, and judged by the jobs' own rows.
struct RescueStatements: Sendable {
    /// Index claim_until, then live_id a job. Whoever is being settled at this moment is left to that.
    let expired: Statement
    /// The same for one owner, whatever the time; hakobi.claim is small.
    let ofOwner: Statement
    /// The same for one owner, but for the jobs it knows.
    let unanswered: Statement
    /// Batches past their time in which nothing is held on their own account: renewed jobs are in a newer batch.
    let removeOver: Statement
    /// Who holds a lease, or has reported.
    let holders: Statement

    // OFFSET 0 keeps the looks by id out of the join around them, which could begin with all that waits.
    init(_ schema: String) {
        // In a query of its own it is found once and bounds the index; as a call it would be a filter on every row.
        func now(_ given: String) -> String { "(SELECT coalesce(\(given), \(schema).now_us()))" }
        func lost(_ name: String, _ batches: String, _ jobs: String) -> Statement {
            Statement(
                name,
                """
                SELECT h.id, h.job_row, h.lane, h.due, h.attempt, h.failures, h.crashes, h.flags, h.claimed, h.owner,
                coalesce($1, \(schema).now_us())
                FROM \(schema).live AS h WHERE h.id = ANY (ARRAY (
                SELECT DISTINCT i.id FROM \(schema).claim AS c CROSS JOIN LATERAL unnest(c.ids) AS i (id)
                WHERE \(batches)))
                AND \(jobs) ORDER BY h.lease_until, h.job_row LIMIT $3 FOR UPDATE OF h SKIP LOCKED
                """)
        }
        expired = lost(
            "hakobi_expired", "c.lease_until <= \(now("$2"))", "h.owner IS NOT NULL AND h.lease_until <= \(now("$2"))")
        ofOwner = lost("hakobi_leases_of", "c.owner = $2", "h.owner = $2")
        unanswered = lost("hakobi_unanswered", "c.owner = $2", "h.owner = $2 AND h.id <> ALL ($4)")
        removeOver = Statement(
            "hakobi_remove_over",
            """
            DELETE FROM \(schema).claim AS c WHERE c.lease_until <= \(now("$1")) AND NOT EXISTS (
            SELECT 1 FROM \(schema).live AS h
            WHERE h.id = ANY (c.ids) AND h.owner IS NOT NULL AND h.lease_until <= c.lease_until OFFSET 0)
            """)
        holders = Statement(
            "hakobi_holders",
            """
            SELECT o.name FROM \(schema).claim AS c JOIN \(schema).owner AS o ON o.owner = c.owner
            WHERE EXISTS (SELECT 1 FROM \(schema).live AS h WHERE h.id = ANY (c.ids) AND h.owner = c.owner OFFSET 0)
            UNION SELECT name FROM \(schema).worker ORDER BY 1
            """)
    }
}
