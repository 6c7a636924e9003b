/// What a person changes.
extension Statements {
    var editText: String {
        switch self {
        case .jobForEdit:
            """
            SELECT job_row, lane, kind, state, due, failures, crashes, flags, unique_key FROM hakobi_job WHERE id = ?1
            """
        // Guard: only what waits; it becomes due earlier, never later.
        case .hastenJob: "UPDATE hakobi_job SET due = min(due, ?2) WHERE job_row = ?1 AND state = 1"
        case .requestCancel: "UPDATE hakobi_job SET flags = flags | 1 WHERE job_row = ?1 AND state = 2"
        // Guard: a running job cannot be removed.
        case .removeJob: "DELETE FROM hakobi_job WHERE job_row = ?1 AND state <> 2"
        // Guard: only when the last row has gone; the rows before it keep its number from being used again.
        case .keepLastRow:
            """
            UPDATE hakobi_schema SET last_row = ?1 WHERE only_row = 1 AND last_row < ?1
            AND ?1 > (SELECT coalesce(max(job_row), 0) FROM hakobi_job)
            """
        case .removeContent: "DELETE FROM hakobi_content WHERE job_row = ?1"
        case .removeKept: "DELETE FROM hakobi_kept WHERE job_row = ?1"
        case .removeAttempts: "DELETE FROM hakobi_attempt WHERE job_row = ?1"
        case .putPause:
            """
            INSERT INTO hakobi_queue (name, is_paused) VALUES (?1, ?2)
            ON CONFLICT (name) DO UPDATE SET is_paused = excluded.is_paused
            """
        default:  // pausedNames
            "SELECT name FROM hakobi_queue INDEXED BY hakobi_queue_paused WHERE is_paused = 1 ORDER BY name"
        }
    }
}
