"""A process that several tasks, threads and loops use."""

from __future__ import annotations

import asyncio

import pytest

import aiodockerpy
from aiodockerpy.testing import FakeEngine


@pytest.fixture
def engine():
    with FakeEngine.in_thread() as running:
        yield running


@pytest.fixture
async def client(engine):
    async with aiodockerpy.DockerClient(engine.url) as opened:
        yield opened


@pytest.fixture
async def box(client):
    return await client.containers.run("busybox", ["sleep", "1000"], detach=True)


async def elsewhere(work):
    """Run work in another loop, in another thread."""
    async with asyncio.timeout(10):
        await asyncio.to_thread(lambda: asyncio.run(work()))


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(
    "use",
    [
        lambda process: process.write(b"x" * 5_000_000),
        lambda process: process.write_eof(),
        lambda process: process.wait(),
        lambda process: process.batch(),
        lambda process: process.stdout.read(1),
        lambda process: process.communicate(b"x"),
        lambda process: process.resize(1, 1),
        lambda process: process.inspect(),
        lambda process: process.terminate(),
        lambda process: process.aclose(),
        lambda process: anext(process),
    ],
)
async def test_another_loop_is_refused_and_the_process_goes_on(box, use, debug):
    asyncio.get_running_loop().set_debug(debug)
    async with box.exec_run(["cat"], stdin=True, kill_on_cancel=True) as process:

        async def work():
            await use(process)

        with pytest.raises(RuntimeError, match="belongs to another event loop"):
            await elsewhere(work)
        await process.write(b"hello")
        await process.write_eof()
        assert (await process.stdout.read(), await process.wait()) == (b"hello", 0)


async def test_a_second_reader_is_refused_and_ends_nothing(client, box):
    for process in (
        box.exec_run(["sh", "-c", "sleep 0.1; echo a"], kill_on_cancel=True),
        client.containers.run("busybox", ["sh", "-c", "sleep 0.1; echo a"]),
    ):
        first = asyncio.create_task(anext(process))
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="another task is reading"):
            await anext(process)
        assert (await first).data == b"a\n"
        assert await anext(process, None) is None


@pytest.mark.parametrize("kind", ["exec", "run"])
async def test_a_timeout_around_one_step_in_a_block_loses_nothing(client, box, kind):
    if kind == "run":
        process = client.containers.run("busybox", ["sh", "-c", "sleep 0.2; echo a; echo b"])
    else:
        process = box.exec_run(["sh", "-c", "read line; echo $line; echo b"], stdin=True, kill_on_cancel=True)
    async with process:
        for _ in range(3):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.001):
                    await anext(process)
        if kind == "exec":
            await process.write(b"a\n")
        assert b"".join([chunk.data async for chunk in process]) == b"a\nb\n"
