"""The pump over asyncio's transports: the same rules on loops without ``add_reader``, and over a subprocess's pipes."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import random
import socket
import warnings
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from aiodockerpy._transport.sockets.connect import _pump_for
from aiodockerpy._transport.sockets.loop_pump import ProtocolPump
from aiodockerpy._transport.sockets.pump import PAUSE_ABOVE, SocketPump
from aiodockerpy.errors import StdinClosed, StreamInterrupted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BOTH_LOOPS = True


@pytest_asyncio.fixture
async def ends() -> AsyncIterator[tuple[ProtocolPump, socket.socket]]:
    near, far = socket.socketpair()
    near.setblocking(False)
    far.setblocking(False)
    pump = await ProtocolPump.over_socket(near, "test")
    yield pump, far
    pump.close()
    far.close()
    await asyncio.sleep(0.01)


async def read_all(pump: ProtocolPump) -> bytes:
    pieces = []
    while piece := await pump.read():
        pieces.append(piece)
    return b"".join(pieces)


async def converse(pump: ProtocolPump, data: bytes) -> bytes:
    async def feed() -> None:
        await pump.write(data)
        await pump.write_eof()

    feeding = asyncio.create_task(feed())
    got = await read_all(pump)
    await feeding
    return got


async def echo(sock: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    while data := await loop.sock_recv(sock, 65536):
        await loop.sock_sendall(sock, data)
    sock.shutdown(socket.SHUT_WR)


class TestSocket:
    async def test_echo_of_20_mb_ends_with_the_half_close(self, ends):
        pump, far = ends
        data = random.Random(1).randbytes(20_000_000)
        echoing = asyncio.create_task(echo(far))
        back = await converse(pump, data)
        await echoing
        assert hashlib.sha256(back).digest() == hashlib.sha256(data).digest()

    async def test_peer_that_ends_without_reading_fails_the_writer(self, ends):
        pump, far = ends
        far.send(b"output")
        writing = asyncio.create_task(pump.write(bytes(26_000_000)))
        await asyncio.sleep(0.01)
        far.shutdown(socket.SHUT_WR)
        with pytest.raises(StdinClosed):
            await writing
        assert await read_all(pump) == b"output"

    async def test_reset_is_an_interruption(self, ends):
        pump, far = ends
        await pump.write(b"unread")
        far.close()
        with pytest.raises(StreamInterrupted):
            await pump.read()

    async def test_cancelled_write_refuses_the_rest(self, ends):
        pump, _ = ends
        writing = asyncio.create_task(pump.write(bytes(26_000_000)))
        await asyncio.sleep(0.01)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        with pytest.raises(StdinClosed) as caught:
            await pump.write(b"hole")
        assert caught.value.partial

    async def test_idle_reader_keeps_memory_bounded(self, ends):
        pump, far = ends
        sending = asyncio.create_task(asyncio.get_running_loop().sock_sendall(far, bytes(10_000_000)))
        await asyncio.sleep(0.1)
        assert not sending.done()
        assert pump._buffered <= 2 * PAUSE_ABOVE
        count = 0
        while count < 10_000_000:
            count += len(await pump.read())
        await sending

    async def test_abandoned_pump_warns_and_gives_its_socket_back(self):
        near, far = socket.socketpair()
        near.setblocking(False)
        pump = await ProtocolPump.over_socket(near, "unix:///run/test.sock")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            del pump
            gc.collect()
        assert [str(w.message) for w in caught] == ["unclosed connection to unix:///run/test.sock"]
        async with asyncio.timeout(10):
            while near.fileno() != -1:
                await asyncio.sleep(0.01)
        far.close()

    async def test_is_chosen_where_the_loop_has_no_add_reader(self, monkeypatch):
        near, far = socket.socketpair()
        near.setblocking(False)

        def refuse(*_: object) -> None:
            raise NotImplementedError

        monkeypatch.setattr(SocketPump, "_resume", refuse)
        pump = await _pump_for(near, "test")
        assert isinstance(pump, ProtocolPump)
        far.send(b"arrives")
        assert await pump.read() == b"arrives"
        pump.close()
        far.close()
        await asyncio.sleep(0.01)
