"""Pauses between attempts to reach an engine that is away."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiodockerpy import errors
from aiodockerpy._cancelling import within

T = TypeVar("T")

AWAY = (errors.ConnectionFailed, errors.DeadlineExceeded, errors.ServiceUnavailable)
"""What a call raises while the engine does not answer."""

FIRST = 0.2
LONGEST = 30.0
HEALTHY = 120.0
"""Seconds after which a connection counts as healthy, so that the next failure begins with the first pause again."""


class Backoff:
    """Pauses that double from 0.2 to 30 seconds; each is cut to a random part, so that clients do not retry in step.

    Attributes:
        failures: Attempts that failed since the last healthy time.
    """

    def __init__(self) -> None:
        self.failures = 0
        self._since: float | None = None

    def connected(self) -> None:
        """Record that a connection is open."""
        self._since = asyncio.get_running_loop().time()

    def lost(self) -> None:
        """Record that a connection was lost, or that an attempt failed."""
        if self._since is not None and asyncio.get_running_loop().time() - self._since > HEALTHY:
            self.failures = 0
        self._since = None

    def next_pause(self) -> float:
        """Return the seconds until the next attempt, which counts as a failure until it is known better."""
        longest = min(LONGEST, FIRST * 2.0 ** min(self.failures, 16))
        self.failures += 1
        return random.uniform(0, longest)  # noqa: S311 - nothing secret about it

    async def pause(self) -> None:
        """Wait until the next attempt."""
        await asyncio.sleep(self.next_pause())


class Patience:
    """The time for which an engine may be away, shared by all calls that wait for it one after the other.

    Args:
        seconds: The time from the first call that is not answered on; an answer restarts it.
        away: What a call raises while there is no answer.
    """

    def __init__(self, seconds: float, away: tuple[type[Exception], ...] = AWAY) -> None:
        self._seconds = seconds
        self._away = away
        self._until: float | None = None

    def left(self) -> float:
        """Return the seconds that are left, counted from now on if no call has waited yet."""
        now = asyncio.get_running_loop().time()
        if self._until is None:
            self._until = now + self._seconds
        return self._until - now

    def restart(self) -> None:
        """Count from the next call that is not answered on, as after an answer."""
        self._until = None

    async def call(self, ask: Callable[[], Awaitable[T]], *, most: float | None = None) -> T:
        """Make a call.

        Args:
            ask: The call.
            most: Seconds that it may take, if that is less than what is left.

        Raises:
            DeadlineExceeded: It was not answered in time; it is not made if no time is left.
        """
        left = self.left()
        if left <= 0:
            raise errors.DeadlineExceeded(f"the engine has not answered for {self._seconds:g} s")
        try:
            async with within(left if most is None else min(left, most), lambda: "the engine has not answered in time"):
                found = await ask()
        except errors.APIError as error:
            if not isinstance(error, self._away):
                self.restart()
            raise
        self.restart()
        return found

    async def persist(self, ask: Callable[[], Awaitable[T]], *, most: float | None = None) -> T:
        """Repeat a call until the engine answers; the arguments are those of `call`.

        Raises:
            DockerException: What the last call raised; one of ``away`` if there was no answer in time.
        """
        backoff = Backoff()
        while True:
            try:
                return await self.call(ask, most=most)
            except self._away:
                if (left := self.left()) <= 0:
                    raise
                await asyncio.sleep(min(backoff.next_pause(), left))
                if self.left() <= 0:
                    raise

    async def reach(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Repeat something while the engine cannot be reached; it may take any time itself.

        Raises:
            EngineUnreachable: The engine could not be reached in time.
        """
        backoff: Backoff | None = None
        while True:
            try:
                found = await ask()
            except errors.EngineUnreachable:
                if (left := self.left()) <= 0:
                    raise
                backoff = backoff or Backoff()
                await asyncio.sleep(min(backoff.next_pause(), left))
            else:
                self._until = None
                return found
