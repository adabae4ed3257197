"""Find the address and port at which a port of a container is reached from where this program runs."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from aiodockerpy import errors, models
from aiodockerpy._exhausted import reporting_exhaustion
from aiodockerpy._jsonable import dumpable
from aiodockerpy._protocol.json_paths import is_list
from aiodockerpy._protocol.outside import read_int, read_text
from aiodockerpy.resources._readiness.watch import last_lines, not_ready
from aiodockerpy.resources._scopes.owner import own_container

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from aiodockerpy._config.hosts import Host
    from aiodockerpy.client import DockerClient
    from aiodockerpy.models import ContainerInspect, EndpointSettings
    from aiodockerpy.resources.container import Container

Family: TypeAlias = Literal[4, 6]
"""IPv4 or IPv6."""

_LOOPBACK: Final[Mapping[Family, str]] = {4: "127.0.0.1", 6: "::1"}
_FAMILIES: Final[Mapping[Family, socket.AddressFamily]] = {4: socket.AF_INET, 6: socket.AF_INET6}
_THIS_MACHINE: Final = frozenset({"", "localhost", "0.0.0.0", "::"})  # noqa: S104 - as an address to connect to


@dumpable()
class Endpoint(NamedTuple):
    """Where a port is reached: ``host, port = await container.endpoint(80)``.

    Attributes:
        host: An address, or the name of the engine's machine.
        port: The port there.
    """

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where this program runs, as seen from the engine.

    Attributes:
        name: The name or address of the engine's machine; empty if this program runs on it.
        own: The container of this program, if it is one of this engine and has a network of its own.
    """

    name: str = ""
    own: ContainerInspect | None = None

    @classmethod
    async def here(cls, client: DockerClient) -> Place:
        """Find out where this program runs."""
        id = await asyncio.to_thread(own_container)
        if id:
            try:
                own = await client.api.containers.inspect(id)
            except errors.NotFound:
                pass  # a container of another engine
            else:
                return cls() if _mode(own) == "host" else cls(own=own)
        name = await _name(client.host)
        return cls("" if name in _THIS_MACHINE or _is_loopback(name) else name)

    def reached(self, address: str) -> Iterator[tuple[str, Family]]:
        """Yield how an address of the engine's machine is reached from here, with the family."""
        given = ipaddress.ip_address(address)
        family: Family = 6 if given.version == 6 else 4
        if not given.is_unspecified:
            if not given.is_loopback or not (self.name or self.own):
                yield address, family
        elif self.own is not None:
            for gateway in _gateways(self.own, family):
                yield gateway, family
        elif not self.name:
            yield _LOOPBACK[family], family
        elif _family_of(self.name) in {None, family}:
            yield self.name, family

    def __str__(self) -> str:
        if self.own is not None:
            return f"from inside of container {(self.own.name or '').removeprefix('/')}"
        return f"from another machine than {self.name}" if self.name else "from the engine's machine"


async def find_endpoint(container: Container, port: str, family: Family | None) -> Endpoint:
    """Inspect a container, and find where a port of it is reached from here.

    Args:
        container: The container; its snapshot is replaced.
        port: The port, with the protocol: ``"80/tcp"``.
        family: IPv4 or IPv6 only; ``None`` prefers IPv4.

    Raises:
        ContainerNotReady: The container does not run.
        InvalidArgument: The port is not published, or not reached from here.
    """
    await container.reload()
    if container.status not in {"running", "paused"}:
        raise not_ready(container, f"reachable at {port}", "it does not run", await last_lines(container))
    info = container.info
    if (mode := _mode(info)).startswith("container:"):  # its ports are those of the other one
        info = await container.client.api.containers.inspect(mode.removeprefix("container:"))
    found, must_be = choose(info, port, family, await Place.here(container.client))
    return await _resolved(found, must_be) if must_be is not None else found


