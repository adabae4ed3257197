"""Containers: the same steps with docker-py and with this library, on the same engine, with the same outcome."""

from __future__ import annotations

import re
from contextlib import suppress

import docker
import pytest

from aiodockerpy import errors
from tests.integration.parity import both, general, ours, same, theirs, without

pytestmark = pytest.mark.every_version

IMAGE = "busybox:1"
T = docker.types
MB = 1 << 20

# Every keyword with the shapes that docker-py takes. {prefix} is replaced by the test's own.
VALUES = {
    "auto_remove": [True, False],
    "blkio_weight": [300, 0],
    "blkio_weight_device": [[{"Path": "/dev/null", "Weight": 300}]],
    "cap_add": [["SYS_ADMIN", "NET_RAW"], []],
    "cap_drop": [["MKNOD"]],
    "cgroup_parent": ["/adp"],
    "cgroupns": ["host", "private"],
    "command": [["sleep", "5"], "sleep '1 0' x", "", []],
    "cpu_count": [1],
    "cpu_percent": [50],
    "cpu_period": [100_000, 0],
    "cpu_quota": [50_000, 0],
    "cpu_rt_period": [1000],
    "cpu_rt_runtime": [500],
    "cpu_shares": [512, 0],
    "cpuset_cpus": ["0", "0-1", ""],
    "cpuset_mems": ["0"],
    "detach": [True, False],
    "device_cgroup_rules": [["c 13:* rwm"]],
    "device_read_bps": [[{"Path": "/dev/null", "Rate": 1024}]],
    "device_read_iops": [[{"Path": "/dev/null", "Rate": 1024}]],
    "device_requests": [
        [T.DeviceRequest(driver="nvidia", count=-1, capabilities=[["gpu"]], options={"a": "b"})],
        [{"Driver": "x", "DeviceIDs": ["1"], "Capabilities": [["gpu", "y"]]}],
    ],
    "device_write_bps": [[{"Path": "/dev/null", "Rate": 1024}]],
    "device_write_iops": [[{"Path": "/dev/null", "Rate": 1024}]],
    "devices": [
        ["/dev/null", "/dev/null:/dev/x", "/dev/null:/dev/y:rw"],
        [{"PathOnHost": "/dev/null", "PathInContainer": "/dev/z", "CgroupPermissions": "r"}],
    ],
    "dns": [["1.1.1.1", "8.8.8.8"]],
    "dns_opt": [["ndots:2"]],
    "dns_search": [["example.com"]],
    "domainname": ["example.com"],
    "entrypoint": [["echo", "a b"], "echo 'a b' c", ""],
    "environment": [{"A": "b", "EMPTY": "", "BARE": None, "Ü": "ß"}, ["A=b", "BARE"], {}],
    "extra_hosts": [{"b": "1.2.3.4", "a": "4.3.2.1"}, ["a:1.2.3.4"], {"a": "host-gateway"}],
    "group_add": [["audio", 5], []],
    "healthcheck": [
        {"test": ["CMD", "true"], "interval": 10**9, "timeout": 2 * 10**9, "retries": 3, "start_period": 10**9},
        {"test": "exit 1"},
        {"test": ["NONE"]},
        T.Healthcheck(test="true", interval=10**9),
    ],
    "hostname": ["host"],
    "image": [],
    "init": [True, False],
    "init_path": [],  # no engine of today has it; docker-py refuses it too
    "lxc_conf": [],
    "ipc_mode": ["host", "private", "shareable", ""],
    "isolation": ["default", "hyperv"],
    "kernel_memory": [64 * MB],
    "labels": [{"a": "b", "c": ""}, ["x", "y"], {}],
    "links": [{"{prefix}other": "alias"}, [("{prefix}other", "alias")], {"{prefix}other": None}],
    "log_config": [
        {"type": "json-file", "config": {"max-size": "1m"}},
        T.LogConfig(type=T.LogConfig.types.JSON, config={"max-file": "2"}),
        T.LogConfig(type="none"),
        {"type": "nonsense"},
    ],
    "mac_address": ["02:42:ac:11:65:43", "nonsense"],
    "mem_limit": ["64m", 64 * MB, "0.5g", "67108864b", 0, "1 m"],
    "mem_reservation": ["32m"],
    "mem_swappiness": [10, 0],
    "memswap_limit": [-1],
    "mounts": [
        [T.Mount("/data", "{prefix}volume")],
        [T.Mount("/tmp/x", None, type="tmpfs", tmpfs_size=MB, tmpfs_mode=0o700)],
        [T.Mount("/b", "/tmp", type="bind", read_only=True, propagation="rprivate")],
        [
            T.Mount(
                "/v",
                "{prefix}v2",
                labels={"a": "b"},
                no_copy=True,
                driver_config=T.DriverConfig("local", {"type": "tmpfs", "device": "tmpfs"}),
            )
        ],
        [T.Mount("/c", "/no/such/folder", type="bind")],
        [{"Target": "/t", "Source": "/tmp", "Type": "bind", "ReadOnly": False}],
    ],
    "name": [],
    "nano_cpus": [500_000_000, 0],
    "network": ["host", "none", "{prefix}net", "no-such-network"],
    "network_disabled": [True, False],
    "network_mode": ["host", "none", "bridge", "container:{prefix}other"],
    "oom_kill_disable": [True, False],
    "oom_score_adj": [100, 0, -5, 5000],
    "pid_mode": ["host", "container:{prefix}other"],
    "pids_limit": [50, -1, 0],
    "platform": ["linux", "linux/amd64", "windows"],
    "ports": [
        {
            "80/tcp": 18080,
            81: None,
            "82/udp": ("127.0.0.1", 18082),
            83: ("127.0.0.1",),
            "84": [18084, 18085],
            "85/sctp": "18086",
        },
        {"80": [("127.0.0.1", 18081), ("127.0.0.1", 18082)]},
        {"80/tcp": {"HostIp": "127.0.0.1", "HostPort": "18087"}},
        {},
        {"x/tcp": 1},
    ],
    "privileged": [True, False],
    "publish_all_ports": [True, False],
    "read_only": [True, False],
    "restart_policy": [{"Name": "on-failure", "MaximumRetryCount": 5}, {"Name": "always"}, {"Name": "nonsense"}, {}],
    "runtime": ["runc", "no-such-runtime"],
    "security_opt": [["no-new-privileges"], ["seccomp=unconfined", "label=disable"]],
    "shm_size": ["32m", 16 * MB],
    "stdin_open": [True, False],
    "stop_signal": ["SIGINT", "nonsense"],
    "storage_opt": [{"size": "10g"}],
    "sysctls": [{"net.core.somaxconn": "1024", "net.ipv4.ip_forward": 1}],
    "tmpfs": [{"/run": "size=1m,uid=5", "/x": ""}, ["/run:size=1m", "/x"]],
    "tty": [True, False],
    "ulimits": [
        [T.Ulimit(name="nofile", soft=1024, hard=2048)],
        [{"Name": "nproc", "Soft": 10, "Hard": 20}],
        [{"Name": "nonsense", "Soft": 1}],
    ],
    "use_config_proxy": [True, False],
    "user": ["root", 0, "5:6", 1000],
    "userns_mode": ["host"],
    "uts_mode": ["host"],
    "version": ["1.30"],
    "volume_driver": ["local"],
    "volumes": [
        {"/tmp": {"bind": "/mnt", "mode": "ro"}, "{prefix}volume": {"bind": "/data", "mode": "rw"}},
        {"/tmp": {"bind": "/mnt", "ro": True}},
        {"/tmp": {"bind": "/mnt", "mode": "rw", "propagation": "rshared"}},
        ["/tmp:/mnt:ro", "{prefix}volume:/data", "/anonymous"],
        {"relative": {"bind": "not-absolute", "mode": "rw"}},
    ],
    "volumes_from": [["{prefix}other"], ["{prefix}other:ro"], "{prefix}other"],
    "working_dir": ["/tmp", "/made/by/the/engine"],
}

