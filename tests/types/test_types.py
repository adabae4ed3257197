"""docker-py's constructors: the same arguments make the same JSON."""

from __future__ import annotations

import copy
import inspect
import pickle

import docker.types
import pytest

from aiodockerpy import errors, models, types
from aiodockerpy.errors import InvalidArgument
from aiodockerpy.models._base import to_wire
from tests.together import together

DRIVER = {"name": "local", "options": {"size": "1m"}}
NUMBERS = {"parallelism": 2, "delay": 10, "monitor": 20, "max_failure_ratio": 0.5}
VERSIONED = {"ContainerConfig", "EndpointConfig", "HostConfig", "SwarmSpec"}

# Type, positional arguments, keywords.
CALLS = [
    ("LogConfig", (), {}),
    ("LogConfig", (), {"type": "json-file", "config": {"max-size": "1m"}}),
    ("LogConfig", (), {"Type": "syslog", "Config": {"tag": "x"}}),
    ("Ulimit", (), {"name": "nofile", "soft": 1024, "hard": 2048}),
    ("Ulimit", (), {"Name": "nproc", "Soft": 0}),
    ("DeviceRequest", (), {}),
    ("DeviceRequest", (), {"driver": "nvidia", "count": -1, "capabilities": [["gpu"], ["nvidia", "compute"]]}),
    ("DeviceRequest", (), {"DeviceIDs": ["0"], "Options": {"a": "b"}, "Capabilities": [["gpu"]]}),
    ("Healthcheck", (), {"test": "exit 0", "interval": 10**9, "timeout": 0}),
    ("Healthcheck", (), {"Test": ["CMD", "true"], "Retries": 3, "StartPeriod": 5}),
    ("Mount", ("/data", "data"), {}),
    ("Mount", ("/data", None), {"no_copy": True, "labels": {"a": "b"}}),
    ("Mount", ("/data", "data", "volume", True, "cached"), {"driver_config": docker.types.DriverConfig(**DRIVER)}),
    ("Mount", ("/data", "data"), {"subpath": "in/side"}),
    ("Mount", ("/etc", "/etc", "bind", True), {"propagation": "rslave"}),
    ("Mount", ("/run", None, "tmpfs"), {"tmpfs_size": "64m", "tmpfs_mode": 0o1777}),
    ("Mount", ("//./pipe/x", "//./pipe/y", "npipe"), {}),
    ("DriverConfig", ("json-file",), {}),
    ("DriverConfig", ("json-file", {"max-file": "3"}), {}),
    ("Resources", (), {}),
    ("Resources", (5 * 10**8, 2**26, 10**8, 2**25), {}),
    ("Resources", (), {"generic_resources": {"SSD": 2, "GPU": "UUID1"}}),
    ("Resources", (), {"generic_resources": [{"DiscreteResourceSpec": {"Kind": "SSD", "Value": 3}}]}),
    ("RestartPolicy", (), {}),
    ("RestartPolicy", ("on-failure", 10**9, 3, 5 * 10**9), {}),
    ("UpdateConfig", (), {}),
    ("UpdateConfig", (), {**NUMBERS, "failure_action": "rollback", "order": "start-first"}),
    ("RollbackConfig", (), NUMBERS),
    ("EndpointSpec", (), {}),
    ("EndpointSpec", ("vip", {8080: 80}), {}),
    ("EndpointSpec", (), {"ports": {53: (53, "udp"), 80: (8080, None, "host"), 81: (81,)}}),
    ("EndpointSpec", (), {"ports": [{"PublishedPort": 80, "TargetPort": 8080}]}),
    ("ServiceMode", ("replicated",), {}),
    ("ServiceMode", ("replicated", 3), {}),
    ("ServiceMode", ("replicated", 0), {}),
    ("ServiceMode", ("global",), {}),
    ("ServiceMode", ("replicated-job", 6, 2), {}),
    ("ServiceMode", ("replicated-job", 6), {}),
    ("ServiceMode", ("global-job",), {}),
    ("Placement", (), {}),
    ("Placement", (["node.role == worker"], [("spread", "node.labels.zone")], [("x86_64", "linux")], 2), {}),
    ("PlacementPreference", ("spread", "node.labels.zone"), {}),
    ("SecretReference", ("id1", "name"), {}),
    ("SecretReference", ({"ID": "id1"}, "name", "file", "1000", "1001", 0o400), {}),
    ("ConfigReference", ("id1", "name"), {}),
    ("ConfigReference", ({"Id": "id1"}, "name", "/etc/x"), {"mode": 0o777}),
    ("DNSConfig", (), {}),
    ("DNSConfig", (["10.0.0.1"], ["example.com"], ["ndots:3"]), {}),
    ("Privileges", (), {}),
    ("Privileges", (), {"credentialspec_file": "spec.json", "selinux_disable": True, "selinux_level": "s0"}),
    ("Privileges", (None, "registry"), {}),
    ("NetworkAttachmentConfig", ("net",), {}),
    ("NetworkAttachmentConfig", ("net", ["alias"], {"a": "b"}), {}),
    ("ContainerSpec", ("busybox",), {}),
    ("ContainerSpec", ("busybox",), {"env": {"A": b"bytes", "B": None}}),
    ("ContainerSpec", ("busybox",), {"env": ["A=b", "C"], "mounts": [docker.types.Mount("/a", "v")]}),
    (
        "ContainerSpec",
        ("busybox", "top -d 1", ["x"], "host", {"A": 1, "B": None}, "/w", "me", {"l": "m"}, ["/a:/b:ro", "v:/c", "/d"]),
        {
            "stop_grace_period": 5,
            "tty": False,
            "groups": ["g"],
            "open_stdin": True,
            "read_only": True,
            "stop_signal": "SIGINT",
            "hosts": {"b": "10.0.0.2", "a": "10.0.0.3"},
            "isolation": "process",
            "init": True,
            "cap_add": ["NET_ADMIN"],
            "cap_drop": ["CHOWN"],
            "sysctls": {"net.core.somaxconn": "1"},
        },
    ),
    ("NetworkingConfig", (), {}),
    ("NetworkingConfig", ({"net": {"Aliases": ["a"]}},), {}),
    ("EndpointConfig", (), {}),
    ("EndpointConfig", (["a"], {"c": "alias", "d": None}, "10.1.0.5", "fd00::5", ["169.254.1.1"], {"k": "v"}), {}),
    ("EndpointConfig", (), {"links": [("c", "alias")], "mac_address": "02:42:ac:11:00:02"}),
    ("IPAMPool", (), {}),
    ("IPAMPool", ("10.1.0.0/16", "10.1.1.0/24", "10.1.0.1", {"router": "10.1.0.2"}), {}),
    ("IPAMConfig", (), {}),
    ("IPAMConfig", ("default", [{"Subnet": "10.1.0.0/16"}], {"a": "b"}), {}),
    ("SwarmExternalCA", ("https://ca",), {}),
    ("SwarmExternalCA", ("https://ca", "cfssl", {"a": "b"}, "PEM"), {}),
    ("SwarmSpec", (), {}),
    (
        "SwarmSpec",
        (),
        {
            "task_history_retention_limit": 3,
            "snapshot_interval": 100,
            "keep_old_snapshots": 1,
            "log_entries_for_slow_followers": 5,
            "heartbeat_tick": 1,
            "election_tick": 10,
            "dispatcher_heartbeat_period": 5 * 10**9,
            "node_cert_expiry": 10**15,
            "external_cas": [{"URL": "https://ca"}],
            "name": "default",
            "labels": {"a": "b"},
            "signing_ca_cert": "CERT",
            "signing_ca_key": "KEY",
            "ca_force_rotate": 1,
            "autolock_managers": True,
            "log_driver": {"Name": "json-file"},
        },
    ),
    ("HostConfig", (), {}),
    (
        "HostConfig",
        (),
        {
            "binds": {"/a": {"bind": "/b", "mode": "ro"}, "/c": {"bind": "/d", "ro": False}, "v": "/e"},
            "port_bindings": {80: 8080, "53/udp": ("127.0.0.1", 53), 81: None, 82: [1, 2], 83: ("127.0.0.1",)},
            "publish_all_ports": True,
            "links": {"a": "b"},
            "privileged": True,
            "dns": ["10.0.0.1"],
            "dns_search": ["example.com"],
            "dns_opt": ["ndots:3"],
            "volumes_from": "a,b",
            "network_mode": "net",
            "restart_policy": {"Name": "on-failure", "MaximumRetryCount": 3},
            "cap_add": ["NET_ADMIN"],
            "cap_drop": ["CHOWN"],
            "devices": ["/dev/null", "/dev/zero:/dev/nothing:r"],
            "extra_hosts": {"b": "10.0.0.2", "a": "10.0.0.3"},
            "read_only": True,
            "pid_mode": "host",
            "ipc_mode": "private",
            "security_opt": ["no-new-privileges"],
            "ulimits": [{"Name": "nofile", "Soft": 1, "Hard": 2}],
            "log_config": {"type": "json-file", "config": {"max-size": "1m"}},
            "mem_limit": "64m",
            "memswap_limit": -1,
            "mem_reservation": "32m",
            "mem_swappiness": 10,
            "cgroup_parent": "/x",
            "group_add": ["audio", 5],
            "cpu_quota": 1000,
            "cpu_period": 2000,
            "cpu_shares": 512,
            "cpuset_cpus": "0",
            "cpuset_mems": "0",
            "cpu_rt_period": 5,
            "cpu_rt_runtime": 6,
            "cpu_count": 1,
            "cpu_percent": 5,
            "nano_cpus": 10**9,
            "blkio_weight": 10,
            "blkio_weight_device": [{"Path": "/dev/null", "Weight": 20}],
            "device_read_bps": [{"Path": "/dev/null", "Rate": 1}],
            "device_write_bps": [{"Path": "/dev/null", "Rate": 2}],
            "device_read_iops": [{"Path": "/dev/null", "Rate": 3}],
            "device_write_iops": [{"Path": "/dev/null", "Rate": 4}],
            "oom_kill_disable": True,
            "oom_score_adj": 5,
            "shm_size": "32m",
            "sysctls": {"net.core.somaxconn": 5},
            "tmpfs": ["/run:size=1m", "/tmp"],
            "userns_mode": "host",
            "uts_mode": "host",
            "pids_limit": 5,
            "isolation": "default",
            "auto_remove": True,
            "storage_opt": {"size": "1G"},
            "init": True,
            "volume_driver": "local",
            "runtime": "runc",
            "mounts": [docker.types.Mount("/m", "v")],
            "device_cgroup_rules": ["c 1:3 r"],
            "device_requests": [docker.types.DeviceRequest(count=1, capabilities=[["gpu"]])],
            "cgroupns": "private",
        },
    ),
    ("ContainerConfig", ("busybox", None), {}),
    (
        "ContainerConfig",
        ("busybox", "sh -c 'echo hi'"),
        {
            "hostname": "h",
            "user": 1000,
            "stdin_open": True,
            "tty": True,
            "ports": [80, (53, "udp"), (81,)],
            "environment": {"A": "b", "C": None},
            "volumes": ["/v", "/w"],
            "network_disabled": True,
            "entrypoint": "sh -x",
            "working_dir": "/",
            "domainname": "example.com",
            "mac_address": "02:42:ac:11:00:02",
            "labels": ["a", "b"],
            "stop_signal": "SIGINT",
            "healthcheck": {"test": "true", "interval": 10**9},
            "stop_timeout": 5,
        },
    ),
    ("ContainerConfig", ("busybox", ["top"]), {"detach": True, "volumes": "/v", "ports": {"80/tcp": {}}}),
    ("TaskTemplate", ({"Image": "busybox"},), {}),
    (
        "TaskTemplate",
        (
            docker.types.ContainerSpec("busybox"),
            docker.types.Resources(cpu_limit=1),
            docker.types.RestartPolicy("any"),
            ["node.role == worker"],
            docker.types.DriverConfig("json-file"),
            ["net", docker.types.NetworkAttachmentConfig("other")],
            3,
        ),
        {},
    ),
]

