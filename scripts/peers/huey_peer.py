"""huey on SQLite: a consumer that runs no-op tasks, results off, logs off. The better of 1 and 2 worker threads counts."""

import logging
import threading
import time
from importlib.metadata import version

from common import PAYLOAD, arguments, per_second, report, scratch
from huey import SqliteHuey

options = arguments(jobs=20_000)
logging.disable(logging.CRITICAL)


def drain(workers):
    """Jobs a second from the consumer's start to the last job's end."""
    with scratch(options.directory) as path:
        huey = SqliteHuey(filename=path, results=False)
        done = threading.Event()
        lock = threading.Lock()
        left = options.jobs

        @huey.task()
        def nothing(payload):
            nonlocal left
            with lock:
                left -= 1
                if left == 0:
                    done.set()

        for _ in range(options.jobs):
            nothing(PAYLOAD)
        consumer = huey.create_consumer(workers=workers, worker_type="thread", periodic=False, initial_delay=0.01)
        start = time.perf_counter()
        consumer.start()
        if not done.wait(timeout=300):
            raise SystemExit("huey did not finish in 300 s")
        taken = time.perf_counter() - start
        consumer.stop(graceful=True)
        return options.jobs / taken


best = max((drain(workers), workers) for workers in (1, 2))
report("huey", "drain", best[0], version=version("huey"), jobs=options.jobs, workers=best[1])
