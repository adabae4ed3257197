"""The budget of ordinary calls."""

from __future__ import annotations

import asyncio

import pytest

from aiodockerpy._transport.http.slots import Slots
from aiodockerpy.errors import PoolTimeout


async def hold(slots, until):
    async with slots:
        await until.wait()


async def test_no_more_than_the_limit_at_once():
    slots = Slots(3, None)
    running = most = 0

    async def work():
        nonlocal running, most
        async with slots:
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1

    await asyncio.gather(*(work() for _ in range(20)))
    assert most == 3
    assert (slots.in_use, slots.waiting) == (0, 0)


async def test_waiting_too_long_names_limit_use_and_waiters():
    slots = Slots(2, 0.05)
    done = asyncio.Event()
    holders = [asyncio.create_task(hold(slots, done)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(PoolTimeout, match=r"within 0.05 s: all 2 slots are in use, 1 calls are waiting"):
        async with slots:
            pass
    assert slots.waiting == 0
    done.set()
    await asyncio.gather(*holders)
    assert slots.in_use == 0


async def test_a_cancelled_waiter_gives_its_place_back():
    slots = Slots(1, None)
    done = asyncio.Event()
    holder = asyncio.create_task(hold(slots, done))
    await asyncio.sleep(0)
    waiters = [asyncio.create_task(hold(slots, done)) for _ in range(5)]
    await asyncio.sleep(0)
    assert slots.waiting == 5
    for waiter in waiters[:4]:
        waiter.cancel()
    await asyncio.gather(*waiters[:4], return_exceptions=True)
    assert slots.waiting == 1
    done.set()
    await asyncio.gather(holder, waiters[4])
    assert (slots.in_use, slots.waiting) == (0, 0)


async def test_an_outer_timeout_stays_an_outer_timeout():
    slots = Slots(1, 10)
    done = asyncio.Event()
    holder = asyncio.create_task(hold(slots, done))
    await asyncio.sleep(0)
    with pytest.raises(TimeoutError) as caught:
        async with asyncio.timeout(0.01), slots:
            pass
    assert not isinstance(caught.value, PoolTimeout)
    done.set()
    await holder
