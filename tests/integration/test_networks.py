"""Networks on real engines."""

from __future__ import annotations

import asyncio
import random

import pytest

from aiodockerpy import errors

IMAGE = "busybox:1"


async def test_a_network_lives_and_dies(client, prefix):
    network = await client.networks.create(f"{prefix}net", driver="bridge", internal=True, labels={"a": "b"})
    assert network.name == f"{prefix}net"
    assert network.attrs["Internal"] is True
    assert network.attrs["Labels"] == {"a": "b"}
    assert network in await client.networks.list(names=[f"{prefix}net"])
    assert await client.networks.list(ids=[network.id]) == [network]
    await network.remove()
    with pytest.raises(errors.NotFound):
        await network.reload()


async def test_addresses_are_the_ones_asked_for(client, prefix):
    ipam = {"Driver": "default", "Config": [{"Subnet": "10.87.5.0/24", "Gateway": "10.87.5.1"}]}
    network = await client.networks.create(f"{prefix}net", ipam=ipam)
    container = await client.containers.create(IMAGE, ["sleep", "1000"], name=f"{prefix}a")
    await network.connect(container, ipv4_address="10.87.5.77", aliases=["www"])
    await container.start()
    await container.reload()
    endpoint = container.attrs["NetworkSettings"]["Networks"][f"{prefix}net"]
    assert endpoint["IPAddress"] == "10.87.5.77"
    assert "www" in endpoint["Aliases"]


async def test_containers_are_those_of_now(client, prefix):
    network = await client.networks.create(f"{prefix}net")
    one, two = await asyncio.gather(
        *(
            client.containers.run(IMAGE, ["sleep", "1000"], name=f"{prefix}{n}", detach=True, network=f"{prefix}net")
            for n in range(2)
        )
    )
    assert set(await network.containers) == {one, two}
    [greedy] = await client.networks.list(names=[f"{prefix}net"], greedy=True)
    assert set(greedy.attrs["Containers"]) == {one.id, two.id}
    await one.remove(force=True)
    assert await network.containers == [two]
    await network.disconnect(two)
    assert await network.containers == []


async def test_a_configuration_is_taken_over(client, prefix):
    ipam = {"Config": [{"Subnet": "10.87.8.0/24"}]}
    only = await client.networks.create(f"{prefix}only", config_only=True, ipam=ipam, labels={"a": "b"})
    network = await client.networks.create(f"{prefix}net", config_from=only.name)
    assert (network.info.config_only, network.info.config_from.network) == (False, only.name)
    assert network.attrs["Labels"] == {"a": "b"}
    container = await client.containers.run(
        IMAGE, ["sleep", "1000"], name=f"{prefix}a", detach=True, network=network.name
    )
    assert (await container.reload()).attrs["NetworkSettings"]["Networks"][network.name]["IPAddress"] == "10.87.8.2"
    with pytest.raises(errors.APIError, match="configuration-only"):
        await only.connect(container)
    with pytest.raises(errors.APIError, match="in use"):
        await only.remove()


async def test_a_link_is_a_name_and_variables(client, prefix):
    one = await client.containers.run(
        IMAGE, ["sleep", "1000"], name=f"{prefix}1", detach=True, ports={80: None}, environment={"A": "b"}
    )
    two = await client.containers.run(IMAGE, ["sleep", "1000"], name=f"{prefix}2", detach=True, links={one.name: "db"})
    assert (await two.reload()).attrs["HostConfig"]["Links"] == [f"/{one.name}:/{two.name}/db"]
    assert await client.containers.get(f"{two.name}/db") == one
    [listed] = await client.containers.list(filters={"name": one.name}, sparse=True)
    assert listed.attrs["Names"] == [f"/{one.name}", f"/{two.name}/db"]
    address = (await one.reload()).attrs["NetworkSettings"]["Networks"]["bridge"]["IPAddress"]
    lines = set((await two.exec_run(["env"])).output.decode().split())
    assert lines >= {f"DB_NAME=/{two.name}/db", f"DB_PORT_80_TCP=tcp://{address}:80", "DB_ENV_A=b"}


async def test_a_vanished_container_is_disconnected_only_by_force(client, prefix):
    network = await client.networks.create(f"{prefix}net")
    with pytest.raises(errors.APIError):
        await network.disconnect(f"{prefix}nobody")


async def test_a_list_never_fails_while_networks_come_and_go(client, prefix):
    churned = 0

    async def churn():
        nonlocal churned
        while not listed.is_set() or churned < 6:
            network = await client.networks.create(f"{prefix}{churned}")
            await network.remove()
            churned += 1

    listed = asyncio.Event()
    task = asyncio.create_task(churn())
    lists = 0
    while lists < 10 or not task.done():
        await client.networks.list(greedy=True)
        lists += 1
        if lists == 10:
            listed.set()
    await task


async def test_prune_tells_what_it_removed(client, prefix):
    await client.networks.create(f"{prefix}net", labels={f"{prefix}mark": ""})
    pruned = await client.networks.prune(filters={"label": f"{prefix}mark"})
    assert pruned["NetworksDeleted"] == [f"{prefix}net"]
    again = await client.networks.prune(filters={"label": f"{prefix}mark"})
    assert again.get("NetworksDeleted") is None


@pytest.mark.parametrize("way", ["run", "create"])
async def test_a_container_begins_on_several_networks_with_its_addresses(client, prefix, way):
    """Engines before API 1.44 take one network at the creation; docker-py takes no address there."""
    subnet = f"10.{random.randrange(90, 200)}"  # engines take their time to give one free again
    names = {f"{prefix}front": f"{subnet}.1.9", f"{prefix}back": f"{subnet}.2.9"}
    for name, address in names.items():
        await client.networks.create(name, ipam={"config": [{"subnet": address.removesuffix("9") + "0/24"}]})
    options = {
        "name": f"{prefix}a",
        "networks": {name: {"ipv4_address": address} for name, address in names.items()},
    }
    if way == "run":
        output = await client.containers.run(IMAGE, ["ip", "addr"], remove=True, **options)
        assert all(f" {address}/" in output.decode() for address in names.values())
        return
    made = await client.containers.create(IMAGE, ["sleep", "1000"], **options)
    await made.start()
    networks = (await made.reload()).attrs["NetworkSettings"]["Networks"]
    assert {name: seen["IPAddress"] for name, seen in networks.items()} == names


async def test_a_network_that_cannot_be_joined_leaves_no_container(client, prefix):
    front = await client.networks.create(f"{prefix}front")
    with pytest.raises(errors.APIError, match=f"{prefix}missing"):
        await client.containers.run(IMAGE, ["true"], name=f"{prefix}a", networks=[front.name, f"{prefix}missing"])
    assert await client.containers.list(all=True, filters={"name": prefix}) == []
