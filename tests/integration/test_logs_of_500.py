"""The logs of very many containers, on a fake engine: this takes seconds, but no machine with so many containers."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections import Counter

import aiodockerpy
from aiodockerpy.resources import ContainerLine
from aiodockerpy.resources._following import backoff
from aiodockerpy.testing import FakeEngine
from tests.resources._following.many import allow_files, held_by_streams, start_many

MANY = 500


async def test_five_hundred_containers_are_followed_over_a_restart_of_the_engine_in_bounded_memory(monkeypatch):
    """Each run of a container writes its number and much more: every line comes, once."""
    monkeypatch.setattr(backoff, "HEALTHY", 0)
    monkeypatch.setattr(backoff, "LONGEST", 0.5)
    allow_files(4096)
    lines_of_a_run = 20
    runs: Counter[str] = Counter()

    async def program(process):
        run = runs[process.container] = runs[process.container] + 1
        process.stdout.write(b"".join(b"%d %0985d\n" % (run, number) for number in range(lines_of_a_run)))
        await process.sleep(1000)

    async def read(lines, seen, until):
        async with asyncio.timeout(60):
            while sum(seen.values()) < until:
                for line in await lines.batch():
                    if isinstance(line, ContainerLine):
                        seen[line.container.id, line.text] += 1

    with FakeEngine.in_thread() as engine:
        engine.program("busybox:*", program)
        async with aiodockerpy.DockerClient(engine.url) as client:
            await start_many(client, MANY, restart_policy="always")
            seen: Counter[tuple[str, str]] = Counter()
            async with client.containers.logs() as lines:
                await read(lines, seen, MANY * lines_of_a_run)
                tracemalloc.start()
                try:
                    await engine.restart(down=0.2)
                    while len(client.diagnostics().streams) < MANY + 1:
                        await asyncio.sleep(0.1)
                    await asyncio.sleep(1)  # nothing is read, and everything comes as far as it may
                    held = held_by_streams()
                finally:
                    tracemalloc.stop()
                await read(lines, seen, 2 * MANY * lines_of_a_run)
                assert len(lines.containers) == MANY
            assert held < MANY * 130_000
            assert set(seen.values()) == {1}
            assert Counter(text.split()[0] for _, text in seen) == dict.fromkeys("12", MANY * lines_of_a_run)
        assert client.diagnostics().streams == ()


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
