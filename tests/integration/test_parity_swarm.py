"""A swarm of one node: the same steps with docker-py and with this library, on a private engine."""

from __future__ import annotations

import asyncio
from base64 import b64decode

import docker
import pytest

import aiodockerpy
from aiodockerpy import errors
from tests.integration.parity import ours, theirs, without
from tests.lab.private import PrivateEngine

ADDRESS = {"advertise_addr": "127.0.0.1", "listen_addr": "127.0.0.1:2377"}


@pytest.mark.parametrize("role", ["old", "middle", "new"])
async def test_a_swarm(role):
    async with PrivateEngine(role, busybox=False) as engine, aiodockerpy.DockerClient(engine.url) as client:
        py = await asyncio.to_thread(docker.DockerClient, engine.url)
        try:
            await outside(client, py)
            assert await client.swarm.init(**ADDRESS, snapshot_interval=5000, labels={"a": "b"})
            await inside(client, py)
            await nodes(client, py)
            await secrets(client, py)
            await configs(client, py)
            assert await client.swarm.leave(force=True) is True
        finally:
            py.close()


async def outside(client, py):
    assert await ours(client.swarm.reload) == theirs(lambda: py.api.inspect_swarm())
    assert await ours(client.nodes.list) == theirs(py.nodes.list)
    assert await ours(client.secrets.list) == theirs(py.secrets.list)
    assert await client.swarm.leave(force=True) is py.swarm.leave(force=True) is True
    assert repr(client.swarm) == "<Swarm: not loaded>"
    with pytest.raises(errors.ServiceUnavailable):
        await client.swarm.leave()


async def inside(client, py):
    assert client.swarm.attrs == py.swarm.attrs
    assert (client.swarm.id, client.swarm.version) == (py.swarm.id, py.swarm.version)
    before = client.swarm.attrs
    assert await client.swarm.update(rotate_worker_token=True, task_history_retention_limit=7) is True
    assert client.swarm.attrs is before
    await client.swarm.reload()
    after = client.swarm.attrs
    assert after == py.swarm.attrs
    assert after["JoinTokens"]["Worker"] != before["JoinTokens"]["Worker"]
    assert after["JoinTokens"]["Manager"] == before["JoinTokens"]["Manager"]
    assert after["Spec"]["Orchestration"] == {"TaskHistoryRetentionLimit": 7}
    assert without(after["Spec"], "Orchestration") == without(before["Spec"], "Orchestration")
    assert (await client.swarm.get_unlock_key())["UnlockKey"] == py.swarm.get_unlock_key()["UnlockKey"] or ""
    assert await ours(lambda: client.swarm.init(**ADDRESS)) == theirs(lambda: py.swarm.init(**ADDRESS))


async def nodes(client, py):
    [mine], [other] = await client.nodes.list(), py.nodes.list()
    assert (mine.id, mine.short_id, mine.version) == (other.id, other.short_id, other.version)
    assert mine.attrs == other.attrs
    spec = {"Availability": "active", "Role": "manager", "Labels": {"rack": "1"}}
    assert await mine.update(spec) is True
    await mine.reload()
    other.reload()
    assert mine.attrs == other.attrs
    assert mine.attrs["Spec"] == spec
    assert await ours(lambda: client.nodes.get("nobody")) == theirs(lambda: py.nodes.get("nobody"))
    assert await ours(mine.remove) == theirs(other.remove)


async def secrets(client, py):
    made = await client.secrets.create(name="mine", data=b"s3cret", labels={"a": "b"})
    theirs_made = py.secrets.create(name="theirs", data=b"s3cret", labels={"a": "b"})
    assert made.attrs == py.secrets.get(made.id).attrs
    assert repr(made) == repr(py.secrets.get(made.id)) == "<Secret: 'mine'>"
    both = [(await client.secrets.get(id)).attrs["Spec"] for id in (made.id, theirs_made.id)]
    assert without(both[0], "Name") == without(both[1], "Name")
    listed = await client.secrets.list(filters={"name": "mine"})
    assert [found.attrs for found in listed] == [found.attrs for found in py.secrets.list(filters={"name": "mine"})]
    assert await ours(lambda: client.secrets.create(name="mine", data=b"x")) == theirs(
        lambda: py.secrets.create(name="mine", data=b"x")
    )
    assert await made.remove() is True
    assert await ours(lambda: client.secrets.get(made.id)) == theirs(lambda: py.secrets.get(made.id))


async def configs(client, py):
    made = await client.configs.create(name="mine", data="plain", labels={"a": "b"}, templating={"Name": "golang"})
    assert made.attrs == py.configs.get(made.id).attrs
    assert b64decode(made.attrs["Spec"]["Data"]) == b"plain"
    assert (made.name, made.attrs["Spec"]["Templating"]) == ("mine", {"Name": "golang"})
    assert repr(made) == repr(py.configs.get(made.id))
    assert [found.attrs for found in await client.configs.list()] == [found.attrs for found in py.configs.list()]
    assert await made.remove() is True
    assert await ours(made.remove) == theirs(lambda: py.configs.get(made.id))
