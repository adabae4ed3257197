"""Engines that are killed, ended and started again, four of each version side by side."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

import aiodockerpy
from aiodockerpy import errors
from aiodockerpy.resources._following import backoff
from aiodockerpy.resources._following.events import Resync
from tests.integration.conftest import GIVEN_HOST, ROLES
from tests.lab.private import PrivateEngine

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(400),
    pytest.mark.parametrize("role", ROLES),
    pytest.mark.skipif(GIVEN_HOST is not None, reason="needs engines that may be killed"),
]
IMAGE = "busybox:1"
SAYS_X = ["sh", "-c", "echo x; sleep 1000"]


async def start(client, name, command, **options):
    return await client.containers.run(
        IMAGE, command, name=name, detach=True, network_mode="none", init=True, **options
    )


@asynccontextmanager
async def engines(role, count, **options):
    """Private engines with a client each."""
    async with AsyncExitStack() as stack:
        made = [PrivateEngine(role, **options) for _ in range(count)]
        async with asyncio.TaskGroup() as group:
            for engine in made:
                group.create_task(stack.enter_async_context(engine))
        yield [(engine, await stack.enter_async_context(aiodockerpy.DockerClient(engine.url))) for engine in made]


async def end_of(stream) -> object:
    """Read a stream to its end; tell the error, or what stands for a normal end."""
    try:
        async for _ in stream:
            pass
    except errors.DockerException as error:
        return error
    return "a normal end"


async def die_under(engine, client, how, name) -> list[object]:
    """Let an engine die while processes are read; return how each reader ended, and start the engine again."""
    box = await start(client, name, SAYS_X, stdin_open=True)
    streams = [
        box.exec_run(SAYS_X),
        box.exec_run(SAYS_X, stdin=True),
        box.attach(logs=True),
        box.attach(logs=True, stdin=True),
    ]
    async with AsyncExitStack() as stack:
        for stream in streams:
            await stack.enter_async_context(stream)
            assert (await anext(stream)).data == b"x\n"
        await (engine.kill if how == "SIGKILL" else engine.stop)()
        ends = [await asyncio.wait_for(end_of(stream), 60) for stream in streams]
    await engine.start()
    await client.containers.prune()
    for left in await client.containers.list(sparse=True):
        await left.remove(force=True)
    return ends


async def deaths(engine, client, how, count) -> list[object]:
    ends: list[object] = []
    for number in range(count):
        ends += await die_under(engine, client, how, f"box{number}")
    return ends


def check_interrupted(ends, count) -> None:
    assert [type(end).__name__ for end in ends] == ["StreamInterrupted"] * 4 * count
    assert all(end.received >= 2 for end in ends)
    assert all(end.exit is None for end in ends)


async def test_promise_12_a_dead_engine_is_not_the_end_of_a_process(role):
    """20 times SIGKILL, 10 times SIGTERM, and 10 times with live-restore, where the process itself goes on.

    After SIGTERM the engine ends its containers: what the readers see then is the engine's end all the same.
    """
    plan = [*["SIGKILL"] * 4, *["SIGTERM"] * 2]
    async with engines(role, 6) as pairs, engines(role, 2, live_restore=True) as restored:
        plan += ["SIGTERM", "SIGKILL"]
        each = [(engine, client, how) for (engine, client), how in zip([*pairs, *restored], plan, strict=True)]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(deaths(engine, client, how, 5)) for engine, client, how in each]
    for task in tasks:
        check_interrupted(task.result(), 5)
    assert sum(len(task.result()) for task in tasks) == 40 * 4


async def come_back(engine, client, count) -> int:
    """Let an engine go and come back; count the first calls afterwards that worked."""
    worked = 0
    for number in range(count):
        await asyncio.gather(*(client.ping() for _ in range(8)))  # connections that will be dead
        await (engine.kill if number % 2 else engine.stop)()
        for call in (client.info, lambda: client.containers.create(IMAGE, ["true"]), client.ping):
            with pytest.raises(errors.EngineUnreachable, match=r"docker\.sock.*(refused|No such file)"):
                await asyncio.wait_for(call(), 20)
        async with asyncio.TaskGroup() as group:
            starting = group.create_task(engine.start())
            while not starting.done():  # it never hangs meanwhile, and never says anything else
                try:
                    await asyncio.wait_for(client.ping(), 30)
                except errors.ConnectionFailed:
                    await asyncio.sleep(0.05)
                else:
                    break
        made = await client.containers.create(IMAGE, ["true"], name=f"back{number}")
        worked += made.name == f"back{number}"
    return worked


async def test_promise_26_back_again_the_first_call_works(role):
    """20 restarts, the same client all the time."""
    async with engines(role, 4) as pairs:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(come_back(engine, client, 5)) for engine, client in pairs]
    assert sum(task.result() for task in tasks) == 20


async def mirror(engine, client, count) -> int:
    """Keep a view over restarts while containers come and go; count how many times it was right."""
    right = 0
    async with asyncio.timeout(300), client.containers.watch() as view, client.events() as events:
        told = asyncio.create_task(count_resyncs(events))
        for number in range(count):
            boxes = [await client.containers.create(IMAGE, ["sleep", "1000"], name=f"b{number}-{n}") for n in range(5)]
            await view.until(lambda items, boxes=boxes: all(box.id in items for box in boxes))
            before = view.resyncs
            work = asyncio.create_task(churn(client, number))
            await asyncio.sleep(0.1)
            await (engine.kill if number % 2 else engine.stop)()
            await engine.start()
            await work
            for box in boxes[1:]:
                await box.remove()
            await boxes[0].start()
            await view.until(lambda items, box=boxes[0]: box.id in items and items[box.id].status == "running")
            listed = {box.id: box.status for box in await client.containers.list(all=True, sparse=True)}
            await view.until(lambda items, listed=listed: {id: item.status for id, item in items.items()} == listed)
            while view.resyncs == before:  # it may have looked before it was told
                await asyncio.sleep(0.02)
            assert view.resyncs == before + 1
            right += 1
            await boxes[0].kill()
            while events.reconnects == number:  # two restarts would be one gap
                await asyncio.sleep(0.02)
        events.close()
        assert await told == count
    return right


async def churn(client, number) -> None:
    """Make and remove containers until the engine is away."""
    try:
        for n in range(1000):
            made = await client.containers.create(IMAGE, ["true"], name=f"load{number}-{n}")
            await made.remove()
    except errors.DockerException:
        return


async def count_resyncs(events) -> int:
    return len([event async for event in events if isinstance(event, Resync)])


async def test_promise_34_after_engine_restarts_a_view_is_right_again(role, monkeypatch):
    """20 restarts under load: a `Resync` each time, and the view equals a fresh listing."""
    monkeypatch.setattr(backoff, "HEALTHY", 0)  # many restarts in a row must not add up to long pauses
    async with engines(role, 4) as pairs:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(mirror(engine, client, 5)) for engine, client in pairs]
    assert sum(task.result() for task in tasks) == 20


async def test_promise_36_a_wait_survives_the_engine(role):
    """With live-restore the container goes on: its exit code is told, though the engine was killed meanwhile."""
    async with engines(role, 1, live_restore=True) as [(engine, client)]:
        box = await start(client, "box", ["sh", "-c", "until [ -e /go ]; do sleep 0.1; done; exit 7"])
        waiting = asyncio.create_task(box.wait())
        for kill in (True, False):
            await asyncio.sleep(0.2)
            await (engine.kill if kill else engine.stop)()
            await engine.start()
            assert not waiting.done()
        await box.exec_run(["touch", "/go"])
        assert (await asyncio.wait_for(waiting, 60)).status_code == 7


@pytest.mark.parametrize("live_restore", [False, True], ids=["ends", "live-restore"])
async def test_promise_36_an_exit_code_that_the_engine_may_have_invented_is_an_error(role, live_restore):
    """Of what ended while it was down, 20.10 knows the code, newer engines say 255; what it kills on its start has 137."""
    async with engines(role, 1, live_restore=live_restore) as [(engine, client)]:
        for command in ("sleep 2; exit 7", "sleep 1000"):
            if live_restore and command == "sleep 1000":
                continue  # it goes on
            box = await client.containers.run(
                IMAGE, ["sh", "-c", command], detach=True, network_mode="none", stop_signal="SIGKILL"
            )
            waits = [box.wait(), box.wait(condition="next-exit"), box.attach().wait()]
            tasks = [asyncio.create_task(wait) for wait in waits]
            await asyncio.sleep(0.5)
            await engine.kill()
            await asyncio.sleep(3 if command == "sleep 2; exit 7" else 0)  # it ends meanwhile
            await engine.start()
            first, second, attached = await asyncio.gather(*tasks, return_exceptions=True)
            assert isinstance(attached, errors.StreamInterrupted)
            for found in (first, second):
                if role == "old" and command == "sleep 2; exit 7":
                    assert found.status_code == 7
                else:
                    assert isinstance(found, errors.StreamInterrupted)
                    assert "its exit code is lost" in str(found)


async def test_promise_36_a_run_whose_engine_dies_has_no_exit_code(role):
    for live_restore in (False, True):
        async with engines(role, 1, live_restore=live_restore) as [(engine, client)]:
            running = asyncio.create_task(client.containers.run(IMAGE, ["sleep", "2"], name="job", network_mode="none"))
            async with asyncio.timeout(30):
                while not await client.containers.list():
                    await asyncio.sleep(0.05)
            await engine.kill()
            with pytest.raises(errors.StreamInterrupted) as caught:
                await running
            assert "may be left behind" in caught.value.__notes__[0]
            await engine.start()
            await (await client.containers.get("job")).remove(force=True)
