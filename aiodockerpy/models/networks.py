"""Networks."""

from aiodockerpy.models._base import Model, wire
from aiodockerpy.models._lazy import LazyModel
from aiodockerpy.models._time import Time
from aiodockerpy.models._words import NetworkScope
from aiodockerpy.models.endpoints import EndpointSettings


class IPAMConfig(LazyModel):
    """A pool of addresses."""

    subnet: str | None = None
    """The subnet, for example ``172.20.0.0/16``."""
    ip_range: str | None = wire("IPRange")
    """The part of it that containers get addresses from."""
    gateway: str | None = None
    """Address of the gateway."""
    auxiliary_addresses: dict[str, str] | None = None
    """Addresses in use already, by name."""


class IPAM(LazyModel):
    """Where a network's addresses come from."""

    driver: str | None = None
    """Name of the address driver."""
    config: list[IPAMConfig] | None = None
    """Pools of addresses."""
    options: dict[str, str] | None = None
    """Options of the driver."""


class ConfigReference(LazyModel):
    """The network whose configuration is used."""

    network: str | None = None
    """Name of a network made with ``config_only``."""


class PeerInfo(LazyModel):
    """A peer of an overlay network."""

    name: str | None = None
    """Its name."""
    ip: str | None = wire("IP")
    """Its address."""


class EndpointResource(LazyModel):
    """A container on a network."""

    name: str | None = None
    """Name of the container."""
    endpoint_id: str | None = wire("EndpointID")
    """Id of the endpoint."""
    mac_address: str | None = None
    """MAC address."""
    ipv4_address: str | None = wire("IPv4Address")
    """IPv4 address with its prefix length."""
    ipv6_address: str | None = wire("IPv6Address")
    """IPv6 address with its prefix length."""


class NetworkAttributes(LazyModel):
    """What a network is created with and reports afterwards."""

    name: str | None = None
    """Its name."""
    scope: NetworkScope | None = None
    """How far it reaches."""
    driver: str | None = None
    """Its driver, for example ``bridge`` or ``overlay``; ``bridge`` if not given."""
    enable_ipv4: bool | None = wire("EnableIPv4")
    """Whether it has IPv4. API 1.47+; engines before 1.48 ignore it in requests."""
    enable_ipv6: bool | None = wire("EnableIPv6")
    """Whether it has IPv6."""
    ipam: IPAM | None = wire("IPAM")
    """Where its addresses come from."""
    internal: bool | None = None
    """Whether it has no way out of the host."""
    attachable: bool | None = None
    """Whether plain containers may join it, not only services."""
    ingress: bool | None = None
    """Whether it is the swarm's routing mesh."""
    config_from: ConfigReference | None = None
    """The network whose configuration it uses."""
    config_only: bool | None = None
    """Whether it is only a configuration for others."""
    options: dict[str, str] | None = None
    """Options of the driver."""
    labels: dict[str, str] | None = None
    """Labels."""


class Network(NetworkAttributes):
    """The fields of every network."""

    id: str | None = None
    """Its id."""
    created: Time | None = None
    """When it was made."""
    peers: list[PeerInfo] | None = None
    """Peers of an overlay network."""
    containers: dict[str, EndpointResource] | None = None
    """Containers on it, by id; only of an inspected network from API 1.52 on."""


class NetworkSummary(Network):
    """A network in a list."""


class NetworkTaskInfo(LazyModel):
    """A task of a service on a network."""

    name: str | None = None
    """Name of the task."""
    endpoint_id: str | None = wire("EndpointID")
    """Id of its endpoint."""
    endpoint_ip: str | None = wire("EndpointIP")
    """Address of its endpoint."""
    info: dict[str, str] | None = None
    """Further information from the driver."""


class ServiceInfo(LazyModel):
    """A service on a network."""

    vip: str | None = wire("VIP")
    """Its virtual address."""
    ports: list[str] | None = None
    """Its published ports."""
    local_lb_index: int | None = wire("LocalLBIndex")
    """Index of its load balancer on this node."""
    tasks: list[NetworkTaskInfo] | None = None
    """Its tasks."""


class SubnetStatus(LazyModel):
    """How full a subnet is (API 1.52+)."""

    ips_in_use: int | None = wire("IPsInUse")
    """Addresses in use or reserved; stays at 2**64 - 1 if there are more."""
    dynamic_ips_available: int | None = wire("DynamicIPsAvailable")
    """Addresses still to be given out; stays at 2**64 - 1 if there are more."""


class IPAMStatus(LazyModel):
    """How full the address pools are (API 1.52+)."""

    subnets: dict[str, SubnetStatus] | None = None
    """By subnet."""


class NetworkStatus(LazyModel):
    """The state of a network (API 1.52+)."""

    ipam: IPAMStatus | None = wire("IPAM")
    """Of its addresses."""


class NetworkInspect(Network):
    """Everything the engine reports about a network."""

    services: dict[str, ServiceInfo] | None = None
    """Services on it, by name; only if asked with ``verbose``."""
    status: NetworkStatus | None = None
    """Its state. API 1.52+."""


class NetworkCreateRequest(NetworkAttributes):
    """A network to be made."""

    check_duplicate: bool | None = None
    """Whether a name that exists is refused; from API 1.44 on it always is."""


class NetworkCreate(Model):
    """A network that was made."""

    id: str | None = None
    """Its id."""
    warning: str | None = None
    """What the engine could not do as asked; usually empty."""


class NetworkConnectRequest(Model):
    """A container that joins a network."""

    container: str | None = None
    """Id or name of the container."""
    endpoint_config: EndpointSettings | None = None
    """Settings of its endpoint."""


class NetworkDisconnectRequest(Model):
    """A container that leaves a network."""

    container: str | None = None
    """Id or name of the container."""
    force: bool | None = None
    """Whether to go on if the container is not there any more."""


class NetworkPrune(Model):
    """What a clean-up of networks did."""

    networks_deleted: list[str] | None = None
    """Names of the networks removed; ``None`` if there were none."""