# Given is sent: where docker-py leaves out what is empty, the engine notes an empty list instead of none at all. It is the same
# to it, but for entrypoint and command, where empty takes away the image's own.
TAKES_AWAY = [("entrypoint", ""), ("command", "")]

# A keyword that went from the API is refused before anything is sent; docker-py sends it, and newer engines ignore it.
REFUSED = {"kernel_memory"}

VOLATILE = ("Hostname",)


def filled(value, prefix):
    """A value with the test's prefix in it; docker-py's types stay what they are."""
    if isinstance(value, str):
        return value.replace("{prefix}", prefix)
    if isinstance(value, dict):
        copy = {filled(key, prefix): filled(item, prefix) for key, item in value.items()}
        if type(value) is dict:
            return copy
        made = type(value).__new__(type(value))
        dict.update(made, copy)
        return made
    if isinstance(value, list | tuple):
        return type(value)(filled(item, prefix) for item in value)
    return value


@pytest.fixture
def docker_py(engine):
    """A docker-py client of the engine under test."""
    with_timeout = docker.DockerClient(engine.url, timeout=60)
    yield with_timeout
    with_timeout.close()


@pytest.fixture
def neighbours(docker_py, prefix):
    """What some values speak of: another container, a network."""
    docker_py.networks.create(f"{prefix}net")
    return docker_py.containers.run(
        IMAGE, ["sleep", "1000"], name=f"{prefix}other", detach=True, volumes=[f"{prefix}vo:/shared"]
    )


