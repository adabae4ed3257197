"""Services, secrets, configs and nodes: every keyword of docker-py's makes the same specification, on private swarms."""

from __future__ import annotations

import asyncio

import docker
import pytest
import pytest_asyncio

import aiodockerpy
from tests.integration.parity import both, general, ours, plain, renamed, same, theirs, without
from tests.lab import rest
from tests.lab.private import PrivateEngine

IMAGE = "busybox:1"
T = docker.types
NOTHING = T.ServiceMode("replicated", 0)
SECOND = 10**9


@pytest.fixture(scope="module", params=["old", "middle", "new"])
def manager(request):
    """A private engine that is a swarm of its own."""
    engine = PrivateEngine(request.param)
    with asyncio.Runner() as runner:
        runner.run(engine.start())
    try:
        address = {"AdvertiseAddr": "127.0.0.1", "ListenAddr": "127.0.0.1:2377"}
        rest.ask(engine.url, "POST", "/swarm/init", value=address, timeout=60)
        for kind, name in (("secrets", "secret"), ("configs", "config")):
            rest.ask(engine.url, "POST", f"/{kind}/create", value={"Name": name, "Data": "eA=="})
        rest.ask(engine.url, "POST", "/networks/create", value={"Name": "backend", "Driver": "overlay"})
        yield engine
    finally:
        with asyncio.Runner() as runner:
            runner.run(engine.destroy())


@pytest.fixture
def docker_py(manager):
    """A docker-py client of the swarm's manager."""
    made = docker.DockerClient(manager.url, timeout=60)
    yield made
    for service in made.services.list():
        service.remove()
    made.close()


@pytest_asyncio.fixture
async def client(manager):
    """A client of the swarm's manager."""
    async with aiodockerpy.DockerClient(manager.url) as made:
        yield made


def reference(kind, client):
    """What names a secret or config in a service."""
    if kind == "secrets":
        return T.SecretReference(client.secrets.list()[0].id, "secret", filename="s", uid="5", gid="6", mode=0o440)
    return T.ConfigReference(client.configs.list()[0].id, "config", filename="/c", uid="5", gid="6", mode=0o440)


