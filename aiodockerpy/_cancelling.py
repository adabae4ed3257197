"""Distinguish cancellations and time limits of this library from those inside the code that they are about."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from types import TracebackType
from typing import Any, TypeVar

from aiodockerpy.errors import DeadlineExceeded, DockerException

T = TypeVar("T")


def is_cancelled() -> bool:
    """Return whether a cancellation of this task was asked for, also one that was raised already."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def was_cancelled(error: BaseException) -> bool:
    """Return whether an exception is the cancellation of this task, and not of something that the task has awaited."""
    return isinstance(error, asyncio.CancelledError) and is_cancelled()


class within:  # noqa: N801 - used as a function, whose frames and generator would cost as much as the limit
    """Limit the time of a block, from its beginning on.

    Args:
        seconds: The limit; ``None`` for none.
        late: Returns the message for a limit that was exceeded.
        error: The exception for that. A ``TimeoutError`` that the block itself raises passes.
    """

    def __init__(
        self, seconds: float | None, late: Callable[[], str], error: type[DockerException] = DeadlineExceeded
    ) -> None:
        self._seconds = seconds
        self._late = late
        self._error = error
        self._limit: asyncio.Timeout | None = None

    async def __aenter__(self) -> None:
        if self._seconds is not None:
            self._limit = asyncio.timeout(self._seconds)
            await self._limit.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._limit is not None:
            try:
                await self._limit.__aexit__(kind, error, traceback)
            except TimeoutError:
                late = self._error(self._late())
                for note in getattr(error, "__notes__", ()):  # on what could not be cleaned up
                    late.add_note(note)
                raise late from None


async def uncancelled(work: Coroutine[Any, Any, T], *, within: Callable[[], float] | None = None) -> T:
    """Run work to its end even if this task is cancelled meanwhile; the cancellation is raised afterwards.

    The result is lost then, so the work itself has to record what it did.

    Args:
        work: What is done.
        within: Returns, at the first cancellation, the seconds after which the work is cancelled too; by default it has
            as long as it takes.
    """
    task = asyncio.create_task(work)
    cancelled: asyncio.CancelledError | None = None
    timer: asyncio.TimerHandle | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
            if within is not None and timer is None:
                timer = asyncio.get_running_loop().call_later(within(), task.cancel)
    if timer is not None:
        timer.cancel()
    if cancelled is not None:
        if not task.cancelled():
            task.exception()  # looked at, so that it is not reported as never retrieved
        raise cancelled
    return task.result()


class Cancellation:
    """The cancellation of a task, asked for any number of times and done once, which the task can put off.

    That costs nothing, where `uncancelled` costs a task. A cancellation by others is not put off.
    """

    def __init__(self) -> None:
        self.asked = False
        self._task: asyncio.Task[Any] | None = None
        self._within: Callable[[], float] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Begin with the current task; one that is cancelled before its first step would never run."""
        self._task = asyncio.current_task()
        if self.asked:
            self._cancel()  # takes effect where the task first waits

    def end(self) -> None:
        """Cancel the task no more."""
        self._task = None

    def ask(self) -> None:
        """Cancel the task as soon as it has begun and does not put it off."""
        if self.asked:
            return
        self.asked = True
        if self._within is None:
            self._cancel()
        else:
            self._timer = asyncio.get_running_loop().call_later(self._within(), self._cancel)

    def _cancel(self) -> None:
        self._timer = None
        if self._task is not None:
            self._task.cancel()

    async def put_off(self, work: Awaitable[T], *, within: Callable[[], float]) -> T:
        """Return the result of work that is not interrupted by a cancellation, which is raised afterwards.

        Args:
            work: What is done; it has to record what it did, since its result is lost then.
            within: Returns, when the cancellation is asked for, the seconds after which it is put off no more.
        """
        self._within = within
        try:
            return await work
        finally:
            self._within = None
            if self._timer is not None:
                self._timer.cancel()
                self._cancel()
                await asyncio.sleep(0)
