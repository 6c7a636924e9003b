"""SQLite itself: rows into a table as wide and as indexed as a job's, with the pragmas that Hakobi uses by default."""

import os
import sqlite3

from common import PAYLOAD, arguments, per_second, report, scratch

TABLE = """
CREATE TABLE job (
    job_row INTEGER PRIMARY KEY, id BLOB NOT NULL, lane INTEGER NOT NULL, kind INTEGER NOT NULL, state INTEGER NOT NULL,
    due INTEGER NOT NULL, attempt INTEGER NOT NULL, failures INTEGER NOT NULL, crashes INTEGER NOT NULL,
    max_failures INTEGER NOT NULL, created INTEGER NOT NULL, codec TEXT NOT NULL, version INTEGER NOT NULL,
    payload BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX job_id ON job (id);
CREATE INDEX job_ready ON job (lane, due) WHERE state = 1;
"""
INSERT = "INSERT INTO job VALUES (NULL, ?, 1, 1, 1, ?, 0, 0, 0, 10, ?, 'json', 1, ?)"


def opened(path):
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.executescript(TABLE)
    return connection


def rows(count):
    payload = PAYLOAD.encode()
    return [(os.urandom(16), 1_700_000_000_000_000 + i, 1_700_000_000_000_000 + i, payload) for i in range(count)]


options = arguments(jobs=20_000)
with scratch(options.directory) as path:
    connection = opened(path)
    single = rows(options.jobs)

    def commit_each():
        for row in single:
            connection.execute(INSERT, row)

    report("sqlite", "insert_commit", per_second(len(single), commit_each), version=sqlite3.sqlite_version, jobs=len(single))
    connection.close()

with scratch(options.directory) as path:
    connection = opened(path)
    many = rows(options.jobs * 10)
    slices = [many[i : i + 1000] for i in range(0, len(many), 1000)]

    def bulk():
        for part in slices:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(INSERT, part)
            connection.execute("COMMIT")

    report("sqlite", "insert_bulk", per_second(len(many), bulk), version=sqlite3.sqlite_version, jobs=len(many), batch=1000)
    connection.close()
