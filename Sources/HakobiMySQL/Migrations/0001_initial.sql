-- Version 1. Another prefix is put in place of "hakobi_" when the settings say so.
-- Times are microseconds since 1970 UTC by the server's clock. Texts that are compared are bytes.
-- Every step may be repeated: a step that defines something commits by itself, and a migration may be cut off between two.

-- Which shape the tables have, and how old a program may be to read or write them.
CREATE TABLE IF NOT EXISTS hakobi_schema (
    only_row TINYINT NOT NULL PRIMARY KEY,
    version INT NOT NULL,
    oldest_reader INT NOT NULL,
    oldest_writer INT NOT NULL
) ENGINE = InnoDB CHARACTER SET binary;

-- Names, each said once; rows are never removed, so that programs may remember the numbers.
CREATE TABLE IF NOT EXISTS hakobi_kind (
    kind INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name VARBINARY(100) NOT NULL,
    UNIQUE KEY by_name (name)
) ENGINE = InnoDB CHARACTER SET binary;

CREATE TABLE IF NOT EXISTS hakobi_queue (
    queue INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name VARBINARY(64) NOT NULL,
    is_paused TINYINT NOT NULL DEFAULT 0,
    UNIQUE KEY by_name (name),
    KEY by_pause (is_paused)
) ENGINE = InnoDB CHARACTER SET binary;

-- One line of waiting: jobs of one queue, kind and priority.
CREATE TABLE IF NOT EXISTS hakobi_lane (
    lane INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    queue INT NOT NULL,
    kind INT NOT NULL,
    priority TINYINT NOT NULL,
    UNIQUE KEY by_names (queue, kind, priority)
) ENGINE = InnoDB CHARACTER SET binary;

CREATE TABLE IF NOT EXISTS hakobi_owner (
    owner INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name VARBINARY(700) NOT NULL,
    UNIQUE KEY by_name (name)
) ENGINE = InnoDB CHARACTER SET binary;

-- Who ran attempts: one row per process, so that a line of history names it with one number.
CREATE TABLE IF NOT EXISTS hakobi_reporter (
    reporter INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    host VARBINARY(1000) NOT NULL,
    pid INT NOT NULL,
    generation BIGINT NOT NULL,
    program_release VARBINARY(1000) NOT NULL,
    UNIQUE KEY by_names (host, pid, generation, program_release)
) ENGINE = InnoDB CHARACTER SET binary;

-- Every job. Its place says where it stands, its moment orders it there:
--   2 * lane      it waits, and is due at the moment
--   2 * lane + 1  it waits to run alone
--   -2            it runs; its lease ends at the moment
--   -3, -4, -5    it completed, was cancelled, is dead since the moment
-- So the one index serves claims, rescues and retention, and an end costs one entry of it. All columns that change have a
-- fixed size: they are changed in their place.
-- flags: 1 a cancel was asked for, 2 there is a row in hakobi_kept, 4 it must run alone.
-- live_key is the unique key as long as the job is live.
CREATE TABLE IF NOT EXISTS hakobi_job (
    job_row BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    id BINARY(16) NOT NULL,
    place INT NOT NULL,
    moment BIGINT NOT NULL,
    lane INT NOT NULL,
    kind INT NOT NULL,
    due BIGINT NOT NULL,
    created BIGINT NOT NULL,
    claimed BIGINT NOT NULL DEFAULT 0,
    ran BIGINT NOT NULL DEFAULT 0,
    owner INT NOT NULL DEFAULT 0,
    reporter INT NOT NULL DEFAULT 0,
    attempt INT NOT NULL DEFAULT 0,
    failures INT NOT NULL DEFAULT 0,
    crashes INT NOT NULL DEFAULT 0,
    flags TINYINT NOT NULL DEFAULT 0,
    max_failures BIGINT NOT NULL DEFAULT 10,
    version BIGINT NOT NULL DEFAULT 1,
    codec VARBINARY(255) NOT NULL DEFAULT 'json',
    soft_limit BIGINT,
    hard_limit BIGINT,
    unique_key VARBINARY(255),
    live_key VARBINARY(255),
    idempotency_key VARBINARY(255),
    metadata LONGBLOB,
    payload LONGBLOB NOT NULL,
    UNIQUE KEY by_id (id),
    UNIQUE KEY by_key (kind, live_key),
    KEY by_order (place, moment)
) ENGINE = InnoDB CHARACTER SET binary;

