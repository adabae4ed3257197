"""The logs of many containers as one stream: complete over restarts and cuts, fair, bounded, and gone with its block."""

from __future__ import annotations

import asyncio
import json
from collections import Counter

import pytest

import aiodockerpy
from aiodockerpy import errors
from aiodockerpy.resources import ContainerLine, LinesLost
from aiodockerpy.resources._following import backoff
from tests.integration.conftest import GIVEN_HOST, ROLES
from tests.lab.faults import FaultProxy
from tests.lab.leaks import Snapshot, remaining
from tests.lab.private import PrivateEngine

IMAGE = "busybox:1"


@pytest.fixture
def no_long_pauses(monkeypatch):
    monkeypatch.setattr(backoff, "HEALTHY", 0)
    monkeypatch.setattr(backoff, "LONGEST", 0.5)


async def start(client, name, script, **options):
    return await client.containers.run(
        IMAGE, ["sh", "-c", script], name=name, detach=True, network_mode="none", init=True, **options
    )


def marked(prefix):
    return {"labels": {"mark": prefix}}, {"label": f"mark={prefix}"}


async def take(lines, count):
    """Return the next items, and fail rather than wait for ever."""
    async with asyncio.timeout(60):
        return [await anext(lines) for _ in range(count)]


def texts(items):
    return sorted((item.container.name, item.stream, item.text) for item in items)


async def test_lines_of_old_and_new_containers_come_with_their_container_and_stream(client, prefix):
    options, filters = marked(prefix)
    await start(client, f"{prefix}a", "echo one; echo two >&2; sleep 1000", **options)
    await start(client, f"{prefix}other", "echo never; sleep 1000")
    async with client.containers.logs(filters) as lines:
        found = await take(lines, 2)
        assert texts(found) == [(f"{prefix}a", "stderr", "two"), (f"{prefix}a", "stdout", "one")]
        assert found[0].container.labels["mark"] == prefix
        assert found[0].time.startswith("20")
        await start(client, f"{prefix}b", "echo new; sleep 1000", tty=True, **options)
        assert texts(await take(lines, 1)) == [(f"{prefix}b", "stdout", "new")]
        assert sorted(container.name for container in lines.containers) == [f"{prefix}a", f"{prefix}b"]
        assert lines.state == "connected"


async def test_a_container_that_is_restarted_goes_on_and_one_that_is_removed_is_forgotten(client, prefix):
    options, filters = marked(prefix)
    box = await start(client, f"{prefix}a", "echo begin; sleep 1000", **options)
    async with client.containers.logs(filters) as lines:
        assert texts(await take(lines, 1)) == [(f"{prefix}a", "stdout", "begin")]
        await box.restart(timeout=0)
        assert texts(await take(lines, 1)) == [(f"{prefix}a", "stdout", "begin")]
        await box.rename(f"{prefix}b")
        await box.restart(timeout=0)
        assert texts(await take(lines, 1)) == [(f"{prefix}b", "stdout", "begin")]
        await box.remove(force=True)
        last = await start(client, f"{prefix}c", "echo end; sleep 1000", **options)
        assert texts(await take(lines, 1)) == [(f"{prefix}c", "stdout", "end")]
        assert [container.id for container in lines.containers] == [last.id]
        assert list(lines.positions()) == [last.id]


async def test_tail_counts_for_what_is_there_and_nothing_written_later_is_missed(client, prefix):
    options, filters = marked(prefix)
    script = "[ -e /done ] || { touch /done; seq 1 5; exec sleep 1000; }; seq 6 9; exec sleep 1000"
    box = await start(client, f"{prefix}a", script, **options)
    async with asyncio.timeout(30):
        while (await box.logs()).count(b"\n") < 5:
            await asyncio.sleep(0.05)
    await asyncio.sleep(1.1)  # the engine's answer has its time in whole seconds
    async with client.containers.logs(filters, tail=0) as lines:
        await start(client, f"{prefix}b", "echo all of it; sleep 1000", **options)
        assert texts(await take(lines, 1)) == [(f"{prefix}b", "stdout", "all of it")]
        await box.restart(timeout=0)
        assert [line.text for line in await take(lines, 4)] == ["6", "7", "8", "9"]


