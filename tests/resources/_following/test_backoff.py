"""Pauses between attempts to connect again."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from aiodockerpy import errors
from aiodockerpy.resources._following import backoff
from aiodockerpy.resources._following.backoff import Backoff, Patience


@pytest.fixture
def whole(monkeypatch):
    """No randomness: each pause is as long as it may be."""
    monkeypatch.setattr(backoff.random, "uniform", lambda low, high: high)


def test_promise_35_pauses_double_from_a_fifth_of_a_second_to_half_a_minute(whole):
    backoff = Backoff()
    assert [backoff.next_pause() for _ in range(10)] == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0, 30.0]
    for _ in range(2000):
        assert backoff.next_pause() == 30.0
    assert backoff.failures == 2010


def test_promise_35_each_pause_is_a_random_part():
    pauses = [Backoff().next_pause() for _ in range(200)]
    assert all(0 <= pause <= 0.2 for pause in pauses)
    assert len(set(pauses)) > 100


async def test_promise_35_only_a_healthy_connection_begins_anew(whole, monkeypatch):
    now = 1000.0
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now)
    backoff = Backoff()
    backoff.next_pause()
    backoff.connected()
    now += 60
    backoff.lost()
    assert backoff.next_pause() == 0.4
    backoff.connected()
    now += 121
    backoff.lost()
    assert backoff.next_pause() == 0.2


async def lost():
    raise errors.RequestMaybeSent("the connection was cut")


async def test_a_call_is_repeated_until_there_is_an_answer_or_no_patience_is_left():
    asked = []

    async def at_the_third():
        asked.append(1)
        if len(asked) < 3:
            await lost()
        return "here"

    patience = Patience(30)
    assert await patience.persist(at_the_third) == "here"
    with pytest.raises(errors.RequestMaybeSent, match="was cut"):
        await Patience(0.05).persist(lost)


async def test_a_call_that_hangs_is_given_up_and_patience_is_had_once():
    patience = Patience(0.05)
    with pytest.raises(errors.DeadlineExceeded, match="has not answered in time"):
        await patience.call(asyncio.Event().wait)
    with pytest.raises(errors.DeadlineExceeded, match=r"has not answered for 0\.05 s"):
        await patience.call(pytest.fail)
    with pytest.raises(errors.DeadlineExceeded):
        await patience.persist(pytest.fail)


async def test_an_answer_begins_patience_anew_be_it_a_refusal():
    async def refused():
        raise errors.NotFound("no such container")

    for answer in (refused, lambda: asyncio.sleep(0)):
        patience = Patience(0.05)
        with pytest.raises(errors.RequestMaybeSent):
            await patience.call(lost)
        with suppress(errors.NotFound):
            await patience.call(answer)
        await asyncio.sleep(0.06)
        assert await patience.call(lambda: asyncio.sleep(0, "here")) == "here"


async def test_a_timeout_of_the_callers_own_is_not_that_of_patience():
    async def late():
        raise TimeoutError("mine")

    with pytest.raises(TimeoutError, match="mine"):
        await Patience(5).call(late)


async def test_a_call_may_be_given_less_than_what_is_left():
    patience = Patience(30)
    with pytest.raises(errors.DeadlineExceeded):
        await patience.call(asyncio.Event().wait, most=0.01)
    assert await patience.call(lambda: asyncio.sleep(0, "here")) == "here"
