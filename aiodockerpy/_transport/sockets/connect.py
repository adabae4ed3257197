"""Open connections to an engine."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from typing import TYPE_CHECKING, NamedTuple, Protocol

from aiodockerpy import errors
from aiodockerpy._transport.sockets.dial import PipeAddress, dial
from aiodockerpy._transport.sockets.loop_pump import ProtocolPump
from aiodockerpy._transport.sockets.npipe import dial_pipe
from aiodockerpy._transport.sockets.pump import SocketPump
from aiodockerpy._transport.sockets.tls import start_tls

if TYPE_CHECKING:
    import socket
    import ssl

    from aiodockerpy._transport.sockets.dial import Address
    from aiodockerpy._transport.sockets.pump import Pump


class Connection(Protocol):
    """A connection: what a pump and TLS over a pump have in common, where the rules are documented."""

    @property
    @abstractmethod
    def peer(self) -> str:
        """The other end, for messages."""

    @property
    @abstractmethod
    def closed(self) -> bool:
        """Whether `close` was called."""

    @property
    @abstractmethod
    def quiet(self) -> bool:
        """Whether both directions are open and nothing waits to be read, as between two exchanges."""

    @abstractmethod
    async def poll(self) -> None:
        """Read what has already arrived, so that `quiet` is current even if the loop was busy."""

    @abstractmethod
    async def read(self) -> bytes:
        """Return the next bytes; ``b""`` at the end, and after `close`."""

    @abstractmethod
    def read_ahead(self, limit: int) -> None:
        """Limit the bytes buffered for a slow reader, roughly."""

    @abstractmethod
    def unread(self, data: bytes) -> None:
        """Put bytes back for the next `read`."""

    @abstractmethod
    async def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send all of the data."""

    @abstractmethod
    async def write_eof(self) -> None:
        """Close the outgoing direction only (half-close)."""

    @abstractmethod
    def close(self) -> None:
        """Close the connection without waiting."""


class Target(NamedTuple):
    """Where connections go.

    Attributes:
        address: The socket, or host and port.
        ssl_context: For TLS; the context that ordinary calls use too. ``None`` for none.
        server_hostname: The name that the certificate must have.
        timeout: Seconds until the connection is ready, TLS included; ``None`` for no limit.
    """

    address: Address
    ssl_context: ssl.SSLContext | None = None
    server_hostname: str | None = None
    timeout: float | None = None


async def connect(target: Target) -> Connection:
    """Open a connection.

    Raises:
        EngineUnreachable: No connection, no TLS session, or not in time.
    """
    deadline = asyncio.timeout(target.timeout)
    try:
        async with deadline:
            pump = await _pump(target)
            if target.ssl_context is None:
                return pump
            return await start_tls(pump, target.ssl_context, target.server_hostname)
    except TimeoutError:
        if not deadline.expired():
            raise
        raise errors.EngineUnreachable(
            f"no connection to the engine at {target.address} within {target.timeout:g} s"
        ) from None


async def _pump(target: Target) -> Pump:
    if isinstance(target.address, PipeAddress):
        return await dial_pipe(target.address)
    sock = await dial(target.address)
    return await _pump_for(sock, str(target.address))


async def _pump_for(sock: socket.socket, peer: str) -> Pump:
    try:
        return SocketPump(sock, peer)
    except NotImplementedError:
        return await ProtocolPump.over_socket(sock, peer)