@pytest.mark.timeout(120)
async def test_cuts_lose_and_repeat_nothing(engine, client, prefix, no_long_pauses):
    options, filters = marked(prefix)
    count = 300
    script = f"i=0; while [ $i -lt {count} ]; do echo $i; i=$((i+1)); [ $((i%20)) = 0 ] && sleep 0.1; done; sleep 1000"
    async with FaultProxy(engine.url) as proxy, aiodockerpy.DockerClient(proxy.url) as cut:
        for name in "abc":
            await start(client, f"{prefix}{name}", script, **options)
        seen = {f"{prefix}{name}": [] for name in "abc"}
        async with asyncio.timeout(100), cut.containers.logs(filters) as lines:

            async def disturb():
                while True:
                    await asyncio.sleep(0.2)
                    await proxy.cut_all()

            disturbing = asyncio.create_task(disturb())
            async for line in lines:
                if isinstance(line, LinesLost):
                    assert line.container == ""  # of containers that may have come and gone
                    continue
                seen[line.container.name].append(int(line.data))
                if sum(map(len, seen.values())) == 3 * count:
                    break
            disturbing.cancel()
        assert all(numbers == list(range(count)) for numbers in seen.values())


async def test_what_is_lost_is_reported(engine, client, prefix, no_long_pauses):
    options, filters = marked(prefix)
    box = await start(client, f"{prefix}a", "echo x; sleep 1000", **options)
    async with FaultProxy(engine.url) as proxy, aiodockerpy.DockerClient(proxy.url) as cut:
        async with asyncio.timeout(60), cut.containers.logs(filters) as lines:
            (first,) = await take(lines, 1)
            proxy.faults.refuse = True
            await proxy.cut_all()
            await box.remove(force=True)
            proxy.faults.refuse = False
            async for item in lines:
                if item.container == box.id:
                    break
            assert item == LinesLost(box.id, f"{prefix}a", item.reason, first.time)
            assert "removed while the connection was broken" in item.reason


async def test_a_log_that_cannot_be_read_is_reported_and_the_others_go_on(client, prefix):
    options, filters = marked(prefix)
    dumb = await start(client, f"{prefix}dumb", "echo x; sleep 1000", log_config={"Type": "none"}, **options)
    await start(client, f"{prefix}a", "sleep 0.5; echo y; sleep 1000", **options)
    async with client.containers.logs(filters) as lines:
        lost, line = await take(lines, 2)
        assert (lost.container, lost.after) == (dumb.id, None)
        assert "cannot be read" in lost.reason
        assert line.text == "y"
        await dumb.remove(force=True)
        async with asyncio.timeout(30):
            while len(lines.containers) > 1:
                await asyncio.sleep(0.05)


async def test_a_loud_container_does_not_hold_up_the_others(client, prefix):
    """What is ahead of a line are the turns of the containers that are ahead, not all that the loud one has written."""
    options, filters = marked(prefix)
    quiet = [await start(client, f"{prefix}quiet{n}", "echo quiet; exec sleep 1000", **options) for n in range(3)]
    loud = await start(client, f"{prefix}loud", "seq 1 200000; exec sleep 1000", **options)  # the newest is read first
    await loud.wait_log("^200000$", timeout=60)
    read, ahead = 0, {}
    async with asyncio.timeout(60), client.containers.logs(filters) as lines:
        async for line in lines:
            if line.container.id == loud.id:
                read += 1
            else:
                ahead[line.container.id] = read
            if len(ahead) == len(quiet):
                break
    assert max(ahead.values()) < 10_000, f"{ahead} of 200 000 lines were ahead"


async def test_a_slow_reader_loses_nothing(client, prefix):
    options, filters = marked(prefix)
    for name in "ab":
        await start(client, f"{prefix}{name}", "seq 1 20000; sleep 1000", **options)
    seen = {f"{prefix}{name}": [] for name in "ab"}
    async with asyncio.timeout(60), client.containers.logs(filters) as lines:
        while sum(map(len, seen.values())) < 40_000:
            for line in await lines.batch():
                seen[line.container.name].append(int(line.data))
            await asyncio.sleep(0.01)
    assert all(numbers == list(range(1, 20_001)) for numbers in seen.values())


