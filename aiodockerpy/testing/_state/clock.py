"""The engine's clock, which tests can move."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Generator

from aiodockerpy._protocol.timestamps import Timestamp

SECOND = 1_000_000_000
_SETTLE = 40  # turns of the event loop in which what woke up does what it does next


class Done:
    """Something that happens now; awaiting it waits until it has happened.

    From another thread than the engine's it has happened already.
    """

    def __init__(self, task: asyncio.Task[None] | None = None) -> None:
        self._task = task

    def __await__(self) -> Generator[object, None, None]:
        if self._task is not None:
            yield from self._task.__await__()


class Clock:
    """The time of an engine: the machine's, moved ahead by `advance`."""

    def __init__(self) -> None:
        self._ahead = 0
        self._last = 0
        self._sleepers: dict[asyncio.Future[None], int] = {}

    def now(self) -> int:
        """Return nanoseconds since 1970; no two answers are equal."""
        self._last = max(self._last + 1, time.time_ns() + self._ahead)
        return self._last

    def text(self, nanoseconds: int | None = None) -> str:
        """Write a time, now by default, as the engine does."""
        return rfc3339(self.now() if nanoseconds is None else nanoseconds)

    async def sleep(self, seconds: float) -> None:
        """Wait by this clock."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()
        due = self.now() + int(seconds * SECOND)
        self._sleepers[waiter] = due
        timer = loop.call_later(seconds, _wake, waiter)
        try:
            await waiter
        finally:
            timer.cancel()
            del self._sleepers[waiter]

    async def advance(self, seconds: float) -> None:
        """Move the clock ahead; everything that is due in between happens in its order."""
        end = time.time_ns() + self._ahead + int(seconds * SECOND)
        while (due := min(self._sleepers.values(), default=end)) < end:
            self._move(due)
            await settle()
        self._move(end)
        await settle()

    def _move(self, to: int) -> None:
        self._ahead = max(self._ahead, to - time.time_ns())
        for waiter, due in sorted(self._sleepers.items(), key=lambda sleeper: sleeper[1]):
            if due <= to:
                _wake(waiter)
                self._sleepers[waiter] = to + SECOND * 10**6  # gone as soon as its task runs


async def settle() -> None:
    """Run everything that is ready."""
    for _ in range(_SETTLE):
        await asyncio.sleep(0)


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


def rfc3339(nanoseconds: int) -> str:
    """Write nanoseconds since 1970 as Go's RFC3339Nano; 0 is never."""
    if not nanoseconds:
        return "0001-01-01T00:00:00Z"
    return Timestamp.from_unix_nano(nanoseconds).text
