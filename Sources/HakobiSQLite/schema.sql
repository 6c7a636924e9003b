CREATE TABLE hakobi_attempt (
    job_row INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    error TEXT,
    signal INTEGER,
    exit_code INTEGER,
    peak_memory INTEGER,
    reporter INTEGER,
    ran INTEGER,
    started INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    PRIMARY KEY (job_row, attempt)
) STRICT, WITHOUT ROWID;

CREATE TABLE hakobi_content (
    job_row INTEGER PRIMARY KEY,
    created INTEGER NOT NULL,
    codec TEXT NOT NULL,
    version INTEGER NOT NULL,
    payload BLOB NOT NULL,
    metadata BLOB,
    soft_limit INTEGER,
    hard_limit INTEGER,
    idempotency_key TEXT
) STRICT;

CREATE TABLE hakobi_idempotency (
    kind INTEGER NOT NULL,
    idempotency_key TEXT NOT NULL,
    id BLOB NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (kind, idempotency_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX hakobi_idempotency_expires ON hakobi_idempotency (expires);

CREATE TABLE hakobi_job (
    job_row INTEGER PRIMARY KEY,
    id BLOB NOT NULL,
    lane INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    state INTEGER NOT NULL,
    due INTEGER NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    crashes INTEGER NOT NULL DEFAULT 0,
    max_failures INTEGER NOT NULL,
    flags INTEGER NOT NULL DEFAULT 0,
    owner INTEGER,
    lease_until INTEGER,
    claimed INTEGER,
    ended INTEGER,
    reporter INTEGER,
    ran INTEGER,
    unique_key TEXT
) STRICT;

CREATE INDEX hakobi_job_ended ON hakobi_job (state, ended) WHERE state >= 3;

CREATE UNIQUE INDEX hakobi_job_id ON hakobi_job (id);

CREATE INDEX hakobi_job_ready ON hakobi_job (lane, due) WHERE state = 1;

CREATE INDEX hakobi_job_retrying ON hakobi_job (lane, due) WHERE state = 1 AND failures > 0;

CREATE INDEX hakobi_job_running ON hakobi_job (owner, lease_until) WHERE state = 2;

CREATE UNIQUE INDEX hakobi_job_unique ON hakobi_job (kind, unique_key) WHERE unique_key IS NOT NULL AND state < 3;

CREATE TABLE hakobi_kept (
    job_row INTEGER PRIMARY KEY,
    progress_done INTEGER,
    progress_total INTEGER,
    progress_note TEXT,
    checkpoint BLOB,
    result_codec TEXT,
    result_version INTEGER,
    result BLOB
) STRICT;

CREATE TABLE hakobi_kind (
    kind INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE hakobi_lane (
    lane INTEGER PRIMARY KEY,
    queue INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    is_lonely INTEGER NOT NULL,
    held INTEGER NOT NULL DEFAULT 0,
    available INTEGER NOT NULL DEFAULT 0,
    running INTEGER NOT NULL DEFAULT 0,
    completed INTEGER NOT NULL DEFAULT 0,
    cancelled INTEGER NOT NULL DEFAULT 0,
    dead INTEGER NOT NULL DEFAULT 0,
    next_due INTEGER NOT NULL DEFAULT 9223372036854775807,
    UNIQUE (queue, kind, priority, is_lonely)
) STRICT;

CREATE INDEX hakobi_lane_open ON hakobi_lane (is_lonely, priority, next_due) WHERE next_due < 9223372036854775807;

CREATE TABLE hakobi_owner (
    owner INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    boot TEXT NOT NULL,
    UNIQUE (name, boot)
) STRICT;

CREATE TABLE hakobi_queue (
    queue INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    is_paused INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX hakobi_queue_paused ON hakobi_queue (queue) WHERE is_paused = 1;

CREATE TABLE hakobi_reporter (
    reporter INTEGER PRIMARY KEY,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    release TEXT NOT NULL,
    last_used INTEGER NOT NULL,
    UNIQUE (host, pid, generation, release)
) STRICT;

CREATE TABLE hakobi_schema (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    version INTEGER NOT NULL,
    oldest_reader INTEGER NOT NULL,
    oldest_writer INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    last_row INTEGER NOT NULL
) STRICT;

CREATE TABLE hakobi_worker (
    name TEXT PRIMARY KEY,
    report TEXT NOT NULL,
    boot TEXT NOT NULL,
    reported INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
