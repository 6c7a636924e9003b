"""Oban for Python, one process; the better of several queue limits counts. Its completed jobs stay, as it has it."""

import contextlib
import functools
import logging
from importlib.metadata import version

import postgres
from common import arguments
from oban import Oban, worker
from oban.schema import install

RAN = []


@worker(queue="default")
class Nothing:
    async def process(self, job):
        RAN[-1](job.args)


class Peer:
    def __init__(self, limit):
        self.limit = limit

    async def open(self, url):
        self.pool = await Oban.create_pool(url, min_size=4, max_size=10)
        await install(self.pool)
        self.client = Oban(pool=self.pool, name="client")
        await self.client.start()

    async def put(self):
        await self.client.enqueue(Nothing.new(postgres.ARGUMENTS))

    async def fill(self, count):
        await self.client.enqueue_many(Nothing.new(postgres.ARGUMENTS) for _ in range(count))

    @contextlib.asynccontextmanager
    async def work(self, ran):
        RAN.append(ran)
        async with Oban(pool=self.pool, name="worker", queues={"default": self.limit}):
            yield
        RAN.pop()

    async def close(self):
        await self.client.stop()
        await self.pool.close()


logging.disable(logging.CRITICAL)
settings = {f"limit {each}": functools.partial(Peer, each) for each in (100, 500)}
postgres.measure("oban", version("oban"), settings, arguments(jobs=20_000))
