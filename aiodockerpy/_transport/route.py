"""From where the engine is (`Endpoint`) to how its connections are made: address, TLS context, tunnel."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiodockerpy._config.hosts import DOCKER_DUMMY_NAME
from aiodockerpy._transport.dial import TcpAddress, UnixAddress

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from aiodockerpy._config.hosts import Host
    from aiodockerpy._config.resolve import Endpoint
    from aiodockerpy._transport.dial import Address

__all__ = ["Route", "find_route"]


@dataclass(frozen=True, slots=True)
class Route:
    """How connections to one engine are made.

    Attributes:
        host: The engine's address and why it was chosen.
        address: Where sockets are dialled.
        ssl_context: For TLS; ``None`` for plain connections.
        server_hostname: The name that the engine's certificate must have.
        headers: What the user's configuration adds to every request.
    """

    host: Host
    address: Address
    ssl_context: ssl.SSLContext | None
    server_hostname: str | None
    headers: Mapping[str, str]

    @property
    def label(self) -> str:
        """The engine's address with the reason for its choice, for messages."""
        return str(self.host)

    @property
    def prefix(self) -> str:
        """The path in front of every request's."""
        return self.host.prefix

    @property
    def host_header(self) -> str:
        """The ``Host`` header; over a socket or tunnel a stand-in, since there is no name."""
        return self.host.authority if self.host.scheme == "tcp" else DOCKER_DUMMY_NAME

    @property
    def base(self) -> str:
        """What a request's target is appended to."""
        return f"{'https' if self.host.tls else 'http'}://{self.host_header}"

    @property
    def unix_path(self) -> str | None:
        """The socket, or ``None`` for TCP."""
        return self.address.path if isinstance(self.address, UnixAddress) else None


async def find_route(endpoint: Endpoint) -> Route:
    """Work out how an endpoint is reached; certificates are read here, in a thread.

    Raises:
        TLSParameterError: Certificates or keys that do not fit.
    """
    host = endpoint.host
    context = await asyncio.to_thread(endpoint.tls.ssl_context) if endpoint.tls is not None else None
    name = None
    if endpoint.tls is not None:
        name = endpoint.tls.server_hostname or host.name
    return Route(host, _address(host), context, name, endpoint.headers)


def _address(host: Host) -> Address:
    if host.scheme == "tcp":
        return TcpAddress(host.name, host.port or 0, str(host))
    return UnixAddress(host.path, str(host))
