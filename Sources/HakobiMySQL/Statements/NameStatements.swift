/// Names and their numbers. Unique indexes on the names; small tables, whose rows are never removed.
struct NameStatements: Sendable {
    let findKind: Prepared
    let addKind: Prepared
    let findQueue: Prepared
    let addQueue: Prepared
    let findLane: Prepared
    let addLane: Prepared
    let findOwner: Prepared
    let addOwner: Prepared
    let ownerName: Prepared
    let findReporter: Prepared
    let addReporter: Prepared
    /// All lanes with their names.
    let lanes: SQL

    init(_ t: Tables) {
        // Guard of all that add: who was quicker has added the same.
        findKind = Prepared("SELECT kind FROM \(t.kind) WHERE name = ?")
        addKind = Prepared("INSERT INTO \(t.kind) (name) VALUES (?) ON DUPLICATE KEY UPDATE kind = kind")
        findQueue = Prepared("SELECT queue FROM \(t.queue) WHERE name = ?")
        addQueue = Prepared("INSERT INTO \(t.queue) (name) VALUES (?) ON DUPLICATE KEY UPDATE queue = queue")
        findLane = Prepared("SELECT lane FROM \(t.lane) WHERE queue = ? AND kind = ? AND priority = ?")
        addLane = Prepared(
            "INSERT INTO \(t.lane) (queue, kind, priority) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE lane = lane")
        findOwner = Prepared("SELECT owner FROM \(t.owner) WHERE name = ?")
        addOwner = Prepared("INSERT INTO \(t.owner) (name) VALUES (?) ON DUPLICATE KEY UPDATE owner = owner")
        ownerName = Prepared("SELECT name FROM \(t.owner) WHERE owner = ?")
        findReporter = Prepared(
            """
            SELECT reporter FROM \(t.reporter)
            WHERE host = ? AND pid = ? AND generation = ? AND program_release = ?
            """)
        addReporter = Prepared(
            """
            INSERT INTO \(t.reporter) (host, pid, generation, program_release) VALUES (?, ?, ?, ?)
            ON DUPLICATE KEY UPDATE reporter = reporter
            """)
        lanes = """
            SELECT l.lane, l.queue, l.kind, l.priority, q.name, k.name FROM \(t.lane) AS l
            JOIN \(t.queue) AS q ON q.queue = l.queue JOIN \(t.kind) AS k ON k.kind = l.kind
            """
    }
}
