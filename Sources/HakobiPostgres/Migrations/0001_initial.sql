-- Version 1. Everything is in one schema; another name is put in place of "hakobi." when the settings say so.
-- Times are microseconds since 1970 UTC by the server's clock. Texts that are compared have the collation "C": bytewise.

-- Which shape the tables have, and how old a program may be to read or write them.
CREATE TABLE hakobi.schema_version (
    only_row boolean PRIMARY KEY CHECK (only_row),
    version integer NOT NULL,
    oldest_reader integer NOT NULL,
    oldest_writer integer NOT NULL
);

-- Names, each said once; rows are never removed, so that programs may remember the numbers.
CREATE TABLE hakobi.kind (
    kind integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE
);

CREATE TABLE hakobi.queue (
    queue integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    is_paused boolean NOT NULL DEFAULT false
);

-- One line of waiting: jobs of one queue, kind and priority. Numbers are even; the number above is the same lane's lonely
-- twin, where its suspects stand, so that no claim for ordinary slots ever meets one.
CREATE TABLE hakobi.lane (
    lane integer GENERATED ALWAYS AS IDENTITY (START WITH 2 INCREMENT BY 2) PRIMARY KEY,
    queue integer NOT NULL,
    kind integer NOT NULL,
    priority smallint NOT NULL,
    UNIQUE (queue, kind, priority)
);

CREATE TABLE hakobi.owner (
    owner integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE
);

-- Who ran attempts: one row per process, so that a line of history names it with one number.
CREATE TABLE hakobi.reporter (
    reporter integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    host text COLLATE "C" NOT NULL,
    pid integer NOT NULL,
    generation bigint NOT NULL,
    release text COLLATE "C" NOT NULL,
    UNIQUE (host, pid, generation, release)
);

-- Every job that has not ended. An owner means that it runs.
-- A claim changes no column that an index has, so with the room that the fill factor leaves it is one new version of the
-- row in the same page and nothing else (a HOT update). That is why no index knows who runs: leases are found by
-- hakobi.claim.
-- flags: 1 a cancel was asked for, 2 there is a row in hakobi.kept.
CREATE TABLE hakobi.live (
    job_row bigint GENERATED ALWAYS AS IDENTITY,
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
) WITH (
    fillfactor = 45, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 50000, autovacuum_vacuum_cost_delay = 0
);

CREATE UNIQUE INDEX live_id ON hakobi.live (id);

-- The order of claims. Rows that run are in it as well; a claim steps over them.
CREATE INDEX live_ready ON hakobi.live (lane, due, job_row);

-- At most one live job of a kind has a key: whatever is in this table is live.
CREATE UNIQUE INDEX live_unique ON hakobi.live (kind, unique_key) WHERE unique_key IS NOT NULL;

-- Jobs that have ended, written once. state: 3 completed, 4 cancelled, 5 dead.
-- A completed job's last line of history is here (ended, reporter, ran); all other lines are in hakobi.attempt.
CREATE TABLE hakobi.finished (
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
);

-- An id is live before it is here, and whoever inserts looks here: there is nothing to check, and checking is a quarter of a
-- completion.
CREATE INDEX finished_id ON hakobi.finished (id);

-- Retention of completed jobs goes by it. As narrow as can be, since every job pays for it: those that were settled together
-- have ended at the same moment and share an entry, always at the right end.
CREATE INDEX finished_completed ON hakobi.finished (ended) WHERE state = 3;

-- The same for cancelled and dead jobs, which are also looked for.
CREATE INDEX finished_otherwise ON hakobi.finished (state, ended, job_row) WHERE state <> 3;

-- Leases, one row a batch that was claimed or renewed together. The jobs' own rows say what still holds; a row is removed
-- when nothing of it can.
CREATE TABLE hakobi.claim (
    claim bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner integer NOT NULL,
    lease_until bigint NOT NULL,
    ids uuid[] NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);

-- A list of 600 ids would be compressed, which takes as long as writing a hundred rows; it lives for some milliseconds.
ALTER TABLE hakobi.claim ALTER ids SET STORAGE EXTERNAL;

CREATE INDEX claim_until ON hakobi.claim (lease_until);

