"""Time limits of a block, and work that goes on when the task that awaits it is cancelled."""

import asyncio

import pytest

from aiodockerpy._cancelling import Cancellation, uncancelled, within
from aiodockerpy.errors import DeadlineExceeded, StreamIdle


class Work:
    """Something that takes a few turns of the loop, and records that it came to its end."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.finished = False
        self.go_on = asyncio.Event()

    async def run(self) -> str:
        await self.go_on.wait()
        await asyncio.sleep(0)
        self.finished = True
        if self.error is not None:
            raise self.error
        return "done"


async def turns(count: int = 3) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_the_result_and_the_error_of_the_work_are_those_of_the_call():
    work, failing = Work(), Work(ValueError("no"))
    work.go_on.set()
    failing.go_on.set()
    assert await uncancelled(work.run()) == "done"
    with pytest.raises(ValueError, match="no"):
        await uncancelled(failing.run())


@pytest.mark.parametrize("error", [None, ValueError("no")])
@pytest.mark.parametrize("times", [1, 3])
async def test_a_cancellation_is_raised_once_the_work_has_ended(times: int, error: Exception | None):
    work = Work(error)
    task = asyncio.create_task(uncancelled(work.run()))
    for _ in range(times):
        await turns()
        task.cancel("enough")
    await turns()
    assert not task.done()
    work.go_on.set()
    with pytest.raises(asyncio.CancelledError, match="enough"):
        await task
    assert work.finished
    assert task.cancelled()


async def test_a_cancellation_from_before_the_first_wait_is_not_lost():
    work = Work()

    async def cancelled_by_itself() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await uncancelled(work.run())

    task = asyncio.create_task(cancelled_by_itself())
    await turns()
    assert not task.done()
    work.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert work.finished


async def test_work_that_is_cancelled_itself_ends_the_wait():
    async def cancelled() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(0)

    with pytest.raises(asyncio.CancelledError):
        await uncancelled(cancelled())


async def test_a_time_limit_around_it_expires_after_the_work():
    work = Work()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            asyncio.get_running_loop().call_later(0.01, work.go_on.set)
            await uncancelled(work.run())
    assert work.finished


async def test_a_task_group_that_fails_waits_for_the_work():
    work = Work()

    async def fail() -> None:
        await turns()
        asyncio.get_running_loop().call_later(0.01, work.go_on.set)
        raise ValueError("no")

    with pytest.raises(ExceptionGroup):
        async with asyncio.TaskGroup() as group:
            group.create_task(uncancelled(work.run()))
            group.create_task(fail())
    assert work.finished


async def test_work_that_ends_in_the_turn_of_the_cancellation():
    for turn in range(6):
        work = Work()
        task = asyncio.create_task(uncancelled(work.run()))
        await turns(2)
        work.go_on.set()
        await turns(turn)
        cancelled = task.cancel()
        try:
            result = await task
        except asyncio.CancelledError:
            result = None
        assert work.finished
        assert (result is None) == cancelled


@pytest.mark.parametrize("error", [DeadlineExceeded, StreamIdle])
async def test_a_block_that_takes_too_long_ends_with_the_given_error(error: type[DeadlineExceeded]):
    with pytest.raises(error, match="late") as caught:
        async with within(0.01, lambda: "late", error):
            await asyncio.Event().wait()
    assert type(caught.value) is error


@pytest.mark.parametrize("seconds", [None, 30])
async def test_a_timeout_inside_the_block_is_not_its_limit(seconds: float | None):
    with pytest.raises(TimeoutError, match="its own"):
        async with within(seconds, lambda: "late"):
            raise TimeoutError("its own")


class PutOff:
    """A task that puts its cancellation off while some work is done, and waits for ever after that."""

    def __init__(self, work: Work, within: float = 60) -> None:
        self.cancellation = Cancellation()
        self.result = ""
        self._work = work
        self._within = within

    async def run(self) -> None:
        self.cancellation.begin()
        try:
            self.result = await self.cancellation.put_off(self._work.run(), within=lambda: self._within)
            await asyncio.Event().wait()
        finally:
            self.cancellation.end()


@pytest.mark.parametrize("error", [None, ValueError("no")])
@pytest.mark.parametrize("times", [1, 3])
async def test_a_cancellation_that_is_put_off_is_raised_once_the_work_has_ended(times: int, error: Exception | None):
    work = Work(error)
    one = PutOff(work)
    task = asyncio.create_task(one.run())
    await turns()
    for _ in range(times):
        one.cancellation.ask()
        await turns()
    assert not task.done()
    work.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (work.finished, one.result, task.cancelling()) == (True, "", 1)


async def test_a_cancellation_is_put_off_for_some_seconds_only():
    work = Work()
    one = PutOff(work, within=0.01)
    task = asyncio.create_task(one.run())
    await turns()
    one.cancellation.ask()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not work.finished


async def test_without_a_cancellation_the_result_and_the_error_of_the_work_are_those_of_the_call():
    work, failing = Work(), PutOff(Work(ValueError("no")))
    one = PutOff(work)
    task = asyncio.create_task(one.run())
    work.go_on.set()
    failing._work.go_on.set()
    with pytest.raises(ValueError, match="no"):
        await failing.run()
    await turns()
    assert one.result == "done"
    one.cancellation.ask()  # nothing puts it off any more
    with pytest.raises(asyncio.CancelledError):
        await task
    one.cancellation.ask()
    assert task.cancelling() == 1


async def test_a_task_that_is_cancelled_before_its_first_step_is_cancelled_where_it_waits_first():
    work = Work()
    one = PutOff(work)
    one.cancellation.ask()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(one.run())
    assert not work.finished


async def test_a_cancellation_by_others_is_not_put_off():
    work = Work()
    task = asyncio.create_task(PutOff(work).run())
    await turns()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not work.finished


async def test_notes_on_what_was_left_behind_stay_when_the_limit_is_exceeded():
    async def interrupted() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError as error:
            error.add_note("the process may be left behind")
            raise

    with pytest.raises(DeadlineExceeded, match="too late") as caught:
        async with within(0, lambda: "too late"):
            await interrupted()
    assert caught.value.__notes__ == ["the process may be left behind"]
