"""Networks as objects."""

from __future__ import annotations

import docker
import pytest

from aiodockerpy import errors
from aiodockerpy.models import IPAM, IPAMConfig
from tests.resources.conftest import not_found, query, sent

ID = "0123456789abcdef" * 4


async def test_create_sends_what_is_given_and_looks_at_the_result(client, fake):
    fake.answers = {"NetworkCreate": {"Id": ID}, "NetworkInspect": {"Id": ID, "Name": "net"}}
    options, labels = {"mtu": 1400}, {"a": "b"}
    network = await client.networks.create(
        "net",
        driver="bridge",
        options=options,
        labels=labels,
        internal=False,
        enable_ipv6=True,
        attachable=False,
        check_duplicate=True,
    )
    assert sent(fake.named("NetworkCreate")[0]) == {
        "Name": "net",
        "Driver": "bridge",
        "Options": {"mtu": "1400"},
        "Labels": {"a": "b"},
        "Internal": False,
        "EnableIPv6": True,
        "Attachable": False,
        "CheckDuplicate": True,
    }
    assert (options, labels) == ({"mtu": 1400}, {"a": "b"})
    assert network.name == "net"
    assert network.short_id == ID[:12]


@pytest.mark.parametrize(
    "ipam",
    [
        IPAM(driver="default", config=[IPAMConfig(subnet="10.1.0.0/16", gateway="10.1.0.1")]),
        {"Driver": "default", "Config": [{"Subnet": "10.1.0.0/16", "Gateway": "10.1.0.1"}]},
        docker.types.IPAMConfig(pool_configs=[docker.types.IPAMPool(subnet="10.1.0.0/16", gateway="10.1.0.1")]),
    ],
    ids=["model", "mapping", "docker-py"],
)
async def test_addresses_are_a_model_or_a_mapping(client, fake, ipam):
    fake.answers = {"NetworkCreate": {"Id": ID}, "NetworkInspect": {"Id": ID}}
    await client.networks.create("net", ipam=ipam)
    assert sent(fake.named("NetworkCreate")[0])["IPAM"] == {
        "Driver": "default",
        "Config": [{"Subnet": "10.1.0.0/16", "Gateway": "10.1.0.1"}],
    }


async def test_list_is_one_request_and_changes_no_argument(client, fake):
    fake.answers = {"NetworkList": [{"Id": ID, "Name": "a"}]}
    filters = {"driver": "bridge"}
    found = await client.networks.list(names=["a"], ids=["01"], filters=filters)
    assert [network.name for network in found] == ["a"]
    assert filters == {"driver": "bridge"}
    assert len(fake.calls) == 1
    assert query(fake.calls[0]) == {
        "filters": '{"driver":{"bridge":true},"name":{"a":true},"id":{"01":true}}'
    } or query(fake.calls[0]) == {"filters": '{"driver":["bridge"],"name":["a"],"id":["01"]}'}


async def test_a_greedy_list_leaves_out_what_vanished(client, fake):
    fake.answers = {
        "NetworkList": [{"Id": "a"}, {"Id": "b"}],
        "NetworkInspect": lambda call: not_found() if "/a" in call.path else {"Id": "b", "Containers": {}},
    }
    assert [network.id for network in await client.networks.list(greedy=True)] == ["b"]


async def test_containers_come_from_a_fresh_look_without_those_that_vanished(connected, engine):
    network = await connected.networks.create("net")
    containers = [
        await connected.containers.run("busybox", ["sleep", "9"], network="net", detach=True) for _ in range(3)
    ]
    engine.fail("containers.inspect", status=404, message="No such container", times=1)
    found = await network.containers
    assert len(found) == 2
    assert set(found) < set(containers)


async def test_connect_sends_every_setting(client, fake):
    fake.answers = {"NetworkInspect": {"Id": ID}, "ContainerInspect": {"Id": "c0ffee"}}
    network = await client.networks.get(ID)
    container = await client.containers.get("web")
    await network.connect(
        container,
        ipv4_address="10.1.0.5",
        ipv6_address="fd00::5",
        aliases=("www",),
        links=[("db", "database")],
        link_local_ips=["169.254.1.1"],
        driver_opt={"a": 1},
        mac_address="02:42:ac:11:00:02",
        gw_priority=0,
    )
    assert sent(fake.calls[-1]) == {
        "Container": "c0ffee",
        "EndpointConfig": {
            "IPAMConfig": {"IPv4Address": "10.1.0.5", "IPv6Address": "fd00::5", "LinkLocalIPs": ["169.254.1.1"]},
            "Aliases": ["www"],
            "Links": ["db:database"],
            "DriverOpts": {"a": "1"},
            "MacAddress": "02:42:ac:11:00:02",
            "GwPriority": 0,
        },
    }
    await network.connect("db")
    assert sent(fake.calls[-1])["Container"] == "db"
    await network.disconnect(container, force=True)
    assert sent(fake.calls[-1]) == {"Container": "c0ffee", "Force": True}


async def test_equal_by_class_and_id(connected):
    one = await connected.networks.create("a")
    [other] = await connected.networks.list(names=["a"])
    assert one == other
    assert len({one, other}) == 1
    assert repr(one) == f"<Network: {one.id[:12]}>"
    await one.reload()
    assert one.attrs["Name"] == "a"


async def test_an_empty_id_is_refused_at_once(client, fake):
    with pytest.raises(errors.NullResource):
        await client.networks.get("")
    with pytest.raises(TypeError, match="is not callable"):
        client.networks()
    assert fake.calls == []
