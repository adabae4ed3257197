"""What is made with `aiodockerpy.types` equals what docker-py makes with `docker.types`, on the same engine."""

from __future__ import annotations

import asyncio

import docker
import docker.types
import pytest

import aiodockerpy
from aiodockerpy import errors, models, types, utils
from tests.integration.parity import without
from tests.lab.private import PrivateEngine

pytestmark = pytest.mark.every_version

IMAGE = "busybox:1"
COMMAND = ["sleep", "1000"]


@pytest.fixture
def docker_py(engine):
    client = docker.DockerClient(engine.url)
    yield client
    client.close()


CONTAINERS = {
    "mounts": lambda t, prefix: {
        "mounts": [
            t.Mount("/a", f"{prefix}volume", no_copy=True, labels={"x": "y"}),
            t.Mount("/b", "/etc", "bind", read_only=True, propagation="rprivate"),
            t.Mount("/c", None, "tmpfs", tmpfs_size="1m", tmpfs_mode=0o1777),
            t.Mount("/d", None, driver_config=t.DriverConfig("local", {"type": "tmpfs", "device": "tmpfs"})),
        ]
    },
    "short_mounts": lambda t, prefix: {
        "mounts": [t.Mount.parse_mount_string(text) for text in ("/e", "/etc:/f:ro", f"{prefix}volume:/g")]
    },
    "limits": lambda t, prefix: {
        "ulimits": [t.Ulimit(name="nofile", soft=100, hard=200), t.Ulimit(Name="core", Soft=0)]
    },
    "log_config": lambda t, prefix: {"log_config": t.LogConfig(type=t.LogConfig.types.JSON, config={"max-size": "1m"})},
    "devices": lambda t, prefix: {
        "device_requests": [t.DeviceRequest(count=-1, capabilities=[["gpu"]]), t.DeviceRequest(device_ids=["0"])]
    },
    "health": lambda t, prefix: {"healthcheck": t.Healthcheck(test="exit 0", interval=10**9, retries=2)},
}


@pytest.mark.parametrize("name", CONTAINERS)
async def test_containers(client, docker_py, prefix, name):
    await client.volumes.create(f"{prefix}volume")
    theirs = docker_py.containers.create(IMAGE, COMMAND, **CONTAINERS[name](docker.types, prefix))
    ours = await client.containers.create(IMAGE, COMMAND, **CONTAINERS[name](types, prefix))
    try:
        assert settings(ours.attrs) == settings(theirs.attrs)
    finally:
        theirs.remove(v=True)
        await ours.remove(v=True)


def settings(attrs):
    """What a container was told, without what differs between any two; volumes without a name are made by the engine."""
    return without({"Config": attrs["Config"], "HostConfig": attrs["HostConfig"]}, "Hostname")


def networks(t, number):
    """Keywords of a network, its addresses from a range of its own."""
    pool = t.IPAMPool(
        f"10.214.{number}.0/24", f"10.214.{number}.128/25", f"10.214.{number}.1", {"aux": f"10.214.{number}.9"}
    )
    return {"driver": "bridge", "ipam": t.IPAMConfig("default", [pool], {"a": "b"})}


async def test_networks_and_what_is_connected_to_them(client, docker_py, prefix):
    theirs = docker_py.networks.create(f"{prefix}a", **networks(docker.types, 1))
    ours = await client.networks.create(f"{prefix}b", **networks(types, 2))
    assert shifted(ours.attrs["IPAM"]) == theirs.attrs["IPAM"]

    def connected(t, name, number):
        endpoint = t.EndpointConfig("1.41", ["web"], None, f"10.214.{number}.130", driver_opt={"k": "v"})
        return {"network": name, "networking_config": {name: endpoint}}

    one = docker_py.containers.create(IMAGE, COMMAND, name=f"{prefix}1", **connected(docker.types, theirs.name, 1))
    two = await client.containers.create(IMAGE, COMMAND, name=f"{prefix}2", **connected(types, ours.name, 2))
    assert two.attrs["HostConfig"]["NetworkMode"] == ours.name
    mine, other = (found.attrs["NetworkSettings"]["Networks"] for found in (two, one))
    ignored = ("NetworkID", "DNSNames", "MacAddress")
    assert shifted(without(mine[ours.name], *ignored)) == without(other[theirs.name], *ignored) | {
        "Aliases": [two.short_id if alias == one.short_id else alias for alias in other[theirs.name]["Aliases"]]
    }


