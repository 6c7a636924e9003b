/// From what waits in a lane to the jobs that run now.
extension Statements {
    var claimText: String {
        switch self {
        // One seek in hakobi_job_ready, then only what is taken. Continues after (due, row) of the page before.
        case .waitingInLane:
            """
            SELECT job_row, due FROM hakobi_job INDEXED BY hakobi_job_ready
            WHERE state = 1 AND lane = ?1 AND due <= ?2 AND (due, job_row) > (?3, ?4) ORDER BY due, job_row LIMIT ?5
            """
        case .firstDue:
            """
            SELECT due FROM hakobi_job INDEXED BY hakobi_job_ready
            WHERE state = 1 AND lane = ?1 ORDER BY due, job_row LIMIT 1
            """
        case .pausedNumbers: "SELECT queue FROM hakobi_queue INDEXED BY hakobi_queue_paused WHERE is_paused = 1"
        // The first ?2 of a lane, which a claim of this transaction has just chosen: one statement for all of them, and
        // two seeks by row each.
        case .jobsToRun:
            """
            SELECT j.id, j.attempt, j.failures, j.crashes, j.max_failures, j.flags, c.created, c.codec, c.version,
            c.payload, c.metadata, c.soft_limit, c.hard_limit, j.job_row, j.due
            FROM hakobi_job AS j INDEXED BY hakobi_job_ready CROSS JOIN hakobi_content AS c ON c.job_row = j.job_row
            WHERE j.state = 1 AND j.lane = ?1 ORDER BY j.due, j.job_row LIMIT ?2
            """
        case .keptCheckpoint: "SELECT checkpoint FROM hakobi_kept WHERE job_row = ?1"
        // The same ?2 of that lane. attempt is the fence: it grows by one here and nowhere else.
        default:  // startJobs
            """
            UPDATE hakobi_job SET state = 2, attempt = attempt + 1, owner = ?3, lease_until = ?4, claimed = ?5
            WHERE job_row IN (SELECT job_row FROM hakobi_job INDEXED BY hakobi_job_ready
            WHERE state = 1 AND lane = ?1 ORDER BY due, job_row LIMIT ?2)
            """
        }
    }
}
