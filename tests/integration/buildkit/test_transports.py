"""A build over every way to an engine."""

from __future__ import annotations

import asyncio
import os
import tempfile
from contextlib import AsyncExitStack

import pytest

import aiodockerpy
from aiodockerpy import buildkit, errors
from aiodockerpy.buildkit import Output
from tests.lab import certs
from tests.lab.serving import serving


async def build_and_fail(client: aiodockerpy.DockerClient, context, tmp_path, word: str) -> None:
    """Send a context of some megabytes, take it back, ask for a secret, and fail with a step's exit code."""
    kit = buildkit.BuildKit(client._session)
    files = {f"d{number}/f": os.urandom(300_000) for number in range(20)}
    dockerfile = f"FROM scratch AS files\nCOPY . /\nFROM busybox:1\nRUN --mount=type=secret,id=s cat /run/secrets/s; echo {word}; exit 4\n"
    root, target = context(dockerfile, files), tmp_path / "out"
    (root / ".dockerignore").write_text("Dockerfile\n.dockerignore\n")
    target.mkdir()

    async def run(**options):
        return await buildkit.solve(client._session, kit, buildkit.BuildOptions(context=root, **options))

    await run(target="files", outputs=[Output.local(target)])
    assert {str(path.relative_to(target)): path.read_bytes() for path in target.rglob("f")} == files
    with pytest.raises(errors.BuildError) as caught:
        await run(secrets={"s": b"hunter2"})
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("role", ["old", "middle", "new", "containerd"])
async def test_tcp(role, lab_up, context, tmp_path) -> None:
    engine = lab_up(role).engine(role)
    async with aiodockerpy.DockerClient(engine.tcp_url) as client:
        await build_and_fail(client, context, tmp_path, os.urandom(4).hex())


@pytest.mark.parametrize("role", ["tls-old", "tls-middle", "tls"])
async def test_mutual_tls(role, lab_up, context, tmp_path) -> None:
    engine = lab_up(role).engine(role)
    folder = certs.folder()
    tls = aiodockerpy.TLSConfig(client_cert=(folder / "cert.pem", folder / "key.pem"), ca_cert=folder / "ca.pem")
    async with aiodockerpy.DockerClient(engine.tls_url, tls=tls) as client:
        await build_and_fail(client, context, tmp_path, os.urandom(4).hex())


async def test_ssh(lab_up, context, tmp_path, monkeypatch) -> None:
    ssh = lab_up("sshd").ssh
    monkeypatch.setenv("PATH", f"{os.path.dirname(ssh.wrapper)}:{os.environ['PATH']}")
    async with aiodockerpy.DockerClient("ssh://lab") as client:
        await build_and_fail(client, context, tmp_path, os.urandom(4).hex())


class Successor:
    """An engine as those to come may be: HTTP/2 on its own socket, and neither ``/grpc`` nor ``/session``.

    It stands in front of a real one. What it takes away is what API 1.53 deprecates; the BuildKit behind is real, and so is the session
    inside ``Control.Session``.
    """

    def __init__(self, engine) -> None:
        self._socket = engine.url.removeprefix("unix://")
        self._version = engine.api_version
        self.direct = 0
        self._stack = AsyncExitStack()
        self._folder = self._stack.enter_context(tempfile.TemporaryDirectory())

    @property
    def url(self) -> str:
        return f"unix://{self._folder}/docker.sock"

    async def __aenter__(self):
        await self._stack.enter_async_context(serving(self._accept, path=f"{self._folder}/docker.sock"))
        return self

    async def __aexit__(self, *_exc) -> None:
        await self._stack.aclose()

    async def _accept(self, reader, writer) -> None:
        head = await reader.read(65536)
        there, back = await asyncio.open_unix_connection(self._socket)
        try:
            if head.startswith(b"PRI * HTTP/2.0"):
                self.direct += 1
                back.write(b"POST /grpc HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
                assert (await there.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
                await asyncio.gather(pass_on(reader, back, head), pass_on(there, writer))
            elif head.startswith((b"POST /grpc ", b"POST /session ")):
                writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            else:
                swap = (b"/v1.53/", f"/v{self._version}/".encode())
                tell = (f"Api-Version: {self._version}".encode(), b"Api-Version: 1.53")
                await asyncio.gather(pass_on(reader, back, head, swap), pass_on(there, writer, b"", tell))
        finally:
            back.close()


async def pass_on(reader, writer, data: bytes = b"", swap: tuple[bytes, bytes] = (b"", b"")) -> None:
    while data or (data := await reader.read(65536)):
        writer.write(data.replace(*swap) if swap[0] else data)
        await writer.drain()
        data = b""
    if writer.can_write_eof():
        writer.write_eof()


@pytest.mark.parametrize("role", ["old", "middle", "new", "containerd"])
async def test_an_engine_with_http2_on_its_own_socket(role, lab_up, context, tmp_path) -> None:
    async with Successor(lab_up(role).engine(role)) as engine, aiodockerpy.DockerClient(engine.url) as client:
        await build_and_fail(client, context, tmp_path, os.urandom(4).hex())
        assert [worker.platforms[0] for worker in await client.buildkit.workers()]
        assert engine.direct