CONSTRUCTED = sorted(name for name in vars(docker.types) if name[0].isupper() and name != "CancellableStream")


def meaning(value):
    """JSON as the engine understands it: null is nothing, and the case of names does not count for Go."""
    if isinstance(value, dict):
        return {
            key.casefold() if isinstance(key, str) else key: meaning(item)
            for key, item in value.items()
            if item is not None
        }
    if isinstance(value, list):
        return [meaning(item) for item in value]
    return value


def without_defaults(value):
    """What docker-py sends beside what was given: an address of ports and a network mode that mean the default."""
    value.pop("networkmode", None) if value.get("networkmode") == "default" else None
    for bindings in value.get("portbindings", {}).values():
        for binding in bindings:
            if not binding.get("hostip"):
                binding.pop("hostip", None)
            binding.setdefault("hostport", "")
    return value


@together(("name", "args", "keywords"), CALLS, ids=[f"{i}-{call[0]}" for i, call in enumerate(CALLS)])
def test_the_same_arguments_make_the_same_json(name, args, keywords):
    if name in VERSIONED:
        args = ("1.45", *args)
    before = copy.deepcopy(keywords)
    theirs = getattr(docker.types, name)(*args, **copy.deepcopy(keywords))
    ours = getattr(types, name)(*args, **keywords)
    assert without_defaults(meaning(to_wire(ours))) == without_defaults(meaning(dict(theirs)))
    assert keywords == before