-- What attempts left behind; only for the jobs that left something.
CREATE TABLE IF NOT EXISTS hakobi_kept (
    job_row BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    progress_done BIGINT,
    progress_total BIGINT,
    progress_note LONGBLOB,
    checkpoint LONGBLOB,
    result_codec VARBINARY(255),
    result_version BIGINT,
    result LONGBLOB
) ENGINE = InnoDB CHARACTER SET binary;

-- Lines of history; a completed job's last line is in its own row.
CREATE TABLE IF NOT EXISTS hakobi_attempt (
    job_row BIGINT UNSIGNED NOT NULL,
    attempt INT NOT NULL,
    outcome VARBINARY(20) NOT NULL,
    error LONGBLOB,
    death_signal INT,
    exit_code INT,
    peak_memory BIGINT,
    reporter INT,
    ran BIGINT,
    started BIGINT NOT NULL,
    ended BIGINT NOT NULL,
    PRIMARY KEY (job_row, attempt)
) ENGINE = InnoDB CHARACTER SET binary;

-- How many jobs have ended, as changes that are only ever added, so that nobody waits for a counter; folded by retention.
CREATE TABLE IF NOT EXISTS hakobi_tally (
    tally BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    lane INT NOT NULL,
    place INT NOT NULL,
    delta BIGINT NOT NULL
) ENGINE = InnoDB CHARACTER SET binary;

CREATE TABLE IF NOT EXISTS hakobi_idempotency (
    kind INT NOT NULL,
    idempotency_key VARBINARY(255) NOT NULL,
    id BINARY(16) NOT NULL,
    expires BIGINT NOT NULL,
    PRIMARY KEY (kind, idempotency_key),
    KEY by_expiry (expires)
) ENGINE = InnoDB CHARACTER SET binary;

CREATE TABLE IF NOT EXISTS hakobi_worker (
    name VARBINARY(700) NOT NULL PRIMARY KEY,
    report LONGBLOB NOT NULL,
    reported BIGINT NOT NULL
) ENGINE = InnoDB CHARACTER SET binary;

-- Keeps a job within the caller's transaction, as a service's insert does. `became` is 0 when it is kept, 1 when `other`
-- stands for it, 2 when it is kept in place of `other`, 3 when it is refused because of `other`.
DROP PROCEDURE IF EXISTS hakobi_put;

