"""The ends of containers, as events report them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

import aiodockerpy
from aiodockerpy import errors
from aiodockerpy.models import EventMessage
from aiodockerpy.resources._following.events import Resync
from aiodockerpy.resources._jobs import ends
from aiodockerpy.resources._jobs.ends import End, Ends
from aiodockerpy.testing import FakeEngine

IMAGE = "busybox:latest"


def event(action, container="c", at=5, **attributes):
    actor = {"ID": container, "Attributes": {"image": "busybox:1", **attributes}}
    return EventMessage.from_value({"Type": "container", "Action": action, "Actor": actor, "timeNano": at * 10**9})


def second(number):
    return datetime.fromtimestamp(number, UTC)


def end(code, signals=(), **facts):
    return End(code, frozenset(signals), finished_at=second(5), **facts)


async def end_after(monkeypatch, *events):
    """Return what is known of the container ``c`` after these events."""
    monkeypatch.setattr(ends, "PATIENCE", 0.01)
    watched = Ends(None, "label")
    watched.watch("c")
    for item in events:
        watched._note(item)
    return await watched.of("c")


GAP = Resync(type="aiodockerpy", action="resync")


async def test_an_end_has_its_exit_code_and_the_signals_that_were_sent_before(monkeypatch):
    assert await end_after(monkeypatch, event("die", exitCode="7")) == end(7)
    killed = (
        event("kill", signal="15"),
        event("kill", signal="9"),
        event("die", exitCode="137"),
        event("kill", signal="1"),
    )
    assert await end_after(monkeypatch, *killed) == end(137, {9, 15})
    assert await end_after(monkeypatch, event("die")) == end(None)


async def test_an_end_that_was_not_reported_is_unknown(monkeypatch):
    assert await end_after(monkeypatch) is None
    assert await end_after(monkeypatch, event("die", "another", exitCode="0")) is None
    assert await Ends(None, "label").of("c") is None


async def test_an_end_after_a_gap_may_be_an_invention_of_a_restarted_engine(monkeypatch):
    assert await end_after(monkeypatch, GAP, event("die", exitCode="137")) is None
    assert await end_after(monkeypatch, event("die", exitCode="137"), GAP) == end(137)
    started = event("start", at=1)
    assert await end_after(monkeypatch, started, GAP, event("die", exitCode="137")) is None
    assert await end_after(monkeypatch, GAP, started, event("die", exitCode="137")) == end(137, started_at=second(1))


async def test_events_that_cannot_be_read_are_waited_for_no_more():
    class Broken:
        async def batch(self):
            raise errors.ProtocolError("no event")

        def close(self):
            self.state = "closed"

        state = "connected"

    watched = Ends(None, "label")
    watched._subscription = Broken()
    watched.watch("c")
    await watched._drain(watched._subscription)
    watched.watch("later")
    assert await watched.of("c") is await watched.of("later") is None


async def test_events_are_waited_for_only_while_they_come():
    class Cut:
        state = "reconnecting"

    watched = Ends(None, "label")
    watched._subscription = Cut()
    watched.watch("c")
    assert await watched.of("c", seconds=1000) is None


@pytest.mark.parametrize("status", [403, 404, 405, 500])
async def test_jobs_run_on_an_engine_that_refuses_events(status):
    async with FakeEngine(images=[IMAGE]) as engine, aiodockerpy.DockerClient(engine.url) as client:
        engine.fail("system.events", status=status, message="not allowed")
        async with client.jobs() as jobs:
            for code, missed in ((0, False), (7, False), (137, True)):
                result = await (await jobs.submit(IMAGE, ["sh", "-c", f"exit {code}"]))
                assert (result.ending, result.exit_code) == ("exited", code)
                assert ("events were missed" in result.error) is missed


@pytest.mark.parametrize(("events", "ending"), [(2, "signalled"), (300, "exited")])
async def test_a_kill_that_was_missed_is_found_among_the_past_events_as_long_as_the_engine_keeps_it(events, ending):
    async with FakeEngine(images=[IMAGE]) as engine, aiodockerpy.DockerClient(engine.url) as client:
        engine.fail("system.events", status=403, message="not allowed", times=1)
        async with client.jobs() as jobs:
            job = await jobs.submit(IMAGE, ["sleep", "60"])
            while not (engine.containers and engine.container(engine.containers[0]).status == "running"):
                await asyncio.sleep(0.01)
            other = await client.containers.create(IMAGE, ["true"])
            for number in range(events):
                await other.rename(f"other{number}")
            await client.api.containers.kill(job.container_id)
            result = await job
    assert (result.ending, result.exit_code, "missed" in result.error) == (ending, 137, ending == "exited")


async def test_what_else_an_engine_reports(monkeypatch):
    found = await end_after(monkeypatch, event("start", at=1), event("oom", at=2), event("die", exitCode="0"))
    assert found == end(0, oom_killed=True, started_at=second(1))


@pytest.mark.parametrize(
    ("end", "expected"),
    [(end(0), True), (end(127), True), (end(137), False), (end(None), False), (end(0, {1}), False)],
)
def test_who_may_have_ended_it(end, expected):
    assert end.by_itself is expected
