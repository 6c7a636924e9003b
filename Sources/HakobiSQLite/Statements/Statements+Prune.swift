/// What is old enough to go. Everything here is bounded or looks at small tables only.
extension Statements {
    var pruneText: String {
        switch self {
        // Index hakobi_job_ended, oldest first; state is 3, 4 or 5.
        case .pruneByAge:
            """
            SELECT job_row, lane, flags, ended FROM hakobi_job INDEXED BY hakobi_job_ended
            WHERE state = ?1 AND state >= 3 AND ended <= ?2 ORDER BY ended, job_row LIMIT ?3
            """
        case .pruneSurplus:
            """
            SELECT job_row, lane, flags, ended FROM hakobi_job INDEXED BY hakobi_job_ended
            WHERE state = 3 AND state >= 3 ORDER BY ended, job_row LIMIT ?1
            """
        case .completedCount: "SELECT coalesce(sum(completed), 0) FROM hakobi_lane"
        case .removeIdempotency:
            """
            DELETE FROM hakobi_idempotency WHERE (kind, idempotency_key) IN
            (SELECT kind, idempotency_key FROM hakobi_idempotency WHERE expires <= ?1 ORDER BY expires LIMIT ?2)
            """
        case .removeLanes:
            """
            DELETE FROM hakobi_lane WHERE lane IN (SELECT lane FROM hakobi_lane
            WHERE held + available + running + completed + cancelled + dead = 0 LIMIT ?1)
            """
        // Looks at the oldest few only. The newest row stays, so that no number is given twice.
        case .removeReporters:
            """
            DELETE FROM hakobi_reporter WHERE reporter IN
            (SELECT reporter FROM hakobi_reporter ORDER BY reporter LIMIT ?2)
            AND last_used < ?1 AND reporter < (SELECT max(reporter) FROM hakobi_reporter)
            """
        case .removeOwners:
            """
            DELETE FROM hakobi_owner WHERE NOT EXISTS
            (SELECT 1 FROM hakobi_job INDEXED BY hakobi_job_running WHERE state = 2 AND owner = hakobi_owner.owner)
            """
        case .removeKinds:
            """
            DELETE FROM hakobi_kind WHERE kind NOT IN (SELECT kind FROM hakobi_lane)
            AND kind NOT IN (SELECT kind FROM hakobi_idempotency)
            """
        default:  // removeQueues
            "DELETE FROM hakobi_queue WHERE is_paused = 0 AND queue NOT IN (SELECT queue FROM hakobi_lane)"
        }
    }
}
