"""litequeue: take and acknowledge each message. No engine, no handler, no retries; its own pragmas (WAL, NORMAL).

At most 100 wait at a time: its pop sorts all that wait, so a small backlog is the case that is kindest to it.
"""

import time
from importlib.metadata import version

from common import PAYLOAD, arguments, report, scratch
from litequeue import LiteQueue

BACKLOG = 100

options = arguments(jobs=20_000)
with scratch(options.directory) as path:
    queue = LiteQueue(path)
    putting = taking = 0.0
    for _ in range(options.jobs // BACKLOG):
        start = time.perf_counter()
        for _ in range(BACKLOG):
            queue.put(PAYLOAD)
        middle = time.perf_counter()
        for _ in range(BACKLOG):
            message = queue.pop()
            queue.done(message.message_id)
        putting += middle - start
        taking += time.perf_counter() - middle
    assert queue.pop() is None
    count = options.jobs // BACKLOG * BACKLOG
    release = version("litequeue")
    report("litequeue", "enqueue", count / putting, version=release, jobs=count, backlog=BACKLOG)
    report("litequeue", "drain", count / taking, version=release, jobs=count, backlog=BACKLOG)
