/// Reads: they lock nobody.
struct ReadStatements: Sendable {
    private let tables: Tables
    /// Unique index by_id.
    let job: Prepared
    /// Primary key.
    let attempts: Prepared
    let putWorker: Prepared
    let removeWorker: Prepared
    let workers: Prepared
    let holders: SQL
    private let record: SQL

    init(_ t: Tables) {
        tables = t
        record = """
            SELECT j.job_row, j.id, j.lane, j.place, j.moment, j.due, j.created, j.attempt, j.failures, j.crashes, j.flags,
            j.owner, j.max_failures, j.version, j.codec, j.payload, j.metadata, j.soft_limit, j.hard_limit, j.unique_key,
            j.idempotency_key, j.ran, k.progress_done, k.progress_total, k.progress_note, k.checkpoint, k.result_codec,
            k.result_version, k.result, r.host, r.pid, r.generation, r.program_release, o.name
            """
        let joins: SQL = """
            LEFT JOIN \(t.kept) AS k ON j.flags & 2 AND k.job_row = j.job_row
            LEFT JOIN \(t.reporter) AS r ON r.reporter = j.reporter LEFT JOIN \(t.owner) AS o ON o.owner = j.owner
            """
        self.joins = joins
        job = Prepared("\(record) FROM \(t.job) AS j \(joins) WHERE j.id = ?")
        attempts = Prepared(
            """
            SELECT a.attempt, a.outcome, a.error, a.death_signal, a.exit_code, a.peak_memory, a.ran, a.started, a.ended,
            r.host, r.pid, r.generation, r.program_release FROM \(t.attempt) AS a
            LEFT JOIN \(t.reporter) AS r ON r.reporter = a.reporter WHERE a.job_row = ? ORDER BY a.attempt
            """)
        putWorker = Prepared("REPLACE INTO \(t.worker) (name, report, reported) VALUES (?, ?, \(SQL.boundNow))")
        removeWorker = Prepared("DELETE FROM \(t.worker) WHERE name = ?")
        workers = Prepared("SELECT name, report, \(SQL.boundNow) - reported FROM \(t.worker) ORDER BY name")
        holders = """
            SELECT o.name FROM (SELECT DISTINCT owner FROM \(t.byOrder) WHERE place = -2) AS j
            JOIN \(t.owner) AS o ON o.owner = j.owner UNION SELECT name FROM \(t.worker) ORDER BY 1
            """
    }

    private let joins: SQL

    /// Newest first by id: along the id's index, or, where there are few in a state, by that state's place.
    func list(place: SQL?, isFew: Bool) -> Prepared {
        let table: SQL = isFew ? tables.byOrder.as("j") : "\(tables.job) AS j FORCE INDEX (by_id)"
        let condition: SQL = place.map { "AND \($0)" } ?? ""
        return Prepared(
            """
            \(record) FROM \(table) JOIN \(tables.lane) AS l ON l.lane = j.lane \(joins)
            WHERE (? IS NULL OR j.id < ?) AND (? IS NULL OR l.kind = ?) AND (? IS NULL OR l.queue = ?) \(condition)
            ORDER BY j.id DESC LIMIT ?
            """)
    }

    /// What waits, runs and has ended, by lane; one statement, so that all of it is of one moment. The index alone tells,
    /// but for failures of what is not due.
    func counts(now: SQL) -> SQL {
        """
        SELECT place DIV 2, 1, COUNT(*), COALESCE(SUM(moment <= \(now)), 0), MIN(moment), \(now)
        FROM \(tables.byOrder) WHERE place > 0 GROUP BY place
        UNION ALL SELECT place DIV 2, 0, COUNT(*), 0, 0, 0
        FROM \(tables.byOrder) WHERE place > 0 AND moment > \(now) AND failures > 0 GROUP BY place
        UNION ALL SELECT lane, -2, COUNT(*), 0, 0, 0 FROM \(tables.byOrder) WHERE place = -2 GROUP BY lane
        UNION ALL SELECT lane, place, SUM(delta), 0, 0, 0 FROM \(tables.tally) GROUP BY lane, place
        UNION ALL SELECT 0, 9, 0, 0, 0, \(now)
        """
    }
}
