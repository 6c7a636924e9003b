"""What the peers on PostgreSQL share: a fresh database for each cell, and the cells.

A peer is a class with `open(url)` (schema and connections), `put()` (one job, one commit), `fill(count)` (its own way
of many), `work(ran)` (a context within which a worker runs and calls `ran(payload)` for each job), and `close()`; with a `drain(jobs)` of its own it says itself how many a second it took.
"""

import asyncio
import contextlib
import gc
import json
import os
import random
import time

import psycopg
import uvloop
from common import PAYLOAD, percentiles, report

SLICE = 1000
PICKUPS = 200


@contextlib.contextmanager
def database(url):
    """Its address and a connection beside it. A checkpoint first, so that none falls into a short measurement."""
    name = f"peer_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name}")
        admin.execute(f"CREATE DATABASE {name}")
        admin.execute("CHECKPOINT")
        try:
            yield url.rpartition("/")[0] + "/" + name, admin
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def server_version(url):
    with psycopg.connect(url) as connection:
        return connection.execute("SHOW server_version").fetchone()[0].split()[0]


def wal_position(admin):
    return int(admin.execute("SELECT pg_current_wal_insert_lsn() - '0/0'").fetchone()[0])


async def _enqueue(peer, jobs):
    start = time.perf_counter()
    for _ in range(jobs):
        await peer.put()
    return jobs / (time.perf_counter() - start)


async def _enqueue_bulk(peer, jobs):
    start = time.perf_counter()
    for done in range(0, jobs, SLICE):
        await peer.fill(min(SLICE, jobs - done))
    return jobs / (time.perf_counter() - start)


async def _drain(peer, jobs):
    """From the first handler's start to the last one's: a worker's own start does not count."""
    for done in range(0, jobs, SLICE):
        await peer.fill(min(SLICE, jobs - done))
    gc.collect()
    if hasattr(peer, "drain"):
        return await peer.drain(jobs)
    finished = asyncio.Event()
    left, first, last = jobs, 0.0, 0.0

    def ran(_):
        nonlocal left, first, last
        if left == jobs:
            first = time.perf_counter()
        left -= 1
        if left == 0:
            last = time.perf_counter()
            finished.set()

    async with peer.work(ran):
        async with asyncio.timeout(300):
            await finished.wait()
    return jobs / (last - first)


async def pickup(peer, jobs):
    """An idle worker and jobs at random moments: milliseconds from the enqueue call's start to the handler's."""
    waits, seen = [], asyncio.Event()
    sent = 0.0

    def ran(_):
        waits.append((time.perf_counter() - sent) * 1000)
        seen.set()

    async with peer.work(ran):
        for _ in range(jobs + 5):
            await asyncio.sleep(random.uniform(0.001, 0.04))
            seen.clear()
            sent = time.perf_counter()
            await peer.put()
            async with asyncio.timeout(20):
                await seen.wait()
    return waits[5:]


async def _opened(peer, url, cell, jobs):
    await peer.open(url)
    try:
        return await cell(peer, jobs)
    finally:
        await peer.close()


def run(make, url, cell, jobs):
    """The cell's figure, and the bytes of WAL from the empty schema to the end, as the server wrote them."""
    with database(url) as (own, admin):
        peer = make()
        start = wal_position(admin)
        figure = uvloop.run(_opened(peer, own, cell, jobs))
        return figure, wal_position(admin) - start


def measure(name, release, makes, options, singles=2000, large=None):
    """All cells of a peer; of several settings (`makes`, by what to print of them) the fastest drain counts."""
    some = next(iter(makes.values()))
    common = {"version": release}
    report(name, "enqueue", run(some, options.url, _enqueue, singles)[0], jobs=singles, **common)
    report(name, "enqueue_bulk", run(some, options.url, _enqueue_bulk, options.jobs)[0], jobs=options.jobs, **common)
    drains = {setting: run(make, options.url, _drain, options.jobs) for setting, make in makes.items()}
    best = max(drains, key=lambda setting: drains[setting][0])
    rate, wal = drains[best]
    more = {"wal_bytes_per_job": round(wal / options.jobs), "settings": best}
    report(name, "drain", rate, jobs=options.jobs, **more, **common)
    if large:
        rate, wal = run(makes[best], options.url, _drain, large)
        more["wal_bytes_per_job"] = round(wal / large)
        report(name, "drain_large", rate, jobs=large, **more, **common)
    waits, _ = run(makes[best], options.url, pickup, PICKUPS)
    report(name, "pickup", None, jobs=PICKUPS, pickup_ms=percentiles(waits), **common)


BODY = PAYLOAD.encode()
ARGUMENTS = json.loads(PAYLOAD)
