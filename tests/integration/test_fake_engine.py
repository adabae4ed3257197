"""The fake engine beside the newest engine of the lab: the same requests, and answers of the same shape.

Compared are the status, the names of headers, the shape of JSON (names and types, not values), and the order of events.
Every operation that the fake has is asked at least once.
"""

from __future__ import annotations

import asyncio
import difflib
import io
import json
import re
import socket
import tarfile
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from aiodockerpy.testing import FakeEngine
from aiodockerpy.testing._core import handlers, route
from tests.lab import rest
from tests.testing.refused import REFUSED
from tests.testing.test_engine import SHELL
from tests.testing.test_project import copy
from tests.testing.test_refused import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION = "/v1.51"
IGNORED_HEADERS = {"date", "content-length", "transfer-encoding"}  # lengths differ, and long bodies are chunked
ANY = re.compile(
    r"^(\.GraphDriver|\.DriverStatus|\.Warnings|\.RegistryConfig|\.Runtimes|\.Plugins|\.Components|\.memory_stats\.stats"
    r"|\.cpu_stats\.cpu_usage\.percpu_usage|\.blkio_stats|\.Config\.ExposedPorts|\.SecurityOptions|\.CDISpecDirs|\.Labels"
    r"|\.Containerd|\.State\.Health\.Log|\.ExecIDs|\.NetworkSettings\.Networks\.bridge\.DNSNames|\.Processes|\.networks)"
)
"""Where machines and moments differ (a health check runs): what is there is compared, and not what is in it."""
ID = re.compile(r"[0-9a-f]{64}")
KEYED = re.compile(r"[0-9a-f]{64}|\d+/(tcp|udp)")


def shape(value: Any, path: str = "") -> Any:
    """Reduce JSON to names and types."""
    if ANY.match(path):
        return "there"
    if isinstance(value, dict):
        return {KEYED.sub("*", key): shape(item, f"{path}.{key}") for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item, path) for item in value[:1]]
    return type(value).__name__


def flat(value: Any, path: str = "") -> list[str]:
    """List the paths of a shape with their types."""
    if isinstance(value, dict) and value:
        return [found for key, item in value.items() for found in flat(item, f"{path}.{key}")]
    if isinstance(value, list) and value:
        return flat(value[0], f"{path}[]")
    return [f"{path}: {value}"]


LEFT_BY_OTHERS = re.compile(r"\.BuildCache|(\.Images)?\[\]\.RepoTags")
"""What the real engine's answer has of the builds of other tests: a cache, and images without names."""


