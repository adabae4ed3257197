"""docker-py's keywords become the request of the Engine API."""

from __future__ import annotations

import copy

import docker
import pytest

from aiodockerpy import errors, models
from aiodockerpy._options.containers import ContainerOptions, container_keywords, update_request
from aiodockerpy.models._base import to_wire
from tests.together import together


def container_request(image, command, options):
    return container_keywords(image, command, options).request()


def host(**options):
    return to_wire(container_request("busybox", None, options).host_config)


def config(**options):
    found = to_wire(container_request("busybox", options.pop("command", None), options))
    return {
        key: value
        for key, value in found.items()
        if key not in {"Image", "HostConfig", "AttachStdin", "AttachStdout", "AttachStderr", "StdinOnce"}
    }


HOST_CASES = [
    ({"mem_limit": "512m"}, {"Memory": 512 << 20}),
    ({"mem_limit": 0}, {"Memory": 0}),
    ({"memswap_limit": -1}, {"MemorySwap": -1}),
    ({"cpu_shares": 0}, {"CpuShares": 0}),
    ({"init": False}, {"Init": False}),
    ({"cap_add": []}, {"CapAdd": []}),
    ({"oom_kill_disable": False}, {"OomKillDisable": False}),
    (
        {"devices": ["/dev/a", "/dev/b:/c", "/dev/d:/e:r"]},
        {
            "Devices": [
                {"PathOnHost": "/dev/a", "PathInContainer": "/dev/a", "CgroupPermissions": "rwm"},
                {"PathOnHost": "/dev/b", "PathInContainer": "/c", "CgroupPermissions": "rwm"},
                {"PathOnHost": "/dev/d", "PathInContainer": "/e", "CgroupPermissions": "r"},
            ]
        },
    ),
    ({"extra_hosts": {"b": "2", "a": "1"}}, {"ExtraHosts": ["a:1", "b:2"]}),
    ({"extra_hosts": ["x:1"]}, {"ExtraHosts": ["x:1"]}),
    ({"links": {"b": "B", "a": None}}, {"Links": ["a", "b:B"]}),
    ({"links": [("b", "B"), ("a", "A")]}, {"Links": ["a:A", "b:B"]}),
    ({"tmpfs": ["/a:size=1m", "/b"]}, {"Tmpfs": {"/a": "size=1m", "/b": ""}}),
    (
        {"log_config": {"type": "json-file", "config": {"max-size": "1m"}}},
        {"LogConfig": {"Type": "json-file", "Config": {"max-size": "1m"}}},
    ),
    ({"log_config": docker.types.LogConfig(type="none")}, {"LogConfig": {"Type": "none", "Config": {}}}),
    (
        {"ulimits": [docker.types.Ulimit(name="nofile", soft=1, hard=2)]},
        {"Ulimits": [{"Name": "nofile", "Soft": 1, "Hard": 2}]},
    ),
    ({"ulimits": [models.Ulimit(name="nofile", soft=1)]}, {"Ulimits": [{"Name": "nofile", "Soft": 1}]}),
    ({"gpus": "all"}, {"DeviceRequests": [{"Count": -1, "Capabilities": [["gpu"]]}]}),
    ({"gpus": 2}, {"DeviceRequests": [{"Count": 2, "Capabilities": [["gpu"]]}]}),
    ({"gpus": ["0", "3"]}, {"DeviceRequests": [{"DeviceIDs": ["0", "3"], "Capabilities": [["gpu"]]}]}),
    ({"volumes_from": "a,b"}, {"VolumesFrom": ["a", "b"]}),
    ({"sysctls": {"net.ipv4.ip_forward": 1}}, {"Sysctls": {"net.ipv4.ip_forward": "1"}}),
    ({"group_add": [5, "audio"]}, {"GroupAdd": ["5", "audio"]}),
    (
        {
            "ports": {
                80: 8080,
                "81/udp": None,
                82: ("127.0.0.1", 1),
                "83": ("::1",),
                84: [1, "2"],
                85: {"HostIp": "10.0.0.1", "HostPort": 9},
            }
        },
        {
            "PortBindings": {
                "80/tcp": [{"HostPort": "8080"}],
                "81/udp": [{"HostPort": ""}],
                "82/tcp": [{"HostIp": "127.0.0.1", "HostPort": "1"}],
                "83/tcp": [{"HostIp": "::1", "HostPort": ""}],
                "84/tcp": [{"HostPort": "1"}, {"HostPort": "2"}],
                "85/tcp": [{"HostIp": "10.0.0.1", "HostPort": "9"}],
            }
        },
    ),
    (
        {
            "volumes": {
                "/a": {"bind": "/b", "ro": True},
                "v": "/c",
                "/d": {"bind": "/e", "mode": "rw", "propagation": "rshared"},
            }
        },
        {"Binds": ["/a:/b:ro", "v:/c:rw", "/d:/e:rw,rshared"]},
    ),
]


@together(("options", "expected"), HOST_CASES, ids=[f"{next(iter(case[0]))}-{n}" for n, case in enumerate(HOST_CASES)])
def test_shapes_of_the_host_configuration(options, expected):
    before = copy.deepcopy(options)
    assert host(**options) == expected
    assert options == before


