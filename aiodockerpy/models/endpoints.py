"""The endpoints that join containers to networks."""

from aiodockerpy.models._base import wire
from aiodockerpy.models._lazy import LazyModel


class EndpointIPAMConfig(LazyModel):
    """Addresses an endpoint is to have."""

    ipv4_address: str | None = wire("IPv4Address")
    """Its IPv4 address."""
    ipv6_address: str | None = wire("IPv6Address")
    """Its IPv6 address."""
    link_local_ips: list[str] | None = wire("LinkLocalIPs")
    """Its link-local addresses."""


class EndpointSettings(LazyModel):
    """The endpoint of a container on a network. The first fields can be set; the rest is reported by the engine."""

    ipam_config: EndpointIPAMConfig | None = wire("IPAMConfig")
    """Addresses asked for."""
    links: list[str] | None = None
    """Links to other containers: ``"name:alias"``."""
    mac_address: str | None = None
    """MAC address; to ask for one needs API 1.44 at creation."""
    aliases: list[str] | None = None
    """Further names of the container on this network."""
    driver_opts: dict[str, str] | None = None
    """Options of the network's driver for this endpoint."""
    gw_priority: int | None = None
    """The endpoint with the highest number gives the default gateway. API 1.48+."""
    network_id: str | None = wire("NetworkID")
    """Id of the network."""
    endpoint_id: str | None = wire("EndpointID")
    """Id of the endpoint."""
    gateway: str | None = None
    """IPv4 gateway."""
    ip_address: str | None = wire("IPAddress")
    """IPv4 address."""
    ip_prefix_len: int | None = wire("IPPrefixLen")
    """Bits of the IPv4 network's prefix."""
    ipv6_gateway: str | None = wire("IPv6Gateway")
    """IPv6 gateway."""
    global_ipv6_address: str | None = wire("GlobalIPv6Address")
    """IPv6 address."""
    global_ipv6_prefix_len: int | None = wire("GlobalIPv6PrefixLen")
    """Bits of the IPv6 network's prefix."""
    dns_names: list[str] | None = wire("DNSNames")
    """Every name under which the others on this network find it. API 1.44+."""