def configuration(attrs, keep_hostname):
    """What the engine made of the keywords."""
    config = attrs["Config"] if keep_hostname else without(attrs["Config"], *VOLATILE)
    networks = {
        name: without(endpoint, "MacAddress", "DNSNames")
        for name, endpoint in attrs["NetworkSettings"]["Networks"].items()
    }
    mounts = [
        without(mount, "Name", "Source") if re.search("[0-9a-f]{64}", mount.get("Source", "")) else mount
        for mount in attrs["Mounts"]
    ]
    return {
        "Config": config,
        "HostConfig": attrs["HostConfig"],
        "Networks": networks,
        "Mounts": sorted(mounts, key=lambda mount: mount["Destination"]),
        "Platform": attrs["Platform"],
        "Path": attrs["Path"],
        "Args": attrs["Args"],
    }


@same("ContainerCollection.create", *VALUES)
@same("ContainerCollection.run", *VALUES)
@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("keyword", VALUES)
async def test_a_keyword_makes_the_same_configuration(client, docker_py, prefix, driver_of_no_kind, keyword, request):
    if "{prefix}" in str(VALUES[keyword]):
        request.getfixturevalue("neighbours")
    keep_hostname = keyword == "hostname"
    for given in VALUES[keyword]:
        value = filled(given, prefix)
        before = repr(value)
        options = {"command": ["sleep", "1000"], keyword: value}

        async def make(options=options):
            return configuration(
                (await client.containers.create(IMAGE, name=f"{prefix}ours", **options)).attrs, keep_hostname
            )

        expected, found = await both(
            lambda options=options: configuration(
                docker_py.containers.create(IMAGE, name=f"{prefix}theirs", **filled(options, prefix)).attrs,
                keep_hostname,
            ),
            make,
        )
        for name in ("ours", "theirs"):
            with suppress(docker.errors.NotFound):
                docker_py.api.remove_container(f"{prefix}{name}", force=True, v=True)
        assert repr(value) == before  # nothing of the caller's is changed
        if (keyword, given) in TAKES_AWAY:
            continue
        if keyword in REFUSED and isinstance(found, tuple) and found[0] == "UnsupportedByEngine":
            assert isinstance(expected, dict)
            continue
        assert comparable(found) == comparable(general(expected)), (keyword, given)


def comparable(outcome):
    """An outcome with one name for both containers, and one way to say that there is nothing."""
    if isinstance(outcome, str):
        return outcome.replace("theirs", "ours")
    if isinstance(outcome, dict):
        found = {key: comparable(value) for key, value in outcome.items()}
        return {key: value for key, value in found.items() if value not in (None, [], {})}
    if isinstance(outcome, list | tuple):
        return [comparable(item) for item in outcome]
    return outcome


async def test_options_of_binds_are_told_from_their_targets(client, prefix):
    """docker-py takes what stands behind the source as a whole for the target, unless the mode is just ro or rw."""
    made = await client.containers.create(
        IMAGE, name=f"{prefix}a", volumes=["/tmp:/mnt:ro,z", f"{prefix}v:/data:nocopy"]
    )
    assert set(made.attrs["Config"]["Volumes"]) == {"/mnt", "/data"}


