TABLE hakobi.attempt (
    job_row bigint NOT NULL,
    attempt integer NOT NULL,
    outcome text NOT NULL,
    error text,
    signal integer,
    exit_code integer,
    peak_memory bigint,
    reporter integer,
    ran bigint,
    started bigint NOT NULL,
    ended bigint NOT NULL
)
CREATE UNIQUE INDEX attempt_pkey ON hakobi.attempt USING btree (job_row, attempt)

TABLE hakobi.claim (
    claim bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    owner integer NOT NULL,
    lease_until bigint NOT NULL,
    ids uuid[] NOT NULL
)
WITH (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=1000, autovacuum_vacuum_cost_delay=0)
CREATE UNIQUE INDEX claim_pkey ON hakobi.claim USING btree (claim)
CREATE INDEX claim_until ON hakobi.claim USING btree (lease_until)

TABLE hakobi.finished (
    job_row bigint NOT NULL,
    id uuid NOT NULL,
    due bigint NOT NULL,
    created bigint NOT NULL,
    ended bigint NOT NULL,
    ran bigint,
    soft_limit bigint,
    hard_limit bigint,
    lane integer NOT NULL,
    kind integer NOT NULL,
    reporter integer,
    attempt integer NOT NULL,
    failures integer NOT NULL,
    crashes integer NOT NULL,
    max_failures bigint NOT NULL,
    version integer NOT NULL,
    flags smallint NOT NULL,
    state smallint NOT NULL,
    codec text COLLATE "C" NOT NULL,
    payload bytea NOT NULL,
    metadata bytea,
    idempotency_key text COLLATE "C",
    unique_key text COLLATE "C"
)
CREATE INDEX finished_completed ON hakobi.finished USING btree (ended) WHERE (state = 3)
CREATE INDEX finished_id ON hakobi.finished USING btree (id)
CREATE INDEX finished_otherwise ON hakobi.finished USING btree (state, ended, job_row) WHERE (state <> 3)

TABLE hakobi.idempotency (
    kind integer NOT NULL,
    idempotency_key text COLLATE "C" NOT NULL,
    id uuid NOT NULL,
    expires bigint NOT NULL
)
CREATE INDEX idempotency_expires ON hakobi.idempotency USING btree (expires)
CREATE UNIQUE INDEX idempotency_pkey ON hakobi.idempotency USING btree (kind, idempotency_key)

TABLE hakobi.kept (
    job_row bigint NOT NULL,
    progress_done bigint,
    progress_total bigint,
    progress_note text,
    checkpoint bytea,
    result_codec text,
    result_version integer,
    result bytea
)
CREATE UNIQUE INDEX kept_pkey ON hakobi.kept USING btree (job_row)

TABLE hakobi.kind (
    kind integer NOT NULL GENERATED ALWAYS AS IDENTITY,
    name text COLLATE "C" NOT NULL
)
CREATE UNIQUE INDEX kind_name_key ON hakobi.kind USING btree (name)
CREATE UNIQUE INDEX kind_pkey ON hakobi.kind USING btree (kind)

TABLE hakobi.lane (
    lane integer NOT NULL GENERATED ALWAYS AS IDENTITY,
    queue integer NOT NULL,
    kind integer NOT NULL,
    priority smallint NOT NULL
)
CREATE UNIQUE INDEX lane_pkey ON hakobi.lane USING btree (lane)
CREATE UNIQUE INDEX lane_queue_kind_priority_key ON hakobi.lane USING btree (queue, kind, priority)

TABLE hakobi.live (
    job_row bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    id uuid NOT NULL,
    due bigint NOT NULL,
    created bigint NOT NULL,
    lease_until bigint,
    claimed bigint,
    soft_limit bigint,
    hard_limit bigint,
    lane integer NOT NULL,
    kind integer NOT NULL,
    owner integer,
    attempt integer NOT NULL DEFAULT 0,
    failures integer NOT NULL DEFAULT 0,
    crashes integer NOT NULL DEFAULT 0,
    max_failures bigint NOT NULL,
    version integer NOT NULL,
    flags smallint NOT NULL DEFAULT 0,
    codec text COLLATE "C" NOT NULL,
    payload bytea NOT NULL,
    metadata bytea,
    idempotency_key text COLLATE "C",
    unique_key text COLLATE "C"
)
WITH (fillfactor=45, autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=5000, autovacuum_analyze_scale_factor=0, autovacuum_analyze_threshold=50000, autovacuum_vacuum_cost_delay=0)
CREATE UNIQUE INDEX live_id ON hakobi.live USING btree (id)
CREATE INDEX live_ready ON hakobi.live USING btree (lane, due, job_row)
CREATE UNIQUE INDEX live_unique ON hakobi.live USING btree (kind, unique_key) WHERE (unique_key IS NOT NULL)

