"""Both roles against a gRPC of another make; BuildKit's own is met by the tests on engines."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from aiodockerpy._transport.sockets.connect import Target, connect
from aiodockerpy._transport.sockets.dial import UnixAddress
from aiodockerpy.buildkit._messages import BytesMessage
from aiodockerpy.buildkit._rpc.calls import Channel, Server
from aiodockerpy.buildkit._rpc.framing import NOT_FOUND, RpcError
from aiodockerpy.buildkit._rpc.http2 import Connection

PEER = Path(__file__).with_name("peer.py")


class Bytes:
    """A stream as HTTP/2 wants it."""

    def __init__(self, stream) -> None:
        self.read, self.write, self._stream = stream.read, stream.write, stream

    async def aclose(self) -> None:
        self._stream.close()


@asynccontextmanager
async def peer(role: str, place: Path):
    process = await asyncio.create_subprocess_exec(
        sys.executable, PEER, role, f"unix:{place}", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        process.stdin.close()
        await process.wait()


async def test_we_call(tmp_path) -> None:
    async with peer("serve", tmp_path / "s") as process:
        assert await process.stdout.readline() == b"ready\n"
        stream = await connect(Target(UnixAddress(str(tmp_path / "s"), "peer")))
        async with Connection(Bytes(stream), client=True) as connection:
            channel = Channel(connection)
            answer = await channel.unary("/test.Echo/Unary", BytesMessage(b"hello"), BytesMessage)
            assert answer.data == b"hello"
            with pytest.raises(RpcError) as caught:
                async with channel.call("/test.Echo/Unary", {"x-who": ["me"]}) as call:
                    await call.send("!gone: ä 100 %".encode())
                    await call.end()
                    await call.recv()
            assert (caught.value.code, caught.value.message) == (NOT_FOUND, "gone: ä 100 % me")
            sizes = [0, 1, 100_000, 3_000_000]
            async with channel.call("/test.Echo/Bidi") as call, asyncio.TaskGroup() as group:
                group.create_task(_send(call, sizes))
                assert [len(await call.recv()) for _ in sizes] == sizes
                assert await call.recv() is None


async def _send(call, sizes: list[int]) -> None:
    for size in sizes:
        await call.send(bytes(size))
    await call.end()


async def test_we_answer(tmp_path) -> None:
    async def unary(call) -> None:
        request = await call.recv()
        if request.startswith(b"!"):
            raise RpcError(NOT_FOUND, f"{request[1:].decode()} {call.first('x-who')}")
        await call.send(request)

    async def bidi(call) -> None:
        while (request := await call.recv()) is not None:
            await call.send(request)

    server = Server({"/test.Echo/Unary": unary, "/test.Echo/Bidi": bidi})
    ended = asyncio.Event()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        class Below:
            closed_early = False

            async def read(self) -> bytes:
                return await reader.read(65536)

            async def write(self, data: bytes) -> None:
                writer.write(data)
                await writer.drain()

            async def aclose(self) -> None:
                writer.close()

        async with Connection(Below(), client=False, accept=server.accept) as connection:
            await connection.wait_closed()
            await server.aclose()
        ended.set()

    async with await asyncio.start_unix_server(accept, tmp_path / "s"), peer("call", tmp_path / "s") as process:
        said = await process.stdout.read()
        assert said.decode() == "b'hello' True NOT_FOUND gone: ä 100 % me\n"
        await ended.wait()
