/// What an attempt leaves behind.
extension Statements {
    var keepText: String {
        switch self {
        case .keepProgress:
            """
            INSERT INTO hakobi_kept (job_row, progress_done, progress_total, progress_note) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (job_row) DO UPDATE SET
            progress_done = excluded.progress_done, progress_total = excluded.progress_total,
            progress_note = excluded.progress_note
            """
        case .keepCheckpoint:
            """
            INSERT INTO hakobi_kept (job_row, checkpoint) VALUES (?1, ?2)
            ON CONFLICT (job_row) DO UPDATE SET checkpoint = excluded.checkpoint
            """
        case .keepResult:
            """
            INSERT INTO hakobi_kept (job_row, result_codec, result_version, result) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (job_row) DO UPDATE SET result_codec = excluded.result_codec,
            result_version = excluded.result_version, result = excluded.result
            """
        default:  // markKept
            "UPDATE hakobi_job SET flags = flags | 2 WHERE job_row = ?1"
        }
    }
}
