"""The logs of very many containers, on a fake engine."""

from __future__ import annotations

import asyncio
import tracemalloc

import aiodockerpy
from aiodockerpy.resources import ContainerLine
from aiodockerpy.testing import FakeEngine
from tests.resources._following.many import allow_files, held_by_streams, start_many


async def test_a_hundred_containers_that_write_much_are_held_in_bounded_memory():
    allow_files(1024)
    many, size = 100, 80_000

    async def chatty(process):
        process.stdout.write(b"".join(b"%0989d\n" % number for number in range(size // 990)))
        await process.sleep(1000)

    with FakeEngine.in_thread() as engine:
        engine.program("busybox:*", chatty)
        async with aiodockerpy.DockerClient(engine.url) as client:
            await start_many(client, many)
            async with client.containers.logs() as lines:
                tracemalloc.start()
                try:
                    first = await anext(lines)
                    while len(client.diagnostics().streams) < many + 1:
                        await asyncio.sleep(0.1)
                    await asyncio.sleep(1)  # nothing is read, and everything comes as far as it may
                    held = held_by_streams()
                finally:
                    tracemalloc.stop()
                assert isinstance(first, ContainerLine)
                assert len(lines.containers) == many
                assert held < many * 130_000
                seen: dict[str, int] = {first.container.id: 1}
                while sum(seen.values()) < many * 50:
                    for line in await lines.batch():
                        seen[line.container.id] = seen.get(line.container.id, 0) + 1
            assert len(seen) > many // 2  # they take turns
        assert client.diagnostics().streams == ()
