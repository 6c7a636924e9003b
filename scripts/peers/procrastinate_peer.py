"""procrastinate, one worker in one process; the better of several concurrencies counts, jobs deleted when done."""

import asyncio
import contextlib
import functools
import logging
from importlib.metadata import version

import postgres
import procrastinate
from common import arguments


class Peer:
    def __init__(self, concurrency):
        self.concurrency = concurrency

    async def open(self, url):
        connector = procrastinate.PsycopgConnector(conninfo=url, min_size=4, max_size=self.concurrency + 4)
        self.app = procrastinate.App(connector=connector)
        self.ran = lambda _: None

        @self.app.task(name="hakobi-bench")
        async def nothing(**payload):
            self.ran(payload)

        self.task = nothing
        await self.app.open_async()
        await self.app.schema_manager.apply_schema_async()

    async def put(self):
        await self.task.defer_async(**postgres.ARGUMENTS)

    async def fill(self, count):
        await self.task.batch_defer_async(*[postgres.ARGUMENTS] * count)

    @contextlib.asynccontextmanager
    async def work(self, ran):
        self.ran = ran
        worker = asyncio.create_task(
            self.app.run_worker_async(
                concurrency=self.concurrency, delete_jobs="always", install_signal_handlers=False
            )
        )
        try:
            yield
        finally:
            worker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await worker

    async def close(self):
        await self.app.close_async()


logging.disable(logging.CRITICAL)
settings = {f"concurrency {each}": functools.partial(Peer, each) for each in (8, 32)}
options = arguments(jobs=20_000)
# At about a thousand a second fewer jobs say the same.
options.jobs = min(options.jobs, 5000)
postgres.measure("procrastinate", version("procrastinate"), settings, options, singles=1000)
