/// Names and the numbers that stand for them. Small tables, unique indexes on the names; rows are never removed.
struct NameStatements: Sendable {
    /// Makes the lane if need be; waits only for another who makes the same one.
    let lane: Statement
    let lanes: Statement
    let putOwner: Statement
    let findOwner: Statement
    let owners: Statement
    let putReporter: Statement
    let putPause: Statement
    let paused: Statement

    init(_ schema: String) {
        lane = Statement("hakobi_lane", "SELECT lane, kind FROM \(schema).lane_number($1, $2, $3)")
        // All of them: some hundred at most.
        lanes = Statement(
            "hakobi_lanes",
            """
            SELECT l.lane, q.name, k.name, l.kind, l.priority FROM \(schema).lane AS l
            JOIN \(schema).queue AS q USING (queue) JOIN \(schema).kind AS k USING (kind)
            """)
        // The update that changes nothing is what makes an existing row come back.
        putOwner = Statement(
            "hakobi_put_owner",
            """
            INSERT INTO \(schema).owner (name) VALUES ($1)
            ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING owner
            """)
        findOwner = Statement("hakobi_find_owner", "SELECT owner FROM \(schema).owner WHERE name = $1")
        owners = Statement("hakobi_owners", "SELECT owner, name FROM \(schema).owner WHERE owner = ANY ($1)")
        putReporter = Statement(
            "hakobi_put_reporter",
            """
            INSERT INTO \(schema).reporter (host, pid, generation, release) VALUES ($1, $2, $3, $4)
            ON CONFLICT (host, pid, generation, release) DO UPDATE SET host = excluded.host RETURNING reporter
            """)
        putPause = Statement(
            "hakobi_put_pause",
            """
            INSERT INTO \(schema).queue (name, is_paused) VALUES ($1, $2)
            ON CONFLICT (name) DO UPDATE SET is_paused = excluded.is_paused
            """)
        paused = Statement("hakobi_paused", "SELECT name FROM \(schema).queue WHERE is_paused ORDER BY name")
    }
}
