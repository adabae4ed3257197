"""Find out how connections to an engine (`Endpoint`) are made: address, TLS context, tunnel."""

from __future__ import annotations

import asyncio
import os
import socket
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal

from aiodockerpy._config.hosts import DOCKER_DUMMY_NAME
from aiodockerpy._transport.sockets.connect import Target
from aiodockerpy._transport.sockets.dial import PipeAddress, TcpAddress, UnixAddress
from aiodockerpy._transport.sockets.npipe import require_pipes
from aiodockerpy.errors import EngineUnreachable, InvalidArgument

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from aiodockerpy._config.hosts import Host
    from aiodockerpy._config.resolve import Endpoint
    from aiodockerpy._config.tls import TLSConfig
    from aiodockerpy._transport.sockets.dial import Address
    from aiodockerpy._transport.ssh.tunnel import Tunnel
    from aiodockerpy.errors import ConnectionFailed, ProtocolError

SshWay = Literal["openssh", "asyncssh"]
"""How ``ssh://`` hosts are reached: with the program ``ssh``, or with the library ``asyncssh``."""


@dataclass(slots=True)
class SshSettings:
    """How ``ssh://`` is reached.

    Attributes:
        way: By the program ``ssh`` or by the library asyncssh; ``None`` for the program if there is one.
        environment: The environment variables of the program.
        timeout: Seconds to connect in; ``None`` for no limit.
    """

    way: SshWay | None = None
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    timeout: float | None = 10


@dataclass(slots=True)
class Route:
    """How connections to one engine are made.

    Attributes:
        host: The engine's address and why it was chosen.
        address: Where sockets are dialled.
        ssl_context: For TLS; ``None`` for plain connections.
        server_hostname: The name that the engine's certificate must have.
        headers: What the user's configuration adds to every request.
        tunnel: The tunnel whose near end the address is; ``None`` if the address is the engine's own.
        tls: The settings that the context was made from.
    """

    host: Host
    address: Address
    ssl_context: ssl.SSLContext | None
    server_hostname: str | None
    headers: Mapping[str, str] = field(repr=False)
    tunnel: Tunnel | None = None
    tls: TLSConfig | None = field(default=None, repr=False)

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

    def target(self, timeout: float | None) -> Target:
        """Return where a connection goes, and how many seconds it may take; ``None`` for no limit."""
        return Target(self.address, self.ssl_context, self.server_hostname, timeout)

    @property
    def base(self) -> str:
        """What a request's target is appended to."""
        return f"{'https' if self.host.tls else 'http'}://{self.host_header}"

    async def ready(self) -> None:
        """Open the tunnel, if there is one and it is not open.

        Raises:
            EngineUnreachable: It cannot be opened.
        """
        if self.tunnel is not None and not self.tunnel.alive:
            await self.tunnel.ready()

    async def context_for(self, protocol: str) -> ssl.SSLContext | None:
        """Create a TLS context that offers another protocol than HTTP/1; ``None`` for plain connections.

        Raises:
            InvalidArgument: The context came from the caller: it is used for everything, and cannot be copied.
        """
        if self.tls is None:
            return None
        context = await asyncio.to_thread(self.tls.ssl_context)
        if context is self.ssl_context:
            raise InvalidArgument(
                f"this engine needs TLS that offers {protocol}: describe the certificates by TLSConfig's paths instead "
                "of an SSLContext"
            )
        context.set_alpn_protocols([protocol])
        return context

    async def aclose(self) -> None:
        """Close the tunnel, if there is one."""
        if self.tunnel is not None:
            await self.tunnel.aclose()

    def give_up_tunnel(self) -> bool:
        """Mark a tunnel whose near end refuses connections for reopening before the next call.

        Returns:
            Whether there is a tunnel, and it counted as open.
        """
        if self.tunnel is None or not self.tunnel.alive:
            return False
        self.tunnel.give_up()
        return True

    def explain(self, error: ConnectionFailed | ProtocolError) -> None:
        """Add the engine's address to an error that lacks it, and the last output of ssh.

        At the near end of a tunnel every failure looks like a cut connection.
        """
        if self.label not in str(error):
            error.args = (f"the engine at {self.label}: {error}",)
        if self.tunnel is not None and (said := self.tunnel.last_words) and said not in str(error):
            error.args = (f"{error}; ssh said: {said}",)


async def find_route(endpoint: Endpoint, ssh: SshSettings | None = None) -> Route:
    """Determine how to reach an endpoint; certificates are read here, in a thread.

    Raises:
        TLSParameterError: Certificates or keys that do not fit.
        EngineUnreachable: This platform has no such connections.
    """
    host = endpoint.host
    if host.scheme == "ssh":
        tunnel = await _tunnel(host, ssh or SshSettings())
        return Route(host, tunnel.address, None, None, endpoint.headers, tunnel)
    context = await asyncio.to_thread(endpoint.tls.ssl_context) if endpoint.tls is not None else None
    name = None
    if endpoint.tls is not None:
        name = endpoint.tls.server_hostname or host.name
    return Route(host, _address(host), context, name, endpoint.headers, tls=endpoint.tls)


def _address(host: Host) -> Address:
    if host.scheme == "tcp":
        return TcpAddress(host.name, host.port or 0, str(host))
    if host.scheme == "npipe":
        pipe = PipeAddress(host.path.replace("/", "\\"), str(host))
        require_pipes(pipe)
        return pipe
    return UnixAddress(host.path, str(host))


async def _tunnel(host: Host, ssh: SshSettings) -> Tunnel:
    from aiodockerpy._transport.ssh.openssh import OpenSsh, find_ssh
    from aiodockerpy._transport.ssh.tunnel import Tunnel

    if not hasattr(socket, "AF_UNIX"):
        raise EngineUnreachable(f"no connection to the engine at {host}: ssh:// needs a platform with unix sockets")
    way = ssh.way
    if way is None and find_ssh(ssh.environment) is None and find_spec("asyncssh") is not None:
        way = "asyncssh"
    if way == "asyncssh":
        from aiodockerpy._transport.ssh.asyncssh import AsyncSsh

        return await Tunnel.prepare(host, AsyncSsh(host, ssh.timeout).log_in, ssh.timeout)
    return await Tunnel.prepare(host, OpenSsh(host, ssh.environment, ssh.timeout).log_in, ssh.timeout)
