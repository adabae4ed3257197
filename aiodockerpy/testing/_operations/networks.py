"""Networks."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from aiodockerpy.models import NetworkConnectRequest, NetworkCreateRequest, NetworkDisconnectRequest
from aiodockerpy.testing import _lifecycle as lifecycle
from aiodockerpy.testing._core import Core, operation
from aiodockerpy.testing._http.messages import Answer, Refusal, Reply, Request, answer_json
from aiodockerpy.testing._operations import shapes
from aiodockerpy.testing._operations.create import check_endpoint, make_endpoint
from aiodockerpy.testing._operations.filters import has_labels, name_matches
from aiodockerpy.testing._operations.swarm import NO_SWARM
from aiodockerpy.testing._state.addresses import free_subnet
from aiodockerpy.testing._state.normal import body, items, mapping
from aiodockerpy.testing._state.objects import Container, Network
from aiodockerpy.testing._state.world import new_id

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PREDEFINED = frozenset({"bridge", "host", "none"})
_DRIVERS = frozenset({"bridge", "macvlan", "ipvlan"})


@operation("NetworkList")
async def networks(core: Core, request: Request) -> Reply:
    """List networks."""
    filters = request.filters()
    for value in filters.get("type", ()):
        if value not in {"custom", "builtin"}:
            raise Refusal(500, f"invalid filter: 'type'='{value}'")
    found = [network for network in core.world.networks.values() if _matches(network, filters)]
    return answer_json([shapes.network(core, network, containers=False) for network in found])


def _matches(network: Network, filters: Mapping[str, list[str]]) -> bool:
    checks: dict[str, Callable[[list[str]], bool]] = {
        "name": lambda values: name_matches(network.name, values),
        "id": lambda values: any(network.id.startswith(value) for value in values),
        "driver": lambda values: network.driver in values,
        "scope": lambda values: network.scope in values,
        "type": lambda values: ("builtin" if network.name in PREDEFINED else "custom") in values,
    }
    if "dangling" in filters and _dangling(filters["dangling"]) == (network.name in PREDEFINED):
        return False  # the engine does not look at the containers here
    return has_labels(network.labels, filters) and all(
        check(filters[name]) for name, check in checks.items() if filters.get(name)
    )


def _dangling(values: list[str]) -> bool:
    if len(values) > 1:
        raise Refusal(400, 'got more than one value for filter key "dangling"')
    if values and values[0] not in {"true", "1", "false", "0"}:
        raise Refusal(400, 'invalid value for filter \'dangling\', must be "true" (or "1"), or "false" (or "0")')
    return values[0] in {"true", "1"} if values else False


@operation("NetworkInspect")
async def inspect(core: Core, request: Request) -> Reply:
    """Show a network."""
    found = core.world.network(request.parts["id"])
    if request.text("scope") not in {"", found.scope}:
        raise Refusal(404, f"network {request.parts['id']} not found")
    return answer_json(shapes.network(core, found, containers=True))


@operation("NetworkCreate")
async def create(core: Core, request: Request) -> Reply:
    """Create a network."""
    given = body(NetworkCreateRequest, request.body).to_dict()
    name, driver = str(given.get("Name") or ""), str(given.get("Driver") or "bridge")
    if not name.strip():
        raise Refusal(400, "invalid name: name is empty")
    if name in PREDEFINED or name == "default":
        raise Refusal(403, f"operation is not permitted on predefined {name} network ")
    if core.world.find_network(name) is not None and core.world.network(name).name == name:
        raise Refusal(409, f"network with name {name} already exists")
    if given.get("EnableIPv4") is False and not given.get("EnableIPv6"):
        raise Refusal(400, "IPv4 or IPv6 must be enabled")
    if given.get("Ingress"):
        raise Refusal(403, "Ingress network can only be global scope network")
    if given.get("Scope") == "swarm":
        raise Refusal(403, "cannot create a swarm scoped network when swarm is not active")
    if driver == "overlay":
        raise Refusal(403, NO_SWARM)
    if driver in {"host", "null"}:
        raise Refusal(403, f'only one instance of "{driver}" network is allowed')
    if driver not in _DRIVERS:
        raise Refusal(404, f'plugin "{driver}" not found')
    _check_config(given)
    only, source = bool(given.get("ConfigOnly")), str(mapping(given.get("ConfigFrom")).get("Network") or "")
    taken_over = _configuration(core, source) if source else given
    network = Network(
        new_id(), name, core.clock.now(), "null" if only else driver,
        _ipam(core, mapping(taken_over.get("IPAM")), only=only), bool(given.get("Internal")),
        bool(given.get("Attachable")), bool(taken_over.get("EnableIPv6")), given.get("EnableIPv4") is not False,
        "local", mapping(taken_over.get("Options")), mapping(taken_over.get("Labels")),
        own_pool=any(mapping(pool).get("Subnet") for pool in items(mapping(taken_over.get("IPAM")).get("Config"))),
        config_only=only, config_from=source,
    )  # fmt: skip
    core.world.networks[network.id] = network
    core.world.events.emit("network", "create", network.id, name=name, type=driver)
    return answer_json({"Id": network.id, "Warning": ""}, 201)


def _check_config(given: dict[str, Any]) -> None:
    """Refuse what a network that is only a configuration, or that takes one over, cannot have."""
    ipam, source = mapping(given.get("IPAM")), mapping(given.get("ConfigFrom")).get("Network")
    if given.get("ConfigOnly") and any(given.get(name) for name in ("Internal", "Attachable", "Ingress", "Scope")):
        raise Refusal(
            403,
            "configuration network can only contain network specific fields. Network operator fields like "
            "[ ingress | internal | attachable | scope ] are not supported.",
        )
    if given.get("ConfigOnly") and source:
        raise Refusal(403, "a configuration network cannot depend on another configuration network")
    what = "network driver options" if given.get("Options") else "user specified configurations"
    if source and any((ipam.get("Config"), ipam.get("Options"), *map(given.get, ("Options", "Labels", "EnableIPv6")))):
        raise Refusal(403, f"{what} are not supported if the network depends on a configuration network")


def _configuration(core: Core, name: str) -> dict[str, Any]:
    """Return what a network takes over from one that is only a configuration."""
    found = core.world.find_network(name)
    if found is None or not found.config_only:
        raise Refusal(404, f'configuration network "{name}" does not exist')
    return {"IPAM": found.ipam, "EnableIPv6": found.ipv6, "Options": found.options, "Labels": found.labels}


def _ipam(core: Core, given: dict[str, Any], *, only: bool) -> dict[str, Any]:
    pools = [dict(mapping(pool)) for pool in items(given.get("Config")) if pool]
    for number, pool in enumerate(pools):
        _check_pool(core, pool, pools[:number])
    if not only and not any("Subnet" in pool for pool in pools):
        subnet = ipaddress.ip_network(free_subnet(core.world.networks.values()))
        pools = [{"Subnet": str(subnet), "Gateway": str(next(subnet.hosts()))}]
    return {"Driver": given.get("Driver") or "default", "Options": given.get("Options"), "Config": pools}


def _check_pool(core: Core, pool: dict[str, Any], before: list[dict[str, Any]]) -> None:
    for name, value in list(pool.items()):
        if not value:
            del pool[name]
    try:
        subnet = ipaddress.ip_network(pool.get("Subnet", ""), strict=False)
    except ValueError:
        raise Refusal(
            400, f"invalid network config:\ninvalid subnet {pool.get('Subnet', '')}: invalid CIDR block notation"
        ) from None
    if str(subnet) != pool["Subnet"]:
        raise Refusal(400, f"invalid network config:\ninvalid subnet {pool['Subnet']}: it should be {subnet}")
    _check_within(subnet, pool)
    taken = [
        ipaddress.ip_network(other["Subnet"], strict=False)
        for others in [*(network.pools for network in core.world.networks.values()), before]
        for other in others
    ]
    if any(subnet.version == other.version and subnet.overlaps(other) for other in taken):
        raise Refusal(403, "invalid pool request: Pool overlaps with other one on this address space")


def _check_within(subnet: ipaddress.IPv4Network | ipaddress.IPv6Network, pool: dict[str, Any]) -> None:
    parent = f"parent subnet {subnet} doesn't contain"
    if "Gateway" in pool:
        try:
            inside = ipaddress.ip_address(pool["Gateway"]) in subnet
        except ValueError:
            raise Refusal(400, f"invalid network config:\ninvalid gateway {pool['Gateway']}: invalid address") from None
        if not inside:
            raise Refusal(400, f"invalid network config:\ninvalid gateway {pool['Gateway']}: {parent} this address")
    if "IPRange" in pool:
        try:
            inner = ipaddress.ip_network(pool["IPRange"], strict=False)
        except ValueError:
            text = f"invalid ip-range {pool['IPRange']}: invalid CIDR block notation"
            raise Refusal(400, f"invalid network config:\n{text}") from None
        if inner.version != subnet.version or inner.network_address not in subnet or inner.prefixlen < subnet.prefixlen:
            raise Refusal(400, f"invalid network config:\ninvalid ip-range {pool['IPRange']}: {parent} ip-range")


def _user(core: Core, given: dict[str, Any]) -> Container:
    """Find the container that a request names, which the engine does before it looks for the network."""
    name = str(given.get("Container") or "")
    if not name:
        raise Refusal(400, 'invalid name or ID supplied: ""')
    return core.world.container(name)


@operation("NetworkDelete")
async def delete(core: Core, request: Request) -> Reply:
    """Remove a network that is not in use."""
    network = core.world.network(request.parts["id"])
    if network.name in PREDEFINED:
        raise Refusal(403, f"{network.name} is a pre-defined network and cannot be removed")
    if network.config_only and any(other.config_from == network.name for other in core.world.networks.values()):
        raise Refusal(403, f'error while removing network: configuration network "{network.name}" is in use')
    users = list(core.world.on_network(network))
    if users:
        shown = ", ".join(
            f'name:"{user.name}" id:"{next(p.id for p in user.endpoints.values() if p.network_id == network.id)[:12]}"'
            for user in users
        )
        raise Refusal(403, f"error while removing network: network {network.name} has active endpoints ({shown})")
    del core.world.networks[network.id]
    core.world.events.emit("network", "destroy", network.id, name=network.name, type=network.driver)
    return Answer(204)


@operation("NetworkConnect")
async def connect(core: Core, request: Request) -> Reply:
    """Join a container to a network."""
    given = body(NetworkConnectRequest, request.body).to_dict()
    container = _user(core, given)
    network = core.world.find_network(request.parts["id"])
    name = network.name if network is not None else request.parts["id"]  # it is looked for when the container starts
    if name in container.endpoints and container.running:
        raise Refusal(403, f"endpoint with name {container.name} already exists in network {name}")
    if name == "host":
        raise Refusal(400, "cannot connect container to host network - container must be created in host network mode")
    if {name, *container.endpoints} >= {"none"} and container.endpoints:
        raise Refusal(
            400,
            "container cannot be connected to multiple networks with one of the networks in private (none) mode",
        )
    if container.host["NetworkMode"] == "host" or container.host["NetworkMode"].startswith("container:"):
        raise Refusal(
            400,
            "container sharing network namespace with another container or host "
            "cannot be connected to any other network",
        )
    settings: Any = given.get("EndpointConfig") or {}
    endpoint = make_endpoint(name, settings)
    if network is not None:
        check_endpoint(network, endpoint)
        endpoint.named = True
    if container.running:
        lifecycle.connect(core, container, endpoint)
    container.endpoints.setdefault(name, endpoint)
    return Answer(200)


@operation("NetworkDisconnect")
async def disconnect(core: Core, request: Request) -> Reply:
    """Disconnect a container from a network."""
    given = body(NetworkDisconnectRequest, request.body).to_dict()
    container = _user(core, given)
    network = core.world.find_network(request.parts["id"])
    if network is None and container.running:
        raise Refusal(404, f"network {request.parts['id']} not found")
    name = network.name if network is not None else request.parts["id"]
    if name == "host" and container.host["NetworkMode"] == "host":
        raise Refusal(400, "cannot disconnect container from host network - container was created in host network mode")
    endpoint = container.endpoints.pop(name, None)
    if endpoint is None:
        what = "network" if container.running else "the network"
        raise Refusal(500, f"container {container.id} is not connected to {what} {name}")
    lifecycle.disconnect(core, container, endpoint)
    return Answer(200)
