"""What an awaited handle collects has the limit of the client; what is iterated has none."""

from __future__ import annotations

import pytest
import pytest_asyncio

from aiodockerpy import DockerClient, errors
from aiodockerpy.testing import FakeEngine

LIMIT = 100_000
HINT = "or raise max_response_size"


async def write_much(process):
    """Write more than the limit to both streams."""
    for _ in range(20):
        process.stdout.write(b"x" * 9_999 + b"\n")
        process.stderr.write(b"y" * 9_999 + b"\n")
        await process.stdout.drain()
    return 0


@pytest_asyncio.fixture
async def engine():
    async with FakeEngine(images=["busybox", "much"]) as engine:
        engine.program("much", write_much)
        engine.program("*", write_much, command="much")
        yield engine


@pytest_asyncio.fixture
async def docker(engine):
    async with DockerClient(engine.url, environment={}, max_response_size=LIMIT) as client:
        yield client


@pytest_asyncio.fixture
async def ended(docker):
    container = await docker.containers.run("much", detach=True)
    await container.wait()
    return container


@pytest_asyncio.fixture
async def running(docker):
    container = await docker.containers.run("busybox", "sleep 100", detach=True)
    yield container
    await container.remove(force=True)


def too_large():
    return pytest.raises(errors.ResponseTooLarge, match=HINT)


async def test_logs(docker, ended):
    for handle in (
        lambda: ended.logs(),
        lambda: ended.logs().chunks(),
        lambda: docker.api.containers.logs(ended.id, tty=False),
    ):
        with too_large() as caught:
            await handle()
        assert caught.value.limit == LIMIT
    assert len([line async for line in ended.logs()]) == 40
    assert len(await ended.logs(tail=2)) == 20_000


async def test_the_output_of_a_container(docker):
    with too_large():
        await docker.containers.run("much", stderr=True)
    assert [container.status for container in await docker.containers.list(all=True)] == []
    size = 0
    async for chunk in docker.containers.run("much", stderr=True, remove=True):
        size += len(chunk.data)
    assert size == 400_000


async def test_the_output_of_a_command(docker, running):
    with too_large():
        await running.exec_run("much")
    with too_large():
        await running.exec_run("much", stdin=True).communicate(b"")
    async with running.exec_run("much") as process:
        with too_large():
            await process.stdout.read()
    async with running.exec_run("much") as process:
        assert sum([len(chunk.data) async for chunk in process]) == 400_000


async def test_what_is_attached_to(docker, ended):
    with too_large():
        await ended.attach(logs=True)
    with too_large():
        await docker.api.containers.attach(ended.id, tty=False, logs=True, stdout=True, stderr=True, stream=False)


async def test_archives(docker, running, tmp_path):
    await running.write_bytes("/file", bytes(LIMIT))
    with too_large():
        await running.export()
    bits, _ = await running.get_archive("/file")
    with too_large():
        await bits
    assert await running.export().save(tmp_path / "archive") > LIMIT
    assert sum([len(data) async for data in running.export()]) > LIMIT


async def test_events(engine):
    async with DockerClient(engine.url, environment={}, max_response_size=10_000) as docker:
        for number in range(100):
            await docker.volumes.create(f"volume{number}")
        until = engine.clock.time()
        await engine.clock.advance(2)
        with too_large():
            await docker.events(since=1, until=until)
        with too_large():
            await docker.api.system.events(since="1", until=str(until))
        assert len([event async for event in docker.events(since=1, until=until)]) == 100
