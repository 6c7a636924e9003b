"""MariaDB itself, by mariadb-slap: rows into, and out of, a table as wide and as indexed as a job's."""

import mariadb
from common import PAYLOAD, arguments, report

TABLE = """
CREATE TABLE job (
    job_row bigint AUTO_INCREMENT PRIMARY KEY, id binary(16) NOT NULL, lane int NOT NULL, kind int NOT NULL,
    state tinyint NOT NULL, due bigint NOT NULL, attempt int NOT NULL, failures int NOT NULL, crashes int NOT NULL,
    max_failures int NOT NULL, created bigint NOT NULL, codec varchar(32) NOT NULL, version int NOT NULL,
    payload mediumblob NOT NULL, UNIQUE KEY job_id (id), KEY job_ready (lane, state, due)
);
"""
COLUMNS = "id, lane, kind, state, due, attempt, failures, crashes, max_failures, created, codec, version, payload"
ROW = f"(unhex(replace(uuid(), '-', '')), 1, 1, 1, 1700000000000000, 0, 0, 0, 10, 1700000000000000, 'json', 1, '{PAYLOAD}')"
INSERT = f"INSERT INTO job ({COLUMNS}) VALUES "
TAKE = "DELETE FROM job WHERE lane = 1 AND state = 1 AND due <= 1800000000000000 ORDER BY due LIMIT {} RETURNING id, kind, payload"


def cell(figure, jobs, work, **more):
    with mariadb.database(options.url, TABLE) as name:
        report("mariadb", figure, work(name), version=release, jobs=jobs, **more)


def fill(name, jobs):
    return mariadb.slap(options.url, name, INSERT + ", ".join([ROW] * 1000), 1, jobs // 1000) * 1000


def take(name, batch):
    fill(name, options.jobs)
    return mariadb.slap(options.url, name, TAKE.format(batch), 1, options.jobs // batch) * batch


options = arguments(jobs=20_000)
release = mariadb.execute(options.url, "SELECT version()").split("-")[0]
singles = max(1600, options.jobs // 4)
cell("insert_commit", singles, lambda name: mariadb.slap(options.url, name, INSERT + ROW, 1, singles))
cell("insert_commit_16", singles * 4, lambda name: mariadb.slap(options.url, name, INSERT + ROW, 16, singles * 4), clients=16)
cell("insert_bulk", options.jobs * 5, lambda name: fill(name, options.jobs * 5), batch=1000)
for batch in (100, 1000):
    cell(f"take_{batch}", options.jobs, lambda name: take(name, batch), batch=batch)
