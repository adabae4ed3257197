"""Where a port of a container is reached, from every place that a program may stand at."""

from __future__ import annotations

import gc
import shutil

import pytest

from aiodockerpy import errors
from aiodockerpy._config.hosts import parse_host
from aiodockerpy._transport.ssh import openssh
from aiodockerpy._transport.ssh.openssh import real_name
from aiodockerpy.models import ContainerInspect
from aiodockerpy.resources._readiness.endpoint import Endpoint, Place, choose
from aiodockerpy.resources._scopes.owner import _CONTAINER
from tests.together import together


def inspected(ports=None, mode="bridge", **networks):
    return ContainerInspect.from_value(
        {
            "Name": "/web",
            "HostConfig": {"NetworkMode": mode},
            "NetworkSettings": {"Ports": ports or {}, "Networks": networks},
        }
    )


def at(*addresses):
    """Bindings at addresses, the first at port 1001 and so on."""
    return {"80/tcp": [{"HostIp": address, "HostPort": str(1001 + n)} for n, address in enumerate(addresses)]}


def network(id, address="", gateway="", **more):
    return {"NetworkID": id, "IPAddress": address, "Gateway": gateway, **more}


HERE = Place()
NAMED = Place("engine.example")
AT_V4 = Place("192.0.2.7")
AT_V6 = Place("2001:db8::7")
BOTH = at("0.0.0.0", "::")
OWN = Place(own=inspected(b=network("n1", "172.17.0.5", "172.17.0.1")))
OWN_V6 = Place(own=inspected(b=network("n1", "172.17.0.5", "172.17.0.1", IPv6Gateway="fd00::1")))
CASES = {
    "this machine": (BOTH, None, HERE, "127.0.0.1:1001"),
    "this machine, IPv6": (BOTH, 6, HERE, "[::1]:1002"),
    "this machine, IPv6 comes first": (at("::", "0.0.0.0"), None, HERE, "127.0.0.1:1002"),
    "this machine, IPv6 only": (at("::"), None, HERE, "[::1]:1001"),
    "this machine, an address": (at("192.0.2.1"), None, HERE, "192.0.2.1:1001"),
    "this machine, loopback": (at("127.0.0.1"), None, HERE, "127.0.0.1:1001"),
    "this machine, every address is better than one": (at("10.0.0.1", "0.0.0.0"), None, HERE, "127.0.0.1:1002"),
    "this machine, podman's empty address": (at(""), None, HERE, "127.0.0.1:1001"),
    "a name": (at("0.0.0.0"), None, NAMED, "engine.example:1001"),
    "a name, another port by IPv6": (BOTH, None, NAMED, "engine.example:1001 by 4"),
    "a name, by IPv6": (BOTH, 6, NAMED, "engine.example:1002 by 6"),
    "a name, not loopback": (at("127.0.0.1", "0.0.0.0"), None, NAMED, "engine.example:1002"),
    "a name, an address": (at("192.0.2.1"), None, NAMED, "192.0.2.1:1001"),
    "an IPv4 address": (BOTH, None, AT_V4, "192.0.2.7:1001"),
    "an IPv6 address": (BOTH, None, AT_V6, "[2001:db8::7]:1002"),
    "inside": (BOTH, None, OWN, "172.17.0.1:1001"),
    "inside, IPv6": (BOTH, 6, OWN_V6, "[fd00::1]:1002"),
    "inside, an address": (at("192.0.2.1"), None, OWN, "192.0.2.1:1001"),
}


@together("case", CASES)
def test_the_endpoint_depends_on_where_the_program_stands(case):
    ports, family, place, expected = CASES[case]
    found, must_be = choose(inspected(ports), "80/tcp", family, place)
    assert f"{found}{f' by {must_be}' if must_be else ''}" == expected