TABLE hakobi.owner (
    owner integer NOT NULL GENERATED ALWAYS AS IDENTITY,
    name text COLLATE "C" NOT NULL
)
CREATE UNIQUE INDEX owner_name_key ON hakobi.owner USING btree (name)
CREATE UNIQUE INDEX owner_pkey ON hakobi.owner USING btree (owner)

TABLE hakobi.queue (
    queue integer NOT NULL GENERATED ALWAYS AS IDENTITY,
    name text COLLATE "C" NOT NULL,
    is_paused boolean NOT NULL DEFAULT false
)
CREATE UNIQUE INDEX queue_name_key ON hakobi.queue USING btree (name)
CREATE UNIQUE INDEX queue_pkey ON hakobi.queue USING btree (queue)

TABLE hakobi.reporter (
    reporter integer NOT NULL GENERATED ALWAYS AS IDENTITY,
    host text COLLATE "C" NOT NULL,
    pid integer NOT NULL,
    generation bigint NOT NULL,
    release text COLLATE "C" NOT NULL
)
CREATE UNIQUE INDEX reporter_host_pid_generation_release_key ON hakobi.reporter USING btree (host, pid, generation, release)
CREATE UNIQUE INDEX reporter_pkey ON hakobi.reporter USING btree (reporter)

TABLE hakobi.schema_version (
    only_row boolean NOT NULL,
    version integer NOT NULL,
    oldest_reader integer NOT NULL,
    oldest_writer integer NOT NULL
)
CREATE UNIQUE INDEX schema_version_pkey ON hakobi.schema_version USING btree (only_row)

TABLE hakobi.tally (
    tally bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    lane integer NOT NULL,
    state smallint NOT NULL,
    change bigint NOT NULL
)
WITH (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=5000, autovacuum_vacuum_cost_delay=0)
CREATE UNIQUE INDEX tally_pkey ON hakobi.tally USING btree (tally)

TABLE hakobi.worker (
    name text COLLATE "C" NOT NULL,
    report text NOT NULL,
    reported bigint NOT NULL
)
CREATE UNIQUE INDEX worker_pkey ON hakobi.worker USING btree (name)

FUNCTION hakobi.complete(id uuid, attempt integer, claimed bigint DEFAULT NULL::bigint, result bytea DEFAULT NULL::bytea, result_codec text DEFAULT 'json'::text, result_version integer DEFAULT 1, host text DEFAULT NULL::text, pid integer DEFAULT 0, generation bigint DEFAULT 0, release text DEFAULT ''::text, ran bigint DEFAULT NULL::bigint) RETURNS void
FUNCTION hakobi.enqueue(kind text, payload jsonb DEFAULT '{}'::jsonb, queue text DEFAULT 'default'::text, run_at timestamp with time zone DEFAULT NULL::timestamp with time zone, priority integer DEFAULT 5, unique_key text DEFAULT NULL::text, on_conflict text DEFAULT 'keep'::text, idempotency_key text DEFAULT NULL::text, idempotency_window interval DEFAULT '1 day'::interval, max_failures integer DEFAULT 10, soft_limit interval DEFAULT NULL::interval, hard_limit interval DEFAULT NULL::interval, metadata jsonb DEFAULT NULL::jsonb, id uuid DEFAULT NULL::uuid) RETURNS uuid
FUNCTION hakobi.enqueue_job(id uuid, kind text, queue text, payload bytea, codec text, version integer, priority integer, run_at bigint, delay bigint, max_failures bigint, soft_limit bigint, hard_limit bigint, metadata bytea, idempotency_key text, time_window bigint, unique_key text, on_conflict text, OUT became smallint, OUT other uuid) RETURNS record
FUNCTION hakobi.lane_number(of_queue text, of_kind text, of_priority smallint, OUT lane integer, OUT kind integer) RETURNS record
FUNCTION hakobi.netstrings(pairs jsonb) RETURNS bytea
FUNCTION hakobi.new_id() RETURNS uuid
FUNCTION hakobi.now_us() RETURNS bigint
FUNCTION hakobi.put_job(new_id uuid, in_lane integer, of_kind integer, due_at bigint, at_now bigint, most_failures bigint, its_codec text, its_version integer, its_payload bytea, its_metadata bytea, its_soft_limit bigint, its_hard_limit bigint, its_idempotency_key text, expires_at bigint, its_unique_key text, on_conflict text, OUT became smallint, OUT other uuid) RETURNS record
FUNCTION hakobi.refuse(sentence text) RETURNS void
