/// Looks. One statement each, so that a job on its way from one table to the other is seen exactly once.
struct ReadStatements: Sendable {
    /// Indexes live_id and finished_id.
    let job: Statement
    /// Primary key, in its order.
    let attempts: Statement
    /// Newest first by id. Indexes live_id and finished_id from the top.
    let list: Statement
    /// The same for dead and cancelled jobs, which may be few among millions: index finished_otherwise, then sorted.
    let listEnded: Statement
    /// Every live row is looked at.
    let liveCounts: Statement
    let endedCounts: Statement
    let now: Statement
    let putWorker: Statement
    let removeWorker: Statement
    let workers: Statement

    init(_ schema: String) {
        let sql = ReadTexts(schema: schema)
        job = Statement("hakobi_job", sql.job)
        attempts = Statement("hakobi_attempts", sql.attempts)
        list = Statement("hakobi_list", sql.list)
        listEnded = Statement("hakobi_list_ended", sql.listEnded)
        liveCounts = Statement("hakobi_live_counts", sql.liveCounts)
        endedCounts = Statement(
            "hakobi_ended_counts",
            "SELECT lane, state, sum(change)::int8 FROM \(schema).tally GROUP BY lane, state HAVING sum(change) <> 0")
        now = Statement("hakobi_now", "SELECT coalesce($1, \(schema).now_us())")
        putWorker = Statement("hakobi_put_worker", sql.putWorker)
        removeWorker = Statement("hakobi_remove_worker", "DELETE FROM \(schema).worker WHERE name = $1")
        workers = Statement(
            "hakobi_workers",
            "SELECT name, report, coalesce($1, \(schema).now_us()) - reported FROM \(schema).worker ORDER BY name")
    }
}

/// The longer texts, for one schema.
private struct ReadTexts {
    let schema: String

    private let common = """
        id, lane, due, created, soft_limit, hard_limit, attempt, failures, crashes, max_failures, version, flags, codec,
        payload, metadata, idempotency_key, unique_key
        """

    private var live: String {
        """
        SELECT \(common), job_row, CASE WHEN owner IS NULL THEN 1 ELSE 2 END AS state, owner, NULL::int8 AS ended,
        NULL::int4 AS reporter, NULL::int8 AS ran FROM \(schema).live
        """
    }

    private var ended: String {
        """
        SELECT \(common), job_row, state::int4, NULL::int4 AS owner, ended, reporter, ran FROM \(schema).finished
        """
    }

    private func record(_ source: String) -> String {
        """
        SELECT \(common.split(separator: ",").map { "j.\($0.trimming)" }.joined(separator: ", ")),
        j.job_row, j.state, o.name, j.ended, j.ran, r.host, r.pid, r.generation, r.release,
        k.progress_done, k.progress_total, k.progress_note, k.checkpoint, k.result_codec, k.result_version, k.result
        FROM (\(source)) AS j LEFT JOIN \(schema).kept AS k ON k.job_row = j.job_row AND j.flags & 2 <> 0
        LEFT JOIN \(schema).owner AS o ON o.owner = j.owner LEFT JOIN \(schema).reporter AS r ON r.reporter = j.reporter
        """
    }

    var job: String { record("\(live) WHERE id = $1 UNION ALL \(ended) WHERE id = $1") }

    var attempts: String {
        """
        SELECT a.attempt, a.outcome, a.error, a.signal, a.exit_code, a.peak_memory, a.ran, a.started, a.ended,
        r.host, r.pid, r.generation, r.release
        FROM \(schema).attempt AS a LEFT JOIN \(schema).reporter AS r ON r.reporter = a.reporter
        WHERE a.job_row = $1 ORDER BY a.attempt
        """
    }

    /// $1 before, $2 at most, $3 lanes (none: any), $4 state.
    private var filter: String {
        "($1::uuid IS NULL OR id < $1) AND (cardinality($3::int4[]) = 0 OR lane & -2 = ANY ($3))"
    }

    var list: String {
        """
        \(record("""
            (\(live) WHERE \(filter) AND ($4::int4 IS NULL OR $4 = CASE WHEN owner IS NULL THEN 1 ELSE 2 END)
            ORDER BY id DESC LIMIT $2)
            UNION ALL (\(ended) WHERE \(filter) AND ($4::int4 IS NULL OR state = $4) ORDER BY id DESC LIMIT $2)
            """)) ORDER BY j.id DESC LIMIT $2
        """
    }

    var listEnded: String {
        """
        \(record("""
            \(ended) WHERE \(filter) AND state = $4::int4 AND state <> 3 ORDER BY (id::text) DESC LIMIT $2
            """)) ORDER BY j.id DESC
        """
    }

    var liveCounts: String {
        """
        WITH t AS MATERIALIZED (SELECT coalesce($1, \(schema).now_us()) AS now)
        SELECT h.lane & -2, count(*) FILTER (WHERE h.owner IS NOT NULL),
        count(*) FILTER (WHERE h.owner IS NULL AND h.due <= (SELECT now FROM t)),
        count(*) FILTER (WHERE h.owner IS NULL AND h.due > (SELECT now FROM t) AND h.failures > 0),
        count(*), min(h.due) FILTER (WHERE h.owner IS NULL), (SELECT now FROM t)
        FROM \(schema).live AS h GROUP BY 1
        """
    }

    var putWorker: String {
        """
        INSERT INTO \(schema).worker (name, report, reported) VALUES ($1, $2, coalesce($3, \(schema).now_us()))
        ON CONFLICT (name) DO UPDATE SET report = excluded.report, reported = excluded.reported
        """
    }
}

extension Substring {
    /// Without the blanks and line ends around it.
    fileprivate var trimming: String { split(whereSeparator: { $0 == " " || $0.isNewline }).joined(separator: " ") }
}
