"""Celery on PostgreSQL by kombu's SQLAlchemy transport: one worker of threads, results off, logs off.

The transport takes one message at a time and polls; it is here for who has no broker beside the database.
"""

import logging
import os
import random
import threading
import time
import warnings
from importlib.metadata import version

import postgres
from celery import Celery
from celery.contrib.testing.worker import start_worker
from common import PAYLOAD, arguments, percentiles, report
from kombu.transport.sqlalchemy import Transport


# It cannot be set by an option of this transport; one second is what it has.
Transport.polling_interval = 0.01


def application(url):
    app = Celery("peer", broker="sqla+" + url.replace("postgres://", "postgresql+psycopg://", 1))
    app.conf.update(
        task_ignore_result=True, worker_hijack_root_logger=False, worker_prefetch_multiplier=32,
        broker_connection_retry_on_startup=True, worker_enable_remote_control=False, worker_send_task_events=False,
    )
    return app


def running(app):
    """A worker in threads of this process, until the end of the block."""
    return start_worker(app, concurrency=2, pool="threads", perform_ping_check=False, loglevel="CRITICAL", logfile=os.devnull)


def enqueue(task, jobs):
    start = time.perf_counter()
    for _ in range(jobs):
        task.delay(PAYLOAD)
    return jobs / (time.perf_counter() - start)


def drain_and_pick_up(app, jobs, pickups):
    """Both under one worker: a second one in a process never says that it is ready."""
    times, done, seen = [], threading.Event(), threading.Event()

    @app.task(name="hakobi-bench")
    def nothing(payload):
        times.append(time.perf_counter())
        seen.set()
        if len(times) == jobs:
            done.set()

    enqueued = enqueue(nothing, jobs)
    with running(app):
        if not done.wait(timeout=300):
            raise SystemExit(f"celery ran {len(times)} of {jobs} jobs in 300 s")
        rate = jobs / (times[-1] - times[0])
        time.sleep(1)
        waits = []
        for _ in range(pickups):
            time.sleep(random.uniform(0.001, 0.04))
            seen.clear()
            sent = time.perf_counter()
            nothing.delay(PAYLOAD)
            if not seen.wait(timeout=20):
                raise SystemExit("celery did not pick a job up in 20 s")
            waits.append((times[-1] - sent) * 1000)
    return enqueued, rate, waits


logging.disable(logging.CRITICAL)
# It means root, which a scratch server on loopback may be used by.
warnings.simplefilter("ignore")
options = arguments(jobs=20_000)
# At some hundreds a second fewer jobs say the same.
jobs, pickups = options.jobs // 10, 100
release = version("celery")
with postgres.database(options.url) as (url, admin):
    start = postgres.wal_position(admin)
    enqueued, drained, waits = drain_and_pick_up(application(url), jobs, pickups)
    wal = round((postgres.wal_position(admin) - start) / (jobs + pickups))
report("celery", "enqueue", enqueued, version=release, jobs=jobs)
report("celery", "drain", drained, version=release, jobs=jobs, wal_bytes_per_job=wal)
report("celery", "pickup", None, version=release, jobs=pickups, pickup_ms=percentiles(waits))
