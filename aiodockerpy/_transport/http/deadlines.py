"""One timer for the deadlines of all calls."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiodockerpy._transport.sockets.connect import Connection


class Deadlines:
    """Closes connections whose calls have waited too long.

    All calls may wait equally long, so that the one that began first is the first to be late: a timer for each of them,
    as ``asyncio.timeout`` has, costs a tenth of a call.

    Args:
        seconds: How long a call may wait; ``None`` for no limit.
    """

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._begun: dict[Connection, float] = {}  # the first one first
        self._late: set[Connection] = set()
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, stream: Connection) -> None:
        """Start, or restart, the time limit for an answer on a connection."""
        if self.seconds is None:
            return
        self._begun.pop(stream, None)
        self._begun[stream] = self._loop.time()
        if self._timer is None:
            self._timer = self._loop.call_later(self.seconds, self._look)

    def end(self, stream: Connection) -> bool:
        """Stop watching a connection, and return whether it was closed because its answer was late."""
        self._begun.pop(stream, None)
        late = stream in self._late
        self._late.discard(stream)
        return late

    def _look(self) -> None:
        self._timer = None
        if self.seconds is None:
            return
        limit = self._loop.time() - self.seconds
        for stream, begun in list(self._begun.items()):
            if begun > limit:
                self._timer = self._loop.call_at(begun + self.seconds, self._look)
                break
            del self._begun[stream]
            self._late.add(stream)
            stream.close()

    def close(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