async def test_what_no_engine_has_is_refused(client, docker_py):
    with pytest.raises(docker.errors.InvalidVersion, match="init_path param is not supported"):
        docker_py.containers.create(IMAGE, init_path="/init")
    for options in ({"init_path": "/init"}, {"lxc_conf": {}}):
        with pytest.raises(errors.InvalidVersion, match="param is not supported"):
            await client.containers.create(IMAGE, **options)


@same("ContainerCollection.create", "networking_config")
@same("ContainerCollection.run", "networking_config")
async def test_settings_by_network(client, docker_py, neighbours, prefix):
    """docker-py: ``network`` with ``networking_config``."""
    endpoint = T.EndpointConfig("1.41", aliases=["www"], links={f"{prefix}other": "db"}, driver_opt={"a": "b"})
    options = {"network": f"{prefix}net", "networking_config": {f"{prefix}net": endpoint}}
    made = docker_py.containers.create(IMAGE, name=f"{prefix}theirs", **options)
    found = await client.containers.create(IMAGE, name=f"{prefix}ours", **options)
    mine, other = (
        without(attrs["NetworkSettings"]["Networks"], "DNSNames", "MacAddress")[f"{prefix}net"]
        for attrs in (found.attrs, made.attrs)
    )
    for seen in (mine, other):  # engines add the short id of the container
        seen["Aliases"] = [alias for alias in seen["Aliases"] or [] if alias == "www"]
    assert mine == other


async def test_settings_of_another_network_are_not_dropped(client, prefix, neighbours):
    """docker-py drops the whole ``networking_config`` if the network is not a key of it."""
    options = {"network": "bridge", "networking_config": {f"{prefix}net": T.EndpointConfig("1.41", aliases=["www"])}}
    found = await client.containers.create(IMAGE, name=f"{prefix}ours", **options)
    assert set(found.attrs["NetworkSettings"]["Networks"]) == {"bridge", f"{prefix}net"}
    assert "www" in found.attrs["NetworkSettings"]["Networks"][f"{prefix}net"]["Aliases"]


# ---- objects and their methods


async def test_attributes_are_equal(client, docker_py, neighbours, prefix):
    """The snapshot of an inspection, of a listing, and everything made of it."""
    other = docker_py.containers.get(f"{prefix}other")
    mine = await client.containers.get(f"{prefix}other")
    assert mine.attrs == other.attrs
    for name in ("id", "short_id", "name", "labels", "status", "health", "ports"):
        assert getattr(mine, name) == getattr(other, name), name
    assert (await mine.image).attrs == other.image.attrs
    [sparse] = await client.containers.list(filters={"name": f"{prefix}other"}, sparse=True)
    [listed] = docker_py.containers.list(filters={"name": f"{prefix}other"}, sparse=True)
    assert without(sparse.attrs, "Status") == without(listed.attrs, "Status")
    [full] = await client.containers.list(filters={"name": f"{prefix}other"})
    assert full.attrs == other.attrs


FILTERS = [
    {"name": "{prefix}other"},
    {"name": ["{prefix}other", "{prefix}nothing"]},
    {"status": "running", "name": "{prefix}"},
    {"label": ["a=b"], "name": "{prefix}"},
    {"network": "{prefix}net"},
    {"exited": 0, "name": "{prefix}"},
    {"no-such-filter": "x"},
]


@pytest.mark.parametrize("filters", FILTERS, ids=map(str, FILTERS))
async def test_lists_are_equal(client, docker_py, neighbours, prefix, filters):
    filters = filled(filters, prefix)
    docker_py.containers.create(IMAGE, name=f"{prefix}created", labels={"a": "b"})
    expected = theirs(
        lambda: sorted(container.id for container in docker_py.containers.list(all=True, filters=filters))
    )
    if expected and isinstance(expected, tuple):
        with pytest.raises(errors.InvalidArgument):  # told before anything is sent
            await client.containers.list(all=True, filters=filters)
        return
    assert sorted(container.id for container in await client.containers.list(all=True, filters=filters)) == expected