def test_every_type_is_compared():
    assert {call[0] for call in CALLS} == set(CONSTRUCTED)


@together("name", CONSTRUCTED)
def test_arguments_have_docker_pys_names_and_order(name):
    theirs = [*inspect.signature(getattr(docker.types, name)).parameters.values()]
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in theirs):
        return  # LogConfig, Ulimit, DeviceRequest, Healthcheck: keywords only, see the calls above
    ours = [*inspect.signature(getattr(types, name).__init__).parameters][1:]
    named = [parameter.name for parameter in theirs]
    if name == "HostConfig":
        assert ours[1:3] == named[1:3]  # the rest by keyword only; the first by position only
    elif name == "SwarmSpec":
        assert ours[0] == named[0]
    else:
        assert ours[: len(named)] == named


def test_every_keyword_of_a_host_config_is_known():
    known = set(inspect.signature(docker.types.HostConfig).parameters) - {"version", "lxc_conf", "init_path"}
    given = set(next(call[2] for call in reversed(CALLS) if call[0] == "HostConfig"))
    assert given | {"kernel_memory"} == known
    assert types.HostConfig("1.41", kernel_memory="1m")["KernelMemory"] == 2**20


@together(
    ("name", "args", "keywords"),
    [
        ("Mount", ("/a", "b", "floppy"), {}),
        ("Mount", ("/a", "/b", "bind"), {"no_copy": True}),
        ("Mount", ("/a", "b"), {"propagation": "shared"}),
        ("Mount", ("/a", None, "tmpfs"), {"labels": {"a": "b"}}),
        ("UpdateConfig", (), {"failure_action": "explode"}),
        ("UpdateConfig", (), {"max_failure_ratio": 2}),
        ("UpdateConfig", (), {"order": "any"}),
        ("RestartPolicy", ("sometimes",), {}),
        ("ServiceMode", ("single",), {}),
        ("ServiceMode", ("global", 3), {}),
        ("ServiceMode", ("global",), {"concurrency": 3}),
        ("PlacementPreference", ("binpack", "x"), {}),
        ("SecretReference", ("", "name"), {}),
        ("ConfigReference", ({}, "name"), {}),
        ("Privileges", ("file", "registry"), {}),
        ("LogConfig", (), {"config": "max-size"}),
        ("Ulimit", (), {"name": "nofile", "soft": "many"}),
        ("DeviceRequest", (), {"count": "many"}),
        ("HostConfig", ("1.45",), {"environment": {}}),
    ],
)
def test_what_docker_py_refuses_is_refused_by_the_same_exception(name, args, keywords):
    with pytest.raises(Exception) as theirs:
        getattr(docker.types, name)(*args, **keywords)
    kind = getattr(errors, type(theirs.value).__name__, type(theirs.value))
    with pytest.raises(kind):
        getattr(types, name)(*args, **keywords)


