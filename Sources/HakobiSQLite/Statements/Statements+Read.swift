/// Jobs, one or many, with all that is known of them.
extension Statements {
    /// What a `JobRecord` is made of, in the order `Rows` reads it.
    private static let recordColumns = """
        SELECT j.job_row, j.id, j.lane, j.state, j.due, j.attempt, j.failures, j.crashes, j.max_failures, j.flags,
        j.owner, j.ended, j.reporter, j.ran, j.unique_key, c.created, c.codec, c.version, c.payload, c.metadata,
        c.soft_limit, c.hard_limit, c.idempotency_key, p.progress_done, p.progress_total, p.progress_note,
        p.checkpoint, p.result_codec, p.result_version, p.result
        """

    private static let recordJoins = """
        JOIN hakobi_content AS c ON c.job_row = j.job_row LEFT JOIN hakobi_kept AS p ON p.job_row = j.job_row
        JOIN hakobi_lane AS l ON l.lane = j.lane
        """

    /// Newest first by id, after ?1, at most ?2, of kind ?3 and queue ?4 (NULL: any) and state ?5 (NULL: any).
    private static func list(from source: String, where condition: String) -> String {
        """
        \(recordColumns) FROM \(source) CROSS \(recordJoins)
        WHERE \(condition) AND (?1 IS NULL OR j.id < ?1) AND (?3 IS NULL OR j.kind = ?3) AND (?4 IS NULL OR l.queue = ?4)
        AND (?5 IS NULL OR j.state = ?5) ORDER BY j.id DESC LIMIT ?2
        """
    }

    var readText: String {
        switch self {
        case .jobRecord:
            "\(Self.recordColumns) FROM hakobi_job AS j \(Self.recordJoins) WHERE j.id = ?1"
        // The primary key's order.
        case .attemptsOf:
            """
            SELECT a.attempt, a.outcome, a.error, a.signal, a.exit_code, a.peak_memory, a.ran, a.started, a.ended,
            r.host, r.pid, r.generation, r.release
            FROM hakobi_attempt AS a LEFT JOIN hakobi_reporter AS r ON r.reporter = a.reporter
            WHERE a.job_row = ?1 ORDER BY a.attempt
            """
        // hakobi_job_id from the top; right when most jobs match.
        case .listAll: Self.list(from: "hakobi_job AS j INDEXED BY hakobi_job_id", where: "true")
        // One range of hakobi_job_ready a lane that matches, sorted: what waits of other kinds is not looked at.
        case .listReady:
            Self.list(
                from: "hakobi_lane AS m CROSS JOIN hakobi_job AS j INDEXED BY hakobi_job_ready",
                where: """
                    j.state = 1 AND j.lane = m.lane AND (?3 IS NULL OR m.kind = ?3) AND (?4 IS NULL OR m.queue = ?4)
                    """)
        // The few in that state, sorted.
        case .listRunning: Self.list(from: "hakobi_job AS j INDEXED BY hakobi_job_running", where: "j.state = 2")
        default:  // listEnded
            Self.list(from: "hakobi_job AS j INDEXED BY hakobi_job_ended", where: "j.state >= 3")
        }
    }
}
