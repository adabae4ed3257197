"""The logs of very many containers, on a fake engine."""

from __future__ import annotations

import asyncio
import resource
import tracemalloc

import aiodockerpy
from aiodockerpy.resources import ContainerLine
from aiodockerpy.testing import FakeEngine

MANY = 500


async def start_many(client, count):
    limit = asyncio.Semaphore(16)

    async def start(number):
        async with limit:
            await client.containers.run("busybox", ["x"], name=f"box{number}", detach=True)

    async with asyncio.TaskGroup() as group:
        for number in range(count):
            group.create_task(start(number))


def allow_files(count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, hard), hard))


async def test_five_hundred_containers_that_write_much_are_held_in_bounded_memory():
    allow_files(4096)
    size = 80_000

    async def chatty(process):
        process.stdout.write(b"".join(b"%0989d\n" % number for number in range(size // 990)))
        await process.sleep(1000)

    with FakeEngine.in_thread() as engine:
        engine.program("busybox:*", chatty)
        async with aiodockerpy.DockerClient(engine.url) as client:
            await start_many(client, MANY)
            async with client.containers.logs() as lines:
                tracemalloc.start()
                try:
                    first = await anext(lines)
                    while len(client.diagnostics().streams) < MANY + 1:
                        await asyncio.sleep(0.1)
                    await asyncio.sleep(1)  # nothing is read, and everything comes as far as it may
                    held = sum(
                        stat.size
                        for stat in tracemalloc.take_snapshot()
                        .filter_traces(
                            [tracemalloc.Filter(True, "*/aiodockerpy/_*"), tracemalloc.Filter(True, "*/_following/*")]
                        )
                        .statistics("filename")
                    )
                finally:
                    tracemalloc.stop()
                assert isinstance(first, ContainerLine)
                assert len(lines.containers) == MANY
                assert held < MANY * 130_000
                seen: dict[str, int] = {first.container.id: 1}
                while sum(seen.values()) < 25_000:
                    for line in await lines.batch():
                        seen[line.container.id] = seen.get(line.container.id, 0) + 1
            assert len(seen) > MANY // 2  # they take turns
        assert client.diagnostics().streams == ()
