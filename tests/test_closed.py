"""What was closed, left or used up is not used again: every handle refuses, and none gives an empty result instead."""

from __future__ import annotations

import asyncio
import io
import time

import pytest

import aiodockerpy
from aiodockerpy.testing import FakeEngine
from tests.together import together


@pytest.fixture
async def engine():
    async with FakeEngine(images=["busybox:latest"], strict=False) as running:
        yield running


@pytest.fixture
async def client(engine):
    async with aiodockerpy.DockerClient(engine.url) as opened:
        yield opened


@pytest.fixture
async def container(client):
    return await client.containers.run("busybox", ["sleep", "1000"], detach=True)


async def enter(handle):
    async with handle:
        pass


async def iterate(handle):
    async for _ in handle:
        pass


async def wait(handle):
    await handle


STREAMS = {
    "logs": lambda client, container: container.logs(follow=True),
    "export": lambda client, container: container.export(),
    "stats": lambda client, container: container.stats(),
    "exec": lambda client, container: container.exec_run(["cat"], stdin=True),
    "attach": lambda client, container: container.attach(stdin=True),
    "run": lambda client, container: client.containers.run("busybox", ["true"]),
    "pull": lambda client, container: client.images.pull("busybox"),
    "events": lambda client, container: client.events(),
    "logs of many": lambda client, container: client.containers.logs(),
}
OTHERS = {
    "client": lambda client, container: aiodockerpy.DockerClient(client.host.url),
    "view": lambda client, container: client.containers.watch(),
    "statistics of many": lambda client, container: client.containers.stats(),
    "jobs": lambda client, container: client.jobs(),
    "scope": lambda client, container: client.scope("ci"),
    "fake engine": lambda client, container: FakeEngine(),
}
USES = {
    "enter": enter,
    "iterate": iterate,
    "await": wait,
    "open": lambda handle: handle.open(),
    "anext": lambda handle: anext(handle),
    "batch": lambda handle: handle.batch(),
    "read": lambda handle: handle.stdout.read(),
    "communicate": lambda handle: handle.communicate(),
}
NEEDED = {
    "read": "communicate",
    "enter": "__aenter__",
    "iterate": "__aiter__",
    "await": "__await__",
    "anext": "__anext__",
}
PAIRS = [
    (handle, use)
    for handle in STREAMS | OTHERS
    for use in USES
    if use == "enter" or handle in STREAMS or (handle, use) in {("view", "iterate"), ("statistics of many", "await")}
]


@together(("handle", "use"), PAIRS)
async def test_a_handle_whose_block_was_left_is_refused(client, container, handle, use):
    made = (STREAMS | OTHERS)[handle](client, container)
    await enter(made)
    if not hasattr(type(made), NEEDED.get(use, use)):
        return
    async with asyncio.timeout(5):
        with pytest.raises(RuntimeError, match=r"once only|was entered before|not entered|is closed"):
            await USES[use](made)


@together(("handle", "use"), [(handle, use) for handle, use in PAIRS if handle not in {"jobs", "fake engine"}])
async def test_a_handle_that_was_closed_unused_is_refused(client, container, handle, use):
    made = (STREAMS | OTHERS)[handle](client, container)
    await made.aclose()
    if not hasattr(type(made), NEEDED.get(use, use)):
        return
    async with asyncio.timeout(5):
        with pytest.raises(RuntimeError, match=r"once only|was entered before|not entered|is closed"):
            await USES[use](made)


@together(("handle", "use"), [(handle, "enter") for handle in OTHERS if handle != "fake engine"])
async def test_nothing_of_a_closed_client_can_be_entered(engine, handle, use):
    client = aiodockerpy.DockerClient(engine.url)
    made = OTHERS[handle](client, None) if handle != "client" else client
    await client.aclose()
    with pytest.raises(RuntimeError, match="the client is closed"):
        await USES[use](made)


async def test_an_iteration_that_waits_ends_normally_when_its_stream_is_closed(container):
    async with container.logs(follow=True) as logs:
        reading = asyncio.create_task(iterate(logs))
        await asyncio.sleep(0.05)
        logs.close()
        await reading


async def run(client):
    return await client.containers.run("busybox", ["sleep", "1000"], remove=True)


async def run_as_a_job(client):
    async with client.jobs(concurrency=1) as jobs:
        return await (await jobs.submit("busybox", ["sleep", "1000"]))


async def iterate_a_run(client):
    async with client.containers.run("busybox", ["sh", "-c", "echo a; sleep 1000"], remove=True) as output:
        await iterate(output)


@pytest.mark.parametrize("running", [run, run_as_a_job, iterate_a_run])
async def test_a_container_that_stays_since_the_client_was_closed_is_named(engine, client, running):
    other = aiodockerpy.DockerClient(engine.url)
    task = asyncio.create_task(running(other))
    while not (found := await client.containers.list()):
        await asyncio.sleep(0)
    await asyncio.sleep(0.05)  # it waits for the end
    await other.aclose()
    with pytest.raises(RuntimeError, match=r"the client (is|was) closed") as caught:
        await task
    assert caught.value.__notes__ == [
        f"the container {found[0].id[:12]} may be left behind: the client is closed",
    ]


async def test_events_that_are_awaited_are_never_a_part(client, engine):
    other = aiodockerpy.DockerClient(engine.url)
    task = asyncio.create_task(wait(other.events(until=time.time() + 1000)))
    while not other.diagnostics().streams:
        await asyncio.sleep(0)
    await other.aclose()
    with pytest.raises(RuntimeError, match="events was closed while it was awaited"):
        await task


async def test_the_state_of_events_says_that_the_client_was_closed(client):
    async with client.events() as events:
        reading = asyncio.create_task(iterate(events))
        await asyncio.sleep(0)
        await client.aclose()
        await reading
        assert events.state == "closed"


async def test_a_view_that_was_closed_says_so(client):
    async with client.containers.watch() as view:
        waiting = asyncio.create_task(view.until(lambda _: False))
        await asyncio.sleep(0)
        await client.aclose()
        with pytest.raises(RuntimeError, match="the view of containers is closed: make another one"):
            await waiting


async def test_what_was_read_to_its_end_may_be_asked_for_more(client):
    container = await client.containers.create("busybox")
    async with container.export() as archive:
        while await archive.batch():
            pass
    await iterate(archive)
    assert await archive.batch() == []


async def test_nothing_can_be_made_in_a_scope_that_was_left_since_it_would_stay(client, container):
    async with client.scope("ci") as scope:
        pass
    for make in (
        lambda: scope.containers.run("busybox", detach=True),
        lambda: scope.networks.create("a"),
        lambda: scope.volumes.create("a"),
        lambda: scope.api.images.import_image(b"archive", repo="a"),
        lambda: scope.images.build(fileobj=io.BytesIO(b"FROM busybox")),
    ):
        with pytest.raises(RuntimeError, match="the scope 'ci' was left: nothing can be made in it"):
            await make()
    assert await scope.containers.list(all=True) == []
    assert [found.id for found in await client.containers.list(all=True)] == [container.id]


async def test_a_scope_that_is_not_entered_neither_makes_nor_removes_anything(client, container):
    scope = client.scope("ci")
    for use in (
        lambda: scope.containers.create("busybox"),
        lambda: scope.containers.prune(),
        lambda: scope.containers.list(),
    ):
        with pytest.raises(RuntimeError, match="the scope 'ci' is not entered: use it inside 'async with'"):
            await use()
