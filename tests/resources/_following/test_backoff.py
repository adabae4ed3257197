"""Pauses between attempts to connect again."""

from __future__ import annotations

import asyncio

import pytest

from aiodockerpy.resources._following import backoff
from aiodockerpy.resources._following.backoff import Backoff


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
