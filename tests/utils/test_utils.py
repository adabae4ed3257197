"""docker-py's helpers: the same results, but for its defects."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import docker.errors
import docker.utils
import docker.utils.ports
import pytest

from aiodockerpy import DockerClient, TLSConfig, errors, utils
from aiodockerpy.models._base import to_wire
from aiodockerpy.utils import ports
from tests.together import together

CALLS = [
    ("parse_bytes", (512,)),
    ("parse_bytes", ("512m",)),
    ("parse_bytes", ("1.5GB",)),
    ("parse_bytes", ("",)),
    ("parse_repository_tag", ("host:5000/a/b:tag",)),
    ("parse_repository_tag", ("host:5000/a/b",)),
    ("parse_repository_tag", (f"a@sha256:{'0' * 64}",)),
    ("convert_volume_binds", ({"/a": {"bind": "/b", "mode": "z"}, "v": {"bind": "/c", "ro": True}, "w": "/d"},)),
    ("convert_volume_binds", ({"/a": {"bind": "/b", "propagation": "rslave"}},)),
    ("convert_volume_binds", (["/a:/b:ro"],)),
    ("convert_service_networks", (["a", {"Target": "b", "Aliases": ["c"]}],)),
    ("format_environment", ({"A": 1, "B": None, "C": b"c", "D": ""},)),
    ("format_extra_hosts", ({"b": "10.0.0.2", "a": "10.0.0.3"},)),
    ("format_extra_hosts", ({"b": "10.0.0.2", "a": "10.0.0.3"}, True)),
    ("normalize_links", ({"b": "c", "a": None},)),
    ("normalize_links", ([("b", "c"), ("a", "")],)),
    ("parse_devices", (["/dev/null", "/dev/zero:/dev/x:r", {"PathOnHost": "/dev/full"}],)),
    ("split_command", ("sh -c 'echo \"hi there\"'",)),
    ("compare_version", ("1.9", "1.10")),
    ("compare_version", ("1.10", "1.9")),
    ("compare_version", ("1.10", "1.10.0")),
    ("compare_version", ("28.5.2", "28.5")),
    ("version_lt", ("1.41", "1.44")),
    ("version_gte", ("1.44", "1.41")),
    ("decode_json_header", ("eyJhIjogMX0=",)),
    ("datetime_to_timestamp", (datetime(2024, 2, 29, 12, 30, tzinfo=UTC),)),
    ("datetime_to_timestamp", (datetime(2024, 2, 29, 12, 30),)),
    ("datetime_to_timestamp", (datetime(1969, 12, 31, 12, tzinfo=timezone(timedelta(hours=5))),)),
    ("match_tag", ("busybox",)),
    ("match_tag", ("host:5000/a/b-c:1.0_x",)),
    ("match_tag", ("Busy box",)),
    ("match_tag", ("a:b:c",)),
]


@together(("name", "args"), CALLS)
def test_the_same_results(name, args):
    before = copy.deepcopy(args)
    ours = getattr(utils, name)(*args)
    if name == "parse_devices":
        ours = [to_wire(device) for device in ours]
    assert ours == getattr(docker.utils, name)(*copy.deepcopy(args))
    assert args == before


@pytest.mark.parametrize("size", ["64p", "many", "1x", "k"])
def test_sizes_that_are_none(size):
    with pytest.raises(docker.errors.DockerException):
        docker.utils.parse_bytes(size)
    with pytest.raises(errors.DockerException):
        utils.parse_bytes(size)


def test_terabytes():
    assert utils.parse_bytes("2T") == 2 * 1024**4
    with pytest.raises(docker.errors.DockerException):
        docker.utils.parse_bytes("2T")


def test_filters():
    given = {"dangling": True, "label": ["a", "b=c"], "exited": 0, "status": "running"}
    assert json.loads(utils.convert_filters(given)) == json.loads(docker.utils.convert_filters(given))
    assert utils.convert_filters({}) == docker.utils.convert_filters({}) == "{}"


def test_ports_of_every_shape():
    given = {80: 8080, "53/udp": ("127.0.0.1", 53), 81: None, 82: [1, ("::1",)], 83: {"HostPort": "5"}}
    ours = {port: [to_wire(one) for one in found] for port, found in utils.convert_port_bindings(given).items()}
    theirs = docker.utils.convert_port_bindings(given)
    assert {port: [{"HostIp": "", **one} for one in found] for port, found in ours.items()} == theirs


def test_temporary_file_systems():
    given = ["/run:size=1m", "/tmp"]
    assert utils.convert_tmpfs_mounts(given) == docker.utils.utils.convert_tmpfs_mounts(given)


def test_times_keep_their_fraction():
    assert utils.datetime_to_timestamp(datetime(2024, 1, 1, 0, 0, 0, 250000, tzinfo=UTC)) == 1704067200.25


def test_a_time_at_the_beginning_of_the_calendar_is_refused_by_name():
    with pytest.raises(errors.InvalidValue, match=r"^datetime_to_timestamp\(\) dt must be a time between"):
        utils.datetime_to_timestamp(datetime.min)


def test_names_with_a_digest_are_names():
    assert utils.match_tag(f"busybox@sha256:{'0' * 64}")


@together(
    ("address", "url"),
    [
        (None, "unix:///var/run/docker.sock"),
        ("", "unix:///var/run/docker.sock"),
        ("unix:///run/x.sock", "unix:///run/x.sock"),
        ("http+unix://run/x.sock", "unix:///run/x.sock"),
        ("tcp://server:2375", "tcp://server:2375"),
        ("127.0.0.1:2375", "tcp://127.0.0.1:2375"),
        ("https://server:2376/prefix", "tcp://server:2376/prefix"),
        ("ssh://me@server", "ssh://me@server"),
        ("npipe:////./pipe/docker_engine", "npipe:////./pipe/docker_engine"),
    ],
)
def test_addresses_that_docker_py_reads_are_read(address, url):
    docker.utils.parse_host(address)
    assert utils.parse_host(address).url == url


def test_addresses_on_windows_and_with_tls():
    assert utils.parse_host(None, True).url == "npipe:////./pipe/docker_engine"
    assert utils.parse_host("server:2376", tls=True).tls


@pytest.mark.parametrize("address", ["fd://x", "ftp://x", "tcp://server:2375?x=y", "ssh://me:secret@server"])
def test_addresses_that_docker_py_refuses_are_refused(address):
    with pytest.raises(docker.errors.DockerException):
        docker.utils.parse_host(address)
    with pytest.raises(errors.DockerException) as refusal:
        utils.parse_host(address)
    assert "secret" not in str(refusal.value)


class TestPortsAsTheCliWritesThem:
    @together(
        "port",
        [
            "80",
            80,
            "80/udp",
            "8080:80",
            "127.0.0.1:8080:80/tcp",
            "127.0.0.1::80",
            "[::1]:8080:80",
            "8000-8002:80-82",
            "127.0.0.1:8000-8001:80-81/udp",
            "8000-8010:80",
            "80-82",
        ],
    )
    def test_the_same_results(self, port):
        assert ports.split_port(port) == docker.utils.ports.split_port(port)

    @together("port", ["", "x", "80/icmp", "8000-8001:80-82", "1:2:3/x", "127.0.0.1:1-2:80-84"])
    def test_what_docker_py_refuses_is_refused(self, port):
        with pytest.raises(ValueError) as theirs:
            docker.utils.ports.split_port(port)
        with pytest.raises(ValueError) as ours:
            ports.split_port(port)
        assert str(ours.value) == str(theirs.value)

    def test_all_together_as_run_takes_them(self):
        given = ["8080:80", "8081:80", "127.0.0.1:5353:53/udp", "81", "127.0.0.1::82", "9000-9010:83"]
        made = ports.build_port_bindings(given)
        assert made == docker.utils.ports.build_port_bindings(given)
        bindings = {port: [to_wire(one) for one in found] for port, found in utils.convert_port_bindings(made).items()}
        assert bindings == {
            "80/tcp": [{"HostPort": "8080"}, {"HostPort": "8081"}],
            "53/udp": [{"HostIp": "127.0.0.1", "HostPort": "5353"}],
            "81/tcp": [{"HostPort": ""}],
            "82/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}],
            "83/tcp": [{"HostPort": "9000-9010"}],
        }


class TestTheEnvironment:
    def test_nothing_said(self, tmp_path):
        assert utils.kwargs_from_env({"HOME": str(tmp_path)}) == {}

    def test_a_host(self, tmp_path):
        environment = {"HOME": str(tmp_path), "DOCKER_HOST": "tcp://server:2375", "DOCKER_TLS_VERIFY": ""}
        assert utils.kwargs_from_env(environment) == docker.utils.kwargs_from_env(environment)

    def test_certificates(self, tmp_path):
        environment = {
            "HOME": str(tmp_path),
            "DOCKER_HOST": "tcp://server:2376",
            "DOCKER_TLS_VERIFY": "1",
            "DOCKER_CERT_PATH": str(tmp_path),
        }
        for name in ("ca.pem", "cert.pem", "key.pem"):
            (tmp_path / name).write_bytes(b"")
        theirs = docker.utils.kwargs_from_env(environment)
        ours = utils.kwargs_from_env(environment)
        assert ours["base_url"] == theirs["base_url"]
        assert isinstance(ours["tls"], TLSConfig)
        assert (ours["tls"].cert, ours["tls"].ca_cert, ours["tls"].verify) == (
            theirs["tls"].cert,
            theirs["tls"].ca_cert,
            theirs["tls"].verify,
        )

    async def test_they_are_arguments_of_a_client(self, tmp_path):
        environment = {"HOME": str(tmp_path), "DOCKER_HOST": "tcp://server:2375"}
        async with DockerClient(**utils.kwargs_from_env(environment)) as client:
            assert client.host.url == "tcp://server:2375"


class TestFilesOfVariables:
    def test_as_the_cli_reads_them(self, tmp_path):
        file = tmp_path / "env"
        file.write_bytes(
            b"\xef\xbb\xbfA=1\n# a comment\n\n  B = two words \nC='quoted'\nD=\r\nE\nF\nG=a=b\n\tH=x # kept\nA=2"
        )
        with pytest.raises(errors.InvalidArgument, match="line 4 does not begin"):  # "B " is no name
            utils.parse_env_file(file)
        file.write_bytes(file.read_bytes().replace(b"B =", b"B="))
        assert utils.parse_env_file(file, environment={"E": "from here"}) == {
            "A": "2",
            "B": " two words ",
            "C": "'quoted'",
            "D": "",
            "E": "from here",
            "G": "a=b",
            "H": "x # kept",
        }

    def test_a_name_alone_is_looked_up_in_the_environment(self, tmp_path, monkeypatch):
        monkeypatch.setenv("AIODOCKERPY_TEST_VALUE", "x")
        file = tmp_path / "env"
        file.write_text("AIODOCKERPY_TEST_VALUE\nAIODOCKERPY_TEST_NOTHING")
        assert utils.parse_env_file(str(file)) == {"AIODOCKERPY_TEST_VALUE": "x"}
        with pytest.raises(docker.errors.DockerException):
            docker.utils.parse_env_file(str(file))

    @pytest.mark.parametrize("content", [b"=x", b"A B=x", b"A=\xff"])
    def test_what_cannot_be_read_is_refused_and_not_quoted(self, tmp_path, content):
        file = tmp_path / "env"
        file.write_bytes(b"TOKEN=secret\n" + content)
        with pytest.raises(errors.InvalidArgument) as refusal:
            utils.parse_env_file(file)
        assert str(file) in str(refusal.value)
        assert "secret" not in str(refusal.value)

    def test_the_same_as_docker_py_where_that_reads_it(self, tmp_path):
        file = tmp_path / "env"
        file.write_text("# one\nA=b\n\nC=d=e\n")
        assert utils.parse_env_file(file) == docker.utils.parse_env_file(str(file)) == {"A": "b", "C": "d=e"}


def test_headers_that_are_none():
    with pytest.raises(errors.ProtocolError, match="the header is not base64 of JSON"):
        utils.decode_json_header("%%%")
    with pytest.raises(errors.ProtocolError, match="the header is not a JSON object"):
        utils.decode_json_header("W10=")


def test_versions_that_are_none():
    for compare in (docker.utils.compare_version, utils.compare_version):
        with pytest.raises(ValueError):
            compare("1.x", "1.2")


def test_the_environment_of_the_process_is_the_default(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("DOCKER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DOCKER_HOST", "tcp://elsewhere:2375")
    assert utils.kwargs_from_env() == {"base_url": "tcp://elsewhere:2375"}


def test_the_module_of_build_contexts_needs_no_import_of_its_own():
    code = "import aiodockerpy as docker; assert docker.utils.build.PatternMatcher(['*.log']).matches('a.log')"
    subprocess.run([sys.executable, "-c", code], check=True)
