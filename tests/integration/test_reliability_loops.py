"""Streams on uvloop, which is supported and never required."""

from __future__ import annotations

import asyncio
import hashlib
import random

import pytest

import aiodockerpy
from aiodockerpy import errors
from tests.lab.faults import FaultProxy

uvloop = pytest.importorskip("uvloop")
SIZE = 1 << 20

with asyncio.Runner(loop_factory=uvloop.new_event_loop) as _first:  # opens a pipe that the process keeps
    _first.run(asyncio.sleep(0))


async def start(client, name, command):
    return await client.containers.run(
        "busybox:1", command, name=name, detach=True, network_mode="none", init=True, stdin_open=True
    )


async def half_close_and_large_data(client, box):
    data = random.Random(9).randbytes(SIZE) * 4
    async with box.exec_run(["cat"], stdin=True) as process:
        assert hashlib.sha256(await process.communicate(data)).digest() == hashlib.sha256(data).digest()
        assert await process.wait() == 0


async def a_process_that_does_not_read(client, box):
    async with box.exec_run(["true"], stdin=True) as process:
        assert await process.communicate(b"x" * 26 * SIZE) == b""
        assert await process.wait() == 0


async def cancelled_reads_lose_nothing(client, box):
    chance, got = random.Random(5), bytearray()
    async with box.exec_run(["seq", "1", "100000"]) as process:
        while True:
            try:
                async with asyncio.timeout(chance.uniform(0, 0.002)):
                    chunk = await anext(process, None)
            except TimeoutError:
                continue
            if chunk is None:
                break
            got += chunk.data
    assert got == b"".join(b"%d\n" % n for n in range(1, 100_001))


async def logs_events_and_stats(client, box):
    async with client.events(filters={"container": [box.id]}) as events, box.stats() as samples:
        assert (await anext(samples)).id == box.id
        await box.restart(timeout=0)
        assert (await anext(events)).id == box.id
    async with box.follow_logs() as lines:
        assert (await anext(lines)).text == "hello"


async def a_cut_is_told(client, box):
    url = client.host.url
    async with FaultProxy(url) as proxy, aiodockerpy.DockerClient(proxy.url) as cut:
        async with (await cut.containers.get(box.id)).exec_run(["sh", "-c", "echo x; sleep 100"]) as process:
            assert (await anext(process)).data == b"x\n"
            await proxy.cut_all()
            with pytest.raises(errors.StreamInterrupted):
                await anext(process)


@pytest.mark.parametrize(
    "work",
    [
        half_close_and_large_data,
        a_process_that_does_not_read,
        cancelled_reads_lose_nothing,
        logs_events_and_stats,
        a_cut_is_told,
    ],
    ids=lambda work: work.__name__,
)
def test_on_uvloop(engine, prefix, work):
    async def main():
        assert type(asyncio.get_running_loop()).__module__.startswith("uvloop")
        async with aiodockerpy.DockerClient(engine.url) as client:
            box = await start(client, f"{prefix}a", ["sh", "-c", "echo hello; sleep 1000"])
            async with asyncio.timeout(60):
                await work(client, box)
            assert client.diagnostics().streams == ()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
