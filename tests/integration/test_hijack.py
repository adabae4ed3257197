"""Hijacked connections to real engines: exec, attach and logs over unix and TCP sockets, by raw requests."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import ssl
from typing import TYPE_CHECKING

import pytest

from aiodockerpy import errors
from aiodockerpy._protocol.frames import FrameDecoder
from aiodockerpy._protocol.http import request_head
from aiodockerpy._protocol.operations import call
from aiodockerpy._transport.http.prepare import Prepared
from aiodockerpy._transport.http.streamed import HijackedConnection, StreamedBody, receive_body, switch
from aiodockerpy._transport.sockets.connect import Target, connect
from aiodockerpy._transport.sockets.dial import TcpAddress, UnixAddress
from tests.lab import certs, rest
from tests.lab.parts import TLS_PORT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.state import EngineState

LATE = "cat >/dev/null; echo late; head -c 4000000 /dev/zero"
UPGRADE = {"Connection": "Upgrade", "Upgrade": "tcp"}
PLAIN: dict[str, str] = {}


@pytest.fixture(params=["unix", "tcp"])
def target(request, engine) -> Target:
    if request.param == "unix":
        return Target(UnixAddress(engine.socket), timeout=10)
    if engine.tcp_url is None:
        pytest.skip("the engine is not reached by TCP")
    host, _, port = engine.tcp_url.removeprefix("tcp://").rpartition(":")
    return Target(TcpAddress(host, int(port)), timeout=10)


@pytest.fixture(params=[UPGRADE, PLAIN], ids=["101", "200"])
def upgrade(request) -> dict[str, str]:
    return request.param


@pytest.fixture
def sleeper(engine, prefix) -> str:
    return start(engine, prefix, ["sleep", "600"])


def start(engine, prefix: str, command: list[str], **options: object) -> str:
    config = {"Image": "busybox:1", "Cmd": command, "HostConfig": {"NetworkMode": "none", "Init": True}, **options}
    made = rest.ask(engine.url, "POST", f"/containers/create?name={prefix}{random.getrandbits(32):x}", value=config)
    rest.ask(engine.url, "POST", f"/containers/{made['Id']}/start")
    return made["Id"]


class Exec:
    """A process in a container, started by hijack."""

    def __init__(self, engine, container: str, command: list[str], *, stdin: bool = True) -> None:
        self.engine = engine
        value = {"Cmd": command, "AttachStdin": stdin, "AttachStdout": True, "AttachStderr": True}
        self.id = rest.ask(engine.url, "POST", f"/containers/{container}/exec", value=value)["Id"]

    async def begin(self, target: Target, upgrade: dict[str, str]) -> HijackedConnection:
        body = json.dumps({"Detach": False, "Tty": False}).encode()
        return await post(target, f"/exec/{self.id}/start", body, upgrade)

    @property
    def exit_code(self) -> int | None:
        return rest.ask(self.engine.url, "GET", f"/exec/{self.id}/json")["ExitCode"]


def asked(method: str, path: str, body: bytes | None = None) -> Prepared:
    """What errors say of a request; what is sent is its head."""
    return Prepared(method, path, path, {}, body, call("SystemPing"))


async def post(target: Target, path: str, body: bytes, upgrade: dict[str, str]) -> HijackedConnection:
    headers = {"Host": "docker", "Content-Type": "application/json", "Content-Length": str(len(body)), **upgrade}
    return await switch(await connect(target), asked("POST", path, body), request_head("POST", path, headers))


async def get(target: Target, path: str) -> StreamedBody:
    return await receive_body(await connect(target), asked("GET", path), request_head("GET", path, {"Host": "docker"}))


async def output(stream: HijackedConnection | StreamedBody) -> bytes:
    decoder = FrameDecoder()
    data = bytearray()
    while piece := await stream.read():
        for chunk in decoder.feed(piece):
            data += chunk.data
    decoder.close()
    return bytes(data)


async def converse(connection: HijackedConnection, data: bytes) -> bytes:
    """Write and read at once, as a caller with both ends must."""

    async def feed() -> None:
        try:
            await connection.write(data)
            await connection.write_eof()
        except errors.StdinClosed:
            refused.append(True)

    refused: list[bool] = []
    feeding = asyncio.create_task(feed())
    got = await output(connection)
    await feeding
    return got


def same(one: bytes, other: bytes) -> bool:
    return len(one) == len(other) and hashlib.sha256(one).digest() == hashlib.sha256(other).digest()


class TestExec:
    async def test_20_mb_through_cat(self, engine, sleeper, target, upgrade):
        data = random.Random(9).randbytes(20_000_000)
        process = Exec(engine, sleeper, ["cat"])
        async with await process.begin(target, upgrade) as connection:
            assert connection.status == (101 if upgrade else 200)
            assert same(await converse(connection, data), data)
        assert process.exit_code == 0

    async def test_output_after_the_end_of_input(self, engine, sleeper, target, upgrade):
        process = Exec(engine, sleeper, ["sh", "-c", LATE])
        async with await process.begin(target, upgrade) as connection:
            assert same(await converse(connection, bytes(1_000_000)), b"late\n" + bytes(4_000_000))
        assert process.exit_code == 0

    @pytest.mark.parametrize("command", [["true"], ["head", "-c", "10"]], ids=" ".join)
    async def test_process_that_does_not_read_its_input(self, engine, sleeper, target, command):
        process = Exec(engine, sleeper, command)
        async with await process.begin(target, UPGRADE) as connection:
            async with asyncio.timeout(20):
                got = await converse(connection, b"x" * 26_000_000)
            with pytest.raises(errors.StdinClosed):
                await connection.write(b"more")
        assert got == b"x" * (10 if command[0] == "head" else 0)
        assert process.exit_code == 0

    async def test_idle_reader_stops_the_process(self, engine, sleeper, target):
        process = Exec(engine, sleeper, ["cat", "/dev/zero"], stdin=False)
        connection = await process.begin(target, UPGRADE)
        assert await connection.read()
        await asyncio.sleep(0.5)
        assert connection._stream._buffered < 1 << 20
        connection.close()

    async def test_unknown_process_is_refused(self, target):
        with pytest.raises(errors.NotFound, match=r"[Nn]o such exec instance"):
            await post(target, "/exec/none/start", b'{"Detach":false,"Tty":false}', UPGRADE)

    async def test_leaving_early_leaves_nothing_behind(self, engine, sleeper, target):
        for _ in range(20):
            process = Exec(engine, sleeper, ["sh", "-c", "while echo line; do :; done"], stdin=False)
            async with await process.begin(target, UPGRADE) as connection:
                assert await connection.read()


class TestAttach:
    async def test_input_and_output(self, engine, prefix, target):
        options = {"AttachStdin": True, "OpenStdin": True, "StdinOnce": True}
        container = start(engine, prefix, ["sh", "-c", "cat; echo end"], **options)
        path = f"/containers/{container}/attach?stream=1&stdin=1&stdout=1&stderr=1"
        async with await post(target, path, b"", UPGRADE) as connection:
            assert await converse(connection, b"input\n") == b"input\nend\n"

    @pytest.mark.parametrize(
        ("name", "query", "error"),
        [("adp-no-such", "stream=1&stdout=1", errors.NotFound), ("{}", "detachKeys=nonsense", errors.BadRequest)],
        ids=["no container", "bad keys"],
    )
    async def test_refused_in_plain_text(self, sleeper, target, name, query, error):
        with pytest.raises(error) as caught:
            await post(target, f"/containers/{name.format(sleeper)}/attach?{query}", b"", UPGRADE)
        assert caught.value.explanation
        assert "{" not in caught.value.explanation


class TestBody:
    async def test_logs_of_many_lines(self, engine, prefix, target):
        def lines() -> bytes:
            return b"".join(b"%d\n" % number for number in range(20_000))

        container = start(engine, prefix, ["seq", "0", "19999"])
        await wait(target, container)
        body = await get(target, f"/containers/{container}/logs?stdout=1&stderr=1")
        assert same(await output(body), lines())

    async def test_follow_ends_when_closed(self, engine, prefix, target):
        container = start(engine, prefix, ["sh", "-c", "echo line; sleep 600"])
        body = await get(target, f"/containers/{container}/logs?stdout=1&follow=1")
        assert await body.read()
        reading = asyncio.create_task(body.read())
        await asyncio.sleep(0)
        body.close()
        assert await reading == b""


async def wait(target: Target, container: str) -> None:
    stream = await connect(target)
    path = f"/containers/{container}/wait"
    body = await receive_body(stream, asked("POST", path), request_head("POST", path, {"Host": "docker"}))
    answer = b""
    while piece := await body.read():
        answer += piece
    assert json.loads(answer)["StatusCode"] == 0


@pytest.fixture(params=["TLSv1_2", "TLSv1_3"])
def over_tls(request, lab_up) -> tuple[EngineState, Target]:
    engine = lab_up("tls").engine("tls")
    folder = certs.folder()
    context = ssl.create_default_context(cafile=folder / "ca.pem")
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    context.minimum_version = context.maximum_version = ssl.TLSVersion[request.param]
    return engine, Target(TcpAddress(engine.address, TLS_PORT), context, engine.address, timeout=10)


@pytest.fixture
def tls_sleeper(over_tls) -> Iterator[str]:
    engine, _ = over_tls
    container = start(engine, "adp-tls-", ["sleep", "600"])
    yield container
    rest.call(engine.url, "DELETE", f"/containers/{container}?force=1")


class TestTls:
    async def test_20_mb_through_cat(self, over_tls, tls_sleeper, upgrade):
        engine, target = over_tls
        data = random.Random(10).randbytes(20_000_000)
        process = Exec(engine, tls_sleeper, ["cat"])
        async with await process.begin(target, upgrade) as connection:
            assert same(await converse(connection, data), data)
        assert process.exit_code == 0

    async def test_output_after_the_end_of_input(self, over_tls, tls_sleeper):
        engine, target = over_tls
        process = Exec(engine, tls_sleeper, ["sh", "-c", LATE])
        async with await process.begin(target, UPGRADE) as connection:
            assert same(await converse(connection, bytes(1_000_000)), b"late\n" + bytes(4_000_000))
        assert process.exit_code == 0

    async def test_process_that_does_not_read_its_input(self, over_tls, tls_sleeper):
        engine, target = over_tls
        process = Exec(engine, tls_sleeper, ["true"])
        async with await process.begin(target, UPGRADE) as connection:
            async with asyncio.timeout(20):
                await connection.write(b"")
                with pytest.raises(errors.StdinClosed):
                    await connection.write(bytes(26_000_000))
            assert await output(connection) == b""
        assert process.exit_code == 0

    async def test_client_without_certificate_is_refused(self, over_tls):
        _, target = over_tls
        context = ssl.create_default_context(cafile=certs.folder() / "ca.pem")
        context.maximum_version = target.ssl_context.maximum_version
        bare = Target(target.address, context, target.server_hostname, timeout=10)
        with pytest.raises(errors.EngineUnreachable, match=r"TLS session.*(certificate|handshake failure)"):
            await get(bare, "/version")
