"""An engine behind an HTTP reverse proxy with a path prefix, on IPv6 as well; and what a user's headers reach."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

import aiodockerpy
from aiodockerpy import errors
from tests.lab import rest
from tests.lab.serving import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

IMAGE = "busybox:1"
PREFIX = b"/engines/one"


@dataclass
class ReverseProxy:
    """Serves requests below a prefix from an engine's socket, passes upgrades on, and answers 404 to everything else."""

    socket: str
    heads: list[list[str]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        self.heads.append(lines[:-2])
        method, _, rest_of_head = head.partition(b" ")
        if not rest_of_head.startswith(PREFIX + b"/"):
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 8\r\nConnection: close\r\n\r\nno route")
            return
        up_reader, up_writer = await asyncio.open_unix_connection(self.socket)
        forth = None
        try:
            upgrades = any(line.lower().startswith("upgrade:") for line in lines)
            sent = method + b" " + rest_of_head.removeprefix(PREFIX)
            # One request for each connection, unless it is switched to bytes.
            up_writer.write(sent if upgrades else sent.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
            forth = asyncio.create_task(self._copy(reader, up_writer))
            await self._copy(up_reader, writer)
        finally:
            up_writer.close()
            if forth is not None:
                forth.cancel()
                await asyncio.wait([forth])

    @staticmethod
    async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()


@pytest.fixture(params=["127.0.0.1", "::1"])
async def proxied(request, engine) -> AsyncIterator[tuple[ReverseProxy, str]]:
    if not engine.url.startswith("unix://"):
        pytest.skip("needs the engine's socket")
    proxy = ReverseProxy(engine.socket)
    name = f"[{request.param}]" if ":" in request.param else request.param
    async with serving(proxy.serve, host=request.param) as server:
        yield proxy, f"{name}:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize("scheme", ["http", "tcp"])
async def test_calls_streams_and_hijacked_connections_have_the_prefix(proxied, engine, prefix, scheme):
    proxy, authority = proxied
    async with aiodockerpy.DockerClient(f"{scheme}://{authority}{PREFIX.decode()}/") as client:
        assert client.host.url == f"tcp://{authority}{PREFIX.decode()}"
        assert await client.ping() is True
        made = await client.containers.run(IMAGE, ["sh", "-c", "echo begun; sleep 600"], name=f"{prefix}a", detach=True)
        async with made.logs(follow=True) as lines:
            assert (await anext(lines)).text == "begun"
        async with made.exec_run(["sh", "-c", "cat; echo late"], stdin=True) as process:
            await process.write(b"given ")
            await process.write_eof()
            assert b"".join([chunk.data async for chunk in process]) == b"given late\n"
        archive = b"".join([piece async for piece in (await made.get_archive("/etc/passwd"))[0]])
        assert b"root" in archive
    assert all(head[0].split()[1].startswith(PREFIX.decode() + "/") for head in proxy.heads)
    assert all(f"Host: {authority}" in head for head in proxy.heads)


async def test_without_the_prefix_the_proxy_answers_itself(proxied):
    _, authority = proxied
    async with aiodockerpy.DockerClient(f"http://{authority}", version="1.41") as client:
        with pytest.raises(errors.NotFound, match="no route"):
            await client.info()


@pytest.mark.parametrize("source", ["config.json", "DOCKER_CUSTOM_HEADERS"])
async def test_headers_of_the_configuration_are_in_every_request(proxied, engine, prefix, tmp_path, source):
    proxy, authority = proxied
    environment = {"DOCKER_HOST": f"tcp://{authority}{PREFIX.decode()}", "DOCKER_CONFIG": str(tmp_path)}
    if source == "config.json":
        (tmp_path / "config.json").write_text(json.dumps({"HttpHeaders": {"X-Team": "blue", "User-Agent": "other"}}))
    else:
        environment["DOCKER_CUSTOM_HEADERS"] = "X-Team=blue,User-Agent=other"
    async with aiodockerpy.from_env(environment=environment) as client:
        made = await client.containers.run(IMAGE, ["sh", "-c", "echo begun; sleep 600"], name=f"{prefix}a", detach=True)
        async with made.logs(follow=True) as lines:
            await anext(lines)
        assert (await made.exec_run(["true"])).exit_code == 0
        async with made.attach(stdin=True):
            pass
        await made.put_archive("/tmp", _empty_tar())
    kinds = {head[0].split()[1].rpartition("/")[2].partition("?")[0] for head in proxy.heads}
    assert {"_ping", "create", "start", "logs", "attach", "archive"} <= kinds
    for head in proxy.heads:
        assert "X-Team: blue" in head
        assert any(line.startswith("User-Agent: aiodockerpy/") for line in head)


def _empty_tar() -> bytes:
    return bytes(10240)


@pytest.mark.parametrize("mine", [{}, {"HTTP_PROXY": "http://mine:1", "no_proxy": None}])
async def test_proxies_of_the_configuration_reach_containers(engine, prefix, tmp_path, mine):
    proxies = {"default": {"httpProxy": "http://proxy:3128", "noProxy": "localhost"}}
    (tmp_path / "config.json").write_text(json.dumps({"proxies": proxies}))
    environment = {"DOCKER_HOST": engine.url, "DOCKER_CONFIG": str(tmp_path)}
    async with aiodockerpy.from_env(environment=environment) as client:
        output = await client.containers.run(IMAGE, ["env"], name=f"{prefix}a", environment=mine, use_config_proxy=True)
        seen = dict(line.split("=", 1) for line in output.decode().splitlines())
        assert seen["HTTP_PROXY"] == mine.get("HTTP_PROXY", "http://proxy:3128")
        assert seen["http_proxy"] == "http://proxy:3128"
        assert seen["NO_PROXY"] == "localhost"
        assert "HTTPS_PROXY" not in seen
        made = await client.containers.create(IMAGE, ["env"], name=f"{prefix}b", use_config_proxy=False)
    config = rest.ask(engine.url, "GET", f"/containers/{made.id}/json")["Config"]
    assert not any("PROXY" in variable.upper() for variable in config["Env"] or [])
