"""One accepted connection: buffered reads, counted writes, half-close."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, cast

_HELD = 1024 * 1024  # bytes that wait to be read, above which the client is not read from


class ConnectionCut(Exception):
    """The connection was closed by a fault, or by the client."""


class Connection(asyncio.Protocol):
    """A connection from a client.

    Attributes:
        cut_after: Close the connection after this many bytes of the current answer; ``None`` never does.
        hijacked: The end of what the client sends is a half-close, not a hang-up.
    """

    def __init__(self, serve: Callable[[Connection], Coroutine[Any, Any, None]]) -> None:
        self.cut_after: int | None = None
        self.hijacked = False
        self.on_hangup: Callable[[], object] | None = None
        self._serve = serve
        self._sent = 0
        self._buffer = bytearray()
        self._eof = False
        self._lost = False
        self._paused = False
        self._wake: asyncio.Future[None] | None = None
        self._writable: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport
        self.task: asyncio.Task[None]

    # ---- what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start to serve."""
        self._transport = cast("asyncio.Transport", transport)
        self.task = asyncio.get_running_loop().create_task(self._serve(self))

    def data_received(self, data: bytes) -> None:
        """Buffer received bytes until they are read."""
        self._buffer += data
        if len(self._buffer) > _HELD and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        self._awake()

    def eof_received(self) -> bool:
        """Keep the write side open; without a hijack this is the client's hang-up."""
        self._eof = True
        self._awake()
        if not self.hijacked and self.on_hangup is not None:
            self.on_hangup()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """End reads and writes."""
        del exc
        self._eof = self._lost = True
        self._awake()
        self.resume_writing()
        if self.on_hangup is not None:
            self.on_hangup()

    def pause_writing(self) -> None:
        """Pause writers."""
        self._writable = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        """Resume writers."""
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    def _awake(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    # ---- read

    @property
    def lost(self) -> bool:
        """Whether nothing can be written any more."""
        return self._lost or self._transport.is_closing()

    @property
    def ended(self) -> bool:
        """Whether the client has ended its side."""
        return self._eof

    async def _more(self) -> bool:
        """Wait for more bytes; ``False`` at the end."""
        if self._eof:
            return False
        if self._paused:
            self._paused = False
            self._transport.resume_reading()
        self._wake = asyncio.get_running_loop().create_future()
        await self._wake
        return True

    def _take(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    async def read(self, limit: int = 65536) -> bytes:
        """Read some bytes; empty at the end."""
        while not self._buffer:
            if not await self._more():
                return b""
        return self._take(limit)

    async def read_until(self, mark: bytes, *, limit: int = 65536) -> bytes | None:
        """Read up to and with the mark; ``None`` if the connection ends before."""
        while (found := self._buffer.find(mark)) < 0:
            if len(self._buffer) > limit or not await self._more():
                return None
        return self._take(found + len(mark))

    async def read_exactly(self, size: int) -> bytes:
        """Read that many bytes.

        Raises:
            ConnectionCut: The connection ended before.
        """
        while len(self._buffer) < size:
            if not await self._more():
                raise ConnectionCut
        return self._take(size)

    # ---- write

    def begin_answer(self, cut_after: int | None) -> None:
        """Count the bytes of a new answer."""
        self._sent = 0
        self.cut_after = cut_after

    async def write(self, data: bytes) -> None:
        """Write; wait while the client does not read.

        Raises:
            ConnectionCut: The connection is closed, or a fault closes it here.
        """
        if self.lost:
            raise ConnectionCut
        if self.cut_after is not None and self._sent + len(data) >= self.cut_after:
            self._transport.write(data[: max(0, self.cut_after - self._sent)])
            self.close()
            raise ConnectionCut
        self._sent += len(data)
        self._transport.write(data)
        if self._writable is not None:
            await self._writable

    async def end(self) -> None:
        """End what is sent, and drop what still comes until the client ends too, as the engine does.

        Closing a connection that holds unread input resets it.
        """
        if not self.lost:
            self._transport.write_eof()
        while await self.read():
            pass

    def close(self) -> None:
        """Close after what was written."""
        self._transport.close()

    def abort(self) -> None:
        """Close now."""
        self._transport.abort()
