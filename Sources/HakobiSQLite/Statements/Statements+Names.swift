/// Kinds, queues, lanes, owners and reporters by name and by number.
extension Statements {
    var nameText: String {
        switch self {
        // Unique indexes on the names; small tables.
        case .findKind: "SELECT kind FROM hakobi_kind WHERE name = ?1"
        case .addKind: "INSERT INTO hakobi_kind (name) VALUES (?1)"
        case .findQueue: "SELECT queue FROM hakobi_queue WHERE name = ?1"
        case .addQueue: "INSERT INTO hakobi_queue (name) VALUES (?1)"
        case .findLane:
            "SELECT lane FROM hakobi_lane WHERE queue = ?1 AND kind = ?2 AND priority = ?3 AND is_lonely = ?4"
        case .addLane: "INSERT INTO hakobi_lane (queue, kind, priority, is_lonely) VALUES (?1, ?2, ?3, ?4)"
        case .laneByNumber:
            """
            SELECT l.queue, l.kind, l.priority, l.is_lonely, q.name, k.name
            FROM hakobi_lane AS l JOIN hakobi_queue AS q ON q.queue = l.queue JOIN hakobi_kind AS k ON k.kind = l.kind
            WHERE l.lane = ?1
            """
        case .findOwner: "SELECT owner FROM hakobi_owner WHERE name = ?1 AND boot = ?2"
        case .addOwner: "INSERT INTO hakobi_owner (name, boot) VALUES (?1, ?2)"
        case .ownerByNumber: "SELECT name FROM hakobi_owner WHERE owner = ?1"
        case .findReporter:
            """
            SELECT reporter FROM hakobi_reporter WHERE host = ?1 AND pid = ?2 AND generation = ?3 AND release = ?4
            """
        case .addReporter:
            "INSERT INTO hakobi_reporter (host, pid, generation, release, last_used) VALUES (?1, ?2, ?3, ?4, ?5)"
        case .markReporter: "UPDATE hakobi_reporter SET last_used = ?2 WHERE reporter = ?1"
        default:  // reporterByNumber
            "SELECT host, pid, generation, release FROM hakobi_reporter WHERE reporter = ?1"
        }
    }
}