VALUES = {
    "args": [["-c", "x"]],
    "cap_add": [["CAP_NET_ADMIN"]],
    "cap_drop": [["CAP_CHOWN"]],
    "command": [["sleep", "1"], "sh -c 'a b'"],
    "configs": ["configs"],
    "constraints": [["node.role == manager"]],
    "container_labels": [{"c": "d"}],
    "dns_config": [T.DNSConfig(["1.1.1.1"], ["example.com"], ["ndots:3"])],
    "endpoint_spec": [
        T.EndpointSpec(mode="vip", ports={8080: 80, 5353: (53, "udp"), 9090: (90, "tcp", "host")}),
        T.EndpointSpec(mode="dnsrr"),
    ],
    "env": [["A=1"], {"A": "1", "B": None}],
    "groups": [["7"]],
    "healthcheck": [T.Healthcheck(test="true", interval=SECOND), {"test": ["NONE"]}],
    "hostname": ["h"],
    "hosts": [{"db": "10.0.0.1"}],
    "image": [IMAGE, "busybox"],
    "init": [True, False],
    "isolation": ["default"],
    "labels": [{"a": "b"}],
    "log_driver": ["json-file"],
    "log_driver_options": [{"max-size": "1m"}],
    "maxreplicas": [2],
    "mode": ["replicated", "global", T.ServiceMode("replicated", 2), T.ServiceMode("global")],
    "mounts": [
        ["data:/data:ro", "/tmp:/tmp2", "/anonymous"],
        [T.Mount("/t", None, type="tmpfs", tmpfs_size=1 << 20), T.Mount("/b", "/tmp", type="bind", read_only=True)],
    ],
    "name": [],
    "networks": [["backend"], [T.NetworkAttachmentConfig("backend", aliases=["www"], options={"a": "b"})]],
    "open_stdin": [True],
    "platforms": [[("x86_64", "linux")]],
    "preferences": [[("spread", "node.labels.zone")]],
    "privileges": [T.Privileges(selinux_user="u", selinux_disable=True)],
    "read_only": [True],
    "resources": [
        T.Resources(cpu_limit=SECOND, mem_limit=1 << 26, cpu_reservation=SECOND // 2, mem_reservation=1 << 25)
    ],
    "restart_policy": [T.RestartPolicy("on-failure", SECOND, 2, 3 * SECOND)],
    "rollback_config": [T.RollbackConfig(parallelism=1, delay=SECOND, order="start-first")],
    "secrets": ["secrets"],
    "stop_grace_period": [5 * SECOND],
    "stop_signal": ["SIGINT"],
    "sysctls": [{"net.core.somaxconn": "100"}],
    "tty": [True],
    "update_config": [T.UpdateConfig(2, SECOND, "pause", SECOND, 0.5, "start-first")],
    "user": ["1:2"],
    "workdir": ["/tmp"],
}


def given(keyword, value, docker_py):
    options = {"mode": NOTHING, keyword: value}
    if value in ("secrets", "configs"):
        options[keyword] = [reference(value, docker_py)]
    if keyword == "log_driver_options":
        options["log_driver"] = "json-file"
    if keyword == "mode":
        options["constraints"] = ["node.role == worker"]  # there is none
    return {"image": IMAGE, **options}


@same("ServiceCollection.create", *VALUES)
@pytest.mark.parametrize("keyword", VALUES)
async def test_a_keyword_makes_the_same_service(client, docker_py, keyword):
    for value in VALUES[keyword]:
        options = given(keyword, value, docker_py)
        before = repr(options)
        expected = theirs(lambda options=options: their_specs(docker_py, options))
        found = await ours(lambda options=options: our_specs(client, options))
        assert repr(options) == before
        assert comparable(found) == comparable(renamed(general(expected))), value
        assert isinstance(found, list)


def their_specs(docker_py, options):
    service = docker_py.services.create(name="theirs", **options)
    specs = [found.attrs["Spec"] for found in (service, docker_py.services.get("theirs", True))]
    service.remove()
    return specs


async def our_specs(client, options):
    service = await client.services.create(name="ours", **options)
    specs = [found.attrs["Spec"] for found in (service, await client.services.get("ours", insert_defaults=True))]
    await service.remove()
    return specs


def comparable(spec):
    """A specification without what is empty: given empty or not given at all is the same to the engine."""
    if isinstance(spec, dict):
        cleaned = {key: comparable(value) for key, value in spec.items()}
        return {key: value for key, value in cleaned.items() if value not in (None, {}, [])}
    return [comparable(item) for item in spec] if isinstance(spec, list) else spec


UPDATES = {
    **{name: values for name, values in VALUES.items() if name not in {"mode", "name", "networks"}},
    "mode": [T.ServiceMode("replicated", 0), {"Replicated": {"Replicas": 0}}],
    "networks": [["backend"]],
    "force_update": [True, 5],
    "fetch_current_spec": [True],
    "name": ["theirs"],
}


@same("Service.update", *UPDATES)
@pytest.mark.parametrize("keyword", UPDATES)
async def test_a_keyword_changes_the_same_of_a_service(client, docker_py, keyword):
    base = {"image": IMAGE, "mode": NOTHING, "labels": {"x": "y"}, "env": ["OLD=1"], "hostname": "old"}
    for value in UPDATES[keyword]:
        options = {
            name: item for name, item in given(keyword, value, docker_py).items() if name in {keyword, "log_driver"}
        }
        expected = theirs(lambda options=options: their_change(docker_py, base, options))
        found = await ours(lambda options=options: our_change(client, base, options))
        assert comparable(plain(found)) == comparable(renamed(general(expected))), value
        assert isinstance(found, list)


def their_change(docker_py, base, options):
    service = docker_py.services.create(name="theirs", **base)
    result = service.update(**options)
    spec = docker_py.services.get("theirs", True).attrs["Spec"]
    service.remove()
    return [result, spec]


async def our_change(client, base, options):
    service = await client.services.create(name="ours", **base)
    result = await service.update(**renamed(options) if "name" in options else options)
    spec = (await client.services.get("ours", insert_defaults=True)).attrs["Spec"]
    await service.remove()
    return [result, spec]


@same("Service.scale", "replicas")
@same("Service.force_update")
@same("Service.remove")
@same("Service.reload")
@same("Service.tasks", "filters")
@same("Service.logs", "details", "follow", "stdout", "stderr", "since", "timestamps", "tail")
@same("Service.id")
@same("Service.short_id")
@same("Service.name")
@same("Service.version")
@same("ServiceCollection.get", "service_id", "insert_defaults")
@same("ServiceCollection.list", "filters", "status")
async def test_the_life_of_a_service_is_the_same(client, docker_py):
    command = ["sh", "-c", "echo o1; echo e1 >&2; echo o2; exec sleep 1000"]
    other = docker_py.services.create(IMAGE, command, name="web", labels={"a": "b"})
    mine = await client.services.get("web")
    async with asyncio.timeout(60):
        while not any(task["Status"]["State"] == "running" for task in await mine.tasks()):
            await asyncio.sleep(0.1)
        while len((await mine.logs()).splitlines()) < 3:
            await asyncio.sleep(0.1)
    for name in ("id", "short_id", "name", "version"):
        assert getattr(mine, name) == getattr(other, name)
    assert repr(mine) == repr(other)
    for filters in (None, {"desired-state": "running"}, {"desired-state": "shutdown"}):
        found = {task["ID"] for task in await mine.tasks(filters=filters)}
        assert found == {task["ID"] for task in other.tasks(filters=dict(filters) if filters else None)}
    for options in (
        {"stdout": True},
        {"stderr": True},
        {"stdout": True, "stderr": True, "tail": 2},
        {"stdout": True, "since": 1, "timestamps": True},
        {"stdout": True, "since": 32503680000},
        {"stdout": True, "details": True},
        {"stdout": True, "follow": False},
    ):
        ours_options = {"stdout": False, "stderr": False, **options}
        written = b"".join(other.logs(**options))
        assert sorted((await mine.logs(**ours_options)).splitlines()) == sorted(written.splitlines()), options
    for options in (
        {},
        {"filters": {"name": "web"}},
        {"filters": {"label": "a=b"}, "status": True},
        {"filters": {"mode": "global"}},
    ):
        expected = [without(found.attrs, "UpdatedAt") for found in docker_py.services.list(**options)]
        assert [without(found.attrs, "UpdatedAt") for found in await client.services.list(**options)] == expected
    for key in ("web", mine.id, "nobody"):
        expected, found = await both(
            lambda key=key: docker_py.services.get(key, insert_defaults=True).attrs, lambda key=key: _attrs(client, key)
        )
        assert found == general(expected)
    other.reload()
    assert plain(await mine.scale(0)) == {"Warnings": None}
    await mine.force_update()
    other.reload()
    await mine.reload()
    assert mine.attrs == other.attrs
    assert mine.attrs["Spec"]["TaskTemplate"]["ForceUpdate"] == 1
    assert other.scale(0) == plain(await mine.scale(0))
    assert await mine.remove() is True
    assert await ours(mine.remove) == general(theirs(other.remove))
    assert await ours(mine.reload) == general(theirs(other.reload))


async def _attrs(client, key):
    return (await client.services.get(key, insert_defaults=True)).attrs


async def test_conflicting_changes_are_all_made(client):
    """Nine tasks change one service at once; docker-py fails with "update out of sequence"."""
    service = await client.services.create(IMAGE, ["sleep", "1000"], name="busy", mode=NOTHING, labels={})

    def add(label):
        def change(spec):
            spec.labels = {**(spec.labels or {}), label: "1"}

        return change

    await asyncio.gather(*(service.edit(add(f"l{number}")) for number in range(5)))
    await asyncio.gather(service.update(env=["A=1"]), service.update(hostname="h"), service.scale(0))
    spec = (await service.reload()).attrs["Spec"]
    assert set(spec["Labels"]) == {f"l{number}" for number in range(5)}
    assert spec["TaskTemplate"]["ContainerSpec"]["Env"] == ["A=1"]
    assert spec["TaskTemplate"]["ContainerSpec"]["Hostname"] == "h"
    await service.remove()


NEW = {
    "secrets": [
        {"data": b"x", "labels": {"a": "b"}},
        {"data": "text"},
        {"data": b"x", "driver": T.DriverConfig("no-such-driver")},
        {"data": b"x" * 600_000},
    ],
    "configs": [
        {"data": b"x", "labels": {"a": "b"}},
        {"data": "text", "templating": {"Name": "golang"}},
        {"data": b"x" * 2_000_000},
    ],
}


@same("SecretCollection.create", "name", "data", "labels", "driver")
@same("SecretCollection.get", "secret_id")
@same("SecretCollection.list", "filters")
@same("Secret.id")
@same("Secret.short_id")
@same("Secret.name")
@same("Secret.reload")
@same("Secret.remove")
@same("ConfigCollection.create", "name", "data", "labels", "templating")
@same("ConfigCollection.get", "config_id")
@same("ConfigCollection.list", "filters")
@same("Config.id")
@same("Config.short_id")
@same("Config.name")
@same("Config.reload")
@same("Config.remove")
@pytest.mark.parametrize("kind", NEW)
async def test_secrets_and_configs_are_the_same(client, docker_py, kind):
    their_kind, our_kind = getattr(docker_py, kind), getattr(client, kind)
    for options in NEW[kind]:
        expected, found = await both(
            lambda options=options: their_kind.create(name="theirs", **options),
            lambda options=options: our_kind.create(name="ours", **options),
        )
        if isinstance(expected, tuple):
            assert found == renamed(general(expected))
            continue
        expected.reload()  # docker-py's has an id and a name only
        assert comparable(found.attrs["Spec"]) == comparable(renamed(expected.attrs["Spec"]))
        assert repr(found) == renamed(repr(expected))
        again = their_kind.get(found.id)
        assert (found.attrs, found.id, found.short_id, found.name) == (
            again.attrs,
            again.id,
            again.short_id,
            again.name,
        )
        for filters in ({"name": "ours"}, {"label": "a=b"}, None):
            assert [one.attrs for one in await our_kind.list(filters=filters)] == [
                one.attrs for one in their_kind.list(filters=filters)
            ]
        expected_failure, failure = await both(
            lambda: their_kind.create(name="theirs", data=b"x"), lambda: our_kind.create(name="ours", data=b"x")
        )
        assert failure == renamed(general(expected_failure))
        await found.reload()
        assert await found.remove() is expected.remove() is True
        removed = await both(lambda again=again: again.remove(), found.remove)
        assert removed[1] == general(removed[0])
        assert await ours(found.reload) == general(theirs(again.reload))


@same("NodeCollection.get", "node_id")
@same("NodeCollection.list", "filters")
@same("Node.id")
@same("Node.short_id")
@same("Node.version")
@same("Node.reload")
@same("Node.update", "node_spec")
@same("Node.remove", "force")
async def test_nodes_are_the_same(client, docker_py):
    for filters in (None, {"role": "manager"}, {"role": "worker"}, {"name": "nobody"}):
        assert [node.id for node in await client.nodes.list(filters=filters)] == [
            node.id for node in docker_py.nodes.list(filters=filters)
        ]
    [other] = docker_py.nodes.list()
    mine = await client.nodes.get(other.id)
    assert (mine.id, mine.short_id, mine.version, repr(mine)) == (other.id, other.short_id, other.version, repr(other))
    spec = {"Availability": "active", "Role": "manager", "Labels": {"rack": str(other.version)}}
    assert await mine.update(spec) is True
    await mine.reload()
    assert mine.version > other.version
    other.reload()
    assert mine.attrs["Spec"] == other.attrs["Spec"] == spec
    for options in ({}, {"force": True}):
        expected, found = await both(
            lambda options=options: other.remove(**options), lambda options=options: mine.remove(**options)
        )
        assert found == general(expected)
    expected, found = await both(lambda: docker_py.nodes.get("nobody"), lambda: client.nodes.get("nobody"))
    assert found == general(expected)
