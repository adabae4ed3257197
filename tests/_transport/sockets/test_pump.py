"""The pump over real sockets: nothing is lost, nothing is kept for ever, nobody waits for the dead."""

from __future__ import annotations

import asyncio
import fcntl
import gc
import hashlib
import random
import socket
import struct
import termios
import warnings
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from aiodockerpy._transport.sockets.pump import PAUSE_ABOVE, RECEIVE, SocketPump
from aiodockerpy.errors import StdinClosed, StreamInterrupted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

BOTH_LOOPS = True
KINDS = ("unix", "tcp")


def socket_pair(kind: str) -> tuple[socket.socket, socket.socket]:
    if kind == "unix":
        return socket.socketpair()
    with socket.create_server(("127.0.0.1", 0)) as server:
        near = socket.create_connection(server.getsockname())
        far, _ = server.accept()
    return near, far


@pytest_asyncio.fixture(params=KINDS)
async def ends(request: pytest.FixtureRequest) -> AsyncIterator[tuple[SocketPump, socket.socket]]:
    near, far = socket_pair(request.param)
    far.setblocking(False)
    near.setblocking(False)
    pump = SocketPump(near, "test")
    yield pump, far
    pump.close()
    far.close()


async def read_all(pump: SocketPump) -> bytes:
    pieces = []
    while piece := await pump.read():
        pieces.append(piece)
    return b"".join(pieces)


async def write_for_ever(pump: SocketPump) -> None:
    while True:
        await pump.write(b"x")
        await asyncio.sleep(0.001)


async def send(sock: socket.socket, data: bytes) -> None:
    await asyncio.get_running_loop().sock_sendall(sock, data)


async def echo(sock: socket.socket) -> None:
    """Give back everything until the end of the input, as ``cat`` does."""
    loop = asyncio.get_running_loop()
    while data := await loop.sock_recv(sock, 65536):
        await loop.sock_sendall(sock, data)
    sock.shutdown(socket.SHUT_WR)


def reset(sock: socket.socket) -> None:
    """Close hard: over TCP the peer gets a RST even if it has nothing unread."""
    if sock.family == socket.AF_INET:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def in_system(pump: SocketPump) -> int:
    """How many bytes have arrived that the pump has not taken."""
    return struct.unpack("i", fcntl.ioctl(pump._fd, termios.FIONREAD, bytes(4)))[0]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.001)


class TestBothWays:
    async def test_echo_of_20_mb_ends_with_the_half_close(self, ends):
        pump, far = ends
        data = random.Random(1).randbytes(20_000_000)
        async with asyncio.TaskGroup() as group:
            group.create_task(echo(far))

            async def feed() -> None:
                await pump.write(data)
                await pump.write_eof()

            group.create_task(feed())
            back = await read_all(pump)
        assert hashlib.sha256(back).digest() == hashlib.sha256(data).digest()
        assert pump.received == len(data)

    async def test_late_output_after_the_end_of_input(self, ends):
        pump, far = ends
        await pump.write(b"question")
        await pump.write_eof()
        loop = asyncio.get_running_loop()
        assert await loop.sock_recv(far, 100) == b"question"
        assert await loop.sock_recv(far, 100) == b""
        await send(far, b"answer")
        assert await pump.read() == b"answer"

    async def test_unread_comes_first(self, ends):
        pump, far = ends
        await send(far, b"later")
        pump.unread(b"first ")
        assert await pump.read() == b"first "
        assert await pump.read() == b"later"


class TestEnd:
    async def test_peer_that_ends_without_reading_fails_the_writer(self, ends):
        pump, far = ends
        await send(far, b"output")
        writing = asyncio.create_task(pump.write(bytes(26_000_000)))
        await until(lambda: pump._room is not None)
        far.shutdown(socket.SHUT_WR)
        with pytest.raises(StdinClosed) as caught:
            await writing
        assert not caught.value.partial
        assert await read_all(pump) == b"output"
        with pytest.raises(StdinClosed):
            await pump.write(b"more")
        await pump.write_eof()

    async def test_bytes_before_a_reset_come_before_the_error(self, ends):
        pump, far = ends
        await pump.write(b"input that nobody reads")
        data = random.Random(2).randbytes(150_000)
        await send(far, data[:100_000])
        await until(lambda: pump._buffered == 100_000)
        pump._pause()  # the rest is in the system's hands when the reset comes
        await send(far, data[100_000:])
        await until(lambda: in_system(pump) == 50_000)
        reset(far)
        pump._resume()
        got = bytearray()
        while len(got) < len(data):
            got += await pump.read()
        with pytest.raises(StreamInterrupted) as caught:
            await pump.read()
        assert len(got) == len(data)
        assert hashlib.sha256(got).digest() == hashlib.sha256(data).digest()
        assert caught.value.received == 150_000
        with pytest.raises(StreamInterrupted):
            await pump.read()

    async def test_reset_noticed_by_the_writer_is_told_to_the_reader_too(self, ends):
        pump, far = ends
        pump._pause()
        await pump.write(b"unread")
        reset(far)
        with pytest.raises(StdinClosed):
            await write_for_ever(pump)
        pump._resume()
        with pytest.raises(StreamInterrupted):
            await pump.read()

    async def test_reset_fails_a_blocked_writer(self, ends):
        pump, far = ends
        writing = asyncio.create_task(pump.write(bytes(26_000_000)))
        await until(lambda: pump._room is not None)
        reset(far)
        with pytest.raises(StdinClosed):
            await writing


