"""A proxy that answers in place of an engine that is away: what goes on over an absence goes on over this one."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

import aiodockerpy
from aiodockerpy import errors
from aiodockerpy.resources import LinesLost
from aiodockerpy.resources._following import backoff
from aiodockerpy.testing import FakeEngine, FaultProxy
from tests.together import together

STATUSES = (502, 503, 504)
IMAGE = "busybox:latest"


class Talk:
    """A program that writes what it is given, and ends with a code."""

    def __init__(self):
        self._said = asyncio.Queue()

    def say(self, text):
        self._said.put_nowait(text)

    async def __call__(self, process):
        while isinstance(said := await self._said.get(), str):
            process.stdout.write(f"{said}\n")
        return said


@asynccontextmanager
async def absence(monkeypatch):
    """Give a client that reaches an engine through a proxy, a container that talks, the engine, and what makes an absence.

    Over an absence the connections are cut, and calls of an operation are answered twice by the proxy's page.
    """
    monkeypatch.setattr(backoff, "FIRST", 0.0)
    talk = Talk()
    async with FakeEngine(images=[IMAGE]) as engine, FaultProxy(engine.url) as proxy:
        engine.program(IMAGE, talk, command="talk")
        async with aiodockerpy.DockerClient(proxy.url) as client, asyncio.timeout(60):
            box = await client.containers.run(IMAGE, ["talk"], name="box", detach=True)

            async def away(operation, status):
                engine.fail(operation, status=status, message="<html>Bad Gateway</html>", times=2)
                await proxy.cut_all()

            yield client, box, talk, engine, away


async def asked(engine, operation, times):
    while sum(call.operation == operation for call in engine.calls) < times:
        await asyncio.sleep(0)


@together("status", STATUSES)
async def test_followed_logs_go_on(monkeypatch, status):
    async with absence(monkeypatch) as (_, box, talk, _, away), box.follow_logs() as lines:
        talk.say("one")
        assert (await anext(lines)).text == "one"
        await away("containers.logs", status)
        talk.say("two")
        assert (await anext(lines)).text == "two"


@together("status", STATUSES)
async def test_the_logs_of_many_go_on(monkeypatch, status):
    async with absence(monkeypatch) as (client, _, talk, _, away), client.containers.logs() as lines:
        talk.say("one")
        assert (await anext(lines)).text == "one"
        await away("containers.logs", status)
        talk.say("two")
        line = await anext(lines)
        if isinstance(line, LinesLost):  # no event had come before: a container may have come and gone
            assert line.container == ""
            line = await anext(lines)
        assert line.text == "two"


@together("status", STATUSES)
async def test_events_go_on(monkeypatch, status):
    async with absence(monkeypatch) as (client, _, _, _, away), client.events(filters={"type": "volume"}) as events:
        await client.volumes.create("one")
        assert (await anext(events)).actor.id == "one"
        await away("system.events", status)
        await client.volumes.create("two")
        assert (await anext(events)).actor.id == "two"


@together("status", STATUSES)
async def test_a_view_is_right_again(monkeypatch, status):
    async with absence(monkeypatch) as (client, _, _, _, away), client.volumes.watch() as view:
        await away("volumes.list", status)
        await client.volumes.create("one")
        await view.until(lambda items: sorted(items) == ["one"])


@together("status", STATUSES)
async def test_a_wait_goes_on(monkeypatch, status):
    async with absence(monkeypatch) as (_, box, talk, engine, away):
        waiting = asyncio.create_task(box.wait())
        await asked(engine, "containers.wait", 1)
        await away("containers.wait", status)
        await asked(engine, "containers.wait", 3)
        talk.say(7)
        assert (await waiting).status_code == 7


@together("status", STATUSES)
async def test_the_end_of_an_exec_that_cannot_be_confirmed_is_none(monkeypatch, status):
    async with absence(monkeypatch) as (_, box, _, _, away):
        await away("exec.inspect", status)
        with pytest.raises(errors.StreamInterrupted, match="exit code is unavailable"):
            await box.exec_run(["true"])
        with pytest.raises(errors.StreamInterrupted, match="exit code is unavailable"):
            await box.exec_run(["true"])


@together("status", STATUSES)
async def test_what_a_proxy_answers_does_not_show_that_nothing_is_left(monkeypatch, status):
    async with absence(monkeypatch) as (client, _, _, _, away):
        assert (await client.reap("ci")).left == []  # the fake engine is no manager of a swarm either
        await away("services.list", status)
        with pytest.raises(errors.ServiceUnavailable, match="Bad Gateway"):
            await client.reap("ci")
        with pytest.raises(errors.ServiceUnavailable, match="Bad Gateway"):
            await client.reap("ci")
