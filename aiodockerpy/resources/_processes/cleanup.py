"""Clean-up that runs to its end although the task is cancelled, such as removing what was created."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from aiodockerpy._cancelling import is_cancelled, uncancelled, within
from aiodockerpy.errors import Conflict, DockerException, NotFound

if TYPE_CHECKING:
    from aiodockerpy.api.containers import ContainersApi

T = TypeVar("T")

CLEANUP_SECONDS = 30.0
"""Seconds after which clean-up is abandoned, so that a stuck engine cannot block a cancelled task for ever."""


async def raise_if_cancelled() -> None:
    """Raise a cancellation of this task that was asked for before its first step."""
    if is_cancelled():
        await asyncio.sleep(0)


def cleanup_seconds() -> float:
    """Return the seconds that clean-up may take."""
    return CLEANUP_SECONDS


async def clean_up(work: Coroutine[Any, Any, T], *, more: float = 0) -> T:
    """Run clean-up to its end or to its time limit, whatever happens to this task, and return its result.

    Args:
        work: The clean-up.
        more: Seconds that are added to the limit, as for a process that has them to end.

    Raises:
        DeadlineExceeded: It took too long.
        DockerException: It failed.
    """
    seconds = cleanup_seconds() + more

    async def limited() -> T:
        async with within(seconds, lambda: f"there was no answer within {seconds:g} s"):
            return await work

    return await uncancelled(limited())


async def clean_up_after(error: BaseException, work: Coroutine[Any, Any, object], left: str) -> None:
    """Run clean-up because of an error, which is raised afterwards: if the clean-up fails, a note on it reports that.

    Args:
        error: The error.
        work: The clean-up.
        left: What may be left behind.
    """
    with noted(error, left):
        await clean_up(work)


@contextmanager
def noted(error: BaseException, left: str) -> Generator[None]:
    """Note on an error that the clean-up after it, which is what runs in the block, has failed.

    Args:
        error: The error, which is raised afterwards.
        left: What may be left behind.
    """
    try:
        yield
    except (DockerException, RuntimeError) as reason:  # the latter if the client was closed meanwhile
        error.add_note(f"{left} may be left behind: {reason}")


async def remove_container(api: ContainersApi, id: str) -> None:
    """Remove a container, running or not, and return when it is gone and its name is free, also if others remove it."""
    with suppress(NotFound):
        try:
            await api.remove(id, force=True, v=True)
        except Conflict:
            await api.wait(id, condition="removed")
