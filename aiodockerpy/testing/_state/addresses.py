"""Addresses of networks and ports of the host, given out one after the other."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from aiodockerpy.testing._http.messages import Refusal
from aiodockerpy.testing._state.normal import mapping

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiodockerpy.testing._state.objects import Container, Network

_FIRST_PORT = 32768
_POOLS = [f"172.{second}.0.0/16" for second in range(18, 32)] + [f"192.168.{third}.0/20" for third in range(0, 256, 16)]


def free_subnet(networks: Iterable[Network]) -> str:
    """Choose a subnet that no network has.

    Raises:
        Refusal: Every pool is taken.
    """
    taken = [
        ipaddress.ip_network(pool["Subnet"], strict=False)
        for network in networks
        for pool in network.pools
        if "Subnet" in pool and ":" not in pool["Subnet"]
    ]
    for pool in _POOLS:
        if not any(ipaddress.ip_network(pool).overlaps(other) for other in taken):
            return pool
    raise Refusal(400, "all predefined address pools have been fully subnetted")


def take_address(network: Network, wanted: str = "") -> tuple[str, str, int]:
    """Allocate an address of a network: the address, the gateway and the length of the prefix; empty if it has no pool.

    Raises:
        Refusal: There is none left, or the one wanted is taken.
    """
    pool = next((pool for pool in network.pools if ":" not in pool.get("Subnet", ":")), None)
    if pool is None:
        return "", "", 0
    subnet = ipaddress.ip_network(pool["Subnet"], strict=False)
    hosts = subnet.hosts()
    gateway = pool.get("Gateway") or str(next(hosts))
    reserved = {gateway, *mapping(pool.get("AuxiliaryAddresses")).values()}
    if wanted:
        if wanted in network.taken | reserved:
            raise Refusal(403, "Address already in use")
        network.taken.add(wanted)
        return wanted, gateway, subnet.prefixlen
    allowed = ipaddress.ip_network(pool["IPRange"], strict=False).hosts() if pool.get("IPRange") else subnet.hosts()
    for host in allowed:
        if str(host) not in network.taken and str(host) not in reserved:
            network.taken.add(str(host))
            return str(host), gateway, subnet.prefixlen
    raise Refusal(403, "no available IPv4 addresses on this network's address pools")


def mac_of(id: str) -> str:
    """Derive a hardware address from an endpoint's id."""
    return ":".join(["02", *(id[place : place + 2] for place in range(0, 10, 2))])


def _in_use(containers: Iterable[Container]) -> set[tuple[str, str]]:
    return {
        (binding["HostPort"], key.rpartition("/")[2])
        for container in containers
        for key, bindings in container.ports.items()
        for binding in bindings or []
    }


def free_port(taken: set[tuple[str, str]], protocol: str, first: int = _FIRST_PORT, last: int = 60999) -> str:
    """Choose a port of the host.

    Raises:
        Refusal: There is none left.
    """
    for port in range(first, last + 1):
        if (str(port), protocol) not in taken:
            return str(port)
    raise Refusal(500, "all ports are allocated")


def publish(container: Container, others: Iterable[Container], error: str) -> dict[str, list[dict[str, str]] | None]:
    """Publish a container's ports when it starts.

    Args:
        container: The container.
        others: All containers.
        error: What a refusal's text begins with.

    Raises:
        Refusal: A port of the host is taken.
    """
    taken = _in_use(others)
    bindings_of = container.host.get("PortBindings") or {}
    wanted: dict[str, list[dict[str, str]] | None] = {
        key: bindings_of.get(key) for key in container.config.get("ExposedPorts") or {}
    }
    published: dict[str, list[dict[str, str]] | None] = {}
    for key, given in wanted.items():
        protocol = key.rpartition("/")[2]
        bindings = given or ([{"HostIp": "", "HostPort": ""}] if container.host.get("PublishAllPorts") else given)
        if not bindings:
            published[key] = None if bindings is None else []
            continue
        published[key] = []
        for binding in bindings:
            first, _, last = (binding.get("HostPort") or "").partition("-")
            if last or not first or first == "0":
                port = free_port(taken, protocol, *((int(first), int(last)) if last else ()))
            else:
                port = first
            if (port, protocol) in taken:
                address = binding.get("HostIp") or "0.0.0.0"  # what the engine reports, not a socket
                raise Refusal(500, f"{error}: Bind for {address}:{port} failed: port is already allocated")
            taken.add((port, protocol))
            hosts = [binding["HostIp"]] if binding.get("HostIp") else ["0.0.0.0", "::"]
            published[key] = [*(published[key] or []), *({"HostIp": host, "HostPort": port} for host in hosts)]
    return published