class Both:
    """The same request to the fake and to the real engine."""

    def __init__(self, fake: str, real: str) -> None:
        self.urls = {"fake": fake, "real": real}
        self.asked: set[str] = set()
        self.wrong: list[str] = []

    def __call__(self, method: str, path: str, value: Any = None, **others: Any) -> dict[str, Any]:
        """Ask both and compare; ``others`` has bodies and headers. ``{key}`` in the path is filled from the answers.

        ``again`` is the status of an engine that is still busy, which is asked once more.
        """
        expected, found = (self._ask(name, method, path, value, others) for name in ("real", "fake"))
        for what, one, other in zip(("status", "headers", "shape"), expected[:3], found[:3], strict=True):
            if one != other:
                only = sorted(set(flat(one)) ^ set(flat(other))) if what == "shape" else [one, other]
                if what == "shape" and all(LEFT_BY_OTHERS.match(path) for path in only):
                    continue
                self.wrong.append(f"{method} {path}: {what} {only}")
        return {"real": expected[3], "fake": found[3]}

    def _ask(self, name: str, method: str, path: str, value: Any, others: dict[str, Any]) -> tuple[Any, ...]:
        filled = {key: quote(item[name], safe="") for key, item in others.get("fill", {}).items()}
        target = path.format(**filled) if filled else path
        found = route(method, target.partition("?")[0])
        assert found is not None
        self.asked.add(found[0].id)
        body = others.get("body", None if value is None else json.dumps(value).encode())
        headers = {"Content-Type": others.get("kind", "application/json")} if body is not None else {}
        for _ in range(50):
            status, seen, answer = rest.call(
                self.urls[name], method, VERSION + target, body=body, headers=headers, timeout=60
            )
            if status != others.get("again"):
                break
            time.sleep(0.1)
        names = sorted(set(seen) - IGNORED_HEADERS)
        try:
            parsed = json.loads(answer)
        except ValueError:
            parsed = [json.loads(line) for line in answer.splitlines()] if answer.startswith(b"{") else len(answer) > 0
        return status, names, shape(parsed), parsed

    def same(self, method: str, path: str, value: Any = None, part: str = "") -> None:
        """Ask both and compare what they say, or a part of it such as ``State.Error``, but for ids."""
        answers = self(method, path, value)
        for name in part.split(".") if part else ():
            answers = {url: answer[name] for url, answer in answers.items()}
        said = {url: ID.sub("<id>", json.dumps(answer)) for url, answer in answers.items()}
        self.equal(f"{method} {path}", said)

    def equal(self, what: str, values: dict[str, Any]) -> None:
        """Compare two values."""
        if values["real"] != values["fake"]:
            self.wrong.append(f"{what}: {values}")

    def raw(
        self,
        method: str,
        path: str,
        ids: dict[str, str],
        body: bytes = b"{}",
        extra: str = "",
        talk: bytes = b"",
        wait: float = 20,
    ) -> None:
        """Ask both over a connection that is taken over; compare the head and all that comes, and whether it ends."""
        found = [self._raw(name, method, path.format(ids[name]), body, extra, talk, wait) for name in ("real", "fake")]
        if found[0] != found[1]:
            self.wrong.append(f"{method} {path}:\n  real {found[0]}\n  fake {found[1]}")

    def _raw(
        self, name: str, method: str, path: str, body: bytes, extra: str, talk: bytes, wait: float
    ) -> tuple[list[bytes], bytes]:
        operation = route(method, path.partition("?")[0])
        assert operation is not None
        self.asked.add(operation[0].id)
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(20)
            link.connect(self.urls[name].removeprefix("unix://"))
            head = f"{method} {VERSION}{path} HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n{extra}"
            link.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            data = b""
            while b"\r\n\r\n" not in data:
                data += link.recv(65536)
            if talk:
                time.sleep(0.2)
                link.sendall(talk)
            link.settimeout(wait)
            try:
                while more := link.recv(65536):
                    data += more
            except TimeoutError:
                data += b" and it goes on"
        answer, _, rest_of_it = data.partition(b"\r\n\r\n")
        volatile = re.compile(rb"(?i)date:|sec-websocket-accept")
        lines = [line for line in answer.split(b"\r\n") if not volatile.match(line)]
        return sorted(line.replace(b"+dfsg4", b"") for line in lines), rest_of_it


UPGRADE = "Connection: Upgrade\r\nUpgrade: tcp\r\n"
WEBSOCKET = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


@pytest.fixture
def both(engine, prefix) -> Iterator[Both]:
    with FakeEngine.in_thread(images=["busybox:1", "busybox:latest"], strict=False) as fake:
        yield Both(fake.url, engine.url)


def archive() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        info = tarfile.TarInfo("put")
        info.size = 4
        tar.addfile(info, io.BytesIO(b"text"))
    return buffer.getvalue()


