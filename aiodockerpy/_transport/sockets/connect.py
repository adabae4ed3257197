"""Open connections to an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from aiodockerpy import errors
from aiodockerpy._cancelling import within
from aiodockerpy._transport.sockets.dial import Address, PipeAddress, dial, not_in_time
from aiodockerpy._transport.sockets.loop_pump import ProtocolPump
from aiodockerpy._transport.sockets.npipe import dial_pipe
from aiodockerpy._transport.sockets.pump import Pump, SocketPump
from aiodockerpy._transport.sockets.tls import TlsStream, start_tls

if TYPE_CHECKING:
    import socket
    import ssl


Connection: TypeAlias = "Pump | TlsStream"
"""A connection: bytes as a pump moves them, or TLS over a pump, which behaves in the same way."""


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
    address, seconds = target.address, target.timeout
    if target.ssl_context is None and not isinstance(address, PipeAddress):
        return await _pump_for(await dial(address, timeout=seconds), str(address))
    async with within(seconds, lambda: not_in_time(address, seconds), errors.EngineUnreachable):
        pump: Pump = (
            await dial_pipe(address)
            if isinstance(address, PipeAddress)
            else await _pump_for(await dial(address), str(address))
        )
        if target.ssl_context is None:
            return pump
        return await start_tls(pump, target.ssl_context, target.server_hostname)


async def _pump_for(sock: socket.socket, peer: str) -> Pump:
    try:
        return SocketPump(sock, peer)
    except NotImplementedError:
        return await ProtocolPump.over_socket(sock, peer)