class TestBeyondDockerPy:
    def test_they_are_equal_to_the_model_and_to_its_json(self):
        made = types.Placement(constraints=["node.role==manager"], maxreplicas=2)
        assert made == models.Placement(constraints=["node.role==manager"], max_replicas=2)
        assert made == {"Constraints": ["node.role==manager"], "MaxReplicas": 2}
        assert made != types.Placement(constraints=["node.role==manager"])

    def test_images_and_directories_that_are_made(self):
        assert to_wire(types.Mount("/a", "busybox", "image", subpath="bin")) == {
            "Target": "/a",
            "Source": "busybox",
            "Type": "image",
            "ReadOnly": False,
            "ImageOptions": {"Subpath": "bin"},
        }
        bind = types.Mount("/a", "/b", "bind", create_mountpoint=True, non_recursive=False)
        assert bind["BindOptions"] == models.MountBindOptions(create_mountpoint=True, non_recursive=False)

    def test_an_option_that_docker_py_drops_silently_is_refused(self):
        with pytest.raises(errors.InvalidArgument, match="tmpfs type mount: subpath is for image, volume"):
            types.Mount("/a", None, "tmpfs", subpath="x")

    def test_falsy_values_are_sent(self):
        assert to_wire(types.HostConfig(mem_swappiness=0, oom_score_adj=0, init=False, cpu_shares=0)) == {
            "MemorySwappiness": 0,
            "OomScoreAdj": 0,
            "Init": False,
            "CpuShares": 0,
        }
        assert types.Resources(mem_limit=0)["Limits"]["MemoryBytes"] == 0

    def test_sizes_as_text(self):
        assert types.Resources(mem_limit="1g", mem_reservation="512m")["Limits"]["MemoryBytes"] == 2**30

    def test_the_runtime_goes_where_engines_read_it(self):
        host = types.HostConfig(init=True)
        made = types.ContainerConfig(None, "busybox", runtime="runc", host_config=host)
        assert to_wire(made.host_config) == {"Init": True, "Runtime": "runc"}
        assert to_wire(host) == {"Init": True}

    def test_what_no_engine_has_is_refused(self):
        with pytest.raises(errors.InvalidVersion, match="lxc_conf"):
            types.HostConfig("1.45", lxc_conf={})

    def test_a_misspelt_keyword_is_refused(self):
        for make in (types.LogConfig, types.Ulimit, types.DeviceRequest, types.Healthcheck):
            with pytest.raises(InvalidArgument):
                make(nmae="x")


