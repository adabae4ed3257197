"""Events, waits and logs over connections that break."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import pytest

import aiodockerpy
from aiodockerpy import errors
from aiodockerpy.resources._following import backoff
from aiodockerpy.resources._following.events import EventsLost, Resync
from tests.lab.faults import FaultProxy

IMAGE = "busybox:1"


@pytest.fixture
def no_long_pauses(monkeypatch):
    """Every connection counts as healthy, so that many cuts in a row do not add up to long pauses."""
    monkeypatch.setattr(backoff, "HEALTHY", 0)


async def start(client, name, command, **options):
    return await client.containers.run(
        IMAGE, command, name=name, detach=True, network_mode="none", init=True, **options
    )


async def tag_many(client, repository, numbers):
    for number in numbers:
        await client.api.images.tag(IMAGE, repo=repository, tag=f"t{number}")


async def untag(client, repository, numbers):
    for number in numbers:
        await client.api.images.remove(f"{repository}:t{number}", noprune=True)


# ---- events


async def test_events_are_typed_and_read_by_wire_name_too(client, prefix):
    async with client.events(filters={"type": "container"}) as events:
        container = await client.containers.create(IMAGE, ["true"], name=f"{prefix}a", network_mode="none")
        async for event in events:
            if event.actor.id == container.id:
                break
    assert event.action == event["Action"] == "create"
    assert event.at.tzinfo is not None
    assert event.at.unix_nano == event.time_nano
    assert event.at.nanosecond == event.time_nano % 1_000_000_000
    assert events.closed


async def test_awaited_they_are_the_past(client, prefix):
    begin = (await client.info()).system_time
    container = await client.containers.create(IMAGE, ["true"], name=f"{prefix}a", network_mode="none")
    await container.remove()
    end = (await client.info()).system_time
    events = await client.events(since=begin, until=end, filters={"container": [container.id]})
    assert [event.action for event in events] == ["create", "destroy"]


async def test_without_an_end_they_cannot_be_awaited(client):
    with pytest.raises(errors.InvalidArgument, match="no end"):
        await client.events()


async def test_close_from_another_task_ends_them(client):
    async with client.events() as events:
        task = asyncio.create_task(anext(events, None))
        await asyncio.sleep(0.05)
        events.close()
        while (await asyncio.wait_for(task, 5)) is not None:
            task = asyncio.create_task(anext(events, None))
    assert events.state == "closed"


async def test_promise_07_only_a_subscription_owns_a_task_and_ends_it(client):
    before = asyncio.all_tasks()
    async with client.events() as events:
        mine = asyncio.all_tasks() - before
        assert [task.get_name() for task in mine] == ["aiodockerpy events"]
        await events.aclose()
        assert asyncio.all_tasks() == before


async def tag_at_once(client, repository, numbers, at_once=4):
    """Tag many, some side by side."""
    left = iter(numbers)

    async def work():
        for number in left:
            await client.api.images.tag(IMAGE, repo=repository, tag=f"t{number}")

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(work())


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_promise_32_a_slow_reader_is_told_what_it_lost(client, prefix):
    """2,000 events for a reader that sleeps: delivered and reported are all of them, and the engine was not slowed."""
    repository, count, room = f"{prefix}lost", 2000, 1000
    delivered = lost = 0
    async with client.events(filters={"image": repository, "event": "tag"}, max_events=room) as events:
        await tag_at_once(client, repository, (n % 20 for n in range(count)))
        async with asyncio.timeout(60):
            async for event in events:
                if isinstance(event, EventsLost):
                    lost += event.count
                    assert event.first is not None
                    assert event.last is not None
                    assert event.first.time_nano <= event.last.time_nano
                else:
                    delivered += 1
                    assert event.actor.attributes["name"].startswith(f"{repository}:t")
                if delivered + lost >= count:
                    break
    assert delivered >= room
    assert lost > 0
    assert delivered + lost == count
    await untag(client, repository, range(20))


async def test_promise_32_the_limit_on_bytes_holds_too(client, prefix):
    repository, count = f"{prefix}bytes", 300
    delivered = lost = 0
    async with client.events(filters={"image": repository, "event": "tag"}, max_bytes=20_000) as events:
        await tag_at_once(client, repository, (n % 20 for n in range(count)))
        async with asyncio.timeout(30):
            async for event in events:
                lost += event.count if isinstance(event, EventsLost) else 0
                delivered += not isinstance(event, EventsLost)
                if delivered + lost >= count:
                    break
    assert 0 < delivered < count
    assert delivered + lost == count
    await untag(client, repository, range(20))


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_promise_33_cuts_lose_and_repeat_nothing(engine, client, prefix, no_long_pauses):
    """5000 events, and 100 cuts at random moments with some events in each gap."""
    repository, cuts, each = f"{prefix}cut", 100, 50
    chance = random.Random(33)
    seen: list[tuple[str, int]] = []
    alarms = []
    async with FaultProxy(engine.url) as proxy, aiodockerpy.DockerClient(proxy.url) as cut:
        async with cut.events(filters={"type": "image", "event": "tag"}) as events:
            await tag_many(client, repository, ["first"])

            async def read():
                async for event in events:
                    if isinstance(event, Resync):
                        alarms.append(event)
                    elif event.actor.attributes["name"].startswith(f"{repository}:t"):
                        seen.append((event.actor.attributes["name"].rpartition(":t")[2], event.time_nano))
                        if seen[-1][0] == "last":
                            break

            reader = asyncio.create_task(read())
            while not seen:
                await asyncio.sleep(0.01)
            for _ in range(cuts):
                place = chance.randrange(each)
                before = events.reconnects
                await tag_at_once(client, repository, range(place))
                await proxy.cut_all()
                await tag_at_once(client, repository, range(place, each))
                while events.reconnects == before:  # the engine keeps 256 events: two cuts must not share a gap
                    await asyncio.sleep(0.005)
            await tag_many(client, repository, ["last"])
            await asyncio.wait_for(reader, 60)
            assert events.reconnects == cuts
    assert alarms == []
    assert len(seen) == len(set(seen)) == cuts * each + 2
    assert Counter(name for name, _ in seen) == {"first": 1, "last": 1, **dict.fromkeys(map(str, range(each)), cuts)}
    await untag(client, repository, ["first", "last", *range(each)])


@pytest.mark.slow
@pytest.mark.timeout(200)
async def test_promise_34_a_gap_that_cannot_be_proven_away_is_told(engine, client, prefix, no_long_pauses):
    """Ten gaps of 300 events each, more than the 256 that an engine keeps."""
    repository = f"{prefix}gap"
    got: asyncio.Queue = asyncio.Queue()
    async with FaultProxy(engine.url) as proxy, aiodockerpy.DockerClient(proxy.url) as cut:
        async with cut.events(filters={"type": "image"}) as events:

            async def read():
                async for event in events:
                    got.put_nowait(event)

            async def own():
                """The next item that is about this test: others use the engine too."""
                while True:
                    item = await got.get()
                    if isinstance(item, Resync) or repository in item.actor.attributes.get("name", ""):
                        return item

            reader = asyncio.create_task(read())
            for number in range(10):
                await tag_many(client, repository, ["before"])
                first = await asyncio.wait_for(own(), 20)
                assert not isinstance(first, Resync)
                proxy.faults.refuse = True
                await proxy.cut_all()
                await tag_at_once(client, repository, (n % 10 for n in range(300)))
                assert events.state == "reconnecting"
                proxy.faults.refuse = False
                told = await asyncio.wait_for(own(), 60)
                assert isinstance(told, Resync), number
                assert told.last is not None
                assert told.last.time_nano >= first.time_nano
                assert told["Type"] == "aiodockerpy"
                await tag_many(client, repository, ["after"])
                while (after := await asyncio.wait_for(own(), 60)).actor.attributes["name"] != f"{repository}:tafter":
                    assert not isinstance(after, Resync)
            events.close()
            await reader
    await untag(client, repository, ["before", "after", *range(10)])


async def test_promise_35_the_state_of_a_subscription_is_visible(engine, client, prefix):
    async with FaultProxy(engine.url) as proxy, aiodockerpy.DockerClient(proxy.url) as cut:
        events = cut.events(filters={"container": [f"{prefix}none"]})
        assert (events.state, events.reconnects, events.last_error) == ("new", 0, None)
        async with asyncio.timeout(60), events:
            assert events.state == "connected"
            proxy.faults.refuse = True
            await proxy.cut_all()
            while not isinstance(events.last_error, errors.ConnectionFailed):
                await asyncio.sleep(0.01)
            assert events.state == "reconnecting"
            attempts = proxy.accepted
            while proxy.accepted < attempts + 2:  # it goes on trying
                await asyncio.sleep(0.01)
            proxy.faults.refuse = False
            assert isinstance(await anext(events), Resync)
            assert (events.state, events.reconnects) == ("connected", 1)
        assert events.state == "closed"


# ---- wait


@pytest.mark.parametrize("condition", [None, "not-running", "next-exit"])
async def test_promise_36_a_cut_wait_asks_again(engine, client, prefix, condition):
    container = await start(client, f"{prefix}a", ["sh", "-c", "trap 'exit 7' TERM; while :; do sleep 0.1; done"])
    async with FaultProxy(engine.url) as proxy, aiodockerpy.DockerClient(proxy.url) as cut:
        waiting = asyncio.create_task((await cut.containers.get(container.id)).wait(condition=condition))
        for _ in range(3):
            await asyncio.sleep(0.15)
            await proxy.cut_all()
        await asyncio.sleep(0.1)
        assert not waiting.done()
        proxy.faults.refuse = True
        await proxy.cut_all()
        await container.kill("TERM")  # it ends while the connection is broken
        await container.wait()
        proxy.faults.refuse = False
        assert (await asyncio.wait_for(waiting, 30)).status_code == 7


async def test_promise_36_a_lost_exit_code_is_an_error(engine, client, prefix):
    container = await start(client, f"{prefix}a", ["sleep", "1000"])
    async with FaultProxy(engine.url) as proxy, aiodockerpy.DockerClient(proxy.url) as cut:
        waiting = asyncio.create_task((await cut.containers.get(container.id)).wait())
        await asyncio.sleep(0.2)
        proxy.faults.refuse = True
        await proxy.cut_all()
        await container.remove(force=True)
        proxy.faults.refuse = False
        with pytest.raises(errors.StreamInterrupted, match="its exit code is lost"):
            await asyncio.wait_for(waiting, 30)


async def test_a_wait_that_is_over_in_time_says_which_limit_it_was(client, prefix):
    container = await start(client, f"{prefix}a", ["sleep", "1000"])
    with pytest.raises(errors.DeadlineExceeded, match=r"0\.2 s"):
        await container.wait(timeout=0.2)


# ---- logs that are followed


async def test_followed_logs_go_on_over_restarts_and_end_with_the_container(client, prefix):
    container = await start(client, f"{prefix}a", ["sh", "-c", "echo begin; echo problem >&2; sleep 1000"])
    seen = []
    async with asyncio.timeout(60), container.follow_logs() as lines:
        async for line in lines:
            seen.append((line.stream, line.text))
            assert line.time is not None
            if len(seen) == 2:
                await container.restart(timeout=0)
            if len(seen) == 4:
                await container.remove(force=True)
    assert sorted(seen[:2]) == sorted(seen[2:]) == [("stderr", "problem"), ("stdout", "begin")]


@pytest.mark.timeout(180)
async def test_followed_logs_lose_and_repeat_nothing_over_cuts_and_restarts(engine, client, prefix, no_long_pauses):
    count = 3000
    script = f"[ -f /done ] && sleep 1000; i=0; while [ $i -lt {count} ]; do echo $i; i=$((i+1)); [ $((i%100)) = 0 ] && sleep 0.05; done; echo > /done; sleep 1000"
    chance = random.Random(5)
    async with FaultProxy(engine.url) as proxy, aiodockerpy.DockerClient(proxy.url) as cut:
        container = await start(client, f"{prefix}a", ["sh", "-c", script])
        seen: list[int] = []
        restarted = False
        followed = await cut.containers.get(container.id)
        async with asyncio.timeout(150), followed.follow_logs() as lines:

            async def disturb():
                while True:
                    await asyncio.sleep(chance.uniform(0.05, 0.3))
                    await proxy.cut_all()

            disturbing = asyncio.create_task(disturb())
            async for line in lines:
                seen.append(int(line.data))
                if len(seen) == count:
                    disturbing.cancel()
                    await asyncio.wait({disturbing})
                    if not restarted:
                        restarted = True
                        await container.restart(timeout=0)
                    await container.remove(force=True)
        assert seen == list(range(count))
        assert lines.reconnects > 3


async def test_followed_logs_that_end_while_cut_are_not_called_complete(engine, client, prefix):
    container = await start(client, f"{prefix}a", ["sh", "-c", "echo x; sleep 1000"])
    async with FaultProxy(engine.url) as proxy, aiodockerpy.DockerClient(proxy.url) as cut:
        async with (await cut.containers.get(container.id)).follow_logs() as lines:
            assert (await anext(lines)).text == "x"
            proxy.faults.refuse = True
            await proxy.cut_all()
            await container.remove(force=True)
            proxy.faults.refuse = False
            with pytest.raises(errors.StreamInterrupted, match="removed while the connection was broken"):
                await asyncio.wait_for(anext(lines), 30)
