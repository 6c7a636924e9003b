/// How jobs get from one place to another.
struct MoveStatements: Sendable {
    private let tables: Tables
    /// Out of the place where it is; the row is locked. Primary key. A job is live as long as it has its key in live_key.
    let move: Prepared
    let addAttempt: Prepared
    let extend: Prepared
    let markKept: Prepared
    let keepProgress: Prepared
    let keepCheckpoint: Prepared
    let keepResult: Prepared

    /// What is looked at before a job is moved.
    static func standing(_ now: SQL) -> SQL {
        """
        j.job_row, j.id, j.lane, j.place, j.due, j.attempt, j.failures, j.crashes, j.flags, j.owner, j.claimed, j.kind,
        j.unique_key, \(now)
        """
    }

    init(_ t: Tables) {
        tables = t
        move = Prepared(
            """
            UPDATE \(t.job) SET place = ?, moment = ?, due = ?, failures = ?, crashes = ?, flags = ?, owner = 0,
            reporter = ?, ran = ?, live_key = IF(place > -3, unique_key, NULL) WHERE job_row = ?
            """)
        addAttempt = Prepared(
            """
            INSERT INTO \(t.attempt) (job_row, attempt, outcome, error, death_signal, exit_code, peak_memory, reporter, ran,
            started, ended) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        extend = Prepared("UPDATE \(t.job) SET moment = ? WHERE job_row = ?")
        markKept = Prepared("UPDATE \(t.job) SET flags = flags | 2 WHERE job_row = ?")
        keepProgress = Prepared(
            """
            INSERT INTO \(t.kept) (job_row, progress_done, progress_total, progress_note) VALUES (?, ?, ?, ?)
            ON DUPLICATE KEY UPDATE progress_done = VALUES(progress_done), progress_total = VALUES(progress_total),
            progress_note = VALUES(progress_note)
            """)
        keepCheckpoint = Prepared(
            """
            INSERT INTO \(t.kept) (job_row, checkpoint) VALUES (?, ?)
            ON DUPLICATE KEY UPDATE checkpoint = VALUES(checkpoint)
            """)
        keepResult = Prepared(
            """
            INSERT INTO \(t.kept) (job_row, result_codec, result_version, result) VALUES (?, ?, ?, ?)
            ON DUPLICATE KEY UPDATE result_codec = VALUES(result_codec), result_version = VALUES(result_version),
            result = VALUES(result)
            """)
    }

    /// Completed, with nothing to keep: (row, attempt, owner, reporter, ran) each, in the order of rows, so that two who
    /// settle cannot wait for each other. Primary key. Guard: the fence; how many were held is the number of rows changed.
    func complete(_ rows: [[Int64]], now: SQL) -> SQL {
        """
        UPDATE JSON_TABLE(\(json: rows), '$[*]' COLUMNS (job_row BIGINT UNSIGNED PATH '$[0]', attempt INT PATH '$[1]',
        owner INT PATH '$[2]', reporter INT PATH '$[3]', ran BIGINT PATH '$[4]')) AS s
        STRAIGHT_JOIN \(tables.job) AS j ON j.job_row = s.job_row AND j.attempt = s.attempt AND j.owner = s.owner
        AND j.place = -2
        SET j.place = -3, j.moment = \(now), j.owner = 0, j.reporter = s.reporter, j.ran = s.ran, j.flags = j.flags & 2,
        j.live_key = NULL
        """
    }

    /// Counts what `complete` has ended. Primary key.
    func tallyCompleted(_ rows: [Int64]) -> SQL {
        """
        INSERT INTO \(tables.tally) (lane, place, delta)
        SELECT lane, -3, COUNT(*) FROM \(tables.job) WHERE job_row IN (\(list: rows)) GROUP BY lane
        """
    }

    /// (lane, place, delta) each.
    func tally(_ changes: [[Int64]]) -> SQL {
        let rows = changes.map { row -> SQL in "(\(list: row))" }
        return "INSERT INTO \(tables.tally) (lane, place, delta) VALUES \(rows, separator: ", ")"
    }

    /// Running jobs by their rows. Primary key; locks them in one order, if it locks.
    func running(_ rows: [Int64], now: SQL, _ locking: Locking) -> SQL {
        """
        SELECT \(Self.standing(now)) FROM \(tables.job) AS j WHERE j.job_row IN (\(list: rows)) AND j.place = -2
        ORDER BY j.job_row\(locking.sql)
        """
    }

    /// Rows of leases past their time. Index by_order. Without locks, which would be taken on dead entries too.
    func expired(until: SQL, limit: Int) -> SQL {
        """
        SELECT job_row FROM \(tables.byOrder) WHERE place = -2 AND moment <= \(until)
        ORDER BY moment, job_row LIMIT \(limit)
        """
    }

    /// Those of them that still are. Primary key. Whoever is being settled at this moment is left to that.
    func expired(rows: [Int64], until: SQL, now: SQL) -> SQL {
        """
        SELECT \(Self.standing(now)) FROM \(tables.job) AS j WHERE j.job_row IN (\(list: rows)) AND j.place = -2
        AND j.moment <= \(until) ORDER BY j.moment, j.job_row FOR UPDATE SKIP LOCKED
        """
    }

    /// Leases of one owner, whatever the time; walks over what runs.
    func leases(of owner: Int64, now: SQL, limit: Int) -> SQL {
        """
        SELECT \(Self.standing(now)) FROM \(tables.byOrder.as("j")) WHERE j.place = -2 AND j.owner = \(owner)
        ORDER BY j.moment, j.job_row LIMIT \(limit) FOR UPDATE SKIP LOCKED
        """
    }

    /// The same, only which they are.
    func leases(of owner: Int64, limit: Int) -> SQL {
        """
        SELECT j.job_row, j.id FROM \(tables.byOrder.as("j")) WHERE j.place = -2 AND j.owner = \(owner)
        ORDER BY j.moment, j.job_row LIMIT \(limit)
        """
    }
}

/// What is done about rows that others have locked, and to those that are found.
enum Locking {
    /// They are waited for; what is found is locked.
    case waiting
    /// They are passed by; what is found is locked.
    case skipping
    /// It is only looked.
    case none

    fileprivate var sql: SQL {
        switch self {
        case .waiting: " FOR UPDATE"
        case .skipping: " FOR UPDATE SKIP LOCKED"
        case .none: ""
        }
    }
}
