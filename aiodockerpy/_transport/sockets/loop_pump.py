"""The pump for event loops without ``add_reader``: Windows' proactor, and named pipes."""

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

_PIECE = 64 * 1024


class ProtocolPump(Pump):
    """A pump over a transport of asyncio, which may lose bytes that arrived just before a reset.

    Made by `over_socket` and `over_connection`.
    """

    def __init__(self, peer: str = "the engine") -> None:
        super().__init__(peer)
        self._transport: asyncio.Transport | None = None
        self._full = False

    @classmethod
    async def over_socket(cls, sock: socket.socket, peer: str = "the engine") -> ProtocolPump:
        """Adopt a connected non-blocking socket, which is closed on failure."""
        loop = asyncio.get_running_loop()
        try:
            return await cls.over_connection(lambda factory: loop.create_connection(factory, sock=sock), peer)
        except BaseException:
            sock.close()
            raise

    @classmethod
    async def over_connection(
        cls, connect: Callable[[Callable[[], asyncio.Protocol]], Awaitable[object]], peer: str = "the engine"
    ) -> ProtocolPump:
        """Create a connection with a function that takes the protocol factory."""
        pump = cls(peer)
        try:
            await connect(lambda: _Side(pump))
        except BaseException:
            pump.close()
            raise
        return pump

    def attach(self, transport: asyncio.BaseTransport) -> None:
        """Use a transport from now on."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's have no class in common with asyncio's
        self._transport.set_write_buffer_limits(high=0)  # a write that returns has left the process

    def detach(self, failure: Exception | None) -> None:
        """Record that the transport is closed."""
        self._transport = None
        self._refuse("the process no longer reads its input")
        self.ended(failure)

    def arrived(self, data: bytes) -> None:
        """Accept what the transport received."""
        self._feed(data)

    def ended(self, failure: Exception | None) -> None:
        """Record the end of the incoming data."""
        if failure is not None and not isinstance(failure, OSError):
            failure = OSError(str(failure))
        self._end(failure)

    def has_room(self, room: bool) -> None:
        """Record whether the transport accepts more data."""
        self._full = not room
        if room:
            self._make_room()

    async def _send_all(self, data: memoryview, sent: int) -> None:
        await super()._send_all(data, sent)
        while self._full:
            await self._until_room()
            self.check_writable()

    def _send_some(self, data: memoryview) -> int:
        if self._full:
            return 0
        if self._transport is None or self._transport.is_closing():
            raise StdinClosed("the process no longer reads its input")
        piece = bytes(data[:_PIECE])
        self._transport.write(piece)
        return len(piece)

    def _watch_room(self) -> None:
        pass  # the transport calls `resume_writing` by itself

    def _unwatch_room(self) -> None:
        pass

    def _pause(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def _resume(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def _send_eof(self) -> None:
        if self._transport is None or not self._transport.can_write_eof():
            raise ConnectionFailed(f"the connection to {self.peer} cannot end its outgoing direction alone")
        self._transport.write_eof()

    def _disconnect(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def __del__(self, _warn: Callable[..., None] = warnings.warn) -> None:
        if getattr(self, "_closed", True) or self._transport is None:
            return
        _warn(f"unclosed connection to {self.peer}", ResourceWarning, stacklevel=1, source=self)
        if not self._loop.is_closed() and not sys.is_finalizing():
            self._loop.call_soon_threadsafe(self._transport.abort)


class _Side(asyncio.Protocol):
    """What the transport calls. It does not keep an abandoned pump alive, whose end is noticed by ``__del__``."""

    def __init__(self, pump: ProtocolPump) -> None:
        self._pump = weakref.ref(pump)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if pump := self._pump():
            pump.attach(transport)

    def data_received(self, data: bytes) -> None:
        if pump := self._pump():
            pump.arrived(bytes(data))

    def eof_received(self) -> bool:
        if pump := self._pump():
            pump.ended(None)
        return True  # the outgoing direction stays open

    def pause_writing(self) -> None:
        if pump := self._pump():
            pump.has_room(room=False)

    def resume_writing(self) -> None:
        if pump := self._pump():
            pump.has_room(room=True)

    def connection_lost(self, exc: Exception | None) -> None:
        if pump := self._pump():
            pump.detach(exc)
