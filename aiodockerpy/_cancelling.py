"""Distinguish cancellations and time limits of this library from those inside the code that they are about."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from aiodockerpy.errors import DeadlineExceeded, DockerException


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