@same("ContainerCollection.list", "before", "since", "limit")
async def test_before_since_and_limit(client, docker_py, prefix):
    """docker-py sends these in a way that engines have ignored for long."""
    made = [docker_py.containers.create(IMAGE, name=f"{prefix}{n}").id for n in range(4)]
    filters = {"name": prefix}

    async def found(**options):
        return [container.id for container in await client.containers.list(all=True, filters=filters, **options)]

    assert await found() == made[::-1] == [c.id for c in docker_py.containers.list(all=True, filters=filters)]
    assert await found(before=f"{prefix}2") == [made[1], made[0]]
    assert await found(since=made[1]) == [made[3], made[2]]
    assert (
        await found(limit=2)
        == [made[3], made[2]]
        == [c.id for c in docker_py.containers.list(all=True, filters=filters, limit=2)]
    )
    assert filters == {"name": prefix}


STEPS = {
    "a missing container": (
        lambda c: c.containers.get("no-such-container"),
        lambda c: c.containers.get("no-such-container"),
    ),
    "a missing image": (
        lambda c: c.containers.create("no-such-image:1"),
        lambda c: c.containers.create("no-such-image:1"),
    ),
    "an id that is empty": (lambda c: c.containers.get(""), lambda c: c.containers.get("")),
}


@pytest.mark.parametrize("name", STEPS)
async def test_failures_are_equal(client, docker_py, name):
    step, our_step = STEPS[name]
    expected = theirs(lambda: step(docker_py))
    found = await ours(lambda: _awaited(our_step, client))
    if name == "an id that is empty":
        assert found[0] == expected[0] == "NullResource"
        return
    assert found == general(expected)


async def _awaited(step, client):
    return await step(client)


METHODS = {
    "remove while it runs": lambda c: c.remove(),
    "unpause": lambda c: c.unpause(),
    "kill by a signal that is none": lambda c: c.kill("NOSUCH"),
    "rename to nothing": lambda c: c.rename(""),
    "a missing archive": lambda c: c.get_archive("/no/such"),
    "an archive into nothing": lambda c: c.put_archive("/no/such", b""),
    "top": lambda c: c.top(),
    "top with arguments": lambda c: c.top(ps_args="-eo pid,comm"),
    "limits that contradict": lambda c: c.update(mem_limit="1m", memswap_limit="512k"),
    "limits": lambda c: c.update(cpu_shares=300),
}


@pytest.mark.parametrize("name", METHODS)
async def test_methods_have_equal_outcomes(client, docker_py, neighbours, prefix, name):
    step = METHODS[name]
    expected = theirs(lambda: step(docker_py.containers.get(f"{prefix}other")))
    container = await client.containers.get(f"{prefix}other")

    async def make():
        found = await step(container)
        return found.to_dict() if hasattr(found, "to_dict") else found

    found = await ours(make)
    if name.startswith("top") and isinstance(expected, dict):
        expected, found = ({**outcome, "Processes": len(outcome["Processes"])} for outcome in (expected, found))
    assert found == general(expected)


async def test_without_a_change_there_is_an_empty_list(client, docker_py, prefix):
    """docker-py returns None."""
    assert docker_py.containers.create(IMAGE, name=f"{prefix}a").diff() is None
    assert await (await client.containers.get(f"{prefix}a")).diff() == []


async def test_waiting_archives_and_images_are_equal(client, docker_py, prefix):
    made = docker_py.containers.run(IMAGE, ["sh", "-c", "echo 1 > /f; exit 3"], name=f"{prefix}a", detach=True)
    expected = made.wait()
    container = await client.containers.get(f"{prefix}a")
    assert (await container.wait()).to_dict() == expected
    assert [change.to_dict() for change in await container.diff()] == made.diff()
    bits, found = made.get_archive("/f")
    our_bits, our_found = await container.get_archive("/f")
    assert await our_bits == b"".join(bits)
    assert dict(our_found) == found
    assert await container.export() == b"".join(made.export())
    image, our_image = (
        made.commit(f"{prefix}theirs", "1", changes="ENV A=b"),
        await container.commit(f"{prefix}ours", "1", changes="ENV A=b"),
    )
    volatile = (
        "Id",
        "RepoTags",
        "Created",
        "Metadata",
        "ContainerConfig",
        "RootFS",
        "RepoDigests",
        "LastTagTime",
        "Descriptor",
        "GraphDriver",
    )
    assert without(our_image.attrs, *volatile) == without(image.attrs, *volatile)
