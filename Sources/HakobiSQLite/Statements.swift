/// Every SQL text of this module, one case a statement, each with the index that carries it, what it locks and its guard.
///
/// Locks: what writes runs inside the writer's `BEGIN IMMEDIATE`, which is the file's one write lock; what reads sees a
/// snapshot and locks nobody. So a comment names a lock only where that is not the whole truth.
/// `INDEXED BY` is an assertion: a plan that would leave the index fails at once instead of scanning half a million rows.
enum Statements: Int, CaseIterable {
    // Transactions and settings of a connection.
    case beginWrite, beginRead, commit, rollback
    case journalMode, readOnlyQueries, synchronous, foreignKeysOff, temporaryStore, cacheSize, checkpointPages
    case untrustedSchema, checkCells, databaseFile
    // Schema.
    case hasSchema, schemaRow, insertSchemaRow, updateSchemaRow, epoch, raiseEpoch, dumpSchema, indexNames
    // Interned names.
    case findKind, addKind, findQueue, addQueue, findLane, addLane, laneByNumber
    case findOwner, addOwner, ownerByNumber, findReporter, addReporter, markReporter, reporterByNumber
    // Insert.
    case idExists, lastRow, addJob, addContent, findIdempotency, putIdempotency, findUniqueHolder
    // Lanes.
    case openLanes, countLane, lowerLane, raiseLane
    // Claim.
    case waitingInLane, firstDue, pausedNumbers, jobsToRun, keptCheckpoint, startJobs
    // Settle and renew.
    case completeJob, heldJob, endJob, addAttempt, extendLease, keepProgress, keepCheckpoint, keepResult, markKept
    // Rescue.
    case leaseOwners, expiredOf, leasesOf
    // Edit.
    case jobForEdit, hastenJob, requestCancel, removeJob, keepLastRow, removeContent, removeKept,
        removeAttempts
    case pruneByAge, pruneSurplus, completedCount
    case removeIdempotency, removeLanes, removeOwners, removeKinds, removeQueues, removeReporters
    case putPause, pausedNames
    // Read.
    case jobRecord, attemptsOf, listAll, listReady, listRunning, listEnded, laneCounts, dueBetween, retryingAfter,
        oldestDue
    case putWorker, removeWorker, allWorkers, leaseHolders

    /// The text; parameters are always bound, never pasted.
    var text: String {
        switch self {
        case .beginWrite, .beginRead, .commit, .rollback: transactionText
        case .journalMode, .readOnlyQueries, .synchronous, .foreignKeysOff, .temporaryStore, .cacheSize,
            .checkpointPages, .untrustedSchema, .checkCells, .databaseFile:
            settingText
        case .hasSchema, .schemaRow, .insertSchemaRow, .updateSchemaRow, .epoch, .raiseEpoch, .dumpSchema, .indexNames:
            schemaText
        case .findKind, .addKind, .findQueue, .addQueue, .findLane, .addLane, .laneByNumber, .findOwner, .addOwner,
            .ownerByNumber, .findReporter, .addReporter, .markReporter, .reporterByNumber:
            nameText
        case .idExists, .lastRow, .addJob, .addContent, .findIdempotency, .putIdempotency, .findUniqueHolder: insertText
        case .openLanes, .countLane, .lowerLane, .raiseLane: laneText
        case .waitingInLane, .firstDue, .pausedNumbers, .jobsToRun, .keptCheckpoint, .startJobs:
            claimText
        case .completeJob, .heldJob, .endJob, .addAttempt, .extendLease: settleText
        case .keepProgress, .keepCheckpoint, .keepResult, .markKept: keepText
        case .leaseOwners, .expiredOf, .leasesOf: rescueText
        case .jobForEdit, .hastenJob, .requestCancel, .removeJob, .keepLastRow, .removeContent, .removeKept,
            .removeAttempts, .pruneByAge, .pruneSurplus, .completedCount, .removeIdempotency, .removeLanes,
            .removeOwners, .removeKinds, .removeQueues, .removeReporters, .putPause, .pausedNames:
            editText
        case .jobRecord, .attemptsOf, .listAll, .listReady, .listRunning, .listEnded, .laneCounts, .dueBetween,
            .retryingAfter, .oldestDue, .putWorker, .removeWorker, .allWorkers, .leaseHolders:
            readText
        }
    }

