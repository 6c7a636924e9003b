/// New jobs, and the two keys that may already have one.
extension Statements {
    var insertText: String {
        switch self {
        case .idExists: "SELECT job_row FROM hakobi_job WHERE id = ?1"
        // One seek, to the page that the insert will write.
        case .lastRow: "SELECT coalesce(max(job_row), 0) FROM hakobi_job"
        // Guard: the unique index on id; a repeated insert changes nothing and says so by its change count.
        case .addJob:
            """
            INSERT INTO hakobi_job (job_row, id, lane, kind, state, due, max_failures, unique_key)
            VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?7) ON CONFLICT (id) DO NOTHING
            """
        case .addContent:
            """
            INSERT INTO hakobi_content
            (job_row, created, codec, version, payload, metadata, soft_limit, hard_limit, idempotency_key)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            """
        // Guard: a memory past its window no longer counts; `putIdempotency` overwrites it.
        case .findIdempotency:
            "SELECT id FROM hakobi_idempotency WHERE kind = ?1 AND idempotency_key = ?2 AND expires > ?3"
        case .putIdempotency:
            "REPLACE INTO hakobi_idempotency (kind, idempotency_key, id, expires) VALUES (?1, ?2, ?3, ?4)"
        // Index hakobi_job_unique, which holds live jobs only.
        default:  // findUniqueHolder
            """
            SELECT job_row, id, state, lane FROM hakobi_job INDEXED BY hakobi_job_unique
            WHERE kind = ?1 AND unique_key = ?2 AND unique_key IS NOT NULL AND state < 3
            """
        }
    }
}
