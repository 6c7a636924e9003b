/// Counts and ages, and who works.
extension Statements {
    var statsText: String {
        switch self {
        case .laneCounts:
            """
            SELECT l.lane, q.name, k.name, q.is_paused, l.held, l.available, l.running, l.completed, l.cancelled, l.dead,
            l.next_due FROM hakobi_lane AS l JOIN hakobi_queue AS q ON q.queue = l.queue
            JOIN hakobi_kind AS k ON k.kind = l.kind
            WHERE l.held + l.available + l.running + l.completed + l.cancelled + l.dead > 0
            """
        // Covering: counts entries of hakobi_job_ready in a range of due times, at most ?4.
        case .dueBetween:
            """
            SELECT count(*) FROM (SELECT 1 FROM hakobi_job INDEXED BY hakobi_job_ready
            WHERE state = 1 AND lane = ?1 AND due > ?2 AND due <= ?3 LIMIT ?4)
            """
        // hakobi_job_retrying holds only what has failed.
        case .retryingAfter:
            """
            SELECT count(*) FROM hakobi_job INDEXED BY hakobi_job_retrying
            WHERE state = 1 AND failures > 0 AND lane = ?1 AND due > ?2
            """
        case .oldestDue:
            """
            SELECT min(due) FROM hakobi_job INDEXED BY hakobi_job_ready WHERE state = 1 AND lane = ?1 AND due <= ?2
            """
        case .putWorker: "REPLACE INTO hakobi_worker (name, report, boot, reported) VALUES (?1, ?2, ?3, ?4)"
        case .removeWorker: "DELETE FROM hakobi_worker WHERE name = ?1"
        case .allWorkers: "SELECT name, report, boot, reported FROM hakobi_worker ORDER BY name"
        // hakobi_job_running: one seek an owner.
        default:  // leaseHolders
            """
            SELECT name FROM hakobi_owner WHERE EXISTS
            (SELECT 1 FROM hakobi_job INDEXED BY hakobi_job_running WHERE state = 2 AND owner = hakobi_owner.owner)
            UNION SELECT name FROM hakobi_worker ORDER BY name
            """
        }
    }
}