def shifted(value):
    """The second network's addresses as the first one's."""
    if isinstance(value, dict):
        return {key: shifted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shifted(item) for item in value]
    return value.replace("10.214.2.", "10.214.1.") if isinstance(value, str) else value


def request(t, make):
    """A whole create request, its parts from one types module."""
    return make(
        host_config=t.HostConfig(
            "1.41",
            binds={"/etc": {"bind": "/b", "mode": "ro"}},
            port_bindings={80: ("127.0.0.1", 0)},
            mem_limit="64m",
            cap_add=["NET_ADMIN"],
            log_config=t.LogConfig(type="json-file"),
        ),
        environment={"A": "b", "C": None},
        volumes=["/v"],
        ports=[80, (53, "udp")],
        labels=["x"],
        stop_signal="SIGKILL",
        healthcheck=t.Healthcheck(test=["NONE"]),
        networking_config=t.NetworkingConfig({"bridge": t.EndpointConfig("1.41")}),
        user=1000,
        stdin_open=True,
    )


async def test_whole_requests(client, docker_py, prefix):
    made = docker_py.api.create_container_from_config(
        request(docker.types, lambda **options: docker.types.ContainerConfig("1.41", IMAGE, "sleep 1000", **options)),
        f"{prefix}theirs",
    )
    answer = await client.api.containers.create(
        request(types, lambda **options: types.ContainerConfig("1.41", IMAGE, "sleep 1000", **options)),
        name=f"{prefix}ours",
    )
    ours = await client.containers.get(answer["Id"])
    assert settings(ours.attrs) == settings(docker_py.api.inspect_container(made["Id"]))


async def test_files_of_variables_are_read_as_by_the_cli(client, docker_cli, prefix, tmp_path, monkeypatch):
    monkeypatch.setenv("ADP_KNOWN", "from here")
    file = tmp_path / "env"
    file.write_bytes(
        b"\xef\xbb\xbfA=1\n# no\n  B= two words \nC='quoted'\nD=\r\nADP_KNOWN\nADP_NOTHING\nG=a=b\n\tH=x # kept\n"
    )
    await docker_cli.run("create", "--name", f"{prefix}cli", "--env-file", str(file), IMAGE)
    ours = await client.containers.create(IMAGE, name=f"{prefix}ours", environment=utils.parse_env_file(file))
    theirs = await client.containers.get(f"{prefix}cli")
    assert sorted(ours.attrs["Config"]["Env"]) == sorted(theirs.attrs["Config"]["Env"])
    for line in ("=x", "A B=x"):
        file.write_text(line)
        with pytest.raises(errors.InvalidArgument):
            utils.parse_env_file(file)
        status, _, _ = await docker_cli.run("create", "--env-file", str(file), IMAGE, check=False)
        assert status != 0


