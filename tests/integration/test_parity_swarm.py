"""A swarm of one node: the same steps with docker-py and with this library, on a private engine."""

from __future__ import annotations

import asyncio
from base64 import b64decode

import docker
import pytest

import aiodockerpy
from aiodockerpy import errors
from aiodockerpy.resources.swarm import SwarmOptions
from tests.integration.parity import both, general, ours, same, theirs, without
from tests.lab.private import PrivateEngine

T = docker.types
ADDRESS = {"advertise_addr": "127.0.0.1", "listen_addr": "127.0.0.1:2377"}

EVERYTHING = {
    **ADDRESS,
    "force_new_cluster": False,
    "default_addr_pool": ["10.20.0.0/16"],
    "subnet_size": 26,
    "data_path_addr": "127.0.0.1",
    "data_path_port": 4790,
    "task_history_retention_limit": 3,
    "snapshot_interval": 5000,
    "keep_old_snapshots": 1,
    "log_entries_for_slow_followers": 600,
    "heartbeat_tick": 1,
    "election_tick": 11,
    "dispatcher_heartbeat_period": 6 * 10**9,
    "node_cert_expiry": 7200 * 10**9,
    "external_ca": T.SwarmExternalCA("https://127.0.0.1:1", protocol="cfssl"),
    "labels": {"a": "b"},
    "autolock_managers": True,
    "log_driver": T.DriverConfig("json-file", {"max-size": "1m"}),
}
CHANGES = {
    **{name: value for name, value in EVERYTHING.items() if name in SwarmOptions.__annotations__},
    "autolock_managers": False,
    "external_cas": [T.SwarmExternalCA("https://127.0.0.1:2", protocol="cfssl", options={"a": "b"})],
    "ca_force_rotate": 0,
    "name": "another",
    "signing_ca_cert": "nonsense",
    "signing_ca_key": "nonsense",
}


@same("Swarm.init", *EVERYTHING, *CHANGES)
@same("Swarm.update", *CHANGES, "rotate_worker_token", "rotate_manager_token", "rotate_manager_unlock_key")
@same("Swarm.join", "remote_addrs", "join_token", "listen_addr", "advertise_addr", "data_path_addr")
@same("Swarm.leave", "force")
@same("Swarm.unlock", "key")
@same("Swarm.get_unlock_key")
@same("Swarm.reload")
@same("Swarm.id")
@same("Swarm.short_id")
@same("Swarm.version")
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
            await settings(client, py)
            await changes(client, py)
        finally:
            py.close()


async def settings(client, py):
    """Every keyword makes the same swarm."""
    before = repr(EVERYTHING)
    assert py.swarm.init(**EVERYTHING)
    expected = py.swarm.attrs
    assert len(py.swarm.get_unlock_key()["UnlockKey"]) > 20
    py.swarm.leave(force=True)
    assert await client.swarm.init(**EVERYTHING)
    assert repr(EVERYTHING) == before
    found = client.swarm.attrs
    volatile = ("ID", "Version", "CreatedAt", "UpdatedAt", "TLSInfo", "JoinTokens")
    assert without(found, *volatile) == without(expected, *volatile)
    assert len((await client.swarm.get_unlock_key())["UnlockKey"]) > 20


async def changes(client, py):
    """docker-py puts what is not given back to its default: only what is given is compared."""
    for name, value in CHANGES.items():
        found = await ours(lambda name=name, value=value: client.swarm.update(**{name: value}))
        mine = (await client.swarm.reload()).attrs["Spec"]
        expected = theirs(lambda name=name, value=value: py.swarm.update(**{name: value}))
        assert found == general(expected), name
        other = py.swarm.attrs["Spec"]
        part, key = PARTS.get(name, ("Raft", ""))
        key = key or "".join(word.capitalize() for word in name.split("_"))
        assert mine.get(part, {}).get(key) == other.get(part, {}).get(key), name
    for rotate in ({"rotate_manager_token": True}, {"rotate_manager_unlock_key": True}):
        assert await client.swarm.update(**rotate) is py.swarm.update(**rotate) is True
    for options in (
        {},
        {"listen_addr": "127.0.0.1:2377", "advertise_addr": "127.0.0.1", "data_path_addr": "127.0.0.1"},
    ):
        arguments = {"remote_addrs": ["127.0.0.1:1"], "join_token": "SWMTKN-1-x", **options}
        expected, found = await both(
            lambda arguments=arguments: py.swarm.join(**arguments),
            lambda arguments=arguments: client.swarm.join(**arguments),
        )
        assert found == general(expected)
    for key in ("nonsense", {"UnlockKey": "nonsense"}):
        expected, found = await both(lambda key=key: py.swarm.unlock(key), lambda key=key: client.swarm.unlock(key))
        assert found == general(expected)
    expected, found = await both(py.swarm.leave, client.swarm.leave)
    assert found == general(expected)
    assert await client.swarm.leave(force=True) is True


PARTS = {
    "task_history_retention_limit": ("Orchestration", ""),
    "dispatcher_heartbeat_period": ("Dispatcher", "HeartbeatPeriod"),
    "node_cert_expiry": ("CAConfig", ""),
    "external_ca": ("CAConfig", "ExternalCAs"),
    "external_cas": ("CAConfig", "ExternalCAs"),
    "labels": ("Labels", "a"),
    "autolock_managers": ("EncryptionConfig", "AutoLockManagers"),
    "log_driver": ("TaskDefaults", "LogDriver"),
}


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
