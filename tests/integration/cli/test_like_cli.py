"""The same environments and files through the real docker command and through this library: the same comes out."""

from __future__ import annotations

import base64
import json
import shutil
import ssl
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import trustme

from aiodockerpy._config.auth import HUB_KEY, AuthConfig, encode_auth
from aiodockerpy._config.contexts import ContextAPI
from aiodockerpy._config.credentials import CredentialResolver
from aiodockerpy._config.resolve import resolve_endpoint
from aiodockerpy._config.tls import TLSConfig
from aiodockerpy.errors import DockerException
from tests._config.cli_answers import CONTEXT_PORTS, HOSTS, OTHER_HOSTS, PREFIXES
from tests._config.homes import FakeHelper, Home


class Recorder(BaseHTTPRequestHandler):
    """Answers as an engine would, just enough for the command, and keeps what was asked."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self):
        self.server.requests.append((self.command, self.path, dict(self.headers.items())))
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                self.rfile.read(size + 2)
            self.rfile.readline()
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        body = b"[]" if "/containers/json" in self.path else b"{}"
        self.send_response(200)
        self.send_header("Api-Version", "1.45")
        self.send_header("Ostype", "linux")
        self.send_header("Builder-Version", "1")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = answer  # noqa: N815 - the base class looks for these names


class Engine:
    def __init__(self, context: ssl.SSLContext | None = None, address: tuple[str, int] = ("127.0.0.1", 0)) -> None:
        self.server = ThreadingHTTPServer(address, Recorder)
        self.server.requests = []
        self.server.handle_error = lambda *_: None
        if context is not None:
            self.server.socket = context.wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port = self.server.server_address[1]
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self._thread.start()

    @property
    def requests(self) -> list[tuple[str, str, dict[str, str]]]:
        return self.server.requests

    def header(self, name: str) -> str | None:
        """The header of the last request that had it."""
        found = [headers[name] for _, _, headers in self.requests if name in headers]
        return found[-1] if found else None

    def close(self) -> None:
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()


@pytest.fixture
def engine():
    engine = Engine()
    yield engine
    engine.close()


def inspected(text: str) -> dict:
    """Sort what the command lists in random order."""
    (context,) = json.loads(text)
    context["TLSMaterial"] = {name: sorted(files) for name, files in context["TLSMaterial"].items()}
    return context


# ---- hosts and contexts


@pytest.fixture
def stored(docker_cli, certificates):
    """Contexts made by the command."""
    tls = f"ca={certificates}/ca.pem,cert={certificates}/cert.pem,key={certificates}/key.pem"
    docker_cli("context", "create", "plain", "--docker", "host=tcp://plain:2375", "--description", "Plain ü")
    docker_cli("context", "create", "safe", "--docker", f"host=tcp://safe:2376,{tls}")
    docker_cli("context", "create", "ca-only", "--docker", f"host=tcp://ca:2376,ca={certificates}/ca.pem")
    docker_cli("context", "create", "loose", "--docker", "host=tcp://loose:2376,skip-tls-verify=true")
    docker_cli("context", "create", "unix", "--docker", "host=unix:///run/other.sock")
    docker_cli("context", "create", "ssh", "--docker", "host=ssh://me@server:2222/run/user/1000/docker.sock")
    docker_cli("context", "create", "prefix", "--docker", "host=tcp://proxy:80/engine")


NAMES = ("plain", "safe", "ca-only", "loose", "unix", "ssh", "prefix")

ENVIRONMENTS = [
    {},
    {"DOCKER_CONTEXT": "safe"},
    {"DOCKER_CONTEXT": "default"},
    {"DOCKER_CONTEXT": ""},
    {"DOCKER_HOST": "tcp://h:1", "DOCKER_CONTEXT": "safe"},
    {"DOCKER_HOST": "", "DOCKER_CONTEXT": "loose"},
    {"DOCKER_HOST": "h"},
    {"DOCKER_HOST": " h:1 "},
    {"DOCKER_HOST": ":77"},
    {"DOCKER_HOST": "tcp://"},
    {"DOCKER_HOST": "tcp://h:1/x"},
    {"DOCKER_HOST": "tcp://[::1]:"},
    {"DOCKER_HOST": "[fe80::1]:5"},
    {"DOCKER_HOST": "::1"},
    {"DOCKER_HOST": "unix://"},
    {"DOCKER_HOST": "unix:///run/x.sock"},
    {"DOCKER_HOST": "npipe://"},
    {"DOCKER_HOST": "ssh://me@server"},
    {"DOCKER_HOST": "h", "DOCKER_CERT_PATH": "{certificates}"},
    {"DOCKER_HOST": "h", "DOCKER_TLS": "1", "DOCKER_CERT_PATH": "{certificates}"},
    {"DOCKER_HOST": "h", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": "{certificates}"},
    {"DOCKER_HOST": "h", "DOCKER_TLS_VERIFY": "0", "DOCKER_CERT_PATH": "{certificates}"},
    {"DOCKER_HOST": "h", "DOCKER_TLS": "0", "DOCKER_TLS_VERIFY": "", "DOCKER_CERT_PATH": "{certificates}"},
    {"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": "{certificates}", "DOCKER_CONTEXT": "default"},
    {"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": "{certificates}", "DOCKER_CONTEXT": "plain"},
]


@pytest.mark.parametrize("current", ["", "plain"])
@pytest.mark.parametrize(
    "variables", ENVIRONMENTS, ids=lambda variables: ",".join(f"{k}={v}" for k, v in variables.items())
)
@pytest.mark.filterwarnings("ignore::aiodockerpy.errors.InsecureTLSWarning")
async def test_the_same_context_and_host(docker_cli, stored, home, certificates, variables, current):
    variables = {name: value.format(certificates=certificates) for name, value in variables.items()}
    if current:
        docker_cli("context", "use", current)
    theirs = inspected(docker_cli("context", "inspect", **variables))
    context = await ContextAPI.get_current_context(environment=home.environment | variables)
    ours = context.inspect()
    if context.Host.startswith("unix://") and theirs["Name"] == "default" and not variables.get("DOCKER_HOST"):
        # Without any configuration this library also looks for the sockets of other local engines.
        ours["Endpoints"]["docker"]["Host"] = theirs["Endpoints"]["docker"]["Host"]
    assert ours == theirs
    endpoint = resolve_endpoint(environment=home.environment | variables)
    assert endpoint.context == (None if theirs["Name"] == "default" else theirs["Name"])
    assert endpoint.host.url == context.Host


def test_the_recorded_hosts(docker_cli):
    """The answers that tests without the command go by."""
    recorded = dict(HOSTS) | {value: theirs for value, theirs, _ in OTHER_HOSTS}
    for value, address in recorded.items():
        done = docker_cli.run("context", "inspect", "--format", "{{.Endpoints.docker.Host}}", DOCKER_HOST=value)
        assert (done.stdout.decode().rstrip("\n") if done.returncode == 0 else None) == address, value


def test_the_recorded_paths(docker_cli, engine):
    for given, sent in PREFIXES:
        docker_cli("ps", DOCKER_HOST=f"tcp://127.0.0.1:{engine.port}{given}")
        assert engine.requests[-1][1] == f"{sent}/v1.45/containers/json", given


def test_the_recorded_ports_of_contexts(docker_cli, authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    name = "127.77.0.1"
    authority.issue_cert(name).configure_cert(context)
    engines: list[Engine] = []
    try:
        for port, secured in ((80, None), (443, context), (2375, context)):
            try:
                engines.append(Engine(secured, (name, port)))
            except PermissionError:
                pytest.skip("only root may listen on the ports of the web")
        for number, (address, has_tls, reached) in enumerate(CONTEXT_PORTS):
            options = f"host={address.format(name=name)},skip-tls-verify={str(has_tls).lower()}"
            docker_cli("context", "create", f"c{number}", "--docker", options)
            docker_cli("ps", DOCKER_CONTEXT=f"c{number}")
            asked = [f"{name}:{engine.port}" for engine in engines if engine.requests]
            assert asked == [reached.format(name=name)], address
            for engine in engines:
                engine.requests.clear()
    finally:
        for engine in engines:
            engine.close()


@pytest.mark.parametrize(
    "variables", [{"DOCKER_HOST": "udp://h"}, {"DOCKER_HOST": "tcp://h:port"}, {"DOCKER_CONTEXT": "nope"}]
)
def test_the_same_is_refused(docker_cli, home, variables):
    assert docker_cli.run("context", "inspect", **variables).returncode != 0
    with pytest.raises(DockerException):
        resolve_endpoint(environment=home.environment | variables)


@pytest.mark.filterwarnings("ignore::aiodockerpy.errors.InsecureTLSWarning")
async def test_contexts_of_the_command_are_read(docker_cli, stored, home):
    for name in NAMES:
        ours = await ContextAPI.inspect_context(name, environment=home.environment)
        assert ours == inspected(docker_cli("context", "inspect", name))


async def test_contexts_of_the_library_are_read(docker_cli, home, certificates):
    tls = TLSConfig((certificates / "cert.pem", certificates / "key.pem"), certificates / "ca.pem")
    env = {"environment": home.environment}
    await ContextAPI.create_context("plain", host="tcp://h", description="Über", **env)
    await ContextAPI.create_context("safe", host="tcp://h:2376", tls_cfg=tls, **env)
    await ContextAPI.create_context("ssh", host="ssh://me@h", **env)
    await ContextAPI.update_context("plain", host="tcp://h:2376", tls_cfg=tls, **env)
    await ContextAPI.update_context("safe", host="tcp://h:2375", **env)
    for name in ("plain", "safe", "ssh"):
        ours = await ContextAPI.inspect_context(name, **env)
        assert ours == inspected(docker_cli("context", "inspect", name))
    await ContextAPI.set_current_context("ssh", **env)
    assert docker_cli("context", "show").strip() == "ssh"
    await ContextAPI.remove_context("ssh", **env)
    assert docker_cli("context", "show").strip() == "default"
    assert docker_cli("context", "ls", "--quiet").split() == ["default", "plain", "safe"]


async def test_changes_of_the_command_are_seen(docker_cli, stored, home):
    env = {"environment": home.environment}
    docker_cli("context", "use", "safe")
    assert (await ContextAPI.get_current_context(**env)).Name == "safe"
    docker_cli("context", "update", "safe", "--description", "new", "--docker", "host=tcp://new:1")
    context = await ContextAPI.get_context("safe", **env)
    assert (context.Description, context.Host, context.TLSConfig) == ("new", "tcp://new:1", None)
    docker_cli("context", "use", "default")
    docker_cli("context", "rm", "safe")
    assert await ContextAPI.get_context("safe", **env) is None


async def test_the_same_order(docker_cli, home):
    for name in ("b2", "b10", "b1", "a-1", "a.1", "A1", "zz", "10", "9x", "default2"):
        docker_cli("context", "create", name, "--docker", "host=tcp://h:1") if len(name) > 1 else None
    ours = [context.Name for context in await ContextAPI.contexts(environment=home.environment)]
    assert ours == docker_cli("context", "ls", "--quiet").split()


async def test_archives_go_both_ways(docker_cli, stored, home, tmp_path):
    env = {"environment": home.environment}
    for name in NAMES:
        docker_cli("context", "export", name, str(tmp_path / f"{name}.theirs"))
        await ContextAPI.import_context(f"{name}-ours", tmp_path / f"{name}.theirs", **env)
        await ContextAPI.export_context(f"{name}-ours", tmp_path / f"{name}.ours", **env)
        docker_cli("context", "import", f"{name}-back", str(tmp_path / f"{name}.ours"))
        first, last = (inspected(docker_cli("context", "inspect", which)) for which in (name, f"{name}-back"))
        for key in ("Metadata", "Endpoints", "TLSMaterial"):
            assert first[key] == last[key]
    directory = home.docker / "contexts" / "tls"
    keys = {path.read_bytes() for path in directory.rglob("key.pem")}
    assert len(keys) == 1


async def test_a_copy_like_the_commands(docker_cli, stored, home):
    await ContextAPI.copy_context("safe", "ours", description="d", environment=home.environment)
    docker_cli("context", "create", "theirs", "--from", "safe", "--description", "d")
    ours, theirs = (inspected(docker_cli("context", "inspect", name)) for name in ("ours", "theirs"))
    for key in ("Metadata", "Endpoints", "TLSMaterial"):
        assert ours[key] == theirs[key]


# ---- requests


def test_the_same_prefix_version_and_headers(docker_cli, home, engine):
    home.write_config({"HttpHeaders": {"X-Meta-a": "1", "User-Agent": "evil"}})
    cases = [
        {},
        {"DOCKER_API_VERSION": "1.44"},
        {"DOCKER_CUSTOM_HEADERS": 'one=1,"two=2,2",four=,five=5=5,five=6,User-Agent=evil'},
    ]
    for variables in cases:
        variables["DOCKER_HOST"] = f"tcp://127.0.0.1:{engine.port}/pre/fix"
        endpoint = resolve_endpoint(environment=home.environment | variables)
        docker_cli("ps", **variables)
        _, path, sent = engine.requests[-1]
        assert path == f"{endpoint.host.prefix}/v{endpoint.api_version or '1.45'}/containers/json"
        added = {name: value for name, value in sent.items() if name not in {"Host", "User-Agent", "Accept-Encoding"}}
        assert added == endpoint.headers
        assert "evil" not in sent["User-Agent"]


def test_the_same_headers_are_refused(docker_cli, home, engine):
    for value in ("a", "=b", 'a="', 'a=b"c', '"a=b', '"a=b"c', "a=b,", "a b=c", "a=b\nc", '"a=1""2"', '"a=1,2",b=3'):
        variables = {"DOCKER_HOST": f"tcp://127.0.0.1:{engine.port}", "DOCKER_CUSTOM_HEADERS": value}
        theirs = docker_cli.run("ps", **variables).returncode == 0
        try:
            ours = resolve_endpoint(environment=home.environment | variables).headers
        except DockerException:
            ours = None
        assert (ours is not None) is theirs, value
        if theirs:
            assert ours.items() <= engine.requests[-1][2].items()


@pytest.fixture
def tls_engine(authority, request):
    """An engine with mutual TLS, for one name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued = authority.issue_cert(request.param)
    issued.configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    engine = Engine(context)
    engine.certificate = issued.cert_chain_pems[0]
    yield engine
    engine.close()