def linked(source: str, name: str) -> bytes:
    """Return an archive of a file and of a hard link to one that is there already."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        tar.addfile(tarfile.TarInfo(f"{name}-file"))
        info = tarfile.TarInfo(name)
        info.type, info.linkname = tarfile.LNKTYPE, source
        tar.addfile(info)
    return buffer.getvalue()


def members(url: str, path: str) -> list[tuple[str, bytes, str, int]]:
    """List what an archive has."""
    with tarfile.open(fileobj=io.BytesIO(rest.call(url, "GET", VERSION + path)[2])) as tar:
        return [(info.name, info.type, info.linkname, info.mode) for info in tar]


@pytest.mark.parametrize("engine", ["new"], indirect=True)
def test_the_fake_engine_answers_in_the_shape_of_the_real_one(both: Both, prefix):
    started = int(time.time())
    name = f"{prefix}one"
    system(both)
    outside_of_a_swarm(both)
    images(both, prefix)
    created = containers(both, name, prefix)
    networks_and_volumes(both, name, prefix)
    networks_of_what_does_not_run(both, prefix)
    links(both, prefix)
    configurations(both, prefix)
    settings(both, f"{prefix}s")
    health(both, f"{prefix}h")
    streams(both, name)
    refusals(both, name, prefix)
    ending(both, name, prefix)
    events(both, created, started)
    pruning(both, prefix)
    assert not both.wrong, "\n".join(both.wrong)
    assert set(handlers) - both.asked == set()


def system(both: Both) -> None:
    for path in ("/_ping", "/version", "/info"):
        both("GET", path)
    both("HEAD", "/_ping")


def images(both: Both, prefix: str) -> None:
    both("GET", "/images/json?all=1")
    both("GET", "/images/busybox:1/json")
    both("GET", "/images/busybox:1/history")
    both("POST", f"/images/busybox:1/tag?repo={prefix}a&tag=1")
    both("GET", f"/images/{prefix}a:1/get")
    both("GET", f"/images/get?names={prefix}a:1")
    both("DELETE", f"/images/{prefix}a:1")
    both("POST", f"/images/create?fromSrc=-&repo={prefix}b&tag=1", body=archive(), kind="application/x-tar")
    both("GET", f"/images/{prefix}b:1/json")
    both("DELETE", f"/images/{prefix}b:1")
    both("POST", "/images/load", body=b"no archive", kind="application/x-tar")
    for path in ("/images/nope/json", "/images/nope/history", "/images/nope/get"):
        both("GET", path)
    both("DELETE", "/images/nope")
    both("POST", "/images/busybox:1/tag?repo=FOO")
    both("GET", "/plugins")


def outside_of_a_swarm(both: Both) -> None:
    for path in ("/services", "/tasks", "/nodes", "/secrets", "/configs"):
        both("GET", path)


def containers(both: Both, name: str, prefix: str) -> dict[str, str]:
    request = {
        "Image": "busybox:1", "Cmd": ["sh", "-c", "echo out; echo err >&2; sleep 1000"], "Labels": {"a": "b"},
        "Env": ["A=b"], "ExposedPorts": {"80/tcp": {}}, "StopTimeout": 1,
        "HostConfig": {"Memory": 67108864, "PortBindings": {"80/tcp": [{"HostPort": "18099"}]},
                       "Binds": [f"{prefix}vol:/data"]},
    }  # fmt: skip
    created = both("POST", f"/containers/create?name={name}", request)
    both("GET", f"/containers/{name}/json?size=1")
    both("POST", f"/containers/{name}/start")
    both("POST", f"/containers/{name}/start")
    both("GET", f"/containers/{name}/json")
    both("GET", "/containers/json?size=1&filters=" + quote(json.dumps({"name": [name]})))
    for query in ("", "?type=volume", "?type=nothing"):
        both("GET", f"/system/df{query}")
    both("GET", f"/containers/{name}/top")
    for arguments in (
        "-o pid,comm",
        "aux",
        "ax",
        "-e",
        "-eo pid,user,uid,%cpu,%mem,stat,start,stime,time,tty,args,cmd",
    ):
        found = both("GET", f"/containers/{name}/top?ps_args={quote(arguments)}")
        both.equal(f"top {arguments}", {url: answer["Titles"] for url, answer in found.items()})
    both("GET", f"/containers/{name}/changes")
    both("GET", f"/containers/{name}/stats?stream=0&one-shot=1")
    both("GET", f"/containers/{name}/stats?stream=1&one-shot=1")
    both("POST", f"/containers/{name}/update", {"Memory": 134217728, "MemorySwap": -1})
    both("POST", f"/containers/{name}/resize?h=10&w=20")
    both("POST", f"/containers/{name}/rename?name={name}x")
    both("POST", f"/containers/{name}x/rename?name={name}")
    both("POST", f"/containers/{name}/kill?signal=HUP")
    both("POST", f"/containers/{name}/pause")
    both("POST", f"/containers/{name}/pause")
    both("GET", f"/containers/{name}/json")
    both("POST", f"/containers/{name}/unpause")
    both("POST", f"/containers/{name}/unpause")
    both("HEAD", f"/containers/{name}/archive?path=/etc/passwd")
    both("GET", f"/containers/{name}/archive?path=/etc/passwd")
    both("PUT", f"/containers/{name}/archive?path=/tmp", body=archive(), kind="application/x-tar")
    for body in (linked("put", "first"), linked("../etc/passwd", "second"), linked("missing", "third")):
        both("PUT", f"/containers/{name}/archive?path=/tmp", body=body, kind="application/x-tar")
    for path in (f"/containers/{name}/archive?path=/tmp", f"/containers/{name}/archive?path=/tmp/put"):
        both.equal(path, {url: members(both.urls[url], path) for url in both.urls})
    both("GET", f"/containers/{name}/export")
    both("POST", f"/commit?container={name}&repo={prefix}c&tag=1")
    both("GET", f"/images/{prefix}c:1/history")
    found = both("GET", f"/images/{prefix}c:1/json")
    both.equal("version", {url: answer["DockerVersion"].partition("+")[0] for url, answer in found.items()})
    saved = {url: members(both.urls[url], f"/images/{prefix}c:1/get") for url in both.urls}
    both.equal("saved", {url: [row for row in rows if "sha256/" not in row[0]] for url, rows in saved.items()})
    both("DELETE", f"/images/{prefix}c:1")
    return {url: answer["Id"] for url, answer in created.items()}


def networks_and_volumes(both: Both, name: str, prefix: str) -> None:
    both("GET", "/networks/bridge")
    made = both("POST", "/networks/create", {"Name": f"{prefix}net", "Labels": {"x": "y"}})
    both("POST", "/networks/create", {"Name": f"{prefix}net"})
    both("GET", "/networks?filters=" + quote(json.dumps({"name": [f"{prefix}net"]})))
    both("POST", "/networks/{id}/connect", {"Container": name}, fill={"id": {k: v["Id"] for k, v in made.items()}})
    both("POST", f"/networks/{prefix}net/connect", {"Container": name})
    both("GET", f"/networks/{prefix}net")
    both("DELETE", f"/networks/{prefix}net")
    both("POST", f"/networks/{prefix}net/disconnect", {"Container": name})
    both("POST", f"/networks/{prefix}net/disconnect", {"Container": name})
    both("DELETE", f"/networks/{prefix}net")
    both("POST", "/volumes/create", {"Name": f"{prefix}v", "Labels": {"x": "y"}})
    both("GET", f"/volumes/{prefix}v")
    both(
        "GET", "/volumes?filters=" + quote(json.dumps({"name": [prefix], "label": ["x=y"]}))
    )  # one: the order is random
    both("DELETE", f"/volumes/{prefix}v")
    both("DELETE", f"/volumes/{prefix}vol")


def networks_of_what_does_not_run(both: Both, prefix: str) -> None:
    """A network is looked for when the container starts; what it was given first stays."""
    name, network, of = f"{prefix}n", f"{prefix}nn", {"Container": f"{prefix}n"}
    shown = f"/containers/{name}/json"
    both("POST", f"/containers/create?name={name}", {"Image": "busybox:1", "Cmd": ["sleep", "1000"]})
    both("POST", "/networks/create", {"Name": network})
    both.same("POST", f"/networks/{network}/connect", of)
    both.same("POST", f"/networks/{network}/connect", {**of, "EndpointConfig": {"Aliases": ["x"]}})
    both.same("POST", f"/networks/{prefix}nope/connect", of)
    both("GET", shown)
    both.same("POST", f"/networks/{prefix}nope/disconnect", of)
    both.same("POST", f"/networks/{prefix}nope/disconnect", of)
    both("POST", f"/containers/{name}/start")
    for action in ("connect", "disconnect"):
        both.same("POST", f"/networks/{prefix}nope/{action}", of)
    both.same("POST", f"/networks/{network}/connect", of)
    both("POST", f"/containers/{name}/stop?t=0")
    both.same("DELETE", f"/networks/{network}")
    both.same("POST", f"/containers/{name}/start")
    both.same("GET", shown, part="State.ExitCode")
    both.same("GET", shown, part="State.Error")
    both("DELETE", f"/containers/{name}")


def links(both: Both, prefix: str) -> None:
    box = {"Image": "busybox:1", "Cmd": ["sleep", "1000"]}
    one, two = f"{prefix}l1", f"{prefix}l2"
    listed = "/containers/json?all=1&filters=" + quote(json.dumps({"name": [f"{prefix}l"]}))

    def names() -> None:
        answers = both("GET", listed)
        both.equal("names", {url: [found["Names"] for found in answer] for url, answer in answers.items()})

    both("POST", f"/containers/create?name={one}", {**box, "Env": ["A=b", "HOME=/x"], "ExposedPorts": {"80/tcp": {}}})
    both("POST", f"/containers/create?name={two}", {**box, "HostConfig": {"Links": [f"{one}:db"]}})
    names()
    for action in ("start", "restart?t=0"):
        both.same("POST", f"/containers/{two}/{action}")
    both.same("GET", f"/containers/{two}/json", part="State.Error")
    for container in (one, two):
        both("POST", f"/containers/{container}/start")
    both.same("GET", f"/containers/{two}/db/json", part="Name")
    both("POST", f"/containers/{one}/rename?name={one}x")
    both("POST", f"/containers/{two}/rename?name={two}x")
    names()
    both.same("GET", f"/containers/{two}x/json", part="HostConfig.Links")
    both.same("DELETE", f"/containers/{two}x/no?link=1")
    both.same("DELETE", f"/containers/{two}x/db?link=1")
    names()
    both.same("GET", f"/containers/{two}x/json", part="HostConfig.Links")
    for container in (one, two):
        both("DELETE", f"/containers/{container}x?force=1")


def configurations(both: Both, prefix: str) -> None:
    """Networks that are only configurations, and those that take one over."""
    only, user = f"{prefix}only", f"{prefix}user"
    given = {
        "Name": only, "ConfigOnly": True, "IPAM": {"Config": [{"Subnet": "10.87.9.0/24"}]}, "Labels": {prefix: "y"},
        "Options": {"com.docker.network.driver.mtu": "1400"},
    }  # fmt: skip
    source = {"Name": user, "ConfigFrom": {"Network": only}}
    for wrong in ({"Internal": True}, {"ConfigFrom": {"Network": only}}, {"IPAM": {"Config": [{"Subnet": "bad"}]}}):
        both.same("POST", "/networks/create", {**given, **wrong})
    both.same("POST", "/networks/create", source)
    both.same("POST", "/networks/create", {**source, "ConfigFrom": {"Network": "bridge"}})
    both("POST", "/networks/create", given)
    for wrong in ({"Options": {"a": "b"}}, {"Labels": {"a": "b"}}, {"EnableIPv6": True}, {"IPAM": given["IPAM"]}):
        both.same("POST", "/networks/create", {**source, **wrong})
    both("POST", "/networks/create", source)
    both.same("POST", "/networks/create", {**source, "Name": f"{prefix}again"})
    for name in (only, user):
        for part in ("Driver", "IPAM", "Labels", "Options", "ConfigOnly", "ConfigFrom", "Internal"):
            both.same("GET", f"/networks/{name}", part=part)
    both("POST", f"/containers/create?name={prefix}c", {"Image": "busybox:1", "HostConfig": {"NetworkMode": only}})
    both.same("POST", f"/containers/{prefix}c/start")
    both("DELETE", f"/containers/{prefix}c")
    both.same("DELETE", f"/networks/{only}")
    for _ in range(2):
        both.same("POST", "/networks/prune?filters=" + quote(json.dumps({"label": [prefix]})))
    both("DELETE", f"/networks/{only}")


def settings(both: Both, name: str) -> None:
    """Each is a container that is started and stopped."""
    network = f"{name}net"
    both("POST", "/networks/create", {"Name": network, "IPAM": {"Config": [{"Subnet": "10.87.7.0/24"}]}})
    mac, port = "02:42:0a:57:07:09", [{"HostPort": "18098"}]
    point = {"Aliases": ["x"], "IPAMConfig": {"IPv4Address": "10.87.7.9"}, "MacAddress": mac, "DriverOpts": {"a": "b"}}
    for given in (
        {"HostConfig": {"Binds": ["/tmp:/b:rw,private"]}},
        {"HostConfig": {"PortBindings": {"81/tcp": port}}},
        {"ExposedPorts": {"80/tcp": {}, "81/tcp": {}}, "HostConfig": {"PortBindings": {"81/tcp": port}}},
        {"HostConfig": {"NetworkMode": network}, "NetworkingConfig": {"EndpointsConfig": {network: point}}},
        {"HostConfig": {"PidMode": "host", "NetworkMode": "host"}},
        {"MacAddress": mac},
    ):
        made = both(
            "POST",
            f"/containers/create?name={name}",
            {"Image": "busybox:1", "Cmd": ["sleep", "1000"], "StopTimeout": 0, **given},
        )
        both.equal("warnings", {url: answer["Warnings"] for url, answer in made.items()})
        for action in ("start", "stop"):
            both.same("GET", f"/containers/{name}/json", part="HostConfig.SecurityOpt")
            found = both("GET", f"/containers/{name}/json")
            both.equal("mounts", {url: answer["Mounts"] for url, answer in found.items()})
            both.equal("address", {url: answer["Config"].get("MacAddress") for url, answer in found.items()})
            both.same("GET", f"/containers/{name}/json", part="NetworkSettings.Ports")
            both("POST", f"/containers/{name}/{action}")
        both.same("GET", f"/containers/{name}/json", part="State.ExitCode")
        both("DELETE", f"/containers/{name}")
    both("DELETE", f"/networks/{network}")


def health(both: Both, name: str) -> None:
    """A container that is paused or stopped is not checked, and counts as unhealthy."""
    check = {"Test": ["CMD", "true"], "Interval": 200_000_000}
    for more in ({}, {"StartPeriod": 10**10}):
        given = {"Image": "busybox:1", "Cmd": ["sleep", "1000"], "Healthcheck": {**check, **more}, "StopTimeout": 0}
        both("POST", f"/containers/create?name={name}", given)
        for action in ("start", "pause", "unpause", "stop", "start", "kill"):
            both("POST", f"/containers/{name}/{action}")
            both.same("GET", f"/containers/{name}/json", part="State.Health.Status")
            if action == "start":
                time.sleep(1.5)
                both.same("GET", f"/containers/{name}/json", part="State.Health.Status")
        both("DELETE", f"/containers/{name}")


def streams(both: Both, name: str) -> None:
    both.raw("GET", "/containers/{}/logs?stdout=1", dict.fromkeys(("real", "fake"), name), b"", "Connection: close\r\n")
    for config, extra, talk in (
        ({"Cmd": ["sh", "-c", "echo x; exit 3"], "AttachStdout": True}, UPGRADE, b""),
        ({"Cmd": ["sh", "-c", "echo x"], "AttachStdout": True}, "", b""),
        ({"Cmd": ["ls", "-l", "/etc/passwd"], "AttachStdout": True}, "", b""),
        ({"Cmd": ["ls", "-d", "/etc", "/etc/passwd"], "AttachStdout": True}, "", b""),
        ({"Cmd": ["nosuch"], "AttachStdout": True, "AttachStderr": True}, UPGRADE, b""),
        ({"Cmd": ["sh", "-c", "read x; echo got $x"], "AttachStdin": True, "AttachStdout": True}, UPGRADE, b"a\n"),
    ):
        execute(both, name, config, extra, talk)
    detached = both("POST", f"/containers/{name}/exec", {"Cmd": ["true"]})
    both("POST", "/exec/{id}/start", {"Detach": True}, fill={"id": {k: v["Id"] for k, v in detached.items()}})
    cat = {"Image": "busybox:1", "Cmd": ["head", "-n", "1"], "OpenStdin": True, "StdinOnce": True, "AttachStdin": True}
    for way, extra, talk in (
        ("POST /containers/{}/attach?stream=1&stdin=1&stdout=1&stderr=1", UPGRADE, b"line\n"),
        ("GET /containers/{}/attach/ws?stream=1&stdin=1&stdout=1&stderr=1", WEBSOCKET, b"\x82\x85\0\0\0\0line\n"),
    ):
        made = both("POST", f"/containers/create?name={name}-cat", cat)
        both("POST", f"/containers/{name}-cat/start")
        method, path = way.split()
        both.raw(method, path, {k: v["Id"] for k, v in made.items()}, b"", extra, talk)
        both("POST", f"/containers/{name}-cat/wait")
        both("DELETE", f"/containers/{name}-cat")

    attached_to_what_does_not_run(both, name)
    left_by_keys(both, name)


def execute(both: Both, name: str, config: dict[str, Any], extra: str, talk: bytes) -> None:
    ids = {url: answer["Id"] for url, answer in both("POST", f"/containers/{name}/exec", config).items()}
    both.raw("POST", "/exec/{}/start", ids, json.dumps({"Tty": "Tty" in config}).encode(), extra, talk)
    both("GET", "/exec/{id}/json", fill={"id": ids})
    both("POST", "/exec/{id}/start", {"Detach": False}, fill={"id": ids})
    both("POST", "/exec/{id}/resize?h=10&w=20", fill={"id": ids}, again=500)


def attached_to_what_does_not_run(both: Both, name: str) -> None:
    """Only what wants neither output nor a living input ends at once."""
    echo = {"Image": "busybox:1", "Cmd": ["echo", "hi"]}
    for config in (echo, {**echo, "OpenStdin": True}, {**echo, "Tty": True}):
        made = both("POST", f"/containers/create?name={name}-echo", config)
        ids = {url: answer["Id"] for url, answer in made.items()}
        for actions in (("start", "wait"), ()):
            for query in ("stream=1", "stream=1&stdin=1", "logs=1&stdout=1"):
                if query != "stream=1&stdin=1" or "OpenStdin" not in config:
                    both.raw("POST", f"/containers/{{}}/attach?{query}", ids, b"", UPGRADE)
            for query in ("stream=1&stdout=1&stderr=1", "stream=1&logs=1&stdout=1"):
                both.raw("POST", f"/containers/{{}}/attach?{query}", ids, b"", UPGRADE, wait=0.5)
            for action in actions:
                both("POST", f"/containers/{name}-echo/{action}")
        both("DELETE", f"/containers/{name}-echo")


def left_by_keys(both: Both, name: str) -> None:
    cat = {"Image": "busybox:1", "Cmd": ["cat"], "OpenStdin": True, "Tty": True}
    left = both("POST", f"/containers/create?name={name}-left", cat)
    both("POST", f"/containers/{name}-left/start")
    ids = {url: answer["Id"] for url, answer in left.items()}
    for way, extra, talk in (
        ("POST /containers/{}/attach?stream=1&stdin=1&stdout=1&detachKeys=ctrl-x", UPGRADE, b"\x18"),
        ("GET /containers/{}/attach/ws?stream=1&stdin=1&stdout=1", WEBSOCKET, b"\x82\x82\0\0\0\0\x10\x11"),
    ):
        both.raw(*way.split(), ids, b"", extra, talk)
    events(both, ids, 0)
    terminal = {"AttachStdin": True, "AttachStdout": True, "Tty": True}
    for config, talk in (
        ({"Cmd": ["cat"]}, b"\x10\x11"),
        ({"Cmd": ["cat"], "DetachKeys": "ctrl-x"}, b"\x18"),
        ({"Cmd": ["head", "-n1"], "DetachKeys": "ctrl-x,y"}, b"\x18z\n"),
    ):
        execute(both, f"{name}-left", {**terminal, **config}, UPGRADE, talk)
    both("DELETE", f"/containers/{name}-left?force=1")


def refusals(both: Both, name: str, prefix: str) -> None:
    for method, path, value in (
        ("POST", "/containers/create", {}), ("POST", "/containers/create", {"Image": "nope"}),
        ("POST", "/containers/create?name=a%20b", {"Image": "busybox:1"}),
        ("POST", f"/containers/create?name={name}", {"Image": "busybox:1"}),
        ("POST", "/containers/create", {"Image": "busybox:1", "HostConfig": {"RestartPolicy": {"Name": "often"}}}),
        ("POST", "/containers/create", {"Image": "busybox:1", "HostConfig": {"Memory": 100}}),
        ("GET", "/containers/json?filters=xx", None), ("GET", "/containers/json?filters=%7B%22foo%22%3A%5B%22a%22%5D%7D", None),
        ("GET", "/containers/nope/json", None), ("POST", f"/containers/{name}/kill?signal=NO", None),
        ("POST", f"/containers/{name}/wait?condition=never", None), ("GET", f"/containers/{name}/logs", None),
        ("POST", f"/containers/{name}/rename", None), ("DELETE", f"/containers/{name}", None),
        ("GET", f"/containers/{name}/archive?path=/nix", None), ("HEAD", f"/containers/{name}/archive?path=/nix", None),
        ("GET", f"/containers/{name}/archive", None), ("POST", f"/containers/{name}/exec", {}),
        ("POST", f"/containers/{name}/attach?stream=1&detachKeys=no", None),
        ("GET", f"/containers/{name}/top?ps_args=-o%20user", None), ("GET", f"/containers/{name}/top?ps_args=-o%20bogus", None),
        ("GET", "/exec/nope/json", None),
        ("GET", "/networks/nope", None), ("DELETE", "/networks/bridge", None), ("POST", "/networks/create", {}),
        ("GET", "/volumes/nope", None),
        ("DELETE", "/volumes/nope", None), ("DELETE", "/volumes/nope?force=1", None), ("GET", "/events?since=x", None),
        ("POST", "/commit?container=nope", None), ("POST", f"/commit?container={name}&changes=NOSUCH%20x", None),
        ("POST", "/containers/create", {"Image": "busybox:1", "HostConfig": {"NanoCpus": 10**15}}),
        ("POST", f"/containers/{name}/kill?signal=99", None), ("POST", f"/containers/{name}/rename?name=a%20b", None),
        ("POST", f"/containers/{name}/update", {"Memory": 100}), ("DELETE", f"/containers/{name}?link=1", None),
        ("POST", f"/containers/{name}/exec", {"Cmd": ["id"], "User": "nosuch"}),
        ("GET", f"/containers/{name}/archive?path=/etc/passwd/", None),
        ("GET", _filtered("containers", status="no"), None), ("GET", _filtered("containers", health="no"), None),
        ("GET", _filtered("images", dangling="maybe"), None), ("GET", _filtered("networks", type="no"), None),
        ("GET", "/plugins/nope/json", None),
        ("POST", "/images/busybox:1/tag?repo=a&tag=b%20c", None),
    ):  # fmt: skip
        both.same(method, path, value)
    both("POST", f"/images/create?fromSrc=-&repo={prefix}b&tag=1", body=b"no archive", kind="application/x-tar")
    both("PUT", f"/containers/{name}/archive?path=/tmp", body=b"no archive", kind="application/x-tar")


def _filtered(what: str, **filters: str) -> str:
    chosen = quote(json.dumps({name: [value] for name, value in filters.items()}))
    return f"/{what}{'' if what == 'networks' else '/json'}?filters={chosen}"


def ending(both: Both, name: str, prefix: str) -> None:
    both("POST", f"/containers/{name}/restart?t=0")
    both("POST", f"/containers/{name}/stop?t=0")
    both("POST", f"/containers/{name}/stop?t=0")
    both("POST", f"/containers/{name}/kill")
    both("POST", f"/containers/{name}/wait")
    both("GET", f"/containers/{name}/json")
    both("GET", "/containers/json?all=1&filters=" + quote(json.dumps({"name": [name]})))
    both("DELETE", f"/containers/{name}?v=1")
    both("DELETE", f"/volumes/{prefix}vol")
    both("POST", f"/containers/create?name={name}", {"Image": "busybox:1", "Cmd": ["nosuch", "x"]})
    both("POST", f"/containers/{name}/start")
    both("GET", f"/containers/{name}/json")
    both("DELETE", f"/containers/{name}")


def events(both: Both, created: dict[str, str], started: int) -> None:
    orders = {}
    for url in ("real", "fake"):
        wanted = quote(json.dumps({"container": [created[url]]}))
        answer = both._ask(
            url, "GET", f"/events?since={started}&until={int(time.time()) + 1}&filters={wanted}", None, {}
        )
        orders[url] = _without_late_ones(
            [(event["Action"], sorted(event["Actor"]["Attributes"])) for event in answer[3]]
        )
    if orders["real"] != orders["fake"]:
        both.wrong += [
            line for line in difflib.ndiff(*([str(one) for one in orders[url]] for url in orders)) if line[0] in "+-"
        ]


def _without_late_ones(events: list[tuple[str, list[str]]]) -> list[tuple[str, list[str]]]:
    """Drop the second report of a pause and of its end, which engines make if containerd's report comes late."""
    kept: list[tuple[str, list[str]]] = []
    for event in events:
        if event[0] not in {"pause", "unpause"} or event not in kept:
            kept.append(event)
    return kept


