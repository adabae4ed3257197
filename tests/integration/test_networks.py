"""Networks on real engines."""

from __future__ import annotations

import asyncio

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


async def test_a_vanished_container_is_disconnected_only_by_force(client, prefix):
    network = await client.networks.create(f"{prefix}net")
    with pytest.raises(errors.APIError):
        await network.disconnect(f"{prefix}nobody")


async def test_a_list_never_fails_while_networks_come_and_go(client, prefix):
    async def churn():
        for n in range(6):
            network = await client.networks.create(f"{prefix}{n}")
            await network.remove()

    task = asyncio.create_task(churn())
    lists = 0
    while not task.done():
        await client.networks.list(greedy=True)
        lists += 1
    await task
    assert lists > 1


async def test_prune_tells_what_it_removed(client, prefix):
    await client.networks.create(f"{prefix}net", labels={f"{prefix}mark": ""})
    pruned = await client.networks.prune(filters={"label": f"{prefix}mark"})
    assert pruned["NetworksDeleted"] == [f"{prefix}net"]
    again = await client.networks.prune(filters={"label": f"{prefix}mark"})
    assert again.get("NetworksDeleted") is None