SERVICES = {
    "endpoint_spec": lambda t, ids: {"endpoint_spec": t.EndpointSpec("vip", {18080: 80, 15353: (53, "udp", "host")})},
    "mode": lambda t, ids: {"mode": t.ServiceMode("replicated", 0)},
    "global": lambda t, ids: {"mode": t.ServiceMode("global")},
    "resources": lambda t, ids: {
        "mode": t.ServiceMode("replicated", 0),
        "resources": t.Resources(5 * 10**8, 2**26, 10**8, 2**25, {"SSD": 2, "GPU": "UUID1"}),
    },
    "policies": lambda t, ids: {
        "mode": t.ServiceMode("replicated", 0),
        "restart_policy": t.RestartPolicy(t.RestartPolicy.condition_types.ON_FAILURE, 10**9, 3, 10**10),
        "update_config": t.UpdateConfig(2, 10**9, "rollback", 10**9, 0.5, "start-first"),
        "rollback_config": t.RollbackConfig(parallelism=1, failure_action="pause"),
    },
    "container": lambda t, ids: {
        "mode": t.ServiceMode("replicated", 0),
        "mounts": [t.Mount("/a", "data", labels={"x": "y"}), "/etc:/b:ro"],
        "healthcheck": t.Healthcheck(test="exit 0", interval=10**9),
        "dns_config": t.DNSConfig(["10.0.0.1"], ["example.com"], ["ndots:3"]),
        "privileges": t.Privileges(selinux_disable=True),
        "secrets": [t.SecretReference(ids["secret"], "secret", "token", "7", "8", 0o400)],
        "configs": [t.ConfigReference(ids["config"], "config", "/etc/x")],
        "networks": ["over", t.NetworkAttachmentConfig("other", ["alias"], {"k": "v"})],
        "preferences": [t.PlacementPreference("spread", "node.labels.zone")],
    },
}


@pytest.mark.parametrize("role", ["old", "middle", "new"])
async def test_services_and_swarms(role):
    async with PrivateEngine(role) as engine, aiodockerpy.DockerClient(engine.url) as client:
        py = await asyncio.to_thread(docker.DockerClient, engine.url)
        try:
            await client.swarm.init(advertise_addr="127.0.0.1", listen_addr="127.0.0.1:2377")
            ids = {
                "secret": (await client.secrets.create(name="secret", data=b"x")).id,
                "config": (await client.configs.create(name="config", data=b"x")).id,
            }
            for name in ("over", "other"):
                await client.networks.create(name, driver="overlay")
            for name in SERVICES:
                await same_service(client, py, name, ids)
            await same_template(client, py)
            await same_swarm(client, py)
            await client.swarm.leave(force=True)
        finally:
            py.close()


async def same_service(client, py, name, ids):
    theirs = py.services.create(IMAGE, COMMAND, name=f"theirs-{name}", **SERVICES[name](docker.types, ids))
    specification = theirs.attrs["Spec"]
    theirs.remove()  # its ports are wanted
    ours = await client.services.create(IMAGE, COMMAND, name=f"ours-{name}", **SERVICES[name](types, ids))
    assert ours.attrs["Spec"] == {**specification, "Name": f"ours-{name}"}
    await ours.remove()


def template(t):
    """A template of tasks, its parts from one types module."""
    return t.TaskTemplate(
        t.ContainerSpec(IMAGE, "sleep 1000", env={"A": 1}, labels={"l": "m"}, tty=True, hosts={"db": "10.0.0.1"}),
        t.Resources(mem_limit=2**26),
        t.RestartPolicy("any"),
        ["node.role == manager"],
        t.DriverConfig("json-file", {"max-size": "1m"}),
        ["over"],
        2,
    )


async def same_template(client, py):
    made = py.api.create_service(template(docker.types), "theirs", mode=docker.types.ServiceMode("replicated-job", 2))
    theirs = py.api.inspect_service(made["ID"])["Spec"]
    answer = await client.api.services.create(
        models.ServiceCreateRequest(
            name="ours", task_template=template(types), mode=types.ServiceMode("replicated-job", 2)
        )
    )
    ours = (await client.services.get(answer["ID"])).attrs["Spec"]
    assert ours == {**theirs, "Name": "ours"}


async def same_swarm(client, py):
    settings = {
        "task_history_retention_limit": 3,
        "dispatcher_heartbeat_period": 6 * 10**9,
        "node_cert_expiry": 10**15,
        "log_driver": {"Name": "json-file"},
        "name": "default",
        "labels": {"a": "b"},
    }
    now = await client.api.swarm.inspect()
    await client.api.swarm.update(types.SwarmSpec("1.41", **settings), version=now["Version"]["Index"])
    ours = await client.api.swarm.inspect()
    py.api.update_swarm(ours["Version"]["Index"], docker.types.SwarmSpec("1.41", **settings))
    assert ours.to_dict()["Spec"] == py.api.inspect_swarm()["Spec"]