class TestCancel:
    async def test_5000_cancelled_reads_lose_nothing(self, ends):
        pump, far = ends
        dice = random.Random(3)
        data = dice.randbytes(3_000_000)
        digest, cancelled = hashlib.sha256(), 0

        async def feed() -> None:
            position = 0
            while position < len(data):
                step = dice.randint(1, 160)
                await send(far, data[position : position + step])
                position += step
                await asyncio.sleep(0)
            far.shutdown(socket.SHUT_WR)

        feeding = asyncio.create_task(feed())
        finished = False
        while not finished:
            reading = asyncio.create_task(pump.read())
            for _ in range(dice.randint(0, 2)):
                await asyncio.sleep(0)
            if cancelled < 5000 and reading.cancel():
                cancelled += 1
            try:
                piece = await reading
            except asyncio.CancelledError:
                continue
            digest.update(piece)
            finished = not piece
        await feeding
        assert cancelled == 5000
        assert digest.digest() == hashlib.sha256(data).digest()

    async def test_write_cancelled_half_way_refuses_the_rest(self, ends):
        pump, _ = ends
        writing = asyncio.create_task(pump.write(bytes(26_000_000)))
        await until(lambda: pump._room is not None)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        for attempt in (pump.write(b"hole"), pump.write_eof()):
            with pytest.raises(StdinClosed) as caught:
                await attempt
            assert caught.value.partial

    async def test_write_cancelled_before_its_first_byte_does_no_harm(self, ends):
        pump, far = ends
        first = asyncio.create_task(pump.write(bytes(26_000_000)))
        await until(lambda: pump._room is not None)
        second = asyncio.create_task(pump.write(b"second"))
        await asyncio.sleep(0)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        loop = asyncio.get_running_loop()
        count = 0
        while count < 26_000_000:
            count += len(await loop.sock_recv(far, 1 << 20))
        await first
        await pump.write(b"third")
        assert await loop.sock_recv(far, 100) == b"third"


class TestRules:
    async def test_idle_reader_keeps_memory_bounded(self, ends):
        pump, far = ends
        size = 50_000_000  # more than the system's own buffers hold
        feeding = asyncio.create_task(send(far, bytes(size)))
        await until(lambda: pump._paused)
        await asyncio.sleep(0.05)
        assert PAUSE_ABOVE < pump._buffered <= PAUSE_ABOVE + RECEIVE
        assert not feeding.done()
        count = 0
        while count < size:
            count += len(await pump.read())
        await feeding

    async def test_two_readers_are_refused(self, ends):
        pump, far = ends
        reading = asyncio.create_task(pump.read())
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="another task is reading"):
            await pump.read()
        await send(far, b"for the first")
        assert await reading == b"for the first"

    async def test_writes_of_two_tasks_are_not_mixed(self, ends):
        pump, far = ends
        parts = [bytes([index]) * 3_000_000 for index in range(3)]
        writing = [asyncio.create_task(pump.write(part)) for part in parts]
        loop = asyncio.get_running_loop()
        got = bytearray()
        while len(got) < 9_000_000:
            got += await loop.sock_recv(far, 1 << 20)
        await asyncio.gather(*writing)
        assert hashlib.sha256(got).digest() == hashlib.sha256(b"".join(parts)).digest()

    async def test_write_after_the_end_is_refused(self, ends):
        pump, _ = ends
        await pump.write_eof()
        await pump.write_eof()
        with pytest.raises(StdinClosed, match="was ended before"):
            await pump.write(b"x")

    @pytest.mark.parametrize(
        "data", [b"", bytearray(b"abc"), memoryview(b"abcdef")[::1]], ids=["bytes", "bytearray", "memoryview"]
    )
    async def test_kinds_of_bytes(self, ends, data):
        pump, far = ends
        await pump.write(data)
        await pump.write_eof()
        loop = asyncio.get_running_loop()
        assert await loop.sock_recv(far, 100) == bytes(data)


