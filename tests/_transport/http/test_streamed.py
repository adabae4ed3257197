"""Hijacked connections and streamed bodies against servers whose every byte is given."""

from __future__ import annotations

import asyncio
import socket
from array import array
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from aiodockerpy import errors
from aiodockerpy._protocol.frames import FrameDecoder
from aiodockerpy._protocol.http import LONGEST_HEAD, request_head
from aiodockerpy._protocol.lines import LineDecoder, LogLine
from aiodockerpy._protocol.operations import call
from aiodockerpy._transport.http.prepare import Prepared
from aiodockerpy._transport.http.streamed import HijackedConnection, StreamedBody, receive_body, switch
from aiodockerpy._transport.sockets.pump import SocketPump
from aiodockerpy.streams.stream import DecodedSource
from tests.together import together

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BOTH_LOOPS = True
PEER = "unix:///run/test.sock"
HEAD = request_head(
    "POST", "/v1.51/exec/1/start?secret=canary", {"Host": "docker", "Connection": "Upgrade", "Upgrade": "tcp"}
)
EXEC = Prepared("POST", "/v1.51/exec/1/start", "", {}, b"{}", call("ExecStart", {"id": "1"}))
LOGS = Prepared("GET", "/containers/1/logs", "", {}, None, call("ContainerLogs", {"id": "1"}))
SWITCHED = b"HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"


class Peer:
    """The other end of a connection, played by the test."""

    def __init__(self) -> None:
        near, self.sock = socket.socketpair()
        near.setblocking(False)
        self.sock.setblocking(False)
        self.near = near
        self.pump = SocketPump(near, PEER)

    async def send(self, data: bytes, *, size: int = 0) -> None:
        loop = asyncio.get_running_loop()
        for start in range(0, len(data), size or len(data)):
            await loop.sock_sendall(self.sock, data[start : start + (size or len(data))])
            if size:
                await asyncio.sleep(0)

    async def receive(self) -> bytes:
        return await asyncio.get_running_loop().sock_recv(self.sock, 1 << 20)

    def end(self) -> None:
        self.sock.shutdown(socket.SHUT_WR)

    async def switched(self, answer: bytes, *, size: int = 0, end: bool = False) -> HijackedConnection:
        return await self._answered(switch(self.pump, EXEC, HEAD), answer, size, end)

    async def streamed(self, answer: bytes, *, size: int = 0, end: bool = False) -> StreamedBody:
        head = request_head("GET", "/containers/1/logs", {"Host": "docker"})
        return await self._answered(receive_body(self.pump, LOGS, head), answer, size, end)

    async def _answered(self, asking, answer, size, end):
        task = asyncio.create_task(asking)
        self.request = await self.receive()
        await self.send(answer, size=size)
        if end:
            self.end()
        return await task


@pytest_asyncio.fixture
async def peer() -> AsyncIterator[Peer]:
    made = Peer()
    yield made
    made.pump.close()
    made.sock.close()


async def read_all(stream: HijackedConnection | StreamedBody) -> bytes:
    pieces = []
    while piece := await stream.read():
        pieces.append(piece)
    return b"".join(pieces)


FRAMES = b"\1\0\0\0\0\0\0\6first\n\2\0\0\0\0\0\0\7second\n"


async def assert_interrupted(stream: HijackedConnection | StreamedBody, place: int) -> None:
    """Read frames that end at a place: what has come of the lines is delivered, the last one marked."""
    lines = LineDecoder(FrameDecoder())
    source = DecodedSource(stream, lines, cut=lines.cut)
    got = []
    with pytest.raises(
        errors.StreamInterrupted, match=rf"^\w+ /\S+: the connection to {PEER} broke .* of a frame$"
    ) as caught:
        while batch := await source.batch():
            got += batch
    assert caught.value.received == place
    assert source.interrupted
    whole = [LogLine("stdout", b"first")] if place >= 14 else []
    begun = FRAMES[22:place] if whole else FRAMES[8:place]
    assert got == whole + [LogLine("stderr" if whole else "stdout", begun, partial=True)] * bool(begun)


