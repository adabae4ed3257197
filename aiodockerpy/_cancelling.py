"""Distinguish cancellations and time limits of this library from those inside the code that they are about."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
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


@asynccontextmanager
async def within(
    seconds: float | None, late: Callable[[], str], error: type[DockerException] = DeadlineExceeded
) -> AsyncGenerator[None]:
    """Limit the time of a block.

    Args:
        seconds: The limit; ``None`` for none.
        late: Returns the message for a limit that was exceeded.
        error: The exception for that. A ``TimeoutError`` that the block itself raises passes.
    """
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            yield
    except TimeoutError:
        if not limit.expired():
            raise
        raise error(late()) from None


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
