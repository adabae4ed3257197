"""A process attached over a websocket, against a websocket server of this process."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest
from aiohttp import WSMsgType, web

import aiodockerpy
from aiodockerpy import errors
from tests.canned import Answer, canned


@asynccontextmanager
async def attached(path, serve):
    """Attach to a process that is played by a function of its websocket."""

    async def ping(_request):
        return web.Response(headers={"Api-Version": "1.51"})

    async def attach(request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await serve(socket, request)
        return socket

    app = web.Application()
    app.router.add_route("*", "/_ping", ping)
    app.router.add_get("/v1.51/containers/web/attach/ws", attach)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    await web.UnixSite(runner, str(path)).start()
    try:
        async with aiodockerpy.DockerClient(f"unix://{path}", environment={"HOME": "/nowhere"}) as client:
            async with await client.api.containers.attach_websocket("web") as connection:
                yield connection, client
    finally:
        await runner.cleanup()


async def echo(socket, _request):
    async for message in socket:
        assert message.type is WSMsgType.BINARY
        await socket.send_bytes(message.data)


async def test_bytes_go_both_ways(tmp_path):
    data = bytes(range(256)) * 4096
    async with attached(tmp_path / "s", echo) as (connection, client):
        assert (connection.status, connection.headers["upgrade"]) == (101, "websocket")
        (stream,) = client.diagnostics().streams
        assert (stream.operation, stream.path) == ("containers.attach_websocket", "/v1.51/containers/web/attach/ws")
        writing = asyncio.create_task(connection.write(memoryview(data)))
        got = bytearray()
        while len(got) < len(data):
            got += await connection.read()
        await writing
        assert bytes(got) == data
        assert connection.received == len(data)
    assert connection.closed
    assert not client.diagnostics().streams


async def test_the_end_of_the_process(tmp_path):
    async def say(socket, _request):
        await socket.send_bytes(b"one")
        await socket.send_bytes(b"")
        await socket.send_str("two")
        await socket.close()

    async with attached(tmp_path / "s", say) as (connection, _):
        assert [await connection.read() for _ in range(4)] == [b"one", b"two", b"", b""]
        assert connection.closed
        assert not connection.closed_early
        with pytest.raises(errors.StdinClosed):
            await connection.write(b"late")


async def test_a_broken_connection_is_no_end(tmp_path):
    async def break_off(socket, request):
        await socket.send_bytes(b"one")
        request.transport.abort()

    async with attached(tmp_path / "s", break_off) as (connection, _):
        assert await connection.read() == b"one"
        with pytest.raises(errors.StreamInterrupted) as broken:
            await connection.read()
        assert broken.value.received == 3


async def test_close_ends_a_pending_read_and_does_not_wait_for_the_peer(tmp_path):
    async def silent(socket, _request):
        await socket.receive()

    async with attached(tmp_path / "s", silent) as (connection, _):
        reading = asyncio.create_task(connection.read())
        await asyncio.sleep(0)
        connection.close()
        connection.close()
        assert await reading == b""
        assert connection.closed
        assert connection.closed_early


async def test_a_cancelled_read_loses_nothing(tmp_path):
    go = asyncio.Event()

    async def later(socket, _request):
        await go.wait()
        await socket.send_bytes(b"one")

    async with attached(tmp_path / "s", later) as (connection, _):
        reading = asyncio.create_task(connection.read())
        await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        go.set()
        assert await connection.read() == b"one"


async def test_two_readers_are_refused(tmp_path):
    async with attached(tmp_path / "s", echo) as (connection, _):
        reading = asyncio.create_task(connection.read())
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="receive"):
            await connection.read()
        await connection.write(b"x")
        assert await reading == b"x"


async def test_one_direction_cannot_be_ended_alone(tmp_path):
    async with attached(tmp_path / "s", echo) as (connection, _):
        with pytest.raises(RuntimeError, match="attach"):
            await connection.write_eof()
        await connection.write(b"still open")
        assert await connection.read() == b"still open"


async def test_closing_the_client_closes_it(tmp_path):
    async with attached(tmp_path / "s", echo) as (connection, client):
        reading = asyncio.create_task(connection.read())
        await asyncio.sleep(0)
        await client.aclose()
        assert await reading == b""


async def test_what_is_written_may_be_any_bytes_and_nothing_else(tmp_path):
    got = []

    async def serve(socket, _request):
        got.append((await socket.receive()).data)

    async with attached(tmp_path / "docker.sock", serve) as (connection, _):
        for data in ("text", 5, None, [1]):
            with pytest.raises(errors.WrongType, match=r"write\(\) data must be bytes"):
                await connection.write(data)
        await connection.write(memoryview(b"a-b-c")[::2])
        assert await connection.read() == b""
    assert got == [b"abc"]


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 101 Switch"])
async def test_a_connection_that_ends_before_the_answer_is_what_it_is_for_any_other_call(tmp_path, head):
    async with canned(tmp_path) as engine:
        engine.default = Answer(head, end=True)
        async with aiodockerpy.DockerClient(engine.url, version="1.51", environment={}) as client:
            with pytest.raises(errors.RequestMaybeSent, match=r"ended before the answer to GET /v1\.51/containers/web"):
                await client.api.containers.attach_websocket("web")