class TestAsADict:
    def test_read_by_the_names_of_the_wire(self):
        mount = types.Mount("/data", "data", read_only=True)
        assert (mount["Target"], mount.get("ReadOnly"), "Type" in mount) == ("/data", True, True)
        assert dict(mount)["Source"] == "data"

    def test_written_by_the_names_of_the_wire(self):
        mount = types.Mount("/data", "/srv", "bind")
        mount["BindOptions"] = {"CreateMountpoint": True}
        assert mount.bind_options == models.MountBindOptions(create_mountpoint=True)
        with pytest.raises(KeyError, match="has no field 'BindOption', only Target, "):
            mount["BindOption"] = {}
        with pytest.raises(InvalidArgument):
            mount["ReadOnly"] = "perhaps"

    def test_the_setters_of_docker_py(self):
        log = types.LogConfig(type=types.LogConfig.types.JSON)
        log.set_config_value("max-size", "1m")
        log.set_config_value("max-file", "3")
        log.unset_config("max-file")
        log.unset_config("nothing")
        log.type = types.LogConfig.types.LOCAL
        assert to_wire(log) == {"Type": "local", "Config": {"max-size": "1m"}}
        check = types.Healthcheck(test=["CMD", "true"])
        check.test = "exit 1"
        check["Retries"] = 5
        assert to_wire(check) == {"Test": ["CMD-SHELL", "exit 1"], "Retries": 5}
        limit = types.Ulimit(name="nofile")
        limit.hard = 5
        assert (limit.name, limit.soft, limit["Hard"]) == ("nofile", None, 5)

    def test_the_properties_of_docker_py(self):
        modes = [
            types.ServiceMode("replicated", 3),
            types.ServiceMode("global"),
            types.ServiceMode("replicated-job", 2),
        ]
        theirs = [
            docker.types.ServiceMode("replicated", 3),
            docker.types.ServiceMode("global"),
            docker.types.ServiceMode("replicated-job", 2),
        ]
        assert [(mode.mode, mode.replicas) for mode in modes] == [(mode.mode, mode.replicas) for mode in theirs]
        task = types.TaskTemplate(types.ContainerSpec("busybox"), restart_policy=types.RestartPolicy("any"))
        assert task.container_spec.image == "busybox"
        assert task.restart_policy["Condition"] == types.RestartPolicy.condition_types.ANY
        assert (task.placement, task.resources) == (None, None)

    def test_short_mounts(self):
        for text in ("/data", "vol:/data", "/srv:/data", "/srv:/data:ro", "vol:/data:rw"):
            theirs = docker.types.Mount.parse_mount_string(text)
            assert meaning(to_wire(types.Mount.parse_mount_string(text))) == meaning(dict(theirs))
        with pytest.raises(errors.InvalidArgument):
            types.Mount.parse_mount_string("a:b:c:d")

    def test_copies_are_equal(self):
        mount = types.Mount("/data", "data")
        assert copy.deepcopy(mount) == mount == pickle.loads(pickle.dumps(mount))


@pytest.mark.parametrize(
    ("ports", "text"),
    [
        ({65536: 80}, r"\['Ports'\] key 65536 must be a whole number, 0 to 65,535"),
        ({-1: 80}, "0 to 65,535, not -1"),
        ({8080: 65616}, r"\[8080\] must be a whole number, 1 to 65,535, not 65616"),
        ({8080: (0, "udp")}, "1 to 65,535, not 0"),
    ],
)
def test_ports_of_a_service_that_cannot_be_are_refused(ports, text):
    """Engines take them, and give the service no port, or one that leads nowhere."""
    with pytest.raises(errors.InvalidValue, match=text):
        types.EndpointSpec(ports=ports)
