"""Threads that nothing waits for."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading

import pytest

from aiodockerpy._threads import THREAD_NAME, OwnThread, UntilClosed, in_own_thread


async def gone():
    """Wait until no such thread is left."""
    while any(thread.name == THREAD_NAME for thread in threading.enumerate()):
        await asyncio.sleep(0.001)


@pytest.fixture
def door():
    """An event on which calls block, opened at the end."""
    event = threading.Event()
    yield event
    event.set()


async def test_calls_are_made_in_one_daemon_thread_until_it_is_closed():
    thread = OwnThread()
    first, second = await thread.run(threading.current_thread), await thread.run(threading.current_thread)
    assert first is second
    assert first.daemon
    assert first is not threading.main_thread()
    thread.close()
    await gone()


async def test_results_errors_and_context_are_those_of_the_call():
    variable = contextvars.ContextVar("variable")
    variable.set("here")
    assert await in_own_thread(variable.get) == "here"
    assert await in_own_thread(int, "ff", base=16) == 255
    with pytest.raises(ZeroDivisionError):
        await in_own_thread(lambda: 1 / 0)
    await gone()


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError])
async def test_what_is_no_exception_is_raised_where_the_call_is_awaited(kind):
    def fail():
        raise own

    own = kind("mine")
    with pytest.raises(kind) as caught:
        await in_own_thread(fail)
    assert caught.value is own


async def test_a_call_that_raises_stopiteration_fails_and_does_not_wait_for_ever():
    async with asyncio.timeout(5):
        with pytest.raises(RuntimeError, match="raised StopIteration"):
            await in_own_thread(next, iter(()))


async def test_a_call_that_blocks_holds_neither_its_caller_nor_the_loop(door):
    entered = threading.Event()

    def block():
        entered.set()
        door.wait()

    task = asyncio.create_task(in_own_thread(block))
    while not entered.is_set():
        await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.get_running_loop().shutdown_default_executor()
    assert not door.is_set()
    door.set()
    await gone()


def test_what_comes_after_the_end_of_the_loop_is_dropped(door):
    async def begin():
        asyncio.create_task(in_own_thread(door.wait))  # noqa: RUF006 - cancelled with the loop
        await asyncio.sleep(0)

    asyncio.run(begin())
    door.set()
    asyncio.run(gone())


async def test_a_thread_that_is_forgotten_ends():
    thread = OwnThread()
    await thread.run(len, "")
    del thread
    gc.collect()
    await gone()


async def test_the_last_call_waits_for_one_that_goes_on_and_a_later_one_does_nothing(door):
    turns, begun, calls = UntilClosed(), threading.Event(), []

    def work():
        begun.set()
        door.wait()
        calls.append("work")

    working = asyncio.create_task(asyncio.to_thread(turns.run, work))
    while not begun.is_set():
        await asyncio.sleep(0.001)
    working.cancel()
    ending = asyncio.create_task(asyncio.to_thread(turns.last, lambda: calls.append("last")))
    await asyncio.sleep(0.01)
    assert not ending.done()
    door.set()
    await ending
    assert turns.run(calls.append, "later") is None
    assert calls == ["work", "last"]