TLS_CASES = [
    ({"DOCKER_TLS_VERIFY": "1"}, (), True),
    ({"DOCKER_TLS": "1"}, (), True),
    ({}, (), False),
    ({"DOCKER_TLS_VERIFY": "1"}, ("cert.pem",), False),
    ({"DOCKER_TLS_VERIFY": "1"}, ("key.pem",), False),
    ({"DOCKER_TLS_VERIFY": "1"}, ("ca.pem",), False),
    ({"DOCKER_TLS": "1"}, ("ca.pem",), False),
    ({"DOCKER_TLS_VERIFY": "1"}, ("ca.pem=other",), False),
    ({"DOCKER_TLS_VERIFY": "1"}, ("ca.pem=engine",), True),
    ({"DOCKER_TLS": "1"}, ("ca.pem=other",), True),
    ({"DOCKER_TLS_VERIFY": "1"}, ("key.pem=encrypted",), False),
    ({"DOCKER_TLS_VERIFY": "1"}, ("key.pem=junk",), False),
]


def reaches(variables: dict[str, str]) -> bool:
    """Whether this library's settings get through to the engine."""
    import http.client

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        endpoint = resolve_endpoint(environment=variables)
    try:
        if endpoint.tls is None:
            connection = http.client.HTTPConnection(endpoint.host.name, endpoint.host.port, timeout=20)
        else:
            context = endpoint.tls.ssl_context()
            connection = http.client.HTTPSConnection(
                endpoint.host.name, endpoint.host.port, timeout=20, context=context
            )
        connection.request("GET", "/_ping")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException, DockerException):
        return False
    finally:
        if "connection" in locals():
            connection.close()


