from __future__ import annotations

import asyncio
import socket

import aiohttp
import pytest

from aiodockerpy._config.hosts import parse_host
from aiodockerpy._config.resolve import Endpoint
from aiodockerpy._transport.route import find_route
from aiodockerpy._transport.sockets.connect import Target, connect
from aiodockerpy._transport.sockets.dial import PipeAddress
from aiodockerpy._transport.sockets.npipe import dial_pipe
from aiodockerpy._transport.with_aiohttp import uploads
from aiodockerpy.errors import ConnectionFailed, EngineUnreachable
from tests.lab.pipes import pretend_pipes

PIPE = PipeAddress(r"\\.\pipe\docker_engine", "npipe:////./pipe/docker_engine (DOCKER_HOST)")


@pytest.fixture
async def engine_end(monkeypatch):
    """Give the running loop the proactor's method, which connects to the returned socket; and note the path."""
    near, far = socket.socketpair()
    near.setblocking(False)
    far.setblocking(False)
    loop = asyncio.get_running_loop()

    async def connect(path, factory):
        if path != PIPE.path:
            raise FileNotFoundError(2, "The system cannot find the file specified")
        return await loop.create_connection(factory, sock=near)

    asked = pretend_pipes(monkeypatch, connect)
    yield far
    far.close()
    near.close()
    assert asked


async def test_bytes_both_ways(engine_end):
    loop = asyncio.get_running_loop()
    stream = await connect(Target(PIPE, timeout=5))
    assert stream.peer == str(PIPE)
    await stream.write(b"ping")
    assert await loop.sock_recv(engine_end, 10) == b"ping"
    await loop.sock_sendall(engine_end, b"pong")
    assert await stream.read() == b"pong"
    engine_end.shutdown(socket.SHUT_WR)
    assert await stream.read() == b""
    stream.close()
    await asyncio.sleep(0)


async def test_a_pipe_has_no_half_close(engine_end):
    pump = await dial_pipe(PIPE)
    with pytest.raises(ConnectionFailed, match="cannot end its outgoing direction alone"):
        await pump.write_eof()
    pump.close()
    await asyncio.sleep(0)


async def test_a_pipe_that_is_not_there(engine_end):
    with pytest.raises(EngineUnreachable, match="cannot find the file"):
        await dial_pipe(PipeAddress(r"\\.\pipe\nowhere"))


async def test_where_there_are_no_pipes():
    endpoint = Endpoint(parse_host("npipe:////./pipe/docker_engine"))
    with pytest.raises(EngineUnreachable, match="named pipes need Windows"):
        await find_route(endpoint)
    with pytest.raises(EngineUnreachable, match="named pipes need Windows"):
        await dial_pipe(PIPE)


async def test_uploads_go_by_the_pipe_too(monkeypatch):
    """Which connector it is; aiohttp's own for pipes cannot be made here."""
    made = []

    class Connector(aiohttp.TCPConnector):
        def __init__(self, path, **options):
            made.append((path, options["force_close"]))
            super().__init__(**options)

    monkeypatch.setattr(aiohttp, "NamedPipeConnector", Connector)
    monkeypatch.setattr(asyncio.get_running_loop(), "create_pipe_connection", None, raising=False)
    route = await find_route(Endpoint(parse_host("npipe:////./pipe/docker_engine")))
    client = uploads.Uploads(route)
    assert made == [(PIPE.path, True)]
    assert route.base == "http://docker.example.com"
    await client.aclose()