def choose(info: ContainerInspect, port: str, family: Family | None, place: Place) -> tuple[Endpoint, Family | None]:
    """Choose where a port of a container is reached.

    Args:
        info: The container whose network it is.
        port: The port, with the protocol.
        family: IPv4 or IPv6 only; ``None`` prefers IPv4.
        place: Where the program runs.

    Returns:
        The endpoint, and the family that its host has to be resolved in; ``None`` if it is good as it is.

    Raises:
        InvalidArgument: The port is not published, or not reached from there.
    """
    wanted: tuple[Family, ...] = (family,) if family is not None else (4, 6)
    number = read_int(port.partition("/")[0]) or 0
    for neighbour in _neighbours(info, place.own):
        for address in (neighbour.ip_address, neighbour.global_ipv6_address):
            if address and _family_of(address) in wanted:
                return Endpoint(address, number), None
    places = _published(info, port, number)
    if not places:
        raise errors.InvalidArgument(
            f"port {port} of container {_name_of(info)} is not published: create the container with "
            f"ports={{{port!r}: None}}, or network='host'"
        )
    found: list[tuple[int, bool, str, int, Family]] = [
        (wanted.index(kind), not ipaddress.ip_address(address).is_unspecified, host, published, kind)
        for address, published in places
        for host, kind in place.reached(address)
        if kind in wanted
    ]
    if not found:
        raise errors.InvalidArgument(_unreachable(info, port, family, place))
    _, _, host, published, kind = min(found, key=lambda one: one[:2])
    ambiguous = family is not None or any(one[2] == host and one[3] != published for one in found)
    return Endpoint(host, published), kind if ambiguous and _family_of(host) is None else None


def _published(info: ContainerInspect, port: str, number: int) -> list[tuple[str, int]]:
    """Return the addresses and ports of the engine's machine, as far as they make sense."""
    if _mode(info) == "host":
        return [("0.0.0.0", number), ("::", number)]  # noqa: S104
    settings = info.network_settings
    bindings: object = ((settings.ports if settings is not None else None) or {}).get(port)
    fitting = [binding for binding in bindings if isinstance(binding, models.PortBinding)] if is_list(bindings) else []
    found = [(read_text(binding.host_ip) or "0.0.0.0", read_int(binding.host_port, minimum=1)) for binding in fitting]  # noqa: S104
    return [(address, published) for address, published in found if published and _family_of(address) is not None]


def _unreachable(info: ContainerInspect, port: str, family: Family | None, place: Place) -> str:
    number = read_int(port.partition("/")[0]) or 0
    places = ", ".join(str(Endpoint(*one)) for one in _published(info, port, number))
    by = f" by IPv{family}" if family is not None else ""
    return (
        f"port {port} of container {_name_of(info)} is published at {places}, which cannot be reached{by} {place}: "
        "publish it at another address"
    )


def _neighbours(info: ContainerInspect, own: ContainerInspect | None) -> list[EndpointSettings]:
    """Return the endpoints of a container in networks that another one is in too."""
    if own is None:
        return []
    shared = {settings.network_id for settings in _networks(own).values()}
    return [settings for settings in _networks(info).values() if settings.network_id and settings.network_id in shared]


def _gateways(own: ContainerInspect, family: Family) -> list[str]:
    gateways = (one.gateway if family == 4 else one.ipv6_gateway for one in _networks(own).values())
    return [gateway for gateway in gateways if gateway]


def _networks(info: ContainerInspect) -> Mapping[str, EndpointSettings]:
    settings = info.network_settings
    return (settings.networks if settings is not None else None) or {}


def _mode(info: ContainerInspect) -> str:
    return (info.host_config.network_mode if info.host_config is not None else None) or ""


def _name_of(info: ContainerInspect) -> str:
    return (info.name or "").removeprefix("/")


def _family_of(host: str) -> Family | None:
    """Return the family of an address; ``None`` for a name."""
    try:
        return 6 if ipaddress.ip_address(host).version == 6 else 4
    except ValueError:
        return None


def _is_loopback(name: str) -> bool:
    return _family_of(name) is not None and ipaddress.ip_address(name).is_loopback


async def _name(host: Host) -> str:
    if host.scheme != "ssh":
        return "" if host.is_local else host.name
    with reporting_exhaustion():
        from aiodockerpy._transport.ssh.openssh import real_name

    return await real_name(host, os.environ)


async def _resolved(endpoint: Endpoint, family: Family) -> Endpoint:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(endpoint.host, endpoint.port, family=_FAMILIES[family], type=socket.SOCK_STREAM)
    except OSError as error:
        raise errors.InvalidArgument(f"{endpoint.host} has no address of IPv{family}: {error}") from error
    return Endpoint(str(found[0][4][0]), endpoint.port)
