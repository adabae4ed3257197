from __future__ import annotations

import json
import shutil
import ssl
from dataclasses import replace
from hashlib import sha256

import pytest

from aiodockerpy._config import resolve
from aiodockerpy._config.hosts import Host
from aiodockerpy._config.resolve import resolve_endpoint
from aiodockerpy._config.tls import TLSConfig
from aiodockerpy.errors import (
    ContextException,
    ContextNotFound,
    InsecureTLSWarning,
    InvalidArgument,
    InvalidConfigFile,
    InvalidVersion,
    TLSParameterError,
)
from tests._config.cli_answers import CONTEXT_PORTS

PROD = Host("tcp", name="prod", port=2376)


def store_context(home, name, host, *, certificates=None, skip_tls_verify=False, endpoint="docker"):
    """Write a context as the CLI does, without this library's help."""
    directory = sha256(name.encode()).hexdigest()
    meta = home.docker / "contexts" / "meta" / directory
    meta.mkdir(parents=True)
    endpoints = {endpoint: {"Host": host, "SkipTLSVerify": skip_tls_verify}}
    (meta / "meta.json").write_text(json.dumps({"Name": name, "Metadata": {}, "Endpoints": endpoints}))
    if certificates:
        tls = home.docker / "contexts" / "tls" / directory / "docker"
        tls.parent.mkdir(parents=True)
        shutil.copytree(certificates, tls)
        return tls
    return None


@pytest.fixture(autouse=True)
def no_system_socket(monkeypatch, tmp_path):
    """The machine's own engine must not decide a test."""
    monkeypatch.setattr(resolve, "DEFAULT_UNIX_SOCKET", str(tmp_path / "system.sock"))


class TestPrecedence:
    @pytest.fixture(autouse=True)
    def contexts(self, home):
        for name in ("current", "named", "explicit"):
            store_context(home, name, f"tcp://{name}:1")
        home.write_config({"currentContext": "current"})

    @pytest.mark.parametrize(
        ("arguments", "variables", "address", "source", "context"),
        [
            ({}, {}, "tcp://current:1", "context 'current' (currentContext of {config})", "current"),
            ({}, {"DOCKER_CONTEXT": "named"}, "tcp://named:1", "context 'named' (DOCKER_CONTEXT)", "named"),
            ({}, {"DOCKER_CONTEXT": "named", "DOCKER_HOST": "env:1"}, "tcp://env:1", "DOCKER_HOST", None),
            ({"base_url": "arg:1"}, {"DOCKER_CONTEXT": "named", "DOCKER_HOST": "e:1"}, "tcp://arg:1", "base_url", None),
            (
                {"context": "explicit"},
                {"DOCKER_CONTEXT": "named", "DOCKER_HOST": "e:1"},
                "tcp://explicit:1",
                "context 'explicit' (from_context)",
                "explicit",
            ),
            ({"context": "default"}, {"DOCKER_HOST": "env:1"}, "tcp://env:1", "DOCKER_HOST", None),
            ({"context": "default"}, {}, "unix:///var/run/docker.sock", "the default", None),
            ({}, {"DOCKER_CONTEXT": "default"}, "unix:///var/run/docker.sock", "the default", None),
            ({"use_context": False}, {"DOCKER_CONTEXT": "named"}, "unix:///var/run/docker.sock", "the default", None),
            (
                {"use_context": False, "context": "explicit"},
                {},
                "tcp://explicit:1",
                "context 'explicit' (from_context)",
                "explicit",
            ),
            (
                {},
                {"DOCKER_HOST": "", "DOCKER_CONTEXT": ""},
                "tcp://current:1",
                "context 'current' (currentContext of {config})",
                "current",
            ),
        ],
    )
    def test_the_first_that_is_given_wins(self, home, arguments, variables, address, source, context):
        endpoint = resolve_endpoint(**arguments, environment=home.environment | variables, platform="linux")
        assert endpoint.host.url == address
        assert endpoint.host.source == source.format(config=home.docker / "config.json")
        assert endpoint.context == context
        assert str(endpoint) == f"{address} ({endpoint.host.source})"

    @pytest.mark.parametrize(
        ("arguments", "variables", "named_by"),
        [
            ({"context": "nope"}, {"DOCKER_HOST": "env:1"}, "from_context"),
            ({}, {"DOCKER_CONTEXT": "nope"}, "DOCKER_CONTEXT"),
        ],
    )
    def test_an_unknown_context_is_no_fallback(self, home, arguments, variables, named_by):
        with pytest.raises(ContextNotFound, match=f"'nope' not found, which {named_by} names; .*docker context ls"):
            resolve_endpoint(**arguments, environment=home.environment | variables)

    def test_an_unknown_current_context_is_no_fallback(self, home):
        home.write_config({"currentContext": "gone"})
        with pytest.raises(ContextNotFound, match=r"'gone' not found, which currentContext of .*config\.json names"):
            resolve_endpoint(environment=home.environment)