-- What attempts left behind; only for the jobs that left something.
CREATE TABLE hakobi.kept (
    job_row bigint PRIMARY KEY,
    progress_done bigint,
    progress_total bigint,
    progress_note text,
    checkpoint bytea,
    result_codec text,
    result_version integer,
    result bytea
);

CREATE TABLE hakobi.attempt (
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
    ended bigint NOT NULL,
    PRIMARY KEY (job_row, attempt)
);

-- How many jobs have ended, as changes that are only ever added, so that nobody waits for a counter; folded by retention.
CREATE TABLE hakobi.tally (
    tally bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lane integer NOT NULL,
    state smallint NOT NULL,
    change bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

CREATE TABLE hakobi.idempotency (
    kind integer NOT NULL,
    idempotency_key text COLLATE "C" NOT NULL,
    id uuid NOT NULL,
    expires bigint NOT NULL,
    PRIMARY KEY (kind, idempotency_key)
);

CREATE INDEX idempotency_expires ON hakobi.idempotency (expires);

CREATE TABLE hakobi.worker (
    name text COLLATE "C" PRIMARY KEY,
    report text NOT NULL,
    reported bigint NOT NULL
);

-- The store's clock.
CREATE FUNCTION hakobi.now_us() RETURNS bigint LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
$$;

-- The number of a lane, which is made if need be. Locks nothing that others wait for, unless two make the same one at once.
CREATE FUNCTION hakobi.lane_number(of_queue text, of_kind text, of_priority smallint, OUT lane integer, OUT kind integer)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
    q integer;
BEGIN
    LOOP
        SELECT k.kind INTO kind FROM hakobi.kind AS k WHERE k.name = of_kind;
        SELECT n.queue INTO q FROM hakobi.queue AS n WHERE n.name = of_queue;
        SELECT l.lane INTO lane FROM hakobi.lane AS l
        WHERE l.queue = q AND l.kind = lane_number.kind AND l.priority = of_priority;
        EXIT WHEN lane IS NOT NULL;
        INSERT INTO hakobi.kind (name) SELECT of_kind WHERE lane_number.kind IS NULL ON CONFLICT DO NOTHING;
        INSERT INTO hakobi.queue (name) SELECT of_queue WHERE q IS NULL ON CONFLICT DO NOTHING;
        INSERT INTO hakobi.lane (queue, kind, priority) SELECT q, lane_number.kind, of_priority
        WHERE q IS NOT NULL AND lane_number.kind IS NOT NULL ON CONFLICT DO NOTHING;
    END LOOP;
END $$;

-- Keeps one job with keys, or says why not; a job that is not kept leaves nothing behind.
-- became: 0 kept, 1 that other job stands for it, 2 kept in place of a waiting one, 3 refused because of a live one.
-- Whoever meets a row that another is just writing waits for that one's end and looks again.
CREATE FUNCTION hakobi.put_job(
    new_id uuid, in_lane integer, of_kind integer, due_at bigint, at_now bigint, most_failures bigint, its_codec text,
    its_version integer, its_payload bytea, its_metadata bytea, its_soft_limit bigint, its_hard_limit bigint,
    its_idempotency_key text, expires_at bigint, its_unique_key text, on_conflict text,
    OUT became smallint, OUT other uuid
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    holder record;
    holder_id uuid;
    replaced uuid;
BEGIN
    FOR turn IN 1..20 LOOP
        PERFORM 1 FROM hakobi.live WHERE id = new_id UNION ALL SELECT 1 FROM hakobi.finished WHERE id = new_id;
        IF FOUND THEN
            became := 1; other := new_id; RETURN;
        END IF;
        IF its_idempotency_key IS NOT NULL THEN
            SELECT i.id INTO other FROM hakobi.idempotency AS i
            WHERE i.kind = of_kind AND i.idempotency_key = its_idempotency_key AND i.expires > at_now;
            IF FOUND THEN
                became := 1; RETURN;
            END IF;
        END IF;
        IF its_unique_key IS NOT NULL THEN
            SELECT l.id, l.owner INTO holder FROM hakobi.live AS l
            WHERE l.kind = of_kind AND l.unique_key = its_unique_key AND l.unique_key IS NOT NULL;
            IF FOUND AND on_conflict = 'keep' THEN
                became := 1; other := holder.id; RETURN;
            END IF;
            IF FOUND AND (on_conflict <> 'replace' OR holder.owner IS NOT NULL) THEN
                became := 3; other := holder.id; RETURN;
            END IF;
            holder_id := CASE WHEN FOUND THEN holder.id END;
        END IF;
        IF its_idempotency_key IS NOT NULL THEN
            INSERT INTO hakobi.idempotency AS i (kind, idempotency_key, id, expires)
            VALUES (of_kind, its_idempotency_key, new_id, expires_at)
            ON CONFLICT (kind, idempotency_key) DO UPDATE SET id = excluded.id, expires = excluded.expires
            WHERE i.expires <= at_now OR i.id = excluded.id;
            -- Somebody else's request was there first.
            CONTINUE WHEN NOT FOUND;
        END IF;
        IF holder_id IS NOT NULL THEN
            WITH gone AS (
                DELETE FROM hakobi.live AS l WHERE l.id = holder_id AND l.owner IS NULL RETURNING l.*
            ), counted AS (
                INSERT INTO hakobi.tally (lane, state, change) SELECT lane & -2, 4, 1 FROM gone
            )
            INSERT INTO hakobi.finished (
                job_row, id, due, created, ended, soft_limit, hard_limit, lane, kind, attempt, failures, crashes,
                max_failures, version, flags, state, codec, payload, metadata, idempotency_key, unique_key)
            SELECT job_row, id, due, created, at_now, soft_limit, hard_limit, lane, kind, attempt, failures, crashes,
                max_failures, version, flags & -2, 4, codec, payload, metadata, idempotency_key, unique_key
            FROM gone;
            IF FOUND THEN
                replaced := holder_id;
            END IF;
        END IF;
        INSERT INTO hakobi.live (
            id, due, created, soft_limit, hard_limit, lane, kind, max_failures, version, codec, payload, metadata,
            idempotency_key, unique_key)
        VALUES (
            new_id, due_at, at_now, its_soft_limit, its_hard_limit, in_lane, of_kind, most_failures, its_version,
            its_codec, its_payload, its_metadata, its_idempotency_key, its_unique_key)
        ON CONFLICT DO NOTHING;
        IF FOUND THEN
            became := CASE WHEN replaced IS NULL THEN 0 ELSE 2 END; other := replaced; RETURN;
        END IF;
        -- Somebody took the id or the unique key just now.
        DELETE FROM hakobi.idempotency
        WHERE kind = of_kind AND idempotency_key = its_idempotency_key AND id = new_id;
    END LOOP;
    RAISE EXCEPTION USING ERRCODE = 'serialization_failure',
        MESSAGE = 'hakobi: others took the same key again and again';
END $$;

-- A fresh id: a UUID of version 7 (RFC 9562), whose first 48 bits are milliseconds.
CREATE FUNCTION hakobi.new_id() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
        || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid
$$;

-- Until when somebody waits for work and wants to hear of it, by the server's clock. A sequence, for what it says is seen
-- at once by everybody, whatever their snapshot, and leaves no dead rows behind.
CREATE SEQUENCE hakobi.idle_until MINVALUE 0 START WITH 0;

-- For all who may enter the schema: only hints depend on it.
GRANT SELECT, UPDATE ON SEQUENCE hakobi.idle_until TO PUBLIC;

-- One sentence for whoever handed in what no store keeps.
CREATE FUNCTION hakobi.refuse(sentence text) RETURNS void LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'hakobi: ' || sentence;
END $$;

-- Text pairs as hakobi.live keeps metadata: netstrings, keys in order; nothing for no pairs.
CREATE FUNCTION hakobi.netstrings(pairs jsonb) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT convert_to(string_agg(
        octet_length(convert_to(p.key, 'UTF8')) || ':' || p.key || ','
        || octet_length(convert_to(p.value, 'UTF8')) || ':' || p.value || ',', '' ORDER BY p.key COLLATE "C"), 'UTF8')
    FROM jsonb_each_text(pairs) AS p
$$;

-- Keeps one job in the caller's own transaction, with all that a job can have; times in microseconds.
-- became: 0 kept, 1 that other job stands for it, 2 kept in place of a waiting one, 3 refused because of a live one.
-- Runs with the rights of the tables' owner, so that who may enqueue needs no right on any table.
CREATE FUNCTION hakobi.enqueue_job(
    id uuid, kind text, queue text, payload bytea, codec text, version integer, priority integer, run_at bigint,
    delay bigint, max_failures bigint, soft_limit bigint, hard_limit bigint, metadata bytea, idempotency_key text,
    time_window bigint, unique_key text, on_conflict text, OUT became smallint, OUT other uuid
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    at_now bigint := hakobi.now_us();
    -- greatest() leaves out what is NULL.
    due bigint := greatest(
        at_now, run_at, CASE WHEN delay IS NOT NULL THEN at_now + least(delay, 9223372036854775807 - at_now) END);
    place record;
BEGIN
    IF id IS NULL OR codec IS NULL OR version IS NULL THEN
        PERFORM hakobi.refuse('a job has an id, and its payload a codec and a version');
    END IF;
    IF kind IS NULL OR octet_length(convert_to(kind, 'UTF8')) NOT BETWEEN 1 AND 100 OR kind ~ '[\x01-\x1f\x7f-\x9f]' THEN
        PERFORM hakobi.refuse('a kind has 1 to 100 bytes and no control characters');
    END IF;
    IF queue IS NULL OR queue !~ '^[A-Za-z0-9_.:/-]{1,64}$' THEN
        PERFORM hakobi.refuse('a queue name has 1 to 64 characters of A-Z a-z 0-9 _ - . : /');
    END IF;
    IF priority IS NULL OR priority NOT BETWEEN 0 AND 9 THEN
        PERFORM hakobi.refuse('a priority is 0 to 9');
    END IF;
    IF max_failures IS NULL OR max_failures < 1 THEN
        PERFORM hakobi.refuse('max_failures is at least 1');
    END IF;
    IF delay < 0 OR soft_limit <= 0 OR hard_limit <= 0 THEN
        PERFORM hakobi.refuse('a delay is not negative, and a limit is more than nothing');
    END IF;
    IF payload IS NULL OR octet_length(payload) > 1048576 THEN
        PERFORM hakobi.refuse(
            'a payload has at most 1048576 bytes, and is not NULL: store large data elsewhere and enqueue its name');
    END IF;
    IF octet_length(convert_to(unique_key, 'UTF8')) NOT BETWEEN 1 AND 255
        OR octet_length(convert_to(idempotency_key, 'UTF8')) NOT BETWEEN 1 AND 255 THEN
        PERFORM hakobi.refuse('a key has 1 to 255 bytes');
    END IF;
    IF idempotency_key IS NOT NULL AND time_window IS NULL THEN
        PERFORM hakobi.refuse('an idempotency key has a window');
    END IF;
    IF on_conflict IS NULL OR on_conflict NOT IN ('keep', 'replace', 'refuse') THEN
        PERFORM hakobi.refuse('on_conflict is keep, replace or refuse');
    END IF;
    place := hakobi.lane_number(queue, kind, priority::smallint);
    SELECT p.became, p.other INTO became, other FROM hakobi.put_job(
        id, place.lane, place.kind, due, at_now, max_failures, codec, version, payload, metadata, soft_limit, hard_limit,
        idempotency_key, at_now + least(time_window, 9223372036854775807 - at_now), unique_key, on_conflict) AS p;
    IF became IN (0, 2) AND due <= at_now THEN
        -- Sent when the transaction commits; many of one transaction are one.
        PERFORM pg_notify('hakobi_hakobi', '') FROM hakobi.idle_until AS i WHERE i.last_value >= at_now;
    END IF;
END $$;

-- Enqueues one job in the caller's own transaction, from any client: it is there if and only if that commits.
-- Answers the id of the job that stands for it; with on_conflict => 'refuse' a taken unique key is an error (23505).
CREATE FUNCTION hakobi.enqueue(
    kind text, payload jsonb DEFAULT '{}', queue text DEFAULT 'default', run_at timestamptz DEFAULT NULL,
    priority integer DEFAULT 5, unique_key text DEFAULT NULL, on_conflict text DEFAULT 'keep',
    idempotency_key text DEFAULT NULL, idempotency_window interval DEFAULT '1 day', max_failures integer DEFAULT 10,
    soft_limit interval DEFAULT NULL, hard_limit interval DEFAULT NULL, metadata jsonb DEFAULT NULL, id uuid DEFAULT NULL
) RETURNS uuid LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    new_id uuid := coalesce(id, hakobi.new_id());
    answer record;
BEGIN
    IF NOT isfinite(run_at) THEN
        PERFORM hakobi.refuse('run_at is a moment, not infinity');
    END IF;
    IF jsonb_typeof(metadata) <> 'object' THEN
        PERFORM hakobi.refuse('metadata is an object of texts');
    END IF;
    answer := hakobi.enqueue_job(
        new_id, kind, queue, convert_to(payload::text, 'UTF8'), 'json', 1, priority,
        (extract(epoch FROM run_at) * 1000000)::bigint, NULL, max_failures,
        (extract(epoch FROM soft_limit) * 1000000)::bigint, (extract(epoch FROM hard_limit) * 1000000)::bigint,
        hakobi.netstrings(metadata), idempotency_key, (extract(epoch FROM idempotency_window) * 1000000)::bigint,
        unique_key, on_conflict);
    IF answer.became = 3 THEN
        RAISE EXCEPTION USING ERRCODE = 'unique_violation',
            MESSAGE = format('hakobi: the unique key is taken by job %s', answer.other);
    END IF;
    RETURN CASE WHEN answer.became = 1 THEN answer.other ELSE new_id END;
END $$;

-- Completes a running job in the handler's own transaction. Raises an error (55000) when that attempt does not hold the
-- lease, so that the transaction cannot commit. claimed tells it from an attempt of an earlier job with the same id.
CREATE FUNCTION hakobi.complete(
    id uuid, attempt integer, claimed bigint DEFAULT NULL, result bytea DEFAULT NULL, result_codec text DEFAULT 'json',
    result_version integer DEFAULT 1, host text DEFAULT NULL, pid integer DEFAULT 0, generation bigint DEFAULT 0,
    release text DEFAULT '', ran bigint DEFAULT NULL
) RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    job hakobi.live%ROWTYPE;
    at_now bigint := hakobi.now_us();
    by_whom integer;
BEGIN
    DELETE FROM hakobi.live AS l
    WHERE l.id = complete.id AND l.attempt = complete.attempt AND l.owner IS NOT NULL
        AND (complete.claimed IS NULL OR l.claimed = complete.claimed)
    RETURNING l.* INTO job;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('hakobi: attempt %s of job %s does not hold the lease: roll back', attempt, id);
    END IF;
    IF host IS NOT NULL THEN
        SELECT r.reporter INTO by_whom FROM hakobi.reporter AS r
        WHERE r.host = complete.host AND r.pid = complete.pid AND r.generation = complete.generation
            AND r.release = complete.release;
        IF by_whom IS NULL THEN
            INSERT INTO hakobi.reporter AS r (host, pid, generation, release)
            VALUES (complete.host, complete.pid, complete.generation, complete.release)
            ON CONFLICT ON CONSTRAINT reporter_host_pid_generation_release_key DO UPDATE SET host = excluded.host
            RETURNING r.reporter INTO by_whom;
        END IF;
    END IF;
    INSERT INTO hakobi.finished (
        job_row, id, due, created, ended, ran, soft_limit, hard_limit, lane, kind, reporter, attempt, failures, crashes,
        max_failures, version, flags, state, codec, payload, metadata, idempotency_key, unique_key)
    VALUES (
        job.job_row, job.id, job.due, job.created, at_now, coalesce(complete.ran, at_now - job.claimed), job.soft_limit,
        job.hard_limit, job.lane & -2, job.kind, by_whom, job.attempt, job.failures, job.crashes, job.max_failures,
        job.version, job.flags & -2::smallint | CASE WHEN result IS NULL THEN 0 ELSE 2 END, 3, job.codec, job.payload,
        job.metadata, job.idempotency_key, job.unique_key);
    INSERT INTO hakobi.tally (lane, state, change) VALUES (job.lane & -2, 3, 1);
    IF result IS NOT NULL THEN
        INSERT INTO hakobi.kept AS k (job_row, result_codec, result_version, result)
        VALUES (job.job_row, complete.result_codec, complete.result_version, complete.result)
        ON CONFLICT ON CONSTRAINT kept_pkey DO UPDATE SET result_codec = excluded.result_codec,
            result_version = excluded.result_version, result = excluded.result;
    END IF;
END $$;

-- What runs with the owner's rights is for those who were given it.
REVOKE EXECUTE ON FUNCTION hakobi.enqueue_job, hakobi.enqueue, hakobi.complete FROM PUBLIC;