@pytest.mark.parametrize("tls_engine", ["127.0.0.1", "elsewhere"], indirect=True)
@pytest.mark.parametrize(("variables", "changes", "expected"), TLS_CASES)
def test_the_same_tls(docker_cli, home, certificates, encrypted_key, tls_engine, request, variables, changes, expected):
    for change in changes:
        name, _, replacement = change.partition("=")
        (certificates / name).unlink()
        if replacement == "other":
            trustme.CA().cert_pem.write_to_path(certificates / name)
        elif replacement == "engine":
            tls_engine.certificate.write_to_path(certificates / name)
        elif replacement == "encrypted":
            shutil.copy(encrypted_key, certificates / name)
        elif replacement == "junk":
            (certificates / name).write_text("junk")
    variables = variables | {
        "DOCKER_HOST": f"tcp://127.0.0.1:{tls_engine.port}",
        "DOCKER_CERT_PATH": str(certificates),
    }
    theirs = docker_cli.run("ps", **variables).returncode == 0
    ours = reaches(home.environment | variables)
    name_fits = request.node.callspec.params["tls_engine"] == "127.0.0.1" or "DOCKER_TLS" in variables
    assert (ours, theirs) == (expected and name_fits,) * 2


# ---- credentials

ME = encode_auth("me", "secret")
VARIABLE = {"DOCKER_AUTH_CONFIG": json.dumps({"auths": {"reg.example.com": {"auth": encode_auth("variable", "x")}}})}
CREDENTIAL_CASES = [
    ({}, {}, {}),
    ({"auths": {"reg.example.com": {"auth": ME}}}, {}, {}),
    ({"auths": {"https://reg.example.com/v1/": {"auth": ME}}}, {}, {}),
    ({"auths": {HUB_KEY: {"auth": ME}}}, {}, {}),
    ({"auths": {"docker.io": {"auth": ME}}}, {}, {}),
    ({"auths": {"index.docker.io": {"auth": ME}}}, {}, {}),
    ({"auths": {"localhost:5000": {"identitytoken": "t"}}}, {}, {}),
    ({"auths": {"localhost:5000": {"auth": ME, "identitytoken": "t"}}}, {}, {}),
    ({"auths": {"localhost:5000": {"registrytoken": "t"}}}, {}, {}),
    ({"auths": {"localhost:5000": {"username": "u", "password": "p"}}}, {}, {}),
    ({"AUTHS": {"localhost:5000": {"AUTH": ME}}}, {}, {}),
    ({"auths": {"localhost": {"auth": ME}}}, {}, {}),
    ({"credsStore": "all"}, {"all": {"reg.example.com": ["a", "b"], HUB_KEY: ["h", "x"]}}, {}),
    ({"credsStore": "all", "auths": {"reg.example.com": {"auth": ME}}}, {"all": {}}, {}),
    ({"credsStore": "all"}, {"all": {"reg.example.com": ["<token>", "identity"]}}, {}),
    ({"credsStore": "all", "credHelpers": {"reg.example.com": "one"}}, {"all": {"reg.example.com": ["a", "b"]}, "one": {"reg.example.com": ["c", "d"]}}, {}),
    ({"credsStore": "all", "credHelpers": {"reg.example.com": "one"}}, {"all": {"reg.example.com": ["a", "b"]}, "one": {}}, {}),
    ({"credHelpers": {"docker.io": "one"}}, {"one": {HUB_KEY: ["c", "d"]}}, {}),
    ({"credHelpers": {HUB_KEY: "one"}}, {"one": {HUB_KEY: ["c", "d"]}}, {}),
    ({"credsStore": "all", "credHelpers": {"reg.example.com": ""}, "auths": {"reg.example.com": {"auth": ME}}}, {"all": {"reg.example.com": ["a", "b"]}}, {}),
    ({"credsStore": "all", "credHelpers": {"reg.example.com": None}, "auths": {"reg.example.com": {"auth": ME}}}, {"all": {"reg.example.com": ["a", "b"]}}, {}),
    (json.dumps({"auths": {"reg.example.com": {"auth": ME}}}) + "}", {}, {}),
    ({"credHelpers": {"reg.example.com": "one"}}, {"one": 'print:{"username": "c", "SECRET": "d"}'}, {}),
    ({"credHelpers": {"reg.example.com": "one"}}, {"one": 'print:{"Username": "c", "Secret": "d"} and more'}, {}),
    ({"credsStore": "all"}, {"all": {"reg.example.com": ["a", "b"]}}, VARIABLE),
    ({"auths": {"reg.example.com": {"auth": ME}}}, {}, VARIABLE),
    ({"auths": {"reg.example.com": {"auth": ME}}}, {}, {"DOCKER_AUTH_CONFIG": "{broken"}),
    ({"auths": {"reg.example.com": {"auth": ME}}}, {}, {"DOCKER_AUTH_CONFIG": VARIABLE["DOCKER_AUTH_CONFIG"][:-1] + ', "x": 1}'}),
]  # fmt: skip
IMAGES = [
    ("busybox", "docker.io"),
    ("index.docker.io/library/busybox", "docker.io"),
    ("reg.example.com/a/b", "reg.example.com"),
    ("localhost:5000/a", "localhost:5000"),
]


