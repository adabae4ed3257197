"""Services as objects: the same steps with docker-py and with this library, on private engines."""

from __future__ import annotations

import asyncio

import docker
import pytest
from docker import types

import aiodockerpy
from tests.integration.parity import ours, theirs, without
from tests.lab.private import PrivateEngine

COMMAND = ["sh", "-c", "echo out; exec sleep 1000"]
OPTIONS = {
    "args": ["x"],
    "cap_add": ["NET_ADMIN"],
    "cap_drop": ["CHOWN"],
    "constraints": ["node.role == manager"],
    "container_labels": {"c": "d"},
    "env": {"A": "1"},
    "groups": ["7"],
    "hostname": "h",
    "hosts": {"db": "10.0.0.1"},
    "init": True,
    "labels": {"a": "b"},
    "log_driver": "json-file",
    "log_driver_options": {"max-size": "1m"},
    "maxreplicas": 3,
    "mode": "replicated",
    "mounts": ["data:/data:ro"],
    "open_stdin": True,
    "preferences": [("spread", "node.labels.zone")],
    "read_only": True,
    "resources": types.Resources(mem_limit=2**26),
    "restart_policy": types.RestartPolicy("on-failure", 10**9, 2, 3 * 10**9),
    "rollback_config": types.RollbackConfig(parallelism=1),
    "stop_grace_period": 10**9,
    "stop_signal": "SIGKILL",
    "sysctls": {"net.core.somaxconn": "100"},
    "update_config": types.UpdateConfig(parallelism=1, order="start-first"),
    "user": "0",
    "workdir": "/tmp",
}


@pytest.mark.parametrize("role", ["old", "middle", "new"])
async def test_the_life_of_a_service(role):
    async with PrivateEngine(role) as engine, aiodockerpy.DockerClient(engine.url) as client:
        py = await asyncio.to_thread(docker.DockerClient, engine.url)
        try:
            await client.swarm.init(advertise_addr="127.0.0.1", listen_addr="127.0.0.1:2377")
            await same_specification(client, py)
            await updated(client, py)
            await scaled(client)
            await client.swarm.leave(force=True)
        finally:
            py.close()


async def same_specification(client, py):
    mine = await client.services.create("busybox:1", COMMAND, name="mine", **OPTIONS)
    other = py.services.create("busybox:1", COMMAND, name="theirs", **OPTIONS)
    assert without(mine.attrs["Spec"], "Name") == without(other.attrs["Spec"], "Name")
    assert mine.name == "mine"
    seen = py.services.get("mine")
    await mine.reload()
    assert without(mine.attrs, "UpdatedAt") == without(seen.attrs, "UpdatedAt")
    assert (mine.id, mine.short_id, repr(mine)) == (seen.id, seen.short_id, repr(seen))
    assert {found.name for found in await client.services.list()} == {"mine", "theirs"}
    assert await ours(lambda: client.services.create("busybox:1", name="mine")) == theirs(
        lambda: py.services.create("busybox:1", name="mine")
    )
    assert await mine.remove() is True
    assert await ours(mine.reload) == theirs(lambda: py.services.get(seen.id))
    other.remove()


async def updated(client, py):
    service = await client.services.create("busybox:1", COMMAND, name="web", env=["A=1"], labels={"a": "b"})
    before = service.attrs["Spec"]
    await service.update(env=iter(["A=2"]))
    await service.force_update()
    await service.reload()
    task = service.attrs["Spec"]["TaskTemplate"]
    assert task["ContainerSpec"]["Env"] == ["A=2"]
    assert task["ForceUpdate"] == 1
    assert without(service.attrs["Spec"], "Env", "ForceUpdate") == without(before, "Env", "ForceUpdate")
    async with asyncio.timeout(60):
        while not any(found["Status"]["State"] == "running" for found in await service.tasks()):
            await asyncio.sleep(0.2)
        while not (written := await service.logs()):
            await asyncio.sleep(0.2)
    assert set(written.split()) == {b"out"}
    assert {found["ID"] for found in await service.tasks()} == {found["ID"] for found in py.services.get("web").tasks()}


async def scaled(client):
    service = await client.services.get("web")
    await service.scale(0)
    await service.reload()
    assert service.attrs["Spec"]["Mode"] == {"Replicated": {"Replicas": 0}}
    everywhere = await client.services.create("busybox:1", COMMAND, name="all", mode="global")
    assert await ours(lambda: everywhere.scale(2)) == ("InvalidArgument", "Cannot scale a global container", None)
    for found in await client.services.list():
        await found.remove()