    private var transactionText: String {
        switch self {
        // Takes the write lock at the start: a read that turns into a write later could not wait for it (field.md 2.7).
        case .beginWrite: "BEGIN IMMEDIATE"
        // A snapshot for several reads that must agree.
        case .beginRead: "BEGIN DEFERRED"
        case .commit: "COMMIT"
        default: "ROLLBACK"
        }
    }

    private var settingText: String {
        switch self {
        // Answers the mode it got; anything but wal means that the file system cannot share memory.
        case .journalMode: "PRAGMA main.journal_mode = WAL"
        case .readOnlyQueries: "PRAGMA query_only = ON"
        // Asks; the setting itself is `synchronousIs`.
        case .synchronous: "PRAGMA main.synchronous"
        // No statement here needs them, and an application's own setting must not change what a delete costs.
        case .foreignKeysOff: "PRAGMA foreign_keys = OFF"
        case .temporaryStore: "PRAGMA temp_store = MEMORY"
        // 16 MiB: the interior pages of every index at a million rows, and what a checkpoint interval touches.
        case .cacheSize: "PRAGMA main.cache_size = -16384"
        // A checkpoint writes each page once however often it changed: fewer, larger ones cost less under load.
        case .checkpointPages: "PRAGMA main.wal_autocheckpoint = 4000"
        case .untrustedSchema: "PRAGMA trusted_schema = OFF"
        // Notices a damaged page when it is read, instead of misreading it.
        case .checkCells: "PRAGMA cell_size_check = ON"
        // The file behind a caller's connection.
        default: "SELECT file FROM pragma_database_list WHERE name = 'main'"
        }
    }

    /// `PRAGMA synchronous` takes no parameters.
    static func synchronousIs(_ level: String) -> String { "PRAGMA main.synchronous = \(level)" }

    private var schemaText: String {
        switch self {
        case .hasSchema: "SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = 'hakobi_schema'"
        case .schemaRow: "SELECT version, oldest_reader, oldest_writer FROM hakobi_schema WHERE only_row = 1"
        case .insertSchemaRow:
            """
            INSERT INTO hakobi_schema (only_row, version, oldest_reader, oldest_writer, epoch, last_row)
            VALUES (1, ?1, ?2, ?3, 0, 0)
            """
        // Guard: never lowers what a newer program wrote.
        case .updateSchemaRow:
            """
            UPDATE hakobi_schema SET version = ?1, oldest_reader = ?2, oldest_writer = ?3
            WHERE only_row = 1 AND version < ?1
            """
        case .epoch: "SELECT epoch, last_row FROM hakobi_schema WHERE only_row = 1"
        case .indexNames: "SELECT group_concat(name, ' ') FROM main.sqlite_schema WHERE type = 'index'"
        case .raiseEpoch: "UPDATE hakobi_schema SET epoch = epoch + 1 WHERE only_row = 1"
        // For schema.sql; the order does not depend on how the schema came to be.
        default:
            """
            SELECT sql FROM main.sqlite_schema WHERE name LIKE 'hakobi\\_%' ESCAPE '\\' AND sql IS NOT NULL
            ORDER BY tbl_name, type DESC, name
            """
        }
    }