CREATE PROCEDURE hakobi_put (
    IN the_id BINARY(16), IN kind_name VARBINARY(255), IN queue_name VARBINARY(255), IN job_payload LONGBLOB,
    IN job_codec VARBINARY(255), IN job_version BIGINT, IN job_priority INT, IN run_at BIGINT, IN run_after BIGINT,
    IN job_max_failures BIGINT, IN job_soft_limit BIGINT, IN job_hard_limit BIGINT, IN job_metadata LONGBLOB,
    IN job_idempotency_key VARBINARY(255), IN time_window BIGINT, IN job_unique_key VARBINARY(255),
    IN on_conflict VARBINARY(10), OUT became INT, OUT other BINARY(16)
)
MODIFIES SQL DATA SQL SECURITY INVOKER
put: BEGIN
    DECLARE now_us BIGINT DEFAULT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6));
    DECLARE the_kind, the_queue, the_lane, holder_lane, holder_place INT;
    DECLARE holder_row BIGINT UNSIGNED;
    DECLARE expiry BIGINT;
    DECLARE CONTINUE HANDLER FOR NOT FOUND BEGIN END;
    IF kind_name IS NULL OR LENGTH(kind_name) NOT BETWEEN 1 AND 100 OR kind_name REGEXP '[[:cntrl:]]' THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a kind has 1 to 100 bytes and no control characters';
    END IF;
    IF queue_name IS NULL OR NOT queue_name REGEXP '^[-A-Za-z0-9_.:/]{1,64}$' THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a queue name has 1 to 64 of A-Z a-z 0-9 _ - . : /';
    END IF;
    IF job_priority IS NULL OR job_priority NOT BETWEEN 0 AND 9 THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the priority is outside 0...9';
    END IF;
    IF job_max_failures IS NULL OR job_max_failures < 1 THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'max_failures is at least 1';
    END IF;
    IF run_after < 0 OR job_soft_limit <= 0 OR job_hard_limit <= 0 THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a delay is not negative, and a limit is more than nothing';
    END IF;
    IF job_payload IS NULL OR LENGTH(job_payload) > 1048576 THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a payload has at most 1048576 bytes, and must not be NULL';
    END IF;
    IF LENGTH(job_unique_key) NOT BETWEEN 1 AND 255 OR LENGTH(job_idempotency_key) NOT BETWEEN 1 AND 255 THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a key has 1 to 255 bytes';
    END IF;
    IF job_idempotency_key IS NOT NULL AND time_window IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'an idempotency key has a window';
    END IF;
    IF on_conflict IS NULL OR on_conflict NOT IN ('keep', 'replace', 'refuse') THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a conflict is to keep, replace or refuse';
    END IF;
    SET became = 0, other = NULL;
    SELECT id INTO other FROM hakobi_job WHERE id = the_id;
    IF other IS NOT NULL THEN
        SET became = 1;
        LEAVE put;
    END IF;
    SELECT kind INTO the_kind FROM hakobi_kind WHERE name = kind_name;
    IF the_kind IS NULL THEN
        INSERT INTO hakobi_kind (name) VALUES (kind_name) ON DUPLICATE KEY UPDATE kind = kind;
        SELECT kind INTO the_kind FROM hakobi_kind WHERE name = kind_name FOR UPDATE;
    END IF;
    SELECT queue INTO the_queue FROM hakobi_queue WHERE name = queue_name;
    IF the_queue IS NULL THEN
        INSERT INTO hakobi_queue (name) VALUES (queue_name) ON DUPLICATE KEY UPDATE queue = queue;
        SELECT queue INTO the_queue FROM hakobi_queue WHERE name = queue_name FOR UPDATE;
    END IF;
    SELECT lane INTO the_lane FROM hakobi_lane
    WHERE queue = the_queue AND kind = the_kind AND priority = job_priority;
    IF the_lane IS NULL THEN
        INSERT INTO hakobi_lane (queue, kind, priority) VALUES (the_queue, the_kind, job_priority)
        ON DUPLICATE KEY UPDATE lane = lane;
        SELECT lane INTO the_lane FROM hakobi_lane
        WHERE queue = the_queue AND kind = the_kind AND priority = job_priority FOR UPDATE;
    END IF;
    IF job_idempotency_key IS NOT NULL THEN
        SELECT id, expires INTO other, expiry FROM hakobi_idempotency
        WHERE kind = the_kind AND idempotency_key = job_idempotency_key FOR UPDATE;
        IF expiry > now_us THEN
            SET became = 1;
            LEAVE put;
        END IF;
        SET other = NULL;
    END IF;
    IF job_unique_key IS NOT NULL THEN
        SELECT job_row, id, lane, place INTO holder_row, other, holder_lane, holder_place FROM hakobi_job
        WHERE kind = the_kind AND live_key = job_unique_key FOR UPDATE;
        IF other IS NOT NULL AND (on_conflict <> 'replace' OR holder_place = -2) THEN
            SET became = IF(on_conflict = 'keep', 1, 3);
            LEAVE put;
        END IF;
        IF other IS NOT NULL THEN
            UPDATE hakobi_job SET place = -4, moment = now_us, owner = 0, reporter = 0, ran = 0, live_key = NULL
            WHERE job_row = holder_row;
            INSERT INTO hakobi_tally (lane, place, delta) VALUES (holder_lane, -4, 1);
            SET became = 2;
        END IF;
    END IF;
    INSERT INTO hakobi_job (id, lane, kind, created, due, place, moment, max_failures, version, codec, soft_limit, hard_limit,
        unique_key, live_key, idempotency_key, metadata, payload)
    VALUES (the_id, the_lane, the_kind, now_us,
        GREATEST(COALESCE(run_at, now_us), now_us + LEAST(COALESCE(run_after, 0), 9223372036854775807 - now_us)),
        2 * the_lane, due, job_max_failures, job_version, job_codec, job_soft_limit, job_hard_limit,
        job_unique_key, job_unique_key, job_idempotency_key, job_metadata, job_payload);
    IF job_idempotency_key IS NOT NULL THEN
        REPLACE INTO hakobi_idempotency (kind, idempotency_key, id, expires)
        VALUES (the_kind, job_idempotency_key, the_id, now_us + LEAST(time_window, 9223372036854775807 - now_us));
    END IF;
