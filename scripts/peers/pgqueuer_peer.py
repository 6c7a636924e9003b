"""pgqueuer on asyncpg and uvloop, all in one process; the better of several batch sizes and managers counts."""

import asyncio
import contextlib
import functools
import logging
from importlib.metadata import version

import asyncpg
import postgres
from common import arguments
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries

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


logging.disable(logging.CRITICAL)
settings = {
    f"batch {batch}, managers {managers}": functools.partial(Peer, batch, managers)
    for batch, managers in ((100, 1), (1000, 1), (1000, 2), (2000, 1))
}
postgres.measure("pgqueuer", version("pgqueuer"), settings, arguments(jobs=20_000), large=200_000)