class TestClose:
    async def test_close_ends_a_pending_read_and_fails_a_pending_write(self, ends):
        pump, _ = ends
        reading = asyncio.create_task(pump.read())
        writing = asyncio.create_task(pump.write(bytes(26_000_000)))
        await until(lambda: pump._room is not None)
        pump.close()
        pump.close()
        assert await reading == b""
        with pytest.raises(StdinClosed, match="closed"):
            await writing
        assert await pump.read() == b""
        await pump.write_eof()
        assert pump.closed

    async def test_abandoned_pump_warns_and_gives_its_socket_back(self):
        near, far = socket.socketpair()
        near.setblocking(False)
        pump = SocketPump(near, "unix:///run/test.sock")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            del pump
            gc.collect()
        assert [(str(w.message), w.category) for w in caught] == [
            ("unclosed connection to unix:///run/test.sock", ResourceWarning)
        ]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert near.fileno() == -1
        far.close()


async def test_small_pieces_that_have_arrived_are_read_at_once() -> None:
    near, far = socket_pair("unix")
    near.setblocking(False)
    pump = SocketPump(near, "test")
    pieces = [b"%099d\n" % number for number in range(100)]
    for piece in pieces:
        far.send(piece)
    assert await pump.read() == b"".join(pieces)
    pump.close()
    far.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_of_many_small_pieces_none_is_lost_or_left_lying(kind: str) -> None:
    near, far = socket_pair(kind)
    near.setblocking(False)
    far.setblocking(False)
    pump = SocketPump(near, "test")
    pieces = [b"%099d\n" % number for number in range(20_000)]

    async def trickle() -> None:
        for number, piece in enumerate(pieces):
            await send(far, piece)
            if number % 3 == 0:
                await asyncio.sleep(0)

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        group.create_task(trickle())
        received = bytearray()
        while len(received) < len(pieces) * 100:  # the other end stays open: no end of stream pushes the rest out
            received += await pump.read()
    assert bytes(received) == b"".join(pieces)
    far.close()
    assert await asyncio.wait_for(pump.read(), 5) == b""
    pump.close()


async def test_an_error_behind_gathered_pieces_is_told_after_them() -> None:
    near, far = socket_pair("tcp")
    near.setblocking(False)
    far.setblocking(False)
    pump = SocketPump(near, "test")
    sent = 0
    for _ in range(2_000):
        await send(far, b"line\n")
        sent += 5
        await asyncio.sleep(0)
    far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    await asyncio.sleep(0.05)
    far.close()
    received = 0
    while received < sent:
        received += len(await asyncio.wait_for(pump.read(), 5))
    with pytest.raises(StreamInterrupted):
        await asyncio.wait_for(pump.read(), 5)
    assert received == sent
    pump.close()


@pytest.mark.parametrize("before", [b"", b"before "])
async def test_without_reading_ahead_nothing_is_taken_until_it_is_read(ends, before):
    pump, far = ends
    await send(far, before)
    while in_system(pump):
        await asyncio.sleep(0)
    pump.read_ahead(0)
    await send(far, b"data")
    for _ in range(20):
        await asyncio.sleep(0)
    assert in_system(pump) == len(b"data")
    far.shutdown(socket.SHUT_WR)
    assert await read_all(pump) == before + b"data"


async def test_without_reading_ahead_a_reader_is_woken_by_what_comes_later(ends):
    pump, far = ends
    pump.read_ahead(0)
    reader = asyncio.create_task(pump.read())
    for _ in range(5):
        await asyncio.sleep(0)
    await send(far, b"data")
    assert await reader == b"data"
    await send(far, b"more")  # it reads ahead as before
    while in_system(pump):
        await asyncio.sleep(0)
    assert await pump.read() == b"more"


async def test_without_reading_ahead_a_cancelled_read_loses_nothing_and_close_ends_a_read(ends):
    pump, far = ends
    pump.read_ahead(0)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await pump.read()
    pump.read_ahead(0)
    await send(far, b"data")
    assert await pump.read() == b"data"
    pump.read_ahead(0)
    reader = asyncio.create_task(pump.read())
    await asyncio.sleep(0)
    pump.close()
    assert await reader == b""
    pump.read_ahead(0)  # does nothing any more
