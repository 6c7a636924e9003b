"""pgqueuer on asyncpg and uvloop; the best of several batch sizes, managers in a process and processes counts."""

import asyncio
import contextlib
import functools
import json
import logging
import sys
import time
from importlib.metadata import version

import asyncpg
import postgres
import uvloop
from common import arguments
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries
from pgqueuer.types import QueueExecutionMode

KIND = "hakobi-bench"


class Peer:
    def __init__(self, batch, managers):
        self.batch, self.managers = batch, managers

    async def open(self, url):
        self.url = url
        self.connection = await asyncpg.connect(url)
        self.queries = Queries(AsyncpgDriver(self.connection))
        await self.queries.install()

    async def put(self):
        await self.queries.enqueue(KIND, postgres.BODY)

    async def fill(self, count):
        await self.queries.enqueue([KIND] * count, [postgres.BODY] * count, [0] * count)

    @contextlib.asynccontextmanager
    async def work(self, ran):
        connections = [await asyncpg.connect(self.url) for _ in range(self.managers)]
        managers = [PgQueuer(AsyncpgDriver(connection)) for connection in connections]
        for manager in managers:

            @manager.entrypoint(KIND)
            async def nothing(job):
                ran(job.payload)

        running = [asyncio.create_task(manager.run(batch_size=self.batch)) for manager in managers]
        try:
            yield
        finally:
            for manager in managers:
                manager.shutdown.set()
            await asyncio.gather(*running)
            for connection in connections:
                await connection.close()

    async def close(self):
        await self.connection.close()


class Apart(Peer):
    """Several processes, each one draining until nothing is left."""

    def __init__(self, batch, processes):
        super().__init__(batch, 1)
        self.processes = processes

    async def drain(self, jobs):
        command = [sys.executable, "-B", __file__, "drain", self.url, str(self.batch)]
        pipes = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE}
        children = [await asyncio.create_subprocess_exec(*command, **pipes) for _ in range(self.processes)]
        for child in children:
            await child.stdout.readline()
        # All are ready: a process that came first would otherwise work alone.
        results = await asyncio.gather(*(child.communicate(b"\n") for child in children))
        spans = [json.loads(output) for output, _ in results]
        assert sum(span["count"] for span in spans) == jobs
        worked = [span for span in spans if span["count"]]
        return jobs / (max(span["last"] for span in worked) - min(span["first"] for span in worked))


async def drain_here(url, batch):
    """One of several processes."""
    connection = await asyncpg.connect(url)
    manager = PgQueuer(AsyncpgDriver(connection))
    times = []

    @manager.entrypoint(KIND)
    async def nothing(job):
        times.append(time.perf_counter())

    print("ready", flush=True)
    sys.stdin.readline()
    await manager.run(batch_size=batch, mode=QueueExecutionMode.drain)
    await connection.close()
    print(json.dumps({"count": len(times), "first": times[0] if times else 0, "last": times[-1] if times else 0}))


logging.disable(logging.CRITICAL)
if sys.argv[1] == "drain":
    uvloop.run(drain_here(sys.argv[2], int(sys.argv[3])))
else:
    settings = {
        "batch 100": functools.partial(Peer, 100, 1),
        "batch 1000": functools.partial(Peer, 1000, 1),
        "batch 1000, 2 managers": functools.partial(Peer, 1000, 2),
        "batch 500, 2 processes": functools.partial(Apart, 500, 2),
        "batch 1000, 2 processes": functools.partial(Apart, 1000, 2),
    }
    options = arguments(jobs=20_000)
    postgres.measure("pgqueuer", version("pgqueuer"), settings, options, large=options.jobs * 10)
