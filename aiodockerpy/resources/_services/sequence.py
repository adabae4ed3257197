"""Changes of objects of a swarm, which name the version that they change."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiodockerpy.errors import APIError

S = TypeVar("S")
R = TypeVar("R")

_ATTEMPTS = 10
_OUT_OF_SEQUENCE = "update out of sequence"  # a swarm has no status of its own for it


async def in_sequence(inspect: Callable[[], Awaitable[S]], send: Callable[[S], Awaitable[R]]) -> R:
    """Inspect an object and send a change of it; start again if it was changed in between, with a limit.

    Args:
        inspect: Returns the object as it is now.
        send: Sends the change of that.

    Raises:
        APIError: The swarm refuses the change, or others have changed the object ten times in between.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        now = await inspect()
        try:
            return await send(now)
        except APIError as error:
            if attempt == _ATTEMPTS or _OUT_OF_SEQUENCE not in error.explanation:
                raise
    raise AssertionError("the last attempt returns or raises")
