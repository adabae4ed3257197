"""The pump for event loops without ``add_reader`` (Windows' proactor) and for the two pipes of a subprocess."""

from __future__ import annotations

import asyncio
import sys
import warnings
import weakref
from typing import TYPE_CHECKING, cast

from aiodockerpy._transport.sockets.pump import Pump
from aiodockerpy.errors import ConnectionFailed, StdinClosed

if TYPE_CHECKING:
    import socket
    from collections.abc import Awaitable, Callable
    from typing import IO, Any

__all__ = ["ProtocolPump"]

_PIECE = 64 * 1024


class ProtocolPump(Pump):
    """A pump over asyncio's transports, inside of which bytes that came just before a reset may be lost.

    Made by `over_socket`, `over_pipes` and `over_connection`.
    """

    def __init__(self, peer: str = "the engine") -> None:
        super().__init__(peer)
        self._source: asyncio.ReadTransport | None = None
        self._sink: asyncio.WriteTransport | None = None
        self._full = False

    @classmethod
    async def over_socket(cls, sock: socket.socket, peer: str = "the engine") -> ProtocolPump:
        """Take over a connected non-blocking socket; it is closed if that fails."""
        loop = asyncio.get_running_loop()
        try:
            return await cls.over_connection(lambda factory: loop.create_connection(factory, sock=sock), peer)
        except BaseException:
            sock.close()
            raise

    @classmethod
    async def over_pipes(cls, source: IO[Any], sink: IO[Any], peer: str = "the engine") -> ProtocolPump:
        """Take over the pipe that is read and the one that is written; they are closed if that fails."""
        pump = cls(peer)
        try:
            await pump._loop.connect_write_pipe(lambda: _Side(pump, writes=True), sink)
            await pump._loop.connect_read_pipe(lambda: _Side(pump, reads=True), source)
        except BaseException:
            source.close()
            sink.close()
            pump.close()
            raise
        return pump

    @classmethod
    async def over_connection(
        cls, connect: Callable[[Callable[[], asyncio.Protocol]], Awaitable[object]], peer: str = "the engine"
    ) -> ProtocolPump:
        """Make a connection by a function that takes the factory of its protocol."""
        pump = cls(peer)
        try:
            await connect(lambda: _Side(pump, reads=True, writes=True))
        except BaseException:
            pump.close()
            raise
        return pump

    def attach(self, transport: asyncio.BaseTransport, *, reads: bool, writes: bool) -> None:
        """Use a transport for reading, for writing, or for both."""
        if reads:
            self._source = cast("asyncio.ReadTransport", transport)  # uvloop's have no class in common with asyncio's
        if writes:
            self._sink = cast("asyncio.WriteTransport", transport)
            self._sink.set_write_buffer_limits(high=0)  # a write that returns has left the process

    def detach(self, *, reads: bool, writes: bool, failure: Exception | None) -> None:
        """Take note that a transport is gone."""
        if writes:
            self._sink = None
            self._refuse("the process no longer reads its input")
        if reads:
            self._source = None
            self.ended(failure)

    def arrived(self, data: bytes) -> None:
        """Take what the transport received."""
        self._feed(data)

    def ended(self, failure: Exception | None) -> None:
        """Take note that nothing more will be received."""
        if failure is not None and not isinstance(failure, OSError):
            failure = OSError(str(failure))
        self._end(failure)

    def has_room(self, room: bool) -> None:
        """Take note whether the transport takes more."""
        self._full = not room
        if room:
            self._make_room()

    async def _send_all(self, data: memoryview) -> None:
        await super()._send_all(data)
        while self._full:
            await self._until_room()
            self.check_writable()

    def _send_some(self, data: memoryview) -> int:
        if self._full:
            return 0
        if self._sink is None or self._sink.is_closing():
            raise StdinClosed("the process no longer reads its input")
        piece = bytes(data[:_PIECE])
        self._sink.write(piece)
        return len(piece)

    def _watch_room(self) -> None:
        pass  # the transport tells by itself

    def _unwatch_room(self) -> None:
        pass

    def _pause(self) -> None:
        if self._source is not None and not self._source.is_closing():
            self._source.pause_reading()

    def _resume(self) -> None:
        if self._source is not None and not self._source.is_closing():
            self._source.resume_reading()

    def _send_eof(self) -> None:
        if self._sink is None or not self._sink.can_write_eof():
            raise ConnectionFailed(f"the connection to {self.peer} cannot end its outgoing direction alone")
        self._sink.write_eof()

    def _disconnect(self) -> None:
        _release(self._source, self._sink)

    def __del__(self, _warn: Callable[..., None] = warnings.warn) -> None:
        if getattr(self, "_closed", True) or (self._source is None and self._sink is None):
            return
        _warn(f"unclosed connection to {self.peer}", ResourceWarning, stacklevel=1, source=self)
        if not self._loop.is_closed() and not sys.is_finalizing():
            self._loop.call_soon_threadsafe(_release, self._source, self._sink)


class _Side(asyncio.Protocol):
    """What a transport calls. It does not keep an abandoned pump alive: whose end is noticed by ``__del__``."""

    def __init__(self, pump: ProtocolPump, *, reads: bool = False, writes: bool = False) -> None:
        self._pump = weakref.ref(pump)
        self._reads = reads
        self._writes = writes

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if pump := self._pump():
            pump.attach(transport, reads=self._reads, writes=self._writes)

    def data_received(self, data: bytes) -> None:
        if pump := self._pump():
            pump.arrived(bytes(data))

    def eof_received(self) -> bool:
        if pump := self._pump():
            pump.ended(None)
        return True  # what goes out goes on

    def pause_writing(self) -> None:
        if pump := self._pump():
            pump.has_room(room=False)

    def resume_writing(self) -> None:
        if pump := self._pump():
            pump.has_room(room=True)

    def connection_lost(self, exc: Exception | None) -> None:
        if pump := self._pump():
            pump.detach(reads=self._reads, writes=self._writes, failure=exc)


def _release(source: asyncio.ReadTransport | None, sink: asyncio.WriteTransport | None) -> None:
    if sink is not None:
        sink.abort()
    if source is not None:  # without effect if it is the same
        source.close()