def made_helper(helper: FakeHelper, content: dict[str, list[str]] | str) -> FakeHelper:
    """Let a helper keep entries, or always behave in one way."""
    helper.behave(content) if isinstance(content, str) else helper.keep(content)
    return helper


def decoded(header: str | None) -> dict:
    """The credentials in a header; the server's address depends on where they come from and means nothing."""
    credentials = json.loads(base64.urlsafe_b64decode(header)) if header else {}
    return {name: value for name, value in credentials.items() if name != "serveraddress"}


@pytest.mark.parametrize(("config", "helpers", "variables"), CREDENTIAL_CASES)
async def test_the_same_credentials(docker_cli, home, make_helper, engine, config, helpers, variables):
    made = {name: made_helper(make_helper(name), content) for name, content in helpers.items()}
    home.write_config(config)
    questions = []
    for image, registry in IMAGES:
        engine.requests.clear()
        docker_cli("pull", "--quiet", image, DOCKER_HOST=f"tcp://127.0.0.1:{engine.port}", **variables)
        theirs = decoded(engine.header("X-Registry-Auth"))
        asked = {name: [call[:2] for call in helper.calls] for name, helper in made.items()}
        subject = CredentialResolver(home.docker, home.environment | variables)
        found = await subject.resolve(registry)
        ours = {name: text for name, text in found.to_wire().items() if name != "serveraddress"} if found else {}
        assert ours == theirs, image
        for name, helper in made.items():
            mine = [call[:2] for call in helper.calls][len(asked[name]) :]
            new = asked[name][len([call for call in questions if call[0] == name]) :]
            questions += [(name, call) for call in new + mine]
            assert mine == new, image


