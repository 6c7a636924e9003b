/// How an attempt ends, and how its lease is made longer.
extension Statements {
    var settleText: String {
        switch self {
        // `heldJob` and `endJob` in one, for an attempt that leaves nothing but its end. Guard: the fence, and the lane as
        // the claim remembers it; where it changes nothing, the two are asked. One seek by row.
        case .completeJob:
            """
            UPDATE hakobi_job SET state = 3, flags = flags & -2, ended = ?6, reporter = ?7, ran = ?8,
            owner = NULL, lease_until = NULL, claimed = NULL
            WHERE job_row = ?1 AND id = ?2 AND state = 2 AND attempt = ?3 AND owner = ?4 AND lane = ?5
            """
        // The fence: row, id, attempt and owner must all be those of the lease. One seek by row.
        case .heldJob:
            """
            SELECT lane, due, failures, crashes, flags, claimed FROM hakobi_job
            WHERE job_row = ?1 AND id = ?2 AND state = 2 AND attempt = ?3 AND owner = ?4
            """
        // Guard: the caller has read the row in this transaction, by `heldJob` or one of its like.
        case .endJob:
            """
            UPDATE hakobi_job SET state = ?2, lane = ?3, due = ?4, failures = ?5, crashes = ?6, flags = ?7,
            ended = ?8, reporter = ?9, ran = ?10, owner = NULL, lease_until = NULL, claimed = NULL WHERE job_row = ?1
            """
        case .addAttempt:
            """
            INSERT INTO hakobi_attempt
            (job_row, attempt, outcome, error, signal, exit_code, peak_memory, reporter, ran, started, ended)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
            """
        default:  // extendLease
            "UPDATE hakobi_job SET lease_until = ?2 WHERE job_row = ?1 AND state = 2"
        }
    }
}
