"""docker-py's types for networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiodockerpy import models
from aiodockerpy._arguments import checks_arguments
from aiodockerpy._options.containers import normalize_links
from aiodockerpy._options.shapes import key_values
from aiodockerpy.types._base import Wire, given

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aiodockerpy._options.keywords import KeyValues


@checks_arguments
class EndpointConfig(models.EndpointSettings, Wire):
    """Settings of a container on one network.

    Args:
        version: Accepted and ignored, for compatibility with docker-py: the client's version is used.
        aliases: More names of the container on this network.
        links: Legacy links: container name to alias.
        ipv4_address: Its IPv4 address.
        ipv6_address: Its IPv6 address.
        link_local_ips: Its link-local addresses.
        driver_opt: Options of the network's driver.
        mac_address: Its MAC address.
    """

    def __init__(
        self,
        version: str | None = None,
        aliases: Sequence[str] | None = None,
        links: Mapping[str, str | None] | Iterable[tuple[str, str | None]] | None = None,
        ipv4_address: str | None = None,
        ipv6_address: str | None = None,
        link_local_ips: Sequence[str] | None = None,
        driver_opt: KeyValues | None = None,
        mac_address: str | None = None,
    ) -> None:
        del version
        addresses = given(ipv4_address=ipv4_address, ipv6_address=ipv6_address, link_local_ips=link_local_ips)
        super().__init__(
            **given(
                aliases=aliases,
                links=normalize_links(links) if links is not None else None,
                ipam_config=models.EndpointIPAMConfig(**addresses) if addresses else None,
                driver_opts=key_values(driver_opt, "driver_opt"),
                mac_address=mac_address,
            )
        )


@checks_arguments
class NetworkingConfig(models.NetworkingConfig, Wire):
    """The networks that a container joins at its creation.

    Args:
        endpoints_config: Settings by network.
    """

    def __init__(
        self, endpoints_config: Mapping[str, models.EndpointSettings | Mapping[str, Any] | None] | None = None
    ) -> None:
        endpoints = {network: value or {} for network, value in (endpoints_config or {}).items()}
        super().__init__(**given(endpoints_config=endpoints or None))


@checks_arguments
class IPAMPool(models.IPAMConfig, Wire):
    """A pool of addresses: ``IPAMPool(subnet="10.1.0.0/16", gateway="10.1.0.1")``.

    Args:
        subnet: The subnet.
        iprange: The part of it that containers get addresses from.
        gateway: Address of the gateway.
        aux_addresses: Addresses in use already, by name.
    """

    def __init__(
        self,
        subnet: str | None = None,
        iprange: str | None = None,
        gateway: str | None = None,
        aux_addresses: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(subnet=subnet, ip_range=iprange, gateway=gateway, auxiliary_addresses=_dict(aux_addresses))


@checks_arguments
class IPAMConfig(models.IPAM, Wire):
    """Where a network's addresses come from: ``IPAMConfig(pool_configs=[IPAMPool(subnet="10.1.0.0/16")])``.

    Args:
        driver: The address driver.
        pool_configs: Pools of addresses.
        options: Options of the driver.
    """

    def __init__(
        self,
        driver: str = "default",
        pool_configs: Sequence[models.IPAMConfig | Mapping[str, Any]] | None = None,
        options: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(driver=driver, **given(config=list(pool_configs or ()), options=_dict(options)))


def _dict(values: Mapping[str, str] | None) -> dict[str, str] | None:
    return dict(values) if values is not None else None