@pytest.mark.parametrize(("config", "helpers", "variables"), CREDENTIAL_CASES)
async def test_the_same_credentials_for_a_build(
    docker_cli, home, make_helper, engine, tmp_path, config, helpers, variables
):
    for name, content in helpers.items():
        made_helper(make_helper(name), content)
    home.write_config(config)
    context = tmp_path / "context"
    context.mkdir()
    (context / "Dockerfile").write_text("FROM scratch\n")
    engine.requests.clear()
    docker_cli.run(
        "build", str(context), DOCKER_BUILDKIT="0", DOCKER_HOST=f"tcp://127.0.0.1:{engine.port}", **variables
    )
    header = engine.header("X-Registry-Config")
    assert header is not None
    theirs = json.loads(base64.urlsafe_b64decode(header))
    ours = await CredentialResolver(home.docker, home.environment | variables).get_all()
    assert {registry: _without_address(auth.to_wire()) for registry, auth in ours.items()} == {
        registry: _without_address(auth) for registry, auth in theirs.items() if _without_address(auth)
    }


def _without_address(auth: dict) -> dict:
    return {name: value for name, value in auth.items() if name != "serveraddress"}


@pytest.mark.parametrize(
    ("config", "programs", "chosen"),
    [
        (None, ("pass", "docker-credential-pass", "docker-credential-secretservice"), "pass"),
        (None, ("docker-credential-secretservice",), "secretservice"),
        (None, ("pass", "docker-credential-secretservice"), ""),
        (None, ("docker-credential-pass",), ""),
        ({"auths": {}, "credHelpers": {}, "credsStore": ""}, ("pass", "docker-credential-pass"), "pass"),
        ({"auths": {"other": {"auth": ME}}}, ("pass", "docker-credential-pass"), ""),
        ({"credHelpers": {"other": "pass"}}, ("pass", "docker-credential-pass"), ""),
        ({"credsStore": "secretservice"}, ("pass", "docker-credential-pass", "docker-credential-secretservice"), "secretservice"),
    ],
)  # fmt: skip
async def test_the_same_store_where_none_is_chosen(
    docker_cli, home, make_helper, engine, tmp_path, config, programs, chosen
):
    """Whose helper is asked for a pull, what ``docker login`` stores where, and what it leaves in ``config.json``."""
    helpers = {}
    for program in programs:
        if suffix := program.removeprefix("docker-credential-").replace(program, ""):
            helpers[suffix] = make_helper(suffix)
        else:
            (tmp_path / "bin" / program).write_text("#!/bin/sh\nexit 0\n")
            (tmp_path / "bin" / program).chmod(0o755)
    mine = Home(tmp_path / "mine")
    for each in (home, mine):
        if config is not None:
            each.write_config(config)
    host = {"DOCKER_HOST": f"tcp://127.0.0.1:{engine.port}"}
    subject = CredentialResolver(mine.docker, mine.environment | {"PATH": home.environment["PATH"]})

    docker_cli("pull", "--quiet", "reg.example.com/a", **host)
    asked = {suffix: helper.calls for suffix, helper in helpers.items()}
    await subject.resolve("reg.example.com")
    assert {suffix: helper.calls for suffix, helper in helpers.items()} == {s: 2 * calls for s, calls in asked.items()}
    assert [suffix for suffix, calls in asked.items() if calls] == ([chosen] if chosen else [])

    docker_cli("login", "-u", "me", "--password-stdin", "reg.example.com", input=b"secret", **host)
    theirs = {suffix: helper.kept for suffix, helper in helpers.items()}
    for helper in helpers.values():
        helper.keep({})
    await subject.store(AuthConfig("me", "secret", server_address="reg.example.com"))
    assert {suffix: helper.kept for suffix, helper in helpers.items()} == theirs
    ours, written = ({name: value for name, value in each.read_config().items() if value} for each in (mine, home))
    assert ours == written
    assert ours.get("credsStore", "") == chosen