END;

-- The same for other programs: NULL stands for what a parameter is when nothing is said: queue "default", due now
-- (microseconds since 1970), priority 5, no keys. The id comes back as text: the older job's when a key says that it is
-- there already.
DROP PROCEDURE IF EXISTS hakobi_enqueue;

CREATE PROCEDURE hakobi_enqueue (
    IN kind_name VARBINARY(255), IN job_payload LONGBLOB, IN queue_name VARBINARY(255), IN run_at BIGINT,
    IN job_priority INT, IN job_unique_key VARBINARY(255), IN job_idempotency_key VARBINARY(255), OUT job_id VARCHAR(36)
)
MODIFIES SQL DATA SQL SECURITY INVOKER
BEGIN
    DECLARE now_us BIGINT DEFAULT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6));
    DECLARE became INT;
    DECLARE the_id, other BINARY(16);
    DECLARE digits VARCHAR(32);
    SET the_id = UNHEX(CONCAT(LPAD(HEX(now_us DIV 1000), 12, '0'), '7', SUBSTR(MD5(UUID()), 1, 3), '8',
        SUBSTR(MD5(CONCAT(UUID(), RAND())), 1, 15)));
    CALL hakobi_put(the_id, kind_name, COALESCE(queue_name, 'default'), job_payload, 'json', 1, COALESCE(job_priority, 5),
        run_at, NULL, 10, NULL, NULL, NULL, job_idempotency_key, 86400000000, job_unique_key, 'keep', became, other);
    SET digits = LOWER(HEX(IF(became = 1, other, the_id)));
    SET job_id = CONCAT_WS('-', SUBSTR(digits, 1, 8), SUBSTR(digits, 9, 4), SUBSTR(digits, 13, 4), SUBSTR(digits, 17, 4),
        SUBSTR(digits, 21));
END;

-- The same with everything that a job has, as Swift's insert(_:on:) says it; answers one row, `became` and `other`.
DROP PROCEDURE IF EXISTS hakobi_enqueue_job;

CREATE PROCEDURE hakobi_enqueue_job (
    IN job_id VARBINARY(36), IN kind_name VARBINARY(255), IN queue_name VARBINARY(255), IN job_payload LONGBLOB,
    IN job_codec VARBINARY(255), IN job_version BIGINT, IN job_priority INT, IN run_at BIGINT, IN run_after BIGINT,
    IN job_max_failures BIGINT, IN job_soft_limit BIGINT, IN job_hard_limit BIGINT, IN job_metadata LONGBLOB,
    IN job_idempotency_key VARBINARY(255), IN time_window BIGINT, IN job_unique_key VARBINARY(255),
    IN on_conflict VARBINARY(10)
)
MODIFIES SQL DATA SQL SECURITY INVOKER
BEGIN
    DECLARE became INT;
    DECLARE other BINARY(16);
    CALL hakobi_put(UNHEX(REPLACE(job_id, '-', '')), kind_name, queue_name, job_payload, job_codec, job_version,
        job_priority, run_at, run_after, job_max_failures, job_soft_limit, job_hard_limit, job_metadata,
        job_idempotency_key, time_window, job_unique_key, on_conflict, became, other);
    SELECT became, other;