@together(
    ("ports", "family", "place", "message"),
    [
        ({}, None, HERE, r"port 80/tcp of container web is not published: .*ports=\{'80/tcp': None\}"),
        ({"80/tcp": None}, None, NAMED, "is not published"),
        ({"81/tcp": [{"HostIp": "0.0.0.0", "HostPort": "1"}]}, None, HERE, "is not published"),
        (at("127.0.0.1"), None, NAMED, r"published at 127\.0\.0\.1:1001, .* from another machine than engine\.example"),
        (at("0.0.0.0"), 6, HERE, r"cannot be reached by IPv6 from the engine's machine"),
        (at("0.0.0.0"), None, AT_V6, "cannot be reached"),
        (at("::"), None, AT_V4, "cannot be reached"),
        (at("127.0.0.1"), None, OWN, "from inside of container web"),
        (BOTH, 6, OWN, "cannot be reached by IPv6"),
        ({"80/tcp": [{"HostIp": "nonsense", "HostPort": "1"}]}, None, HERE, "is not published"),
        ({"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "x"}]}, None, HERE, "is not published"),
    ],
)
def test_a_port_that_is_not_reached_is_refused_with_the_reason(ports, family, place, message):
    with pytest.raises(errors.InvalidArgument, match=message):
        choose(inspected(ports), "80/tcp", family, place)


def test_the_hosts_network_has_the_port_itself():
    host = inspected(mode="host")
    assert choose(host, "80/tcp", None, HERE) == (("127.0.0.1", 80), None)
    assert choose(host, "80/tcp", 6, HERE) == (("::1", 80), None)
    assert choose(host, "80/tcp", None, NAMED) == (("engine.example", 80), None)
    assert choose(host, "80/tcp", None, OWN) == (("172.17.0.1", 80), None)


def test_containers_of_one_network_need_no_published_port():
    target = inspected(a=network("n0", "10.0.0.2"), b=network("n1", "172.17.0.9", GlobalIPv6Address="fd00::9"))
    assert choose(target, "80/tcp", None, OWN) == (("172.17.0.9", 80), None)
    assert choose(target, "80/tcp", 6, OWN) == (("fd00::9", 80), None)
    with pytest.raises(errors.InvalidArgument, match="not published"):
        choose(inspected(a=network("n0", "10.0.0.2")), "80/tcp", None, OWN)


def test_an_endpoint_is_a_pair_and_a_text():
    host, port = Endpoint("::1", 80)
    assert (host, port, str(Endpoint("::1", 80)), str(Endpoint("web", 80))) == ("::1", 80, "[::1]:80", "web:80")


@pytest.mark.skipif(shutil.which("ssh") is None, reason="needs the program ssh")
async def test_an_alias_of_the_ssh_configuration_is_looked_up(tmp_path):
    (tmp_path / "config").write_text("Host box\n  HostName 192.0.2.9\n")
    wrapper = tmp_path / "ssh"
    wrapper.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {tmp_path}/config "$@"\n')
    wrapper.chmod(0o755)
    environment = {"PATH": str(tmp_path)}
    assert await real_name(parse_host("ssh://me@box"), environment) == "192.0.2.9"
    assert await real_name(parse_host("ssh://other.example"), environment) == "other.example"
    assert await real_name(parse_host("ssh://box"), {"PATH": "/nowhere"}) == "box"


@pytest.mark.parametrize(
    ("line", "inside"),
    [
        (
            f"613 599 8:1 /var/lib/docker/containers/{'a' * 64}/hostname /etc/hostname rw,relatime - ext4 /dev/sda1 rw",
            True,
        ),
        (f"613 599 8:1 /c/overlay-containers/{'a' * 64}/userdata/hosts /etc/hosts rw - ext4 /dev/sda1 rw", True),
        (f"99 31 0:45 / /var/lib/docker/containers/{'a' * 64}/mounts/shm rw - tmpfs shm rw", False),
    ],
)
def test_a_program_on_the_engines_machine_is_not_taken_for_one_in_a_container(line, inside):
    assert bool(_CONTAINER.search(line)) is inside


@pytest.mark.parametrize("odd", [None, "x", 7, [], [None], {}, {"HostIp": [1], "HostPort": [1]}, {"HostPort": "x"}])
def test_bindings_that_are_none_are_passed_over(odd):
    ports = {"80/tcp": [odd, {"HostIp": "0.0.0.0", "HostPort": "1001"}]}
    assert str(choose(inspected(ports), "80/tcp", None, HERE)[0]) == "127.0.0.1:1001"
    if not isinstance(odd, dict):
        with pytest.raises(errors.InvalidArgument, match="not published"):
            choose(inspected({"80/tcp": odd}), "80/tcp", None, HERE)


@pytest.mark.skipif(shutil.which("ssh") is None, reason="needs the program ssh")
async def test_an_ssh_configuration_that_hangs_is_an_error_that_names_the_command(tmp_path, monkeypatch):
    (tmp_path / "config").write_text('Match exec "sleep 30"\n  User me\n')
    wrapper = tmp_path / "ssh"
    wrapper.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {tmp_path}/config "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setattr(openssh, "READ_SECONDS", 0.5)
    with pytest.raises(errors.EngineUnreachable, match=r"within 0\.5 s \('ssh -G box' hangs\)"):
        await real_name(parse_host("ssh://me@box"), {"PATH": f"{tmp_path}:/usr/bin:/bin"})
    gc.collect()  # a process or a pipe that was left open is a warning, and so a failure
