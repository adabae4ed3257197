from __future__ import annotations

from aiodockerpy.models import IPAM, IPAMConfig, NetworkCreateRequest, NetworkInspect, NetworkSummary
from aiodockerpy.models._base import to_wire
from tests.models.answers import nothing_unknown, read


def test_inspect_in_its_newest_form() -> None:
    found = read(
        NetworkInspect,
        {
            "Id": "d2b5",
            "EnableIPv4": True,
            "IPAM": {"Config": [{"Subnet": "172.20.0.0/16", "AuxiliaryAddresses": {"router": "172.20.0.9"}}]},
            "Peers": [{"Name": "n", "IP": "10.0.0.1"}],
            "Containers": {"d82e": {"Name": "web", "IPv4Address": "172.20.0.2/16"}},
            "Services": {"s": {"VIP": "10.0.0.2", "LocalLBIndex": 3, "Tasks": [{"EndpointIP": "10.0.0.3"}]}},
            "Status": {"IPAM": {"Subnets": {"172.20.0.0/16": {"IPsInUse": 2**64 - 1, "DynamicIPsAvailable": 5}}}},
        },
    )
    nothing_unknown(found)
    assert found.status is not None
    assert found.status.ipam is not None
    assert found.status.ipam.subnets is not None
    assert found.status.ipam.subnets["172.20.0.0/16"].ips_in_use == 2**64 - 1
    assert found.services is not None
    assert found.services["s"].vip == "10.0.0.2"


def test_lists_had_containers_once() -> None:
    found = read(NetworkSummary, {"Name": "bridge", "Containers": {}, "Options": None, "IPAM": {"Config": None}})
    assert found.containers == {}


def test_create() -> None:
    request = NetworkCreateRequest(
        name="web", enable_ipv6=False, ipam=IPAM(config=[IPAMConfig(ip_range="172.20.1.0/24")], options={})
    )
    assert to_wire(request) == {
        "Name": "web",
        "EnableIPv6": False,
        "IPAM": {"Config": [{"IPRange": "172.20.1.0/24"}], "Options": {}},
    }