END;

-- Completes a running job within the caller's transaction, which must have been begun. NULL stands for what is not known.
-- Whoever does not hold the lease gets an error, and the transaction is rolled back, so that it cannot be committed.
DROP PROCEDURE IF EXISTS hakobi_complete;

CREATE PROCEDURE hakobi_complete (
    IN job_id VARBINARY(36), IN job_attempt INT, IN job_claimed BIGINT, IN job_result LONGBLOB,
    IN job_result_codec VARBINARY(255), IN job_result_version BIGINT, IN job_host VARBINARY(1000), IN job_pid INT,
    IN job_generation BIGINT, IN job_release VARBINARY(1000), IN job_ran BIGINT
)
MODIFIES SQL DATA SQL SECURITY INVOKER
BEGIN
    DECLARE now_us BIGINT DEFAULT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6));
    DECLARE the_row BIGINT UNSIGNED;
    DECLARE the_lane INT;
    DECLARE began BIGINT;
    DECLARE by_whom INT;
    DECLARE words VARCHAR(128);
    DECLARE CONTINUE HANDLER FOR NOT FOUND BEGIN END;
    SELECT job_row, lane, claimed INTO the_row, the_lane, began FROM hakobi_job
    WHERE id = UNHEX(REPLACE(job_id, '-', '')) AND attempt = job_attempt AND place = -2
        AND (job_claimed IS NULL OR claimed = job_claimed) FOR UPDATE;
    IF the_row IS NULL THEN
        ROLLBACK;
        SET words = LEFT(CONCAT('attempt ', COALESCE(job_attempt, 0), ' of job ', COALESCE(job_id, ''),
            ' does not hold the lease: rolled back'), 128);
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = words;
    END IF;
    IF job_host IS NOT NULL THEN
        SET job_pid = COALESCE(job_pid, 0), job_generation = COALESCE(job_generation, 0),
            job_release = COALESCE(job_release, '');
        SELECT reporter INTO by_whom FROM hakobi_reporter
        WHERE host = job_host AND pid = job_pid AND generation = job_generation AND program_release = job_release;
        IF by_whom IS NULL THEN
            INSERT INTO hakobi_reporter (host, pid, generation, program_release)
            VALUES (job_host, job_pid, job_generation, job_release) ON DUPLICATE KEY UPDATE reporter = reporter;
            SELECT reporter INTO by_whom FROM hakobi_reporter
            WHERE host = job_host AND pid = job_pid AND generation = job_generation AND program_release = job_release
            FOR UPDATE;
        END IF;
    END IF;
    UPDATE hakobi_job SET place = -3, moment = now_us, owner = 0, reporter = COALESCE(by_whom, 0),
        ran = COALESCE(job_ran, now_us - began), flags = flags & 2 | IF(job_result IS NULL, 0, 2), live_key = NULL
    WHERE job_row = the_row;
    INSERT INTO hakobi_tally (lane, place, delta) VALUES (the_lane, -3, 1);
    IF job_result IS NOT NULL THEN
        INSERT INTO hakobi_kept (job_row, result_codec, result_version, result)
        VALUES (the_row, COALESCE(job_result_codec, 'json'), COALESCE(job_result_version, 1), job_result)
        ON DUPLICATE KEY UPDATE result_codec = VALUES(result_codec), result_version = VALUES(result_version),
            result = VALUES(result);
    END IF;
END;