async def test_another_stream_goes_on_where_one_has_ended(client, prefix):
    options, filters = marked(prefix)
    count = 500
    script = f"i=0; while [ $i -lt {count} ]; do echo $i; echo $i >&2; i=$((i+1)); done; sleep 1000"
    boxes = [await start(client, f"{prefix}{name}", script, **options) for name in "ab"]
    seen: Counter[tuple[str, str, str]] = Counter()
    positions = None
    while len(seen) < 4 * count:
        async with asyncio.timeout(60), client.containers.logs(filters, after=positions) as lines:
            for line in await take(lines, min(333, 4 * count - len(seen))):
                seen[line.container.id, line.stream, line.text] += 1
            positions = json.loads(json.dumps(lines.positions()))
    assert set(seen.values()) == {1}
    await boxes[0].remove(force=True)
    await start(client, f"{prefix}new", "echo new; sleep 1000", **options)
    async with client.containers.logs(filters, after=positions) as lines:
        lost, line = sorted(await take(lines, 2), key=lambda item: isinstance(item, ContainerLine))
        assert lost.container == boxes[0].id
        assert lost.after
        assert line.text == "new"


async def test_cancelled_anywhere_it_leaves_nothing(client, prefix):
    options, filters = marked(prefix)
    for name in "abc":
        await start(client, f"{prefix}{name}", "while :; do echo x; sleep 0.01; done", **options)
    await client.ping()
    before = Snapshot.take()

    async def read():
        async with client.containers.logs(filters) as lines:
            async for _ in lines:
                pass

    for number in range(10):
        reading = asyncio.create_task(read())
        await asyncio.sleep(0.005 * number)
        reading.cancel()
        await asyncio.wait({reading})
        assert reading.cancelled()
    assert client.diagnostics().streams == ()
    left = await remaining(before, settle=2)
    assert [what for what in left if "task" in what or "docker.sock" in what] == []


async def test_closing_the_client_ends_it(engine, prefix):
    async with aiodockerpy.DockerClient(engine.url) as client:
        options, filters = marked(prefix)
        await start(client, f"{prefix}a", "echo x; sleep 1000", **options)
        async with client.containers.logs(filters) as lines:
            await take(lines, 1)
            waiting = asyncio.create_task(anext(lines, None))
            await asyncio.sleep(0.05)
            await client.close()
            assert await asyncio.wait_for(waiting, 10) is None


async def test_awaited_it_is_refused_and_so_are_positions_that_are_none(client):
    with pytest.raises(errors.InvalidArgument, match="no end"):
        await client.containers.logs()
    with pytest.raises(errors.InvalidValue, match=r"logs\(\) after\['x'\] must be a position.*'nonsense'"):
        client.containers.logs(after={"x": "nonsense"})
    with pytest.raises(errors.InvalidArgument, match="tail and since exclude it"):
        client.containers.logs(after={}, tail=1)


@pytest.mark.skipif(GIVEN_HOST is not None, reason="needs engines that may be killed")
@pytest.mark.timeout(200)
@pytest.mark.parametrize("role", ROLES)
async def test_it_outlives_restarts_of_the_engine(role, no_long_pauses):
    async with PrivateEngine(role) as engine, aiodockerpy.DockerClient(engine.url) as client:
        policy = {"Name": "always"}
        before = [
            await start(client, name, "echo >> /n; wc -l < /n; sleep 1000", restart_policy=policy)
            for name in ("aa", "bb")
        ]
        async with asyncio.timeout(150), client.containers.logs() as lines:
            first = await take(lines, 2)
            await (engine.stop if role == "old" else engine.kill)()
            await engine.start()
            new = await start(client, "new", "echo new; sleep 1000")
            later = []
            while len({line.container.id for line in later if isinstance(line, ContainerLine)}) < 3:
                later += await take(lines, 1)
        assert {line.container.id for line in first} == {box.id for box in before}
        assert [line.text for line in later if getattr(line.container, "id", "") == new.id] == ["new"]
        assert not {line.data for line in first} & {line.data for line in later if isinstance(line, ContainerLine)}
        assert any(line.container == "" for line in later if isinstance(line, LinesLost))
