"""Find out how connections to an engine (`Endpoint`) are made: address, TLS context, tunnel."""

from __future__ import annotations

import asyncio
import os
import socket
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal

from aiodockerpy._config.hosts import DOCKER_DUMMY_NAME, Host
from aiodockerpy._transport.sockets.connect import Target
from aiodockerpy._transport.sockets.dial import Address, PipeAddress, TcpAddress, UnixAddress
from aiodockerpy._transport.sockets.npipe import require_pipes
from aiodockerpy.errors import ConnectionFailed, EngineUnreachable, InvalidArgument, ProtocolError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from aiodockerpy._config.resolve import Endpoint
    from aiodockerpy._config.tls import TLSConfig
    from aiodockerpy._transport.ssh.tunnel import Tunnel

SshWay = Literal["openssh", "asyncssh"]
"""How ``ssh://`` hosts are reached: with the program ``ssh``, or with the library ``asyncssh``."""


@dataclass(slots=True)
class SshSettings:
    """How ``ssh://`` is reached.

    Attributes:
        way: By the program ``ssh`` or by the library asyncssh; ``None`` for the program if there is one.
        environment: The environment variables of the program.
    """

    way: SshWay | None = None
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)


@dataclass(slots=True)
class Route:
    """How connections to one engine are made.

    Attributes:
        host: The engine's address and why it was chosen.
        target: Where connections go.
        headers: Sent with every request.
        tunnel: The tunnel whose near end the target is; ``None`` if the target is the engine's own.
        tls: The settings that the target's TLS context was made from.
    """

    host: Host
    target: Target
    headers: Mapping[str, str] = field(repr=False)
    tunnel: Tunnel | None = None
    tls: TLSConfig | None = field(default=None, repr=False)

    @property
    def label(self) -> str:
        """The engine's address with the reason for its choice, for messages."""
        return str(self.host)

    @property
    def base(self) -> str:
        """What a request's target is appended to."""
        return f"{'https' if self.host.tls else 'http'}://{_host_header(self.host)}"

    @property
    def call_headers(self) -> dict[str, str]:
        """The headers of requests whose answer is collected."""
        return {"Accept": "application/json", **self.headers}

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
        if context is self.target.ssl_context:
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


async def find_route(
    endpoint: Endpoint,
    *,
    user_agent: str = "aiodockerpy",
    connect_timeout: float | None = 10,
    ssh: SshSettings | None = None,
) -> Route:
    """Determine how to reach an endpoint; certificates are read here, in a thread.

    Args:
        endpoint: The engine.
        user_agent: Sent with every request.
        connect_timeout: Seconds until a connection must be open; ``None`` for no limit.
        ssh: How ``ssh://`` is reached.

    Raises:
        TLSParameterError: Certificates or keys that do not fit.
        EngineUnreachable: This platform has no such connections.
    """
    host, tls = endpoint.host, endpoint.tls
    own = {"Host": _host_header(host), "User-Agent": user_agent, "Accept-Encoding": "identity"}
    headers = {**own, **endpoint.headers}
    if host.scheme == "ssh":
        tunnel = await _tunnel(host, ssh or SshSettings(), connect_timeout)
        return Route(host, Target(tunnel.address, timeout=connect_timeout), headers, tunnel)
    target = Target(_address(host), timeout=connect_timeout)
    if tls is not None:
        context = await asyncio.to_thread(tls.ssl_context)
        target = target._replace(ssl_context=context, server_hostname=tls.server_hostname or host.certificate_name)
    return Route(host, target, headers, tls=tls)


def _host_header(host: Host) -> str:
    """Return the ``Host`` header; over a socket or tunnel a stand-in, since there is no name."""
    return host.unscoped.authority if host.scheme == "tcp" else DOCKER_DUMMY_NAME


def _address(host: Host) -> Address:
    if host.scheme == "tcp":
        return TcpAddress(host.name, host.port or 0, str(host))
    if host.scheme == "npipe":
        pipe = PipeAddress(host.path.replace("/", "\\"), str(host))
        require_pipes(pipe)
        return pipe
    return UnixAddress(host.path, str(host))


async def _tunnel(host: Host, ssh: SshSettings, timeout: float | None) -> Tunnel:
    from aiodockerpy._transport.ssh.openssh import OpenSsh, find_ssh
    from aiodockerpy._transport.ssh.tunnel import Tunnel

    if not hasattr(socket, "AF_UNIX"):
        raise EngineUnreachable(f"no connection to the engine at {host}: ssh:// needs a platform with unix sockets")
    way = ssh.way
    if way is None and find_ssh(ssh.environment) is None and find_spec("asyncssh") is not None:
        way = "asyncssh"
    if way == "asyncssh":
        from aiodockerpy._transport.ssh.asyncssh import AsyncSsh

        return await Tunnel.prepare(host, AsyncSsh(host, timeout).log_in, timeout)
    return await Tunnel.prepare(host, OpenSsh(host, ssh.environment, timeout).log_in, timeout)
