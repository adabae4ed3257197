from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio

from aiodockerpy import errors
from aiodockerpy._transport.http.connections import Connections
from aiodockerpy._transport.sockets.connect import Target
from aiodockerpy._transport.sockets.dial import UnixAddress
from tests.canned import canned

BOTH_LOOPS = True


@pytest_asyncio.fixture
async def engine(tmp_path):
    async with canned(tmp_path) as made:
        yield made


def target(engine):
    return Target(UnixAddress(engine.url.removeprefix("unix://")), timeout=5)


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


async def test_the_one_used_last_is_lent_first(engine):
    connections = Connections(target(engine))
    first, second = await connections.take(), await connections.take()
    assert first is not second
    connections.give_back(first)
    connections.give_back(second)
    assert len(connections._idle) == 2
    assert await connections.take() is second
    assert await connections.take(new=True) not in {first, second}
    assert await connections.take() is first
    connections.close()


async def test_no_more_than_some_are_kept(engine):
    connections = Connections(target(engine))
    lent = [await connections.take() for _ in range(40)]
    for stream in lent:
        connections.give_back(stream)
    assert [stream.closed for stream in lent] == [False] * 32 + [True] * 8
    connections.close()


async def test_unused_ones_are_closed_in_time(engine):
    connections = Connections(target(engine), idle_seconds=0.05)
    early, late = await connections.take(), await connections.take()
    connections.give_back(early)
    await asyncio.sleep(0.03)
    connections.give_back(late)
    await until(lambda: early.closed)
    await until(lambda: late.closed)
    assert len(connections._idle) == 0
    again = await connections.take()
    assert not again.closed
    connections.give_back(again)
    await until(lambda: again.closed)
    connections.close()


async def test_a_dropped_one_is_closed_and_forgotten(engine):
    connections = Connections(target(engine))
    stream = await connections.take()
    connections.drop(stream)
    assert stream.closed
    assert len(connections._idle) == 0
    connections.close()


async def test_closing_ends_those_that_are_lent_too(engine):
    connections = Connections(target(engine))
    lent, unused = await connections.take(), await connections.take()
    connections.give_back(unused)
    connections.close()
    assert lent.closed
    assert unused.closed
    assert await lent.read() == b""
    with pytest.raises(RuntimeError, match="closed"):
        await connections.take()
    await until(lambda: not engine.open)


async def test_one_that_comes_back_after_the_end_is_closed(engine):
    connections = Connections(target(engine))
    dialling = asyncio.create_task(connections.take())
    lent = await connections.take()
    await dialling
    connections.close()
    connections.give_back(lent)
    assert lent.closed
    assert len(connections._idle) == 0


async def test_nobody_there(tmp_path):
    connections = Connections(Target(UnixAddress(str(tmp_path / "nothing")), timeout=5))
    with pytest.raises(errors.EngineUnreachable):
        await connections.take()
    connections.close()