class TestSwitch:
    @pytest.mark.parametrize("place", [1, 7, 8, 13, 15, 22, 25])
    async def test_end_inside_a_frame_is_an_interruption(self, peer, place):
        await assert_interrupted(await peer.switched(SWITCHED + FRAMES[:place], end=True), place)

    @pytest.mark.parametrize("size", [0, 1, 7])
    async def test_what_came_with_the_head_is_read_first(self, peer, size):
        connection = await peer.switched(SWITCHED + b"early output", size=size)
        assert peer.request == HEAD + b"{}"
        await peer.send(b", later output")
        peer.end()
        assert await read_all(connection) == b"early output, later output"
        assert connection.received == 26
        assert connection.status == 101
        assert connection.headers["content-TYPE"] == "application/vnd.docker.raw-stream"

    @pytest.mark.parametrize(
        "data",
        [
            memoryview(b"a-b-c-")[::2],
            memoryview(b"cba")[::-1],
            memoryview(array("B", b"abc")),
            memoryview(b"abc").cast("B", [3, 1]),
            memoryview(b"abc").cast("c"),
            bytearray(b"abc"),
        ],
        ids=["steps", "backwards", "array", "dimensions", "characters", "bytearray"],
    )
    async def test_what_is_written_may_be_any_bytes_and_nothing_else(self, peer, data):
        connection = await peer.switched(SWITCHED)
        for wrong in ("text", 5, None):
            with pytest.raises(errors.WrongType, match=r"write\(\) data must be bytes"):
                await connection.write(wrong)
        await connection.write(data)
        assert await peer.receive() == b"abc"

    async def test_200_without_length_switches_too(self, peer):
        connection = await peer.switched(b"HTTP/1.1 200 OK\r\n\r\nraw")
        assert await connection.read() == b"raw"

    async def test_interim_answers_are_skipped(self, peer):
        connection = await peer.switched(
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n" + SWITCHED
        )
        assert connection.status == 101

    async def test_both_ways_with_half_close(self, peer):
        async with await peer.switched(SWITCHED) as connection:
            await connection.write(b"input")
            await connection.write_eof()
            assert await peer.receive() == b"input"
            assert await peer.receive() == b""
            await peer.send(b"output")
            assert await connection.read() == b"output"
        assert await connection.read() == b""

    async def test_end_of_output_frees_the_socket(self, peer):
        connection = await peer.switched(SWITCHED)
        peer.end()
        assert await connection.read() == b""
        assert peer.near.fileno() == -1
        with pytest.raises(errors.StdinClosed):
            await connection.write(b"x")

    async def test_interruption_counts_from_the_head_on(self, peer):
        connection = await peer.switched(SWITCHED)
        await connection.write(b"unread")
        await peer.send(b"12345")
        peer.sock.close()
        assert await connection.read() == b"12345"
        with pytest.raises(
            errors.StreamInterrupted, match=r"POST /v1\.51/exec/1/start: .* after 5 bytes: .*reset"
        ) as caught:
            await connection.read()
        assert caught.value.received == 5

    async def test_aclose_is_idempotent(self, peer):
        connection = await peer.switched(SWITCHED)
        await connection.aclose()
        await connection.aclose()
        assert await peer.receive() == b""


