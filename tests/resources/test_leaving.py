"""Leaving a block while the engine answers nothing: each waits for it once, and for a time that is known."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest

import aiodockerpy
from aiodockerpy import errors
from aiodockerpy.resources._jobs import ends, local, swarm
from aiodockerpy.resources._jobs.pool import JobPool
from aiodockerpy.resources._processes import cleanup
from aiodockerpy.resources._scopes import reap
from aiodockerpy.terminals import bridge, websockets
from aiodockerpy.testing import FakeEngine

PATIENCE = 0.5


@pytest.fixture(autouse=True)
def _little_patience(monkeypatch):
    for module in (local, swarm, reap):
        monkeypatch.setattr(module, "PATIENCE", PATIENCE)
    monkeypatch.setattr(swarm, "GONE_SECONDS", PATIENCE)
    monkeypatch.setattr(local, "STOPPED_SECONDS", PATIENCE / 4)
    monkeypatch.setattr(ends, "PATIENCE", PATIENCE / 4)
    monkeypatch.setattr(cleanup, "CLEANUP_SECONDS", PATIENCE)
    monkeypatch.setattr(websockets, "_CLOSE_SECONDS", PATIENCE)


@pytest.fixture
async def engine():
    async with FakeEngine(images=["busybox:latest"]) as running:
        yield running


@pytest.fixture
async def client(engine):
    async with aiodockerpy.DockerClient(engine.url) as opened:
        yield opened


async def called(engine, operation, times=1):
    while sum(call.operation == operation for call in engine.calls) < times:
        await asyncio.sleep(0.01)


@asynccontextmanager
async def jobs(client, engine):
    async with client.jobs(concurrency=4, stop_grace=0) as pool:
        started = [await pool.submit("busybox", ["sleep", "1000"]) for _ in range(3)]
        await called(engine, "containers.start", 3)
        yield
    for job in started:
        result = await job
        assert (result.ending, result.error, result.may_still_run) == ("cancelled", "the engine does not answer", True)


@asynccontextmanager
async def swarm_jobs(_client, _engine):
    """The fake engine has no swarm, so this is a manager of a few lines."""
    manager = Manager()
    runner = swarm.SwarmRunner(
        manager,
        swarm.SwarmSettings(
            constraints=(),
            poll=0.01,
            stop_grace=0,
            max_output=1,
            pending_timeout=60,
            node_lost_after=60,
            call_timeout=PATIENCE / 8,
        ),
    )
    async with JobPool(runner, concurrency=4, queue_timeout=None, retry=None) as pool:
        started = [await pool.submit("busybox") for _ in range(3)]
        while manager.created < 3:
            await asyncio.sleep(0.01)
        yield manager
    for job in started:
        result = await job
        assert (result.ending, result.may_still_run) == ("cancelled", True)
        assert ("the client was closed inside the block of its jobs" in result.error) is manager.closed


class Manager:
    """A manager of a swarm on which a service can be created, and nothing else happens."""

    closed = False

    def __init__(self):
        self.created = 0
        self.answers = self.answered
        self.services = SimpleNamespace(create=self.create)
        self.api = SimpleNamespace(
            swarm=SimpleNamespace(inspect=self.ask),
            tasks=SimpleNamespace(list=self.ask),
            services=SimpleNamespace(remove=self.ask),
        )

    async def create(self, **_):
        self.created += 1
        return SimpleNamespace(id=f"service{self.created}")

    async def ask(self, *_, **__):
        return await self.answers()

    async def answered(self):
        return []

    def cut(self, *_, **__):
        self.answers = self.lost

    def hang(self, *_):
        self.answers = asyncio.Event().wait

    async def lost(self):
        raise errors.RequestMaybeSent("the connection was cut")


@asynccontextmanager
async def scope(client, _engine):
    with pytest.raises((errors.DeadlineExceeded, errors.ConnectionFailed)):
        async with client.scope("ci") as scoped:
            for _ in range(20):  # more than are removed at once
                await scoped.containers.create("busybox")
            yield


@asynccontextmanager
async def run(client, _engine):
    with pytest.raises((errors.DeadlineExceeded, errors.ConnectionFailed)):
        async with client.containers.run("busybox", ["sh", "-c", "echo a; sleep 1000"]) as output:
            await anext(output)
            yield


@asynccontextmanager
async def run_cancelled(client, engine):
    task = asyncio.create_task(anext(client.containers.run("busybox", ["sleep", "1000"])))
    await called(engine, "containers.start")
    yield
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await task
    assert "may be left behind" in caught.value.__notes__[0]


@asynccontextmanager
async def exec_run(client, _engine):
    container = await client.containers.run("busybox", ["sleep", "1000"], detach=True)
    async with container.exec_run(["sh", "-c", "echo a; sleep 1000"], kill_on_cancel=True) as process:
        await anext(process)
        yield


@asynccontextmanager
async def terminal(client, _engine):
    """A terminal of which neither the browser nor the engine answers any more."""
    container = await client.containers.run("busybox", ["sleep", "1000"], detach=True)
    browser = Browser()
    process = container.exec_run(["sh", "-c", "echo a; sleep 1000"], stdin=True, tty=True, kill_on_cancel=True)
    task = asyncio.create_task(bridge(process, browser, grace=0))
    await browser.shown.wait()
    yield
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert browser.closed == (1001, "the server is shutting down")


class Browser:
    """A browser that shows output, and neither types nor answers a close frame."""

    def __init__(self):
        self.shown = asyncio.Event()
        self.closed = None

    async def receive(self):
        await asyncio.Event().wait()

    async def send_bytes(self, _data):
        self.shown.set()

    async def close(self, code, reason):
        self.closed = code, reason
        await asyncio.Event().wait()


def hang(engine, operation="*"):
    engine.hang(operation)


def cut(engine, operation="*"):
    engine.cut(operation, after=0)


@pytest.mark.parametrize("fault", [cut, hang])
@pytest.mark.parametrize("block", [jobs, swarm_jobs, scope, run, run_cancelled, exec_run, terminal])
async def test_a_block_is_left_within_one_patience_though_nothing_is_answered(engine, client, block, fault):
    async with asyncio.timeout(20), block(client, engine) as manager:
        fault(manager or engine)
        begun = time.monotonic()
    assert time.monotonic() - begun < PATIENCE * 2 - 0.1


async def test_a_service_that_is_left_behind_by_a_closed_client_is_reported(engine, client):
    async with swarm_jobs(client, engine) as manager:
        manager.closed = True


async def detached(client):
    await client.containers.run("busybox", ["sleep", "1000"], detach=True)


async def awaited(client):
    await client.containers.run("busybox", ["sleep", "1000"])


async def of_a_job(client):
    async with client.jobs(stop_grace=0) as jobs:
        await (await jobs.submit("busybox", ["sleep", "1000"]))


@pytest.mark.parametrize("work", [detached, awaited, of_a_job])
async def test_a_creation_that_is_not_answered_is_waited_for_once(engine, work):
    engine.hang("containers.create")
    async with aiodockerpy.DockerClient(engine.url, timeout=None, version="1.51") as client:
        task = asyncio.create_task(work(client))
        await called(engine, "containers.create")
        begun = time.monotonic()
        task.cancel()
        async with asyncio.timeout(20):
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
    assert time.monotonic() - begun < PATIENCE * 2 - 0.1
    notes = getattr(caught.value, "__notes__", [])
    assert work is of_a_job or notes == ["the container may be left behind: its creation was not answered"]


@pytest.mark.parametrize("fault", [cut, hang])
async def test_a_removal_that_is_waited_for_already_is_not_waited_for_anew(engine, client, fault):
    async with asyncio.timeout(20), client.jobs(stop_grace=0) as jobs:
        fault(engine, "containers.remove")
        job = await jobs.submit("busybox", ["true"])
        await called(engine, "containers.remove")
        begun = time.monotonic()
    assert time.monotonic() - begun < PATIENCE * 2 - 0.1
    assert (await job).ending in {"cancelled", "exited"}


async def test_a_container_that_cannot_be_stopped_in_time_is_killed_by_its_removal(engine, client):
    engine.hang("containers.stop")
    async with client.jobs(stop_grace=0) as jobs:
        result = await (await jobs.submit("busybox", ["sleep", "1000"], timeout=0.1))
    assert (result.ending, result.may_still_run) == ("timed_out", False)
    assert await client.containers.list(all=True) == []


async def test_a_removal_that_hangs_does_not_keep_the_others_of_a_scope(engine, client):
    with pytest.raises(errors.DockerException, match=r"could not remove everything: container \w+: .*not answered"):
        async with client.scope("ci") as scope:
            for _ in range(20):
                await scope.containers.create("busybox")
            engine.hang("containers.remove", times=1)
    assert len(await client.containers.list(all=True)) == 1


async def test_an_error_is_raised_with_a_note_if_what_was_begun_cannot_be_removed(engine, client):
    engine.fail("containers.start", message="no such command")
    engine.hang("containers.remove")
    with pytest.raises(errors.ServerError, match="no such command") as caught:
        await client.containers.run("busybox", detach=True)
    assert "may be left behind: there was no answer within 0.5 s" in caught.value.__notes__[0]