    private var nameText: String {
        switch self {
        // Unique indexes on the names; small tables.
        case .findKind: "SELECT kind FROM hakobi_kind WHERE name = ?1"
        case .addKind: "INSERT INTO hakobi_kind (name) VALUES (?1)"
        case .findQueue: "SELECT queue FROM hakobi_queue WHERE name = ?1"
        case .addQueue: "INSERT INTO hakobi_queue (name) VALUES (?1)"
        case .findLane:
            "SELECT lane FROM hakobi_lane WHERE queue = ?1 AND kind = ?2 AND priority = ?3 AND is_lonely = ?4"
        case .addLane: "INSERT INTO hakobi_lane (queue, kind, priority, is_lonely) VALUES (?1, ?2, ?3, ?4)"
        case .laneByNumber:
            """
            SELECT l.queue, l.kind, l.priority, l.is_lonely, q.name, k.name
            FROM hakobi_lane AS l JOIN hakobi_queue AS q ON q.queue = l.queue JOIN hakobi_kind AS k ON k.kind = l.kind
            WHERE l.lane = ?1
            """
        case .findOwner: "SELECT owner FROM hakobi_owner WHERE name = ?1 AND boot = ?2"
        case .addOwner: "INSERT INTO hakobi_owner (name, boot) VALUES (?1, ?2)"
        case .ownerByNumber: "SELECT name FROM hakobi_owner WHERE owner = ?1"
        case .findReporter:
            """
            SELECT reporter FROM hakobi_reporter WHERE host = ?1 AND pid = ?2 AND generation = ?3 AND release = ?4
            """
        case .addReporter:
            "INSERT INTO hakobi_reporter (host, pid, generation, release, last_used) VALUES (?1, ?2, ?3, ?4, ?5)"
        case .markReporter: "UPDATE hakobi_reporter SET last_used = ?2 WHERE reporter = ?1"
        default: "SELECT host, pid, generation, release FROM hakobi_reporter WHERE reporter = ?1"
        }
    }