class TestRefused:
    @pytest.mark.parametrize(
        ("answer", "explanation"),
        [
            (b'Content-Length: 38\r\n\r\n{"message":"no such exec instance: 1"}', "no such exec instance: 1"),
            (b"Transfer-Encoding: chunked\r\n\r\n5\r\nno su\r\n2\r\nch\r\n0\r\n\r\n", "no such"),
            (b"Content-Type: application/vnd.docker.raw-stream\r\n\r\nNo such container: x\n", "No such container: x"),
            (b"Content-Length: 100\r\n\r\nonly a part", "only a part"),
            (b"\r\n", ""),
        ],
        ids=["length", "chunked", "until close", "cut", "empty"],
    )
    @pytest.mark.parametrize("size", [0, 1])
    async def test_reason_is_told(self, peer, answer, explanation, size):
        with pytest.raises(errors.NotFound) as caught:
            await peer.switched(b"HTTP/1.1 404 Not Found\r\n" + answer, size=size, end=True)
        assert caught.value.explanation == explanation
        assert caught.value.operation == "ExecStart"
        response = caught.value.response
        assert (response.status_code, response.reason) == (404, "Not Found")
        assert (response.method, response.path) == ("POST", "/v1.51/exec/1/start")
        assert peer.near.fileno() == -1

    async def test_refusal_comes_before_the_body_was_read(self, peer):
        asking = asyncio.create_task(switch(peer.pump, replace(EXEC, body=bytes(26_000_000)), HEAD))
        await asyncio.sleep(0.01)
        await peer.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\n\r\nbad")
        peer.end()
        with pytest.raises(errors.BadRequest, match="bad"):
            await asking

    @pytest.mark.parametrize(
        "answer",
        [
            b"HTTP/1.1 204 No Content\r\n\r\n",
            b"HTTP/1.1 301 Moved\r\nLocation: /\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ],
        ids=["204", "301", "length", "chunked"],
    )
    async def test_answer_that_does_not_switch(self, peer, answer):
        with pytest.raises(errors.ProtocolError, match=rf"^POST .*: the engine at {PEER} sent .* does not switch"):
            await peer.switched(answer)
        assert peer.near.fileno() == -1

    @pytest.mark.parametrize(
        ("answer", "message"),
        [
            (b"SSH-2.0-OpenSSH\r\n", "not HTTP"),
            (b"HTTP/2 200\r\n\r\n", "status line"),
            (b"HTTP/1.1 2000 OK\r\n\r\n", "status line"),
            (b"HTTP/1.1 101 OK\r\nno colon\r\n\r\n", "name: value"),
            (b"HTTP/1.1 101 OK\r\nA: b\r\n folded\r\n\r\n", "name: value"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "length"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "length"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "two ways"),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "transfer encoding"),
            (b"HTTP/1.1 101 OK\r\nA: " + b"b" * LONGEST_HEAD, "longer than"),
        ],
        ids=range(10),
    )
    async def test_answer_that_is_not_http(self, peer, answer, message):
        with pytest.raises(errors.ProtocolError, match=message):
            await peer.switched(answer, end=True)
        assert peer.near.fileno() == -1

    @pytest.mark.parametrize("answer", [b"", SWITCHED[:40]], ids=["nothing", "part of a head"])
    async def test_connection_that_ends_before_the_answer(self, peer, answer):
        asking = asyncio.create_task(switch(peer.pump, EXEC, HEAD))
        await peer.receive()
        if answer:
            await peer.send(answer)
        peer.end()
        with pytest.raises(errors.RequestMaybeSent, match=r"the answer to POST /v1\.51/exec/1/start;") as caught:
            await asking
        assert "canary" not in str(caught.value)

    async def test_connection_reset_before_the_answer(self, peer):
        asking = asyncio.create_task(switch(peer.pump, EXEC, HEAD))
        await asyncio.sleep(0.01)
        peer.sock.close()  # with the request unread
        with pytest.raises(errors.RequestMaybeSent, match="reset"):
            await asking

    async def test_cancelled_while_waiting_for_the_answer(self, peer):
        asking = asyncio.create_task(switch(peer.pump, EXEC, HEAD))
        await peer.receive()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert peer.near.fileno() == -1


