"""Clean-up that runs to its end although the task is cancelled, such as removing what was created."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any, Generic, TypeVar

from aiodockerpy.errors import DeadlineExceeded, DockerException

T = TypeVar("T")

CLEANUP_SECONDS = 30.0
"""Seconds after which clean-up is abandoned, so that a stuck engine cannot block a cancelled task for ever."""


async def uncancelled(work: Coroutine[Any, Any, T]) -> T:
    """Run work to its end even if this task is cancelled meanwhile; the cancellation is raised afterwards.

    The result is lost then, so the work itself has to record what it did.
    """
    shielded = _Shielded(asyncio.create_task(work))
    try:
        return await shielded
    finally:
        if shielded.cancelled is not None:
            raise asyncio.CancelledError(*shielded.cancelled)


class _Shielded(Generic[T]):
    """A task that goes on when the task that awaits it is cancelled; it is a future to the event loop.

    After ``asyncio.shield`` or ``asyncio.wait`` the waiting task goes on a turn of the loop later.

    Attributes:
        cancelled: The message of the last cancellation, as its arguments; ``None`` if there was none.
    """

    _asyncio_future_blocking = False

    def __init__(self, task: asyncio.Task[T]) -> None:
        self._task = task
        self.cancelled: tuple[Any, ...] | None = None
        self.get_loop = task.get_loop
        self.add_done_callback = task.add_done_callback

    def cancel(self, msg: Any = None) -> bool:
        """Record the cancellation instead of passing it on."""
        self.cancelled = () if msg is None else (msg,)
        return True

    def __await__(self) -> Generator[Any, Any, T]:
        self._asyncio_future_blocking = True
        yield self
        return self._task.result()


async def raise_if_cancelled() -> None:
    """Raise a cancellation of this task that was asked for before its first step."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        await asyncio.sleep(0)


async def clean_up(work: Coroutine[Any, Any, object]) -> None:
    """Run clean-up to its end or to its time limit, whatever happens to this task.

    Raises:
        DeadlineExceeded: It took too long.
        DockerException: It failed.
    """

    async def limited() -> None:
        limit = asyncio.timeout(CLEANUP_SECONDS)
        try:
            async with limit:
                await work
        except TimeoutError:
            if not limit.expired():
                raise
            raise DeadlineExceeded(f"there was no answer within {CLEANUP_SECONDS:g} s") from None

    await uncancelled(limited())


async def clean_up_after(error: BaseException, work: Coroutine[Any, Any, object], left: str) -> None:
    """Run clean-up because of an error, which is raised afterwards: if the clean-up fails, a note on it reports that.

    Args:
        error: The error.
        work: The clean-up.
        left: What may be left behind.
    """
    try:
        await clean_up(work)
    except DockerException as reason:
        error.add_note(f"{left} may be left behind: {reason}")