    private var insertText: String {
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
        default:
            """
            SELECT job_row, id, state, lane FROM hakobi_job INDEXED BY hakobi_job_unique
            WHERE kind = ?1 AND unique_key = ?2 AND unique_key IS NOT NULL AND state < 3
            """
        }
    }

    private var laneText: String {
        switch self {
        // Ten seeks in hakobi_lane_open: lanes whose earliest job is not due yet are not walked.
        case .openLanes:
            """
            SELECT lane FROM hakobi_lane INDEXED BY hakobi_lane_open
            WHERE is_lonely = ?1 AND priority IN (9, 8, 7, 6, 5, 4, 3, 2, 1, 0) AND next_due <= ?2
            AND next_due < 9223372036854775807
            """
        case .countLane:
            """
            UPDATE hakobi_lane SET held = held + ?2, available = available + ?3, running = running + ?4,
            completed = completed + ?5, cancelled = cancelled + ?6, dead = dead + ?7
            WHERE lane = ?1
            """
        // Guard: only downwards, and only where it says something new: no page of hakobi_lane_open changes otherwise.
        case .lowerLane: "UPDATE hakobi_lane SET next_due = ?2 WHERE lane = ?1 AND next_due > ?2"
        // Raises the lower bound to what a look at the lane's head has found.
        default: "UPDATE hakobi_lane SET next_due = ?2 WHERE lane = ?1 AND next_due < ?2"
        }
    }

    private var claimText: String {
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
        default:
            """
            UPDATE hakobi_job SET state = 2, attempt = attempt + 1, owner = ?3, lease_until = ?4, claimed = ?5
            WHERE job_row IN (SELECT job_row FROM hakobi_job INDEXED BY hakobi_job_ready
            WHERE state = 1 AND lane = ?1 ORDER BY due, job_row LIMIT ?2)
            """
        }
    }

    private var settleText: String {
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
        default: "UPDATE hakobi_job SET lease_until = ?2 WHERE job_row = ?1 AND state = 2"
        }
    }

    private var keepText: String {
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
        default: "UPDATE hakobi_job SET flags = flags | 2 WHERE job_row = ?1"
        }
    }

    private var rescueText: String {
        switch self {
        // Small: prune removes who holds nothing.
        case .leaseOwners: "SELECT owner, boot FROM hakobi_owner"
        // Index hakobi_job_running: a range of one owner. A lease written by another boot of this host is over.
        case .expiredOf:
            """
            SELECT job_row, id, lane, due, attempt, failures, crashes, flags, claimed, lease_until
            FROM hakobi_job INDEXED BY hakobi_job_running
            WHERE state = 2 AND owner = ?1 AND lease_until <= ?2 ORDER BY lease_until, job_row LIMIT ?3
            """
        default:
            """
            SELECT job_row, id, lane, due, attempt, failures, crashes, flags, claimed, lease_until
            FROM hakobi_job INDEXED BY hakobi_job_running
            WHERE state = 2 AND owner = ?1 ORDER BY lease_until, job_row LIMIT ?2
            """
        }
    }

    private var editText: String {
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
        case .removeQueues:
            "DELETE FROM hakobi_queue WHERE is_paused = 0 AND queue NOT IN (SELECT queue FROM hakobi_lane)"
        case .putPause:
            """
            INSERT INTO hakobi_queue (name, is_paused) VALUES (?1, ?2)
            ON CONFLICT (name) DO UPDATE SET is_paused = excluded.is_paused
            """
        default: "SELECT name FROM hakobi_queue INDEXED BY hakobi_queue_paused WHERE is_paused = 1 ORDER BY name"
        }
    }

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

    private var readText: String {
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
        // The few in that state, sorted.
        case .listReady: Self.list(from: "hakobi_job AS j INDEXED BY hakobi_job_ready", where: "j.state = 1")
        case .listRunning: Self.list(from: "hakobi_job AS j INDEXED BY hakobi_job_running", where: "j.state = 2")
        case .listEnded: Self.list(from: "hakobi_job AS j INDEXED BY hakobi_job_ended", where: "j.state >= 3")
        case .laneCounts:
            """
            SELECT l.lane, q.name, k.name, q.is_paused, l.held, l.available, l.running, l.completed, l.cancelled, l.dead,
            l.next_due FROM hakobi_lane AS l JOIN hakobi_queue AS q ON q.queue = l.queue
            JOIN hakobi_kind AS k ON k.kind = l.kind
            WHERE l.held + l.available + l.running + l.completed + l.cancelled + l.dead > 0
            """
        // Covering: counts entries of hakobi_job_ready in a range of due times, at most ?4.
        case .dueBetween:
            """
            SELECT count(*) FROM (SELECT 1 FROM hakobi_job INDEXED BY hakobi_job_ready
            WHERE state = 1 AND lane = ?1 AND due > ?2 AND due <= ?3 LIMIT ?4)
            """
        // hakobi_job_retrying holds only what has failed.
        case .retryingAfter:
            """
            SELECT count(*) FROM hakobi_job INDEXED BY hakobi_job_retrying
            WHERE state = 1 AND failures > 0 AND lane = ?1 AND due > ?2
            """
        case .oldestDue:
            """
            SELECT min(due) FROM hakobi_job INDEXED BY hakobi_job_ready WHERE state = 1 AND lane = ?1 AND due <= ?2
            """
        case .putWorker: "REPLACE INTO hakobi_worker (name, report, boot, reported) VALUES (?1, ?2, ?3, ?4)"
        case .removeWorker: "DELETE FROM hakobi_worker WHERE name = ?1"
        case .allWorkers: "SELECT name, report, boot, reported FROM hakobi_worker ORDER BY name"
        // hakobi_job_running: one seek an owner.
        default:
            """
            SELECT name FROM hakobi_owner WHERE EXISTS
            (SELECT 1 FROM hakobi_job INDEXED BY hakobi_job_running WHERE state = 2 AND owner = hakobi_owner.owner)
            UNION SELECT name FROM hakobi_worker ORDER BY name
            """
        }
    }
}