class TestBody:
    @pytest.mark.parametrize(
        "answer",
        [
            b"Content-Length: 10\r\n\r\nfirst last",
            b"Transfer-Encoding: chunked\r\n\r\n6\r\nfirst \r\n4\r\nlast\r\n0\r\n\r\n",
        ],
        ids=["length", "chunked"],
    )
    @pytest.mark.parametrize("size", [0, 1])
    async def test_connection_ends_with_the_body(self, peer, answer, size):
        asking = asyncio.create_task(peer.streamed(b"HTTP/1.1 200 OK\r\nX-A: 1\r\n" + answer, size=size))
        body = await asking
        assert await read_all(body) == b"first last"
        assert body.received == 10
        assert body.headers["x-a"] == "1"
        assert peer.near.fileno() == -1
        assert await body.read() == b""

    async def test_body_until_the_end_of_the_connection(self, peer):
        body = await peer.streamed(b"HTTP/1.0 200 OK\r\n\r\nall of it", end=True)
        assert await read_all(body) == b"all of it"

    @pytest.mark.parametrize(
        "rest", [b"HTTP/1.1 204 No Content\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"]
    )
    async def test_no_body(self, peer, rest):
        body = await peer.streamed(rest)
        assert await body.read() == b""

    @pytest.mark.parametrize(
        "answer",
        [
            b"Content-Length: 10\r\n\r\nfirst",
            b"Transfer-Encoding: chunked\r\n\r\n6\r\nfirst",
            b"Transfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n",
        ],
    )
    async def test_cut_body_is_an_interruption(self, peer, answer):
        body = await peer.streamed(b"HTTP/1.1 200 OK\r\n" + answer, end=True)
        assert await body.read() == b"first"
        with pytest.raises(errors.StreamInterrupted, match="after 5 bytes") as caught:
            await body.read()
        assert caught.value.received == 5

    @pytest.mark.parametrize("place", [1, 7, 8, 13, 15, 22, 25])
    async def test_end_inside_a_frame_is_an_interruption_though_the_body_may_end_there(self, peer, place):
        await assert_interrupted(await peer.streamed(b"HTTP/1.0 200 OK\r\n\r\n" + FRAMES[:place], end=True), place)

    async def test_wrong_encoding_after_what_came_before(self, peer):
        body = await peer.streamed(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\nzz\r\n")
        assert await body.read() == b"first"
        for _ in range(2):
            with pytest.raises(
                errors.ProtocolError, match=rf"^GET .*: the engine at {PEER} sent .* b'zz' is not the size .*\(at byte"
            ):
                await body.read()

    async def test_what_cannot_be_read_has_its_connection_and_its_place(self, peer):
        frames = [b"\1\0\0\0\0\0\0\2a\n"] * 3 + [b"\7\0\0\0\0\0\0\2a\n"]
        chunks = b"".join(b"%x\r\n%b\r\n" % (len(frame), frame) for frame in frames)
        kind = b"Content-Type: application/vnd.docker.multiplexed-stream\r\n"
        body = await peer.streamed(b"HTTP/1.1 200 OK\r\n" + kind + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
        source = DecodedSource(body, FrameDecoder())
        assert b"".join(chunk.data for chunk in await source.batch()) == b"a\na\na\n"
        with pytest.raises(
            errors.ProtocolError, match=rf"^GET .*: the engine at {PEER} sent .* not the header"
        ) as caught:
            await source.batch()
        assert caught.value.offset == 30

    async def test_redirect_is_refused(self, peer):
        with pytest.raises(errors.APIError) as caught:
            await peer.streamed(b"HTTP/1.1 301 Moved Permanently\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n")
        assert caught.value.status_code == 301

    async def test_unasked_switch(self, peer):
        with pytest.raises(errors.ProtocolError, match=rf"^GET .*: the engine at {PEER} sent .* without being asked"):
            await peer.streamed(SWITCHED)

    async def test_close_ends_a_pending_read(self, peer):
        body = await peer.streamed(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        reading = asyncio.create_task(body.read())
        await asyncio.sleep(0)
        body.close()
        assert await reading == b""
        assert await body.read() == b""

    async def test_cancelled_read_loses_nothing(self, peer):
        body = await peer.streamed(b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n")
        sending = asyncio.create_task(peer.send(bytes(range(250)) * 16, size=3))
        got, cancelled = bytearray(), 0
        while len(got) < 4000:
            reading = asyncio.create_task(body.read())
            await asyncio.sleep(0)
            cancelled += reading.cancel()
            try:
                got += await reading
            except asyncio.CancelledError:
                await asyncio.sleep(0)
        await sending
        assert cancelled
        assert bytes(got) == bytes(range(250)) * 16


@together(
    ("method", "target", "headers"),
    [
        ("GET", "/a b", {}),
        ("GET", "/a\r\nX: y", {}),
        ("GET ", "/", {}),
        ("GET", "/", {"A\r\nB": "c"}),
        ("GET", "/", {"A": "canary\r\nB: c"}),
        ("GET", "/", {"A": "canary\0"}),
    ],
)
def test_request_that_would_become_another(method, target, headers):
    with pytest.raises(errors.InvalidArgument) as caught:
        request_head(method, target, headers)
    assert "canary" not in str(caught.value)
