"""PostgreSQL itself, by pgbench, psycopg and asyncpg: rows into, and out of, a table as wide and as indexed as a job's."""

import asyncio
import contextlib
import re
import subprocess
import tempfile
import time
import uuid

import asyncpg
import postgres
import psycopg
from common import PAYLOAD, arguments, percentiles, report

TABLE = """
CREATE TABLE job (
    job_row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id uuid NOT NULL, lane int NOT NULL, kind int NOT NULL,
    state smallint NOT NULL, due bigint NOT NULL, attempt int NOT NULL, failures int NOT NULL, crashes int NOT NULL,
    max_failures int NOT NULL, created bigint NOT NULL, codec text NOT NULL, version int NOT NULL, payload bytea NOT NULL
);
CREATE UNIQUE INDEX job_id ON job (id);
CREATE INDEX job_ready ON job (lane, due) WHERE state = 1;
"""
COLUMNS = "id, lane, kind, state, due, attempt, failures, crashes, max_failures, created, codec, version, payload"
INSERT = f"""
\\set due random(1, 1000000000)
INSERT INTO job ({COLUMNS}) VALUES (gen_random_uuid(), 1, 1, 1, :due, 0, 0, 0, 10, :due, 'json', 1, '{PAYLOAD}');
"""
READY = "SELECT job_row FROM job WHERE lane = 1 AND state = 1 AND due <= 2000000000 ORDER BY due LIMIT {} FOR UPDATE SKIP LOCKED"
TAKE = f"DELETE FROM job WHERE job_row = ANY (ARRAY({READY})) RETURNING id, kind, attempt, payload;"
CLAIM = f"UPDATE job SET state = 2, attempt = attempt + 1 WHERE job_row = ANY (ARRAY({READY})) RETURNING job_row, id, payload"


class TwoCommits:
    """The least that a pickup can be: a row with a NOTIFY, and a claim by whoever hears of it, in a process with nothing else to do."""

    async def open(self, url):
        self.near, self.far = await asyncpg.connect(url), await asyncpg.connect(url)
        await self.near.execute(TABLE)
        row = INSERT.splitlines()[-1].rstrip(";").replace(":due", "1")
        self.insert = await self.near.prepare(f"WITH made AS ({row}) SELECT pg_notify('job', '')")
        self.claim = await self.far.prepare(CLAIM.format(1))

    async def put(self):
        await self.insert.fetch()

    @contextlib.asynccontextmanager
    async def work(self, ran):
        heard = asyncio.Event()

        async def claims():
            while True:
                await heard.wait()
                heard.clear()
                for row in await self.claim.fetch():
                    ran(row["payload"])

        await self.far.add_listener("job", lambda *_: heard.set())
        worker = asyncio.create_task(claims())
        yield
        worker.cancel()

    async def close(self):
        await self.near.close()
        await self.far.close()


def pgbench(url, script, clients, each):
    """Transactions a second, without the time to connect, of prepared statements."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        command = ["pgbench", "-n", "-M", "prepared", "-c", str(clients), "-t", str(each), "-f", file.name, url]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return float(re.search(r"tps = ([\d.]+)", output)[1])


def copy(connection, jobs):
    body = "\\\\x" + PAYLOAD.encode().hex()
    rows = "".join(f"{uuid.uuid4()}\t1\t1\t1\t{row}\t0\t0\t0\t10\t{row}\tjson\t1\t{body}\n" for row in range(jobs)).encode()
    start = time.perf_counter()
    with connection.cursor().copy(f"COPY job ({COLUMNS}) FROM STDIN") as stream:
        for at in range(0, len(rows), 1 << 18):
            stream.write(rows[at : at + (1 << 18)])
    return jobs / (time.perf_counter() - start)


def claim_and_delete(connection, batch):
    """Two statements a batch, each its own commit, as at-least-once needs it."""
    done, start = 0, time.perf_counter()
    while rows := connection.execute(CLAIM.format(batch), prepare=True, binary=True).fetchall():
        connection.execute("DELETE FROM job WHERE job_row = ANY (%s)", ([row[0] for row in rows],), prepare=True)
        done += len(rows)
    return done / (time.perf_counter() - start)


def cell(figure, work, jobs, **more):
    with postgres.database(options.url) as (url, admin), psycopg.connect(url, autocommit=True) as connection:
        connection.execute(TABLE)
        start = postgres.wal_position(admin)
        rate = work(url, connection)
        wal = round((postgres.wal_position(admin) - start) / jobs)
        report("postgres", figure, rate, version=release, jobs=jobs, wal_bytes_per_job=wal, **more)


options = arguments(jobs=20_000)
release = postgres.server_version(options.url)
singles = max(1600, options.jobs // 4)
cell("insert_commit", lambda url, _: pgbench(url, INSERT, 1, singles), singles)
cell("insert_commit_16", lambda url, _: pgbench(url, INSERT, 16, singles // 4), singles * 4, clients=16)
many = options.jobs * 10
cell("copy", lambda _, connection: copy(connection, many), many)
for batch in (100, 1000):

    def claim(_, connection):
        copy(connection, options.jobs)
        connection.execute("ANALYZE job")
        return claim_and_delete(connection, batch)

    def take(url, connection):
        copy(connection, options.jobs)
        connection.execute("ANALYZE job")
        return pgbench(url, TAKE.format(batch), 1, options.jobs // batch) * batch

    cell(f"claim_delete_{batch}", claim, options.jobs, batch=batch)
    cell(f"take_{batch}", take, options.jobs, batch=batch)
waits, _ = postgres.run(TwoCommits, options.url, postgres.pickup, postgres.PICKUPS)
report("postgres", "pickup", None, version=release, jobs=postgres.PICKUPS, pickup_ms=percentiles(waits))
