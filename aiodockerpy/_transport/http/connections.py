"""Connections that ordinary calls use one after the other."""

from __future__ import annotations

import asyncio
from collections import deque

from aiodockerpy._transport.sockets.connect import Connection, Target, connect

_IDLE_SECONDS = 15
"""How long an unused connection is kept for the next call."""
_IDLE = 32
"""Unused connections that are kept at most; only calls that may last, which are not limited, can use more at once."""


class Connections:
    """Open connections, lent to one call at a time. How many are lent at once is not limited here.

    Args:
        target: Where they go.
        idle_seconds: How long an unused one is kept.
    """

    def __init__(self, target: Target, *, idle_seconds: float = _IDLE_SECONDS) -> None:
        self._target = target
        self._idle_seconds = idle_seconds
        self._idle: deque[tuple[Connection, float]] = deque()  # the longest unused first
        self._lent: set[Connection] = set()
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self.closed = False

    async def take(self, *, new: bool = False) -> Connection:
        """Check out the connection used last, or a new one; return it with `give_back` or `drop`.

        Args:
            new: Lend only a new one.

        Raises:
            EngineUnreachable: No connection, or not in time.
            RuntimeError: The connections were closed.
        """
        while self._idle and not new:
            stream, _ = self._idle.pop()
            self._lent.add(stream)
            try:
                await stream.poll()
            except BaseException:
                self.drop(stream)
                raise
            if stream.quiet:
                return stream
            self.drop(stream)  # the engine has closed it, or sent data that was not asked for
        stream = await connect(self._target)
        if self.closed:
            stream.close()
            raise RuntimeError("the client is closed")
        self._lent.add(stream)
        return stream

    def give_back(self, stream: Connection) -> None:
        """Return a connection on which nothing is outstanding to the pool."""
        self._lent.discard(stream)
        if self.closed or not stream.quiet or len(self._idle) >= _IDLE:
            stream.close()
            return
        self._idle.append((stream, self._loop.time()))
        if self._timer is None:
            self._timer = self._loop.call_later(self._idle_seconds, self._close_unused)

    def drop(self, stream: Connection) -> None:
        """Close a lent connection, on which an unread answer may still arrive."""
        self._lent.discard(stream)
        stream.close()

    def _close_unused(self) -> None:
        self._timer = None
        limit = self._loop.time() - self._idle_seconds
        while self._idle and self._idle[0][1] <= limit:
            self._idle.popleft()[0].close()
        if self._idle:
            self._timer = self._loop.call_at(self._idle[0][1] + self._idle_seconds, self._close_unused)

    def close(self) -> None:
        """Close all of them, including those that are lent: their readers see the end."""
        self.closed = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for stream in [*self._lent, *(stream for stream, _ in self._idle)]:
            stream.close()
        self._lent.clear()
        self._idle.clear()
