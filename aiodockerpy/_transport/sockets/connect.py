"""Open connections to an engine."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from aiodockerpy import errors
from aiodockerpy._transport.sockets.dial import Address, PipeAddress, dial
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
    return await _pump_for(await dial(target.address), str(target.address))


async def _pump_for(sock: socket.socket, peer: str) -> Pump:
    try:
        return SocketPump(sock, peer)
    except NotImplementedError:
        return await ProtocolPump.over_socket(sock, peer)