class TestDefaultSockets:
    ORDER = ("system.sock", "run/docker.sock", "home/.docker/run/docker.sock", "home/.docker/desktop/docker.sock")

    @pytest.mark.parametrize("first", range(4))
    def test_the_first_that_exists_wins(self, home, tmp_path, unix_socket, first):
        for name in self.ORDER[first:]:
            unix_socket(tmp_path / name)
        environment = home.environment | {"XDG_RUNTIME_DIR": str(tmp_path / "run")}
        host = resolve_endpoint(environment=environment, platform="linux").host
        assert host.path == str(tmp_path / self.ORDER[first])
        assert (
            host.source
            == ("the default socket", "the rootless engine's socket", *["Docker Desktop's socket"] * 2)[first]
        )

    def test_its_path_is_taken_as_it_is(self, home, tmp_path, unix_socket):
        path = unix_socket(tmp_path / "run 1?#%20" / "docker.sock")
        environment = home.environment | {"XDG_RUNTIME_DIR": str(path.parent)}
        assert resolve_endpoint(environment=environment, platform="linux").host.path == str(path)

    def test_a_null_character_is_in_no_socket(self, home):
        environment = home.environment | {"XDG_RUNTIME_DIR": "a\0b"}
        assert resolve_endpoint(environment=environment, platform="linux").host.path == "/var/run/docker.sock"

    def test_a_plain_file_is_no_socket(self, home, tmp_path):
        (tmp_path / "docker.sock").touch()
        environment = home.environment | {"XDG_RUNTIME_DIR": str(tmp_path)}
        assert resolve_endpoint(environment=environment, platform="linux").host.path == "/var/run/docker.sock"

    def test_windows_has_its_pipe(self, home):
        assert (
            resolve_endpoint(environment=home.environment, platform="win32").host.url
            == "npipe:////./pipe/docker_engine"
        )

    def test_home_can_be_given(self, tmp_path, unix_socket):
        path = unix_socket(tmp_path / ".docker" / "run" / "docker.sock")
        assert resolve_endpoint(environment={"HOME": str(tmp_path)}, platform="linux").host.path == str(path)