def pruning(both: Both, prefix: str) -> None:
    """Nothing has this label, so that the shared engine keeps everything."""
    nothing = quote(json.dumps({"label": [f"{prefix}nothing"]}))
    for kind in ("containers", "networks", "volumes", "images"):
        both("POST", f"/{kind}/prune?filters={nothing}")
    long_ago = quote(json.dumps({"until": ["100000h"]}))
    both("POST", f"/build/prune?filters={long_ago}")


@pytest.mark.parametrize("engine", ["new"], indirect=True)
def test_the_real_engine_refuses_what_the_fake_is_tested_to_refuse(engine):
    wrong = [
        f"{method} {path} {value}: {found}"
        for method, path, value, status, text in REFUSED
        if (found := refusal(engine.url, method, path, value)) != (status, {"message": text})
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("engine", ["new"], indirect=True)
async def test_a_real_shell_does_what_the_fakes_is_tested_to_do(client, prefix):
    async def output(number: int, script: str) -> str:
        container = await client.containers.create("busybox:1", ["sh", "-c", script], name=f"{prefix}{number}")
        await container.start()
        await container.wait()
        return (await container.logs(stderr=False)).decode()

    found = await asyncio.gather(*(output(number, script) for number, (script, _) in enumerate(SHELL)))
    wrong = [(script, found[number]) for number, (script, wanted) in enumerate(SHELL) if found[number] != wanted]
    assert wrong == []


pytest_plugins = ["pytester"]


@pytest.mark.parametrize("engine", ["old", "new"], indirect=True)
def test_a_users_tests_pass_on_a_real_engine(engine, pytester, monkeypatch):
    """Those with faults are skipped; what they made is gone afterwards."""
    copy(pytester)
    monkeypatch.setenv("DOCKER_HOST", engine.url)
    before = rest.ask(engine.url, "GET", "/containers/json?all=1&filters=" + quote('{"name":["job-service"]}'))
    words = ("-p", "pytest_aiodockerpy", "-p", "no:cacheprovider", "--docker-engine=real", "-rs")
    result = pytester.runpytest_subprocess(*words)
    result.assert_outcomes(passed=4, skipped=2)
    result.stdout.fnmatch_lines(["*only the fake engine has fail, and this is a real one*"])
    after = rest.ask(engine.url, "GET", "/containers/json?all=1&filters=" + quote('{"name":["job-service"]}'))
    assert (before, after) == ([], [])
