"""The forms of keywords that docker-py and the docker CLI take, and what they become; what is refused names the keyword."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path, PurePosixPath
from types import SimpleNamespace

import pytest

from aiodockerpy import errors, models, types
from aiodockerpy._options.containers import container_keywords, with_address_on_endpoint
from aiodockerpy._options.services import service_json, service_values
from aiodockerpy._options.swarm import swarm_spec, swarm_values
from aiodockerpy.models._base import to_wire
from tests.together import together


def container_request(image, command, options):
    return container_keywords(image, command, options).request()


HERE = Path.cwd()
MOUNT = {"Target": "/b", "Source": "/a", "Type": "bind", "ReadOnly": False}


@together(
    ("keyword", "given", "field", "sent"),
    [
        ("environment", "A=5", "Env", ["A=5"]),
        ("environment", {"A": 1, "B": None, "C": b"x"}, "Env", ["A=1", "B", "C=x"]),
        ("labels", "a=b", "Labels", {"a": "b"}),
        ("labels", ["a=b", "c"], "Labels", {"a": "b", "c": ""}),
        ("labels", {"a": 1, "b": None}, "Labels", {"a": "1", "b": ""}),
        ("annotations", "a", "HostConfig.Annotations", {"a": ""}),
        ("entrypoint", PurePosixPath("/a b"), "Entrypoint", ["/a b"]),
        ("entrypoint", ["sleep", 5, Path("/x")], "Entrypoint", ["sleep", "5", "/x"]),
        ("stop_signal", 9, "StopSignal", "9"),
        ("user", 1000, "User", "1000"),
        ("working_dir", Path("/srv"), "WorkingDir", "/srv"),
        ("stop_timeout", timedelta(seconds=3), "StopTimeout", 3),
        ("healthcheck", {"test": "true", "interval": "1m30s"}, "Healthcheck",
         {"Test": ["CMD-SHELL", "true"], "Interval": 90 * 10**9}),
        ("healthcheck", {"Timeout": timedelta(seconds=2)}, "Healthcheck", {"Timeout": 2 * 10**9}),
        ("volumes", "/tmp:/x", "HostConfig.Binds", ["/tmp:/x"]),
        ("volumes", {Path("/a"): Path("/b")}, "HostConfig.Binds", ["/a:/b:rw"]),
        ("volumes", {"/a": "/b:ro"}, "HostConfig.Binds", ["/a:/b:ro"]),
        ("volumes", {"./a": {"bind": "/b", "mode": "z"}}, "HostConfig.Binds", [f"{HERE}/a:/b:z"]),
        ("volumes", [".:/x:ro", "named:/y"], "HostConfig.Binds", [f"{HERE}:/x:ro", "named:/y"]),
        ("extra_hosts", "a:1.2.3.4", "HostConfig.ExtraHosts", ["a:1.2.3.4"]),
        ("extra_hosts", ["a=1.2.3.4", "b:[::1]", "c=[::1]", "d:::1", "e:host-gateway"], "HostConfig.ExtraHosts",
         ["a:1.2.3.4", "b:::1", "c:::1", "d:::1", "e:host-gateway"]),
        ("extra_hosts", {"a": "[::1]"}, "HostConfig.ExtraHosts", ["a:::1"]),
        ("cpuset_cpus", 0, "HostConfig.CpusetCpus", "0"),
        ("log_config", "none", "HostConfig.LogConfig", {"Type": "none", "Config": {}}),
        ("log_config", {"type": "json-file", "config": {"max-file": 3}}, "HostConfig.LogConfig",
         {"Type": "json-file", "Config": {"max-file": "3"}}),
        ("tmpfs", {"/x": None}, "HostConfig.Tmpfs", {"/x": ""}),
        ("tmpfs", "/x:size=1m", "HostConfig.Tmpfs", {"/x": "size=1m"}),
        ("restart_policy", "always", "HostConfig.RestartPolicy", {"Name": "always"}),
        ("restart_policy", "on-failure:3", "HostConfig.RestartPolicy", {"Name": "on-failure", "MaximumRetryCount": 3}),
        ("mounts", ["/a:/b"], "HostConfig.Mounts", [MOUNT]),
        ("mounts", "type=bind,src=/a,dst=/b,readonly", "HostConfig.Mounts", [{**MOUNT, "ReadOnly": True}]),
        ("mounts", types.Mount("/b", "/a", "bind"), "HostConfig.Mounts", [MOUNT]),
        ("mounts", 'type=Bind,"src=/a,b",dst=/b,ro=TRUE,bind-nonrecursive', "HostConfig.Mounts",
         [{**MOUNT, "Source": "/a,b", "ReadOnly": True, "BindOptions": {"NonRecursive": True}}]),
        ("mounts", ["type=bind,src=./a,dst=/b,bind-recursive=enabled"], "HostConfig.Mounts",
         [{"Target": "/b", "Source": f"{HERE}/a", "Type": "bind", "BindOptions": {}}]),
        ("mounts", ["type=bind,src=/a,dst=/b,ro,bind-recursive=writable"], "HostConfig.Mounts",
         [{**MOUNT, "ReadOnly": True, "BindOptions": {"ReadOnlyNonRecursive": True}}]),
        ("mounts", ["type=tmpfs,dst=/b,tmpfs-size=64MiB,tmpfs-mode=1770"], "HostConfig.Mounts",
         [{"Target": "/b", "Type": "tmpfs", "TmpfsOptions": {"SizeBytes": 64 << 20, "Mode": 0o1770}}]),
        ("mounts", ['type=volume,dst=/b,volume-opt=type=tmpfs,"volume-opt=o=size=1m,uid=5"'], "HostConfig.Mounts",
         [{"Target": "/b", "Type": "volume",
           "VolumeOptions": {"DriverConfig": {"Options": {"type": "tmpfs", "o": "size=1m,uid=5"}}}}]),
        ("restart_policy", "on-failure:", "HostConfig.RestartPolicy", {"Name": "on-failure"}),
        ("ulimits", "nofile=1024:2048", "HostConfig.Ulimits", [{"Name": "nofile", "Soft": 1024, "Hard": 2048}]),
        ("devices", "/dev/null", "HostConfig.Devices",
         [{"PathOnHost": "/dev/null", "PathInContainer": "/dev/null", "CgroupPermissions": "rwm"}]),
        ("devices", "/dev/null:r", "HostConfig.Devices",
         [{"PathOnHost": "/dev/null", "PathInContainer": "/dev/null", "CgroupPermissions": "r"}]),
        ("device_write_bps", ["/dev/sda:1MiB"], "HostConfig.BlkioDeviceWriteBps", [{"Path": "/dev/sda", "Rate": 2**20}]),
        ("device_read_bps", "/dev/sda:1mb", "HostConfig.BlkioDeviceReadBps", [{"Path": "/dev/sda", "Rate": 2**20}]),
        ("sysctls", "net.core.somaxconn=5", "HostConfig.Sysctls", {"net.core.somaxconn": "5"}),
        ("volumes_from", [SimpleNamespace(id="1234")], "HostConfig.VolumesFrom", ["1234"]),
        ("network", SimpleNamespace(id="net"), "HostConfig.NetworkMode", "net"),
        ("gpus", [0, 1], "HostConfig.DeviceRequests", [{"DeviceIDs": ["0", "1"], "Capabilities": [["gpu"]]}]),
        ("gpus", "2", "HostConfig.DeviceRequests", [{"Count": 2, "Capabilities": [["gpu"]]}]),
        ("gpus", "device=0,1", "HostConfig.DeviceRequests", [{"DeviceIDs": ["0", "1"], "Capabilities": [["gpu"]]}]),
        ("gpus", "driver=nvidia,count=3,capabilities=utility", "HostConfig.DeviceRequests",
         [{"Driver": "nvidia", "Count": 3, "Capabilities": [["gpu", "utility"]]}]),
        ("gpus", "all,capabilities=utility", "HostConfig.DeviceRequests", [{"Count": -1, "Capabilities": [["gpu", "utility"]]}]),
        ("gpus", '"device=0,1","capabilities=utility"', "HostConfig.DeviceRequests",
         [{"DeviceIDs": ["0", "1"], "Capabilities": [["gpu", "utility"]]}]),
        ("gpus", 'driver=nvidia,"options=a=b,c=d"', "HostConfig.DeviceRequests",
         [{"Driver": "nvidia", "Count": 1, "Capabilities": [["gpu"]], "Options": {"a": "b", "c": "d"}}]),
        ("ports", "080/UDP", "HostConfig.PortBindings", {"80/udp": [{"HostPort": ""}]}),
        ("ports", "published=08080,target=80", "HostConfig.PortBindings", {"80/tcp": [{"HostPort": "8080"}]}),
        ("ports", {80: (None, 8080)}, "HostConfig.PortBindings", {"80/tcp": [{"HostIp": "", "HostPort": "8080"}]}),
        ("ports", [80], "HostConfig.PortBindings", {"80/tcp": [{"HostPort": ""}]}),
        ("ports", "80:81", "HostConfig.PortBindings", {"81/tcp": [{"HostPort": "80"}]}),
        ("ports", ["[::1]:5353:53/udp"], "HostConfig.PortBindings", {"53/udp": [{"HostIp": "::1", "HostPort": "5353"}]}),
        ("ports", {80: (38080,)}, "HostConfig.PortBindings", {"80/tcp": [{"HostPort": "38080"}]}),
        ("ports", {80: (38080, 38081)}, "HostConfig.PortBindings",
         {"80/tcp": [{"HostPort": "38080"}, {"HostPort": "38081"}]}),
        ("ports", {80: ("[::1]", 8080)}, "HostConfig.PortBindings", {"80/tcp": [{"HostIp": "::1", "HostPort": "8080"}]}),
        ("ports", {80: "127.0.0.1:8080"}, "HostConfig.PortBindings",
         {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}]}),
    ],
)  # fmt: skip
def test_a_form_becomes_a_request(keyword, given, field, sent):
    found = to_wire(container_request("busybox", None, {keyword: given}))
    for name in field.split("."):
        found = found[name]
    assert found == sent


@together(
    ("keyword", "given", "text"),
    [
        ("dns", "1.1.1.1", "a list of texts"),
        ("networks", "a", "a list of networks"),
        ("volumes", {"/tmp": {}}, r"volumes\['/tmp'\] must be a path in the container, or a mapping with 'bind'"),
        ("ports", {80: ()}, r"ports\[80\] must be a port"),
        ("ports", {80: ("localhost", 8080)}, r"ports\[80\] must be an IP address, not 'localhost'"),
        ("ports", ["localhost:80:80"], "must be an IP address"),
        ("ports", {80: ("fe80::1%eth0", 8080)}, "must be an IP address without a zone"),
        ("ports", ["[::1%lo]:80:80"], "must be an IP address without a zone"),
        ("ports", {80: {"HostIp": "localhost"}}, "must be an IP address"),
        ("ports", {80: models.PortBinding(host_ip="localhost")}, "must be an IP address"),
        ("devices", "/dev/null:x", "text such as '/dev/sda"),
        ("devices", "/dev/null:/x:rr", "text such as '/dev/sda"),
        ("device_read_bps", "/dev/sda:x", "text such as '/dev/sda:1mb'"),
        ("ulimits", "nofile=2:1", "text such as 'nofile=1024:2048'"),
        ("extra_hosts", ["a"], "extra_hosts must be 'name:address'"),
        ("labels", "=b", r"'name\[=value\]' texts"),
        ("labels", "", r"'name\[=value\]' texts"),
        ("gpus", "", "gpus must be 'all'"),
        ("mounts", "type=bind,src=/a,dst", "'dst' needs a value"),
        ("mounts", "type=bind,src=/a,dst=/b,bind-recursive=x", "bind-recursive one of enabled, disabled"),
        ("mounts", "type=bind,src=/a,dst=/b,ro=maybe", "ro one of 1, t"),
        ("mounts", "type=tmpfs,dst=/b,tmpfs-mode=9", "file permissions"),
        ("mounts", 'type=bind,src="/a",dst=/b', "a double quote must be around the whole field"),
        ("ports", "published=80", "'published=…,target=…,protocol=…'"),
        ("entrypoint", 5, "entrypoint must be text or a list of texts, not 5"),
        ("ports", {0: 80}, "ports key 0 must be a port"),
        ("ports", {80: 65536}, "a port of the host, 0 to 65535"),
        ("restart_policy", "sometimes", "'unless-stopped'"),
        ("mounts", ["tyype=bind"], "'tyype' is not a key"),
        ("ulimits", [{"Nmae": 1}], r"ulimits\[0\].Nmae is not a field of Ulimit: did you mean 'Name'"),
        ("stop_timeout", 0.5, "a whole number of seconds, not 0.5"),
        ("stop_timeout", 9223372037, r"9223372036 seconds \(292 years\) at most, not 9223372037"),
        ("mem_limit", float("nan"), "a number of bytes"),
        ("privileged", "yes", "True or False, not 'yes'"),
        ("healthcheck", {"test": "true", "interval": "soon"}, r"healthcheck\['interval'\] must be nanoseconds"),
        ("entrypoint", "a 'b", "a shell can split"),
        ("gpus", "speed=3", "gpus must be 'all'"),
    ],
)
def test_what_has_no_meaning_is_refused_by_name(keyword, given, text):
    with pytest.raises(errors.InvalidArgument, match=text) as caught:
        container_request("busybox", None, {keyword: given})
    assert keyword in str(caught.value)


@pytest.mark.parametrize("keyword", ["environment", "volumes", "ports", "restart_policy", "log_config", "mounts"])
def test_an_empty_text_is_not_given_as_in_docker_py(keyword):
    assert to_wire(container_request("busybox", None, {keyword: ""})) == to_wire(container_request("busybox", None, {}))


def test_secrets_are_not_shown():
    with pytest.raises(errors.WrongType) as caught:
        container_request("busybox", None, {"environment": {"TOKEN": ["hunter2"]}})
    assert "hunter2" not in str(caught.value)
    with pytest.raises(errors.InvalidValue) as caught:
        models.AuthConfig(password=["hunter2"])
    assert "hunter2" not in str(caught.value)


def test_services_and_swarms_take_the_same_forms():
    spec = service_json("busybox", "sleep 5", {
        "env": "A=1", "labels": ["a=b"], "user": 0, "workdir": PurePosixPath("/x"),
        "hosts": ["db:1.2.3.4", "1.2.3.5  other", "six=[::1]"], "update_config": {"Delay": "5s", "monitor": timedelta(seconds=1)},
        "restart_policy": {"condition": "any", "Window": "1m"}, "mounts": "/a:/b", "networks": "front", "stop_grace_period": "30s",
        "healthcheck": {"test": "true", "interval": timedelta(seconds=1)}, "endpoint_spec": {"Ports": {80: (8080, "udp")}},
    })  # fmt: skip
    container = spec["TaskTemplate"]["ContainerSpec"]
    assert container["Env"] == ["A=1"]
    assert (container["User"], container["Dir"]) == ("0", "/x")
    assert container["Hosts"] == ["1.2.3.4 db", "1.2.3.5  other", "::1 six"]
    assert spec["UpdateConfig"] == {"Delay": 5 * 10**9, "Monitor": 10**9}
    assert spec["TaskTemplate"]["RestartPolicy"] == {"Condition": "any", "Window": 60 * 10**9}
    assert container["Mounts"] == [MOUNT]
    assert container["StopGracePeriod"] == 30 * 10**9
    assert container["Healthcheck"] == {"Test": ["CMD-SHELL", "true"], "Interval": 10**9}
    assert spec["TaskTemplate"]["Networks"] == [{"Target": "front"}]
    assert spec["EndpointSpec"]["Ports"] == [{"Protocol": "udp", "PublishedPort": 80, "TargetPort": 8080}]
    assert spec["Labels"] == {"a": "b"}
    assert to_wire(swarm_spec({"node_cert_expiry": "720h", "labels": "a=b"})) == {
        "CAConfig": {"NodeCertExpiry": 720 * 3600 * 10**9},
        "Labels": {"a": "b"},
    }
    with pytest.raises(errors.InvalidArgument, match="stop_grace_period must be nanoseconds"):
        service_json("busybox", None, {"stop_grace_period": "soon"})


@pytest.mark.parametrize("name", ["heartbeat_tick", "election_tick"])
def test_ticks_that_an_engine_would_cut_to_fewer_bits_are_refused(name):
    assert swarm_values({name: 2**32 - 1}) == {name: 2**32 - 1}
    with pytest.raises(errors.InvalidValue, match=f"{name} must be a whole number, 0 to 4,294,967,295, not 4294967296"):
        swarm_values({name: 2**32})


def test_a_configuration_takes_ports_without_values():
    config = types.ContainerConfig(None, "busybox", ports={"80/tcp": None}, volumes="/data")
    assert config["ExposedPorts"] == {"80/tcp": {}}
    assert config["Volumes"] == {"/data": {}}


@pytest.mark.parametrize(
    ("options", "network"), [({}, "default"), ({"network": "front"}, "front"), ({"networks": ["a", "b"]}, "a")]
)
def test_the_address_moves_to_the_endpoint_of_the_container_s_own_network(options, network):
    request = container_request("busybox", None, {"mac_address": "02:42:ac:11:00:02", **options})
    moved = to_wire(with_address_on_endpoint(request))
    assert moved["NetworkingConfig"]["EndpointsConfig"][network] == {"MacAddress": "02:42:ac:11:00:02"}
    assert "MacAddress" not in moved
    assert to_wire(request)["MacAddress"] == "02:42:ac:11:00:02"


ITERATED = {
    "args": ["a"], "cap_add": ["NET_ADMIN"], "cap_drop": ["KILL"], "constraints": ["node.role==worker"],
    "configs": [{"ConfigID": "1", "ConfigName": "a"}], "env": ["A=1"], "groups": ["wheel"], "hosts": ["db:1.2.3.4"],
    "labels": ["a=b"], "container_labels": ["a=b"], "mounts": ["/a:/b"], "networks": ["front"],
    "platforms": [("x86_64", "linux")], "preferences": [("spread", "node.labels.zone")],
    "secrets": [{"SecretID": "1", "SecretName": "a"}], "sysctls": ["net.core.somaxconn=5"],
    "endpoint_spec": {"Ports": {80: (8080, "udp")}}, "mode": "global", "update_config": {"Delay": "5s"}, "healthcheck": {"test": "true", "interval": "5s"},
    "restart_policy": {"Window": "1m"}, "stop_grace_period": "30s", "force_update": True, "user": 0,
}  # fmt: skip


def test_what_was_read_of_an_iterator_can_be_read_again():
    given = {name: iter(value) if isinstance(value, list) else value for name, value in ITERATED.items()}
    values = service_values(given)
    expected = service_json("busybox", None, ITERATED)
    assert [service_json("busybox", None, values) for _ in range(2)] == [expected, expected]
    settings = swarm_values(
        {"labels": iter(["a=b"]), "external_cas": iter([{"URL": "https://ca"}]), "log_driver": "none"}
    )
    expected = {
        "Labels": {"a": "b"},
        "CAConfig": {"ExternalCAs": [{"URL": "https://ca"}]},
        "TaskDefaults": {"LogDriver": {"Name": "none"}},
    }
    assert [to_wire(swarm_spec(settings)) for _ in range(2)] == [expected, expected]