class TestEnvironmentTLS:
    def certificate_files(self, config, directory):
        assert (config.cert, config.ca_cert) == (
            (str(directory / "cert.pem"), str(directory / "key.pem")),
            str(directory / "ca.pem"),
        )

    def test_verify_with_a_directory(self, home, certificates):
        variables = {"DOCKER_HOST": "tcp://h:2376", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(certificates)}
        endpoint = resolve_endpoint(environment=home.environment | variables)
        assert endpoint.host == Host("tcp", name="h", port=2376, tls=True, source="DOCKER_HOST")
        self.certificate_files(endpoint.tls, certificates)
        assert endpoint.tls.ssl_context().verify_mode is ssl.CERT_REQUIRED

    @pytest.mark.parametrize("value", ["1", "0", "false", "no"])
    def test_any_value_is_on(self, home, certificates, value):
        variables = {"DOCKER_HOST": "h", "DOCKER_TLS_VERIFY": value, "DOCKER_CERT_PATH": str(certificates)}
        assert resolve_endpoint(environment=home.environment | variables).tls.verify

    def test_tls_without_verify_warns(self, home, certificates):
        variables = {"DOCKER_HOST": "h", "DOCKER_TLS": "1", "DOCKER_CERT_PATH": str(certificates)}
        with pytest.warns(InsecureTLSWarning):
            endpoint = resolve_endpoint(environment=home.environment | variables)
        assert not endpoint.tls.verify
        self.certificate_files(endpoint.tls, certificates)

    def test_the_directory_alone_is_no_tls(self, home, certificates):
        variables = {
            "DOCKER_HOST": "h",
            "DOCKER_CERT_PATH": str(certificates),
            "DOCKER_TLS_VERIFY": "",
            "DOCKER_TLS": "",
        }
        endpoint = resolve_endpoint(environment=home.environment | variables)
        assert endpoint.tls is None
        assert (endpoint.host.url, endpoint.host.tls) == ("tcp://h:2375", False)

    def test_the_directory_defaults_to_the_configurations(self, home, certificates):
        shutil.copytree(certificates, home.docker, dirs_exist_ok=True)
        endpoint = resolve_endpoint(environment=home.environment | {"DOCKER_TLS_VERIFY": "1"})
        assert (endpoint.host.url, endpoint.host.tls) == ("tcp://localhost:2376", True)
        self.certificate_files(endpoint.tls, home.docker)

    @pytest.mark.parametrize("name", ["cert.pem", "key.pem"])
    def test_a_file_that_is_there_and_cannot_be_read_counts(self, home, certificates, name):
        path = certificates / name
        path.unlink()
        path.symlink_to(name)
        variables = {"DOCKER_HOST": "h", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(certificates)}
        with pytest.raises(TLSParameterError, match=f"{name} cannot be read: Too many levels of symbolic links"):
            resolve_endpoint(environment=home.environment | variables).tls.ssl_context()

    def test_a_directory_that_cannot_be_searched_is_an_error_of_the_library(self, home):
        variables = {"DOCKER_HOST": "h", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": "x" * 5000}
        with pytest.raises(TLSParameterError, match="cannot be read: File name too long"):
            resolve_endpoint(environment=home.environment | variables).tls.ssl_context()

    @pytest.mark.parametrize("missing", ["cert.pem", "key.pem"])
    def test_certificate_and_key_count_together(self, home, certificates, missing):
        (certificates / missing).unlink()
        variables = {"DOCKER_HOST": "h", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(certificates)}
        endpoint = resolve_endpoint(environment=home.environment | variables)
        assert endpoint.tls.cert is None
        assert endpoint.tls.ca_cert == str(certificates / "ca.pem")

    @pytest.mark.parametrize("address", ["unix:///run/d.sock", "ssh://me@h", "npipe://"])
    def test_tls_is_for_tcp_only(self, home, address):
        endpoint = resolve_endpoint(environment=home.environment | {"DOCKER_HOST": address, "DOCKER_TLS_VERIFY": "1"})
        assert endpoint.tls is None

    def test_never_plain_text_instead(self, home):
        variables = {"DOCKER_HOST": "http://h", "DOCKER_TLS_VERIFY": "1"}
        with pytest.raises(InvalidArgument, match="plain text"):
            resolve_endpoint(environment=home.environment | variables)

    def test_an_explicit_configuration_goes_first(self, home):
        mine = TLSConfig(ca_cert="mine.pem")
        variables = {"DOCKER_HOST": "h", "DOCKER_TLS_VERIFY": "1"}
        assert resolve_endpoint(environment=home.environment | variables, tls=mine).tls is mine
        assert resolve_endpoint(environment=home.environment | variables, tls=False).tls is None
        only = resolve_endpoint(environment=home.environment | {"DOCKER_HOST": "h"}, tls=True)
        assert only.tls.verify
        assert only.host.tls


class TestExplicitHost:
    def test_the_tls_environment_does_not_touch_it(self, home):
        endpoint = resolve_endpoint("tcp://h:1", environment=home.environment | {"DOCKER_TLS_VERIFY": "1"})
        assert (endpoint.tls, endpoint.host.tls) == (None, False)

    @pytest.mark.parametrize("tls", [True, None, False])
    def test_https_is_verified_tls(self, home, tls):
        endpoint = resolve_endpoint("https://h", environment=home.environment, tls=tls)
        assert endpoint.tls.verify
        assert endpoint.host.port == 443

    def test_a_callers_ssl_context(self, home):
        context = ssl.create_default_context()
        endpoint = resolve_endpoint("tcp://h:1", environment=home.environment, tls=context)
        assert endpoint.tls.ssl_context() is context

    def test_an_invalid_host_names_where_it_came_from(self, home):
        with pytest.raises(InvalidArgument, match="DOCKER_HOST"):
            resolve_endpoint(environment=home.environment | {"DOCKER_HOST": "fd://"})


class TestContextTLS:
    def resolve(self, home, **variables):
        return resolve_endpoint(environment=home.environment | {"DOCKER_CONTEXT": "prod"} | variables)

    def test_its_own_certificates(self, home, certificates):
        tls = store_context(home, "prod", "tcp://prod:2376", certificates=certificates)
        endpoint = self.resolve(home, DOCKER_CERT_PATH="/elsewhere", DOCKER_TLS="1")
        assert endpoint.tls.cert == (str(tls / "cert.pem"), str(tls / "key.pem"))
        assert endpoint.tls.ca_cert == str(tls / "ca.pem")
        assert endpoint.tls.verify
        endpoint.tls.ssl_context()

    def test_none_is_plain_whatever_the_environment_says(self, home):
        store_context(home, "prod", "tcp://prod:2375")
        assert self.resolve(home, DOCKER_TLS_VERIFY="1").tls is None

    def test_skip_verify_alone_is_tls(self, home):
        store_context(home, "prod", "tcp://prod:2376", skip_tls_verify=True)
        with pytest.warns(InsecureTLSWarning):
            assert not self.resolve(home).tls.verify

    def test_any_file_may_be_missing(self, home, certificates):
        tls = store_context(home, "prod", "tcp://prod:2376", certificates=certificates)
        (tls / "ca.pem").unlink()
        (tls / "key.pem").unlink()
        config = self.resolve(home).tls
        assert (config.cert, config.ca_cert, config.verify) == (None, None, True)

    def test_a_socket_ignores_them(self, home, certificates):
        store_context(home, "prod", "unix:///run/d.sock", certificates=certificates)
        assert self.resolve(home).tls is None

    def test_no_address_is_the_default_socket(self, home, certificates):
        store_context(home, "prod", "", certificates=certificates)
        endpoint = self.resolve(home)
        assert (endpoint.host.url, endpoint.tls) == ("unix:///var/run/docker.sock", None)

    @pytest.mark.parametrize(("address", "has_tls", "reached"), CONTEXT_PORTS)
    def test_a_missing_port_is_that_of_the_cli(self, home, certificates, address, has_tls, reached):
        store_context(home, "prod", address.format(name="h"), certificates=certificates if has_tls else None)
        assert self.resolve(home).host.authority == reached.format(name="h")

    @pytest.mark.parametrize(
        "content", ['{"Name": "prod", "Endpoints": {"docker": null}}', '{"Endpoints": {}}', "{}", "null"]
    )
    def test_no_endpoint_is_not_the_default_socket(self, home, content):
        store_context(home, "prod", "")
        next(home.docker.rglob("meta.json")).write_text(content)
        with pytest.raises(ContextException, match="'prod' has no docker endpoint"):
            self.resolve(home)

    def test_another_kind_of_context(self, home):
        store_context(home, "prod", "https://cluster", endpoint="kubernetes")
        with pytest.raises(ContextException, match="no docker endpoint"):
            self.resolve(home)

    @pytest.mark.parametrize(
        "content",
        [
            "{",
            "[]",
            '{"Endpoints": {"docker": []}}',
            '{"Endpoints": {"docker": {}}} x',
            '{"Endpoints": []}',
            '{"Endpoints": {"docker": {"Host": 5}}}',
            '{"Endpoints": {"docker": {"host": ["tcp://h:1"]}}}',
            '{"Endpoints": {"docker": {"Host": true}}}',
            '{"Endpoints": {"docker": {"Host": {}}}}',
            '{"Endpoints": {"docker": {"Host": "tcp://h:1", "SkipTLSVerify": "false"}}}',
            '{"Endpoints": {"docker": {"Host": "tcp://h:1", "SkipTLSVerify": 1}}}',
            '{"Endpoints": {"docker": {"Host": "tcp://h:1"}}, "Name": 5}',
            '{"Endpoints": {"docker": {"Host": "tcp://h:1"}}, "Metadata": 5}',
            '{"Endpoints": {"docker": {"Host": "tcp://h:1"}}, "Metadata": {"Description": 5}}',
            '{"Endpoints": {"docker": {"Host": "tcp://h:1"}, "kubernetes": 5}}',
            '{"Endpoints": {"docker": {"Host": "tcp://h:' + "9" * 5000 + '"}}, "N": ' + "9" * 5000 + "}",
        ],
    )
    def test_a_broken_description(self, home, content):
        store_context(home, "prod", "tcp://prod:2375")
        next(home.docker.rglob("meta.json")).write_text(content)
        with pytest.raises(ContextException, match="meta"):
            self.resolve(home)

    def test_a_blank_address_is_not_the_default_socket(self, home):
        store_context(home, "prod", "  ")
        with pytest.raises(ContextException, match="blank"):
            self.resolve(home)

    def test_keys_in_any_case(self, home):
        store_context(home, "prod", "x")
        next(home.docker.rglob("meta.json")).write_text(
            '{"name": "prod", "endpoints": {"docker": {"host": "tcp://prod:2376"}}}'
        )
        assert self.resolve(home).host == replace(PROD, source="context 'prod' (DOCKER_CONTEXT)")


class TestVersionAndHeaders:
    @pytest.mark.parametrize(("value", "expected"), [("", None), ("1.45", "1.45"), (" v1.41 ", "1.41")])
    def test_version(self, home, value, expected):
        assert (
            resolve_endpoint("h", environment=home.environment | {"DOCKER_API_VERSION": value}).api_version == expected
        )

    @pytest.mark.parametrize("value", ["auto", "1", "1.x", "1.45.1", "1." + "9" * 30])
    def test_no_version(self, home, value):
        with pytest.raises(InvalidVersion, match="DOCKER_API_VERSION"):
            resolve_endpoint("h", environment=home.environment | {"DOCKER_API_VERSION": value})

    def test_version_applies_to_contexts(self, home):
        store_context(home, "prod", "tcp://prod")
        variables = {"DOCKER_CONTEXT": "prod", "DOCKER_API_VERSION": "1.44"}
        assert resolve_endpoint(environment=home.environment | variables).api_version == "1.44"

    def test_headers_of_the_file(self, home):
        home.write_config({"HttpHeaders": {"x-meta-a": "b", "user-agent": "evil"}})
        assert resolve_endpoint("h", environment=home.environment).headers == {"X-Meta-A": "b"}

    @pytest.mark.parametrize(
        "name",
        [
            "Content-Length",
            "content-length",
            "Transfer-Encoding",
            "Host",
            "Connection",
            "Keep-Alive",
            "Proxy-Connection",
            "TE",
            "Trailer",
            "Upgrade",
            "Expect",
            "HTTP2-Settings",
            "Accept-Encoding",
            "User-Agent",
            "Accept",
            "Content-Type",
            "X-Registry-Auth",
            "X-Registry-Config",
            "Sec-WebSocket-Key",
        ],
    )
    @pytest.mark.parametrize("by_variable", [False, True])
    def test_headers_of_the_connection_are_left_out(self, home, name, by_variable):
        home.write_config({} if by_variable else {"HttpHeaders": {name: "5", "X-Meta": "b"}})
        variables = {"DOCKER_CUSTOM_HEADERS": f"{name}=5,X-Meta=b"} if by_variable else {}
        endpoint = resolve_endpoint("h", environment=home.environment | variables)
        assert endpoint.headers == {"X-Meta": "b"}

    @pytest.mark.parametrize("headers", [[], "x", {"A": 5}])
    def test_headers_of_a_wrong_type_are_ignored_with_a_warning(self, home, headers, caplog):
        home.write_config({"HttpHeaders": headers})
        assert resolve_endpoint("h", environment=home.environment).headers == {}
        assert "HttpHeaders" in caplog.text

    def test_the_variable_replaces_them(self, home):
        home.write_config({"HttpHeaders": {"X-Meta": "b"}})
        value = 'one=1,"two=2,2", three =" 3 ,four=,five=5=5,FIVE=6,User-Agent=x'.replace('" 3 ', " 3 ")
        endpoint = resolve_endpoint("h", environment=home.environment | {"DOCKER_CUSTOM_HEADERS": value})
        assert endpoint.headers == {"One": "1", "Two": "2,2", "Three": " 3 ", "Four": "", "Five": "6"}

    @pytest.mark.parametrize("value", ["hunter2", "a=b,hunter2", "=hunter2", '"a=hunter2', 'a"=hunter2', "a b=hunter2"])
    def test_a_malformed_variable_is_an_error_without_its_value(self, home, value):
        with pytest.raises(InvalidConfigFile, match="DOCKER_CUSTOM_HEADERS") as caught:
            resolve_endpoint("h", environment=home.environment | {"DOCKER_CUSTOM_HEADERS": value})
        assert "hunter2" not in str(caught.value)

    @pytest.mark.parametrize(
        ("name", "value"), [("X-A", "hunter2\r\nX-B: c"), ("X-A", "hunter2\x00"), ("X:A", "hunter2"), ("", "hunter2")]
    )
    def test_no_header_smuggles_another(self, home, name, value):
        home.write_config({"HttpHeaders": {name: value}})
        with pytest.raises(InvalidConfigFile, match=r"config\.json") as caught:
            resolve_endpoint("h", environment=home.environment)
        assert "hunter2" not in str(caught.value)

    def test_values_are_in_no_repr(self, home):
        home.write_config({"HttpHeaders": {"Authorization": "hunter2"}})
        endpoint = resolve_endpoint("h", environment=home.environment)
        assert "hunter2" not in f"{endpoint!r} {endpoint}"


BROKEN = ["{", '{"auths": {},}', "[]", "\ufeff{", '{"credsStore": "x"', '{"a": ' + "9" * 5000 + "}", "[" * 100_000]


@pytest.mark.parametrize("content", BROKEN)
def test_a_broken_config_file_is_ignored_with_a_warning(home, content, caplog):
    home.write_config(content)
    endpoint = resolve_endpoint(environment=home.environment)
    assert endpoint == resolve_endpoint(environment={"HOME": "/nowhere"})
    assert "config.json" in caplog.text


@pytest.mark.parametrize(
    "content", ['{"currentContext": "prod",}', '{"CURRENTCONTEXT": "prod"', '{"\\u0063urrentContext": 1,}']
)
def test_a_broken_config_file_that_may_choose_a_context_is_an_error_where_that_counts(home, content):
    home.write_config(content)
    store_context(home, "prod", "tcp://prod:2375")
    for encoding in ("utf-8", "utf-16"):
        (home.docker / "config.json").write_bytes(content.encode(encoding))
        with pytest.raises(InvalidConfigFile, match=r"config\.json"):
            resolve_endpoint(environment=home.environment)
    assert resolve_endpoint("tcp://h:1", environment=home.environment).host.name == "h"
    assert resolve_endpoint(environment=home.environment | {"DOCKER_HOST": "tcp://h:1"}).host.name == "h"
    assert resolve_endpoint(environment=home.environment | {"DOCKER_CONTEXT": "prod"}).host.name == "prod"
    assert resolve_endpoint(environment=home.environment, context="prod").host.name == "prod"


def test_a_byte_order_mark_is_read_over_with_a_warning(home, caplog):
    store_context(home, "prod", "tcp://prod:2375")
    home.write_config('\ufeff{"currentContext": "prod"}')
    assert resolve_endpoint(environment=home.environment).host.name == "prod"
    assert "byte order mark" in caplog.text