CONFIG_CASES = [
    ({"command": "sh -c 'a b'"}, {"Cmd": ["sh", "-c", "a b"]}),
    ({"command": ["a", "b c"]}, {"Cmd": ["a", "b c"]}),
    ({"entrypoint": ""}, {"Entrypoint": []}),
    ({"environment": {"A": "b", "C": None, "D": ""}}, {"Env": ["A=b", "C", "D="]}),
    ({"environment": ["A=b"]}, {"Env": ["A=b"]}),
    ({"labels": ["a", "b"]}, {"Labels": {"a": "", "b": ""}}),
    ({"user": 0}, {"User": "0"}),
    ({"stop_timeout": 0}, {"StopTimeout": 0}),
    (
        {"healthcheck": {"test": "exit 1", "interval": 5}},
        {"Healthcheck": {"Test": ["CMD-SHELL", "exit 1"], "Interval": 5}},
    ),
    ({"healthcheck": {"Test": ["NONE"]}}, {"Healthcheck": {"Test": ["NONE"]}}),
    ({"network_disabled": False}, {"NetworkDisabled": False}),
]


@together(("options", "expected"), CONFIG_CASES)
def test_shapes_of_the_configuration(options, expected):
    assert config(**options) == expected


@pytest.mark.parametrize(
    ("bind", "target"),
    [("/a:/b:ro,z", "/b"), ("v:/b", "/b"), ("/b", "/b"), ("v:/b:nocopy", "/b"), (r"C:\a:C:\b:ro", r"C:\b")],
)
def test_targets_of_binds(bind, target):
    """docker-py mistakes modes other than ro and rw for a part of the target."""
    assert config(volumes=[bind])["Volumes"] == {target: {}}


def test_ports_and_volumes_are_in_both_parts():
    request = container_request("busybox", None, {"ports": {80: None}, "volumes": {"v": "/data"}})
    assert request.exposed_ports == {"80/tcp": {}}
    assert request.volumes == {"/data": {}}


def test_settings_of_every_network_are_sent():
    options = {"network": "a", "networking_config": {"b": {"Aliases": ["x"]}}}
    request = to_wire(container_request("busybox", None, options))
    assert request["NetworkingConfig"]["EndpointsConfig"] == {"b": {"Aliases": ["x"]}, "a": {}}
    assert request["HostConfig"]["NetworkMode"] == "a"
    assert options == {"network": "a", "networking_config": {"b": {"Aliases": ["x"]}}}


@together(
    ("options", "error"),
    [
        ({"nonsense": 1}, TypeError),
        ({"nonsense": None}, TypeError),
        ({"network": "a", "network_mode": "b"}, RuntimeError),
        ({"networking_config": {"a": None}}, RuntimeError),
        ({"volumes": {"/a": {"bind": "/b", "ro": True, "mode": "rw"}}}, errors.InvalidArgument),
        ({"mem_limit": "many"}, errors.DockerException),
        ({"dns": "1.1.1.1"}, errors.InvalidArgument),
        ({"init_path": "/x"}, errors.InvalidVersion),
        ({"ulimits": [{"Nmae": "nofile"}]}, ValueError),
    ],
)
def test_what_cannot_be_is_refused(options, error):
    with pytest.raises(error):
        container_request("busybox", None, options)


def test_limits_are_sent_as_they_are_given():
    assert to_wire(
        update_request({"cpu_shares": 0, "mem_limit": "1g", "pids_limit": -1, "restart_policy": {"Name": "no"}})
    ) == {
        "CpuShares": 0,
        "Memory": 1 << 30,
        "PidsLimit": -1,
        "RestartPolicy": {"Name": "no"},
    }
    with pytest.raises(TypeError, match="unexpected keyword argument 'name'"):
        update_request({"name": "x"})


NETWORKS = {
    "names": (["a", "b"], "a", {"a": {}, "b": {}}),
    "none": ([], "none", {}),
    "settings": (
        {"a": None, "b": {"ipv4_address": "10.0.0.5", "aliases": ["x"]}},
        "a",
        {"a": {}, "b": {"IPAMConfig": {"IPv4Address": "10.0.0.5"}, "Aliases": ["x"]}},
    ),
    "docker-py's": (
        {"a": docker.types.EndpointConfig("1.41", ipv4_address="10.0.0.5", links={"c": "d"})},
        "a",
        {"a": {"IPAMConfig": {"IPv4Address": "10.0.0.5"}, "Links": ["c:d"]}},
    ),
    "a model": ({"a": models.EndpointSettings(aliases=["x"])}, "a", {"a": {"Aliases": ["x"]}}),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_are_given_with_their_settings(name):
    given, mode, endpoints = NETWORKS[name]
    before = copy.deepcopy(given)
    request = to_wire(container_request("busybox", None, {"networks": given}))
    assert request["HostConfig"]["NetworkMode"] == mode
    assert request["NetworkingConfig"]["EndpointsConfig"] == endpoints
    assert given == before


def test_networks_exclude_the_other_ways_to_name_them():
    for other in ({"network": "a"}, {"network_mode": "host"}):
        with pytest.raises(RuntimeError, match='"networks"'):
            container_request("busybox", None, {"networks": ["a"], **other})
    with pytest.raises(errors.InvalidArgument):
        container_request("busybox", None, {"networks": "a"})
    with pytest.raises(ValueError, match="bogus"):
        container_request("busybox", None, {"networks": {"a": {"bogus": ["x"]}}})


def test_what_is_none_is_not_given():
    options = dict.fromkeys(ContainerOptions.__annotations__)
    assert to_wire(container_request("x", None, options)) == to_wire(container_request("x", None, {}))


@pytest.mark.parametrize("way", ["network", "network_mode"])
def test_ports_on_the_host_s_network_are_refused_as_by_docker_py(way):
    with pytest.raises(docker.errors.InvalidArgument) as theirs:
        docker.types.HostConfig("1.41", network_mode="host", port_bindings={80: 80})
    with pytest.raises(errors.InvalidArgument) as ours:
        container_request("busybox", None, {way: "host", "ports": {80: 80}})
    assert str(ours.value) == str(theirs.value)
