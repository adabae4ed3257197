"""Whatever arrives instead of an answer: every call ends, with a documented error or none, and the event loop runs on."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from hyperframe.frame import (
    AltSvcFrame,
    ContinuationFrame,
    DataFrame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    PriorityFrame,
    PushPromiseFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)
from hypothesis import HealthCheck, given, settings, strategies as st

from aiodockerpy import buildkit, errors
from aiodockerpy.buildkit import _messages as pb
from aiodockerpy.buildkit._rpc import http2, protobuf
from aiodockerpy.buildkit._rpc.calls import Channel
from aiodockerpy.buildkit._rpc.framing import RpcError, frame
from tests.buildkit import raw
from tests.buildkit.memory import pair
from tests.buildkit.raw import CALLS, GRPC, OK, RawEngine, answer, data, headers
from tests.together import together

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PAGE = b"<html>502 Bad Gateway</html>"
MANY = 50_000

ANSWERS = {
    "nothing": lambda stream: b"",
    "HTTP/1": lambda stream: b"HTTP/1.1 502 Bad Gateway\r\n\r\n",
    "noise": lambda stream: b"\xff" * 200,
    "zeroes": lambda stream: bytes(200),
    "half a frame": lambda stream: headers(stream, GRPC)[:-3],
    "a frame of 16 MiB": lambda stream: b"\xff\xff\xff\0\0\0\0\0\1" + bytes(100_000),
    "a page": lambda stream: (
        headers(stream, [(":status", "502"), ("content-type", "text/html")]) + data(stream, PAGE, end=True)
    ),
    "a page that says 200": lambda stream: (
        headers(stream, [(":status", "200"), ("content-type", "text/html")]) + data(stream, PAGE, end=True)
    ),
    "a page with a length": lambda stream: (
        headers(stream, [(":status", "503"), ("content-length", str(len(PAGE)))]) + data(stream, PAGE, end=True)
    ),
    "a page without end": lambda stream: headers(stream, [(":status", "502")]) + data(stream, PAGE),
    "no status": lambda stream: (
        headers(stream, [("content-type", "application/grpc")]) + data(stream, frame(b""), end=True)
    ),
    "a status of letters": lambda stream: headers(
        stream, [(":status", "²00"), ("content-type", "application/grpc")], end=True
    ),
    "a wrong length": lambda stream: (
        headers(stream, [*GRPC, ("content-length", "3")]) + data(stream, b"abcdef", end=True)
    ),
    "a length of letters": lambda stream: (
        headers(stream, [*GRPC, ("content-length", "²")]) + data(stream, b"abcdef", end=True)
    ),
    "a push": lambda stream: PushPromiseFrame(stream, 2, b"", flags=["END_HEADERS"]).serialize(),
    "data before headers": lambda stream: data(stream, frame(b"")),
    "data of another stream": lambda stream: data(77, frame(b"")),
    "too much data": lambda stream: headers(stream, GRPC) + data(stream, b"\0\0\xff\0\0" + bytes(5 << 20)),
    "a reset": lambda stream: RstStreamFrame(stream, 2).serialize(),
    "a reset after headers": lambda stream: headers(stream, GRPC) + RstStreamFrame(stream, 0).serialize(),
    "a goodbye": lambda stream: GoAwayFrame(0, 0, 2, b"why").serialize(),
    "more padding than data": lambda stream: headers(stream, GRPC) + b"\0\0\2\0\x08\0\0\0" + bytes([stream]) + b"\x09x",
    "a window that is too large": lambda stream: WindowUpdateFrame(0, 0x7FFFFFFF).serialize() * 3,
    "a window of nothing": lambda stream: b"\0\0\4\x08\0" + stream.to_bytes(4, "big") + bytes(4),
    "settings that cannot be": lambda stream: SettingsFrame(0, {4: 0x80000000 - 1, 5: 1}).serialize(),
    "headers that cannot be decoded": lambda stream: HeadersFrame(
        stream, b"\xff" * 50, flags=["END_HEADERS"]
    ).serialize(),
    "continuation of nothing": lambda stream: ContinuationFrame(stream, b"x").serialize(),
    "endless continuation": lambda stream: (
        HeadersFrame(stream, b"").serialize() + ContinuationFrame(stream, b"").serialize() * 100
    ),
    "only a status": lambda stream: headers(stream, [*GRPC, ("grpc-status", "2"), ("grpc-message", "no")], end=True),
    "a status that is not a number": lambda stream: answer(stream, trailers=[("grpc-status", "²")]),
    "a status of 5000 digits": lambda stream: answer(stream, trailers=[("grpc-status", "9" * 5000)]),
    "a negative status": lambda stream: answer(stream, trailers=[("grpc-status", "-1")]),
    "an empty status": lambda stream: answer(stream, trailers=[("grpc-status", "")]),
    "trailers without a status": lambda stream: answer(stream, trailers=[("x", "y")]),
    "a message that is no ASCII": lambda stream: answer(
        stream, trailers=[("grpc-status", "2"), ("grpc-message", b"\xff\xc3\xb2")]
    ),
    "a message of half an escape": lambda stream: answer(
        stream, trailers=[("grpc-status", "2"), ("grpc-message", "%f%%9")]
    ),
    "details that are no base64": lambda stream: answer(
        stream, trailers=[("grpc-status", "2"), ("grpc-status-details-bin", "²!")]
    ),
    "an end without a status": lambda stream: headers(stream, GRPC) + data(stream, frame(b""), end=True),
    "no message": lambda stream: answer(stream),
    "half a message": lambda stream: (
        headers(stream, GRPC) + data(stream, frame(b"abc")[:-1]) + headers(stream, OK, end=True)
    ),
    "a compressed message": lambda stream: headers(stream, GRPC) + data(stream, b"\1\0\0\0\1x", end=True),
    "a message of 4 GiB": lambda stream: headers(stream, GRPC) + data(stream, b"\0\xff\xff\xff\xffx", end=True),
    "a message of noise": lambda stream: answer(stream, b"\xff\xff\xff"),
    "a message cut in a field": lambda stream: answer(stream, b"\x0a\x20x"),
    "a number that is too long": lambda stream: answer(stream, b"\x08" + b"\xff" * 20),
    "groups": lambda stream: answer(stream, b"\x0b\x0c"),
    "times that are none": lambda stream: answer(stream, _times(), trailers=OK),
    "texts that are no UTF-8": lambda stream: answer(stream, pb.Vertex(digest="\udcff", name="\udcff").encode()),
}
FINE = {"times that are none", "texts that are no UTF-8"}
LARGE = {
    "records": lambda stream: answer(stream, b"\x0a\x00" * MANY),
    "fields of no meaning": lambda stream: answer(stream, b"\x78\x00" * MANY),
    "messages": lambda stream: answer(stream, *[b""] * 20_000),
}


def _times() -> bytes:
    stamp = pb.Timestamp(2**63 - 1, -(2**31))
    return pb.StatusResponse(vertexes=[pb.Vertex("a", started=stamp, completed=stamp)]).encode()


def is_documented(error: BaseException) -> bool:
    """Whether a caller can name it: it is a public error or one of its kinds, and not the status of a call."""
    return isinstance(error, errors.DockerException) and not isinstance(error, RpcError)


@pytest.mark.parametrize("call", CALLS)
@together("name", ANSWERS)
async def test_every_answer_ends_the_call(name, call) -> None:
    error = await _call(call, ANSWERS[name])
    if error is None:
        assert name in FINE or call is raw.prune
    else:
        assert is_documented(error), repr(error)
        assert str(error)
        assert "<memory at" not in str(error)


async def _call(call, play) -> Exception | None:
    engine = RawEngine(play)
    try:
        async with asyncio.timeout(50):
            await call(engine)
    except Exception as error:
        return error
    else:
        return None
    finally:
        await engine.aclose()


@asynccontextmanager
async def turns_of_the_loop() -> AsyncIterator[list[int]]:
    """Count the turns that the event loop takes meanwhile."""
    turns = [0]

    async def count() -> None:
        while True:
            await asyncio.sleep(0)
            turns[0] += 1

    counting = asyncio.create_task(count())
    yield turns
    counting.cancel()


@pytest.mark.parametrize("call", [raw.prune, raw.build])
@pytest.mark.parametrize("name", LARGE)
async def test_a_large_answer_gives_the_loop_back(name, call, monkeypatch) -> None:
    monkeypatch.setattr(protobuf, "MAX_FIELDS", 500_000)
    async with turns_of_the_loop() as turns:
        await _call(call, LARGE[name])
    assert turns[0] > 15


@pytest.mark.parametrize("name", ["records", "fields of no meaning"])
async def test_a_message_of_too_many_fields_is_refused(name, monkeypatch) -> None:
    monkeypatch.setattr(protobuf, "MAX_FIELDS", MANY // 2)
    error = await _call(raw.disk_usage, LARGE[name])
    assert isinstance(error, errors.ProtocolError)
    assert "more than 25000 fields" in str(error)


async def test_a_page_of_a_proxy_is_named() -> None:
    engine = RawEngine(ANSWERS["a page"])
    with pytest.raises(errors.ProtocolError, match=r"ListWorkers.*HTTP status '502' and content type 'text/html'"):
        await buildkit.BuildKit(engine).workers()
    await engine.aclose()


FRAMES = st.one_of(
    st.builds(DataFrame, st.integers(1, 4), st.binary(max_size=30), flags=st.sets(st.sampled_from(["END_STREAM"]))),
    st.builds(
        HeadersFrame,
        st.integers(1, 4),
        st.binary(max_size=30) | st.sampled_from([raw.Encoder().encode(GRPC), raw.Encoder().encode(OK)]),
        flags=st.sets(st.sampled_from(["END_STREAM", "END_HEADERS"])),
    ),
    st.builds(ContinuationFrame, st.integers(1, 4), st.binary(max_size=9), flags=st.sets(st.just("END_HEADERS"))),
    st.builds(RstStreamFrame, st.integers(1, 4), st.integers(0, 2**32 - 1)),
    st.builds(SettingsFrame, st.just(0), st.dictionaries(st.integers(0, 10), st.integers(0, 2**32 - 1), max_size=4)),
    st.builds(SettingsFrame, st.just(0), flags=st.just(["ACK"])),
    st.builds(PingFrame, st.just(0), st.binary(min_size=8, max_size=8), flags=st.sets(st.just("ACK"))),
    st.builds(WindowUpdateFrame, st.integers(0, 4), st.integers(1, 2**31 - 1)),
    st.builds(GoAwayFrame, st.just(0), st.integers(0, 9), st.integers(0, 20)),
    st.builds(PriorityFrame, st.integers(1, 4), depends_on=st.integers(0, 9), stream_weight=st.integers(0, 255)),
    st.builds(AltSvcFrame, st.just(0), st.binary(max_size=4), st.binary(max_size=4)),
).map(lambda item: item.serialize())
WIRE = st.lists(FRAMES | st.binary(max_size=12), max_size=12).map(b"".join)


@given(wire=WIRE, piece=st.integers(1, 400), client=st.booleans())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_frames_end_a_connection_or_are_taken(wire: bytes, piece: int, client: bool) -> None:
    async def run() -> None:
        left, right = pair(piece)

        async def answer_everything(stream: http2.Stream) -> None:
            try:
                await stream.read()
                stream.send_headers([(b":status", b"200")])
                await stream.write(b"x", end=True)
            except errors.DockerException:
                stream.close()

        answering: list[asyncio.Task[None]] = []
        accept = lambda stream: answering.append(asyncio.create_task(answer_everything(stream)))  # noqa: E731
        async with http2.Connection(left, client=client, accept=accept) as connection:
            hello = b"" if client else b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
            await right.write(hello + raw.HELLO + wire)
            await asyncio.sleep(0)
            if client:
                try:
                    async with asyncio.timeout(30), Channel(connection).call("/a.B/C") as call:
                        closing = asyncio.create_task(right.aclose())
                        await call.send(b"x")
                        await call.end()
                        while await call.recv_batch():
                            pass
                        await closing
                except errors.DockerException:
                    pass
            await right.aclose()
            await connection.wait_closed()
            await asyncio.gather(*answering)

    asyncio.run(run())


@pytest.mark.parametrize("last", [3, 2**31 - 1])
@pytest.mark.parametrize("call", CALLS)
async def test_a_peer_that_takes_no_more_calls_answers_those_it_has(call, last) -> None:
    def play(stream: int) -> bytes:
        goodbye = GoAwayFrame(0, last, 0, b"max_age").serialize()
        return headers(stream, GRPC) + goodbye + data(stream, frame(b"")) + headers(stream, OK, end=True)

    assert await _call(call, play) is None


@pytest.mark.parametrize("call", CALLS)
async def test_a_call_that_the_peer_will_not_answer_ends_at_once(call) -> None:
    engine = RawEngine(lambda stream: GoAwayFrame(0, 0, 0, b"max_age").serialize(), cut=False)
    try:
        with pytest.raises(errors.DockerException, match="ended the BuildKit connection"):
            async with asyncio.timeout(50):
                await call(engine)
    finally:
        await engine.aclose()


async def test_nothing_new_begins_after_a_goodbye() -> None:
    left, right = pair()
    async with http2.Connection(left, client=True) as connection:
        begun = connection.open([(b":method", b"POST")])
        await right.write(raw.HELLO + GoAwayFrame(0, 1, 0).serialize() + headers(1, GRPC))
        await begun.wait_headers()
        with pytest.raises(errors.StreamInterrupted, match="ended the BuildKit connection"):
            connection.open([(b":method", b"POST")])
        with pytest.raises(errors.StreamInterrupted, match="ended the BuildKit connection"):
            await connection.wait_ready()
        await right.write(data(1, b"rest", end=True))
        assert await begun.read() == b"rest"
        assert await begun.read() == b""


async def test_the_goodbye_of_a_caller_ends_none_of_its_calls() -> None:
    from tests.buildkit.memory import rpc

    async def echo(call) -> None:
        await call.answer(pb.BytesMessage(await call.recv() or b""))

    async with rpc({"/a.B/C": echo}) as channel, channel.call("/a.B/C") as call:
        await channel.connection.wait_ready()
        channel.connection._out.append(GoAwayFrame(0, 0, 0).serialize())
        await call.send(b"x")
        assert await call.recv() == pb.BytesMessage(b"x").encode()


FLOODS = {
    "PING": PingFrame(0, b"12345678").serialize(),
    "SETTINGS": SettingsFrame(0).serialize(),
    "RST_STREAM": RstStreamFrame(1, 0).serialize(),
    "empty DATA": DataFrame(1, b"").serialize(),
    "DATA of one byte": DataFrame(1, b"x").serialize(),
    "PRIORITY": PriorityFrame(1, depends_on=0, stream_weight=1).serialize(),
    "WINDOW_UPDATE": WindowUpdateFrame(0, 1).serialize(),
    "an unknown kind": b"\0\0\0\x77\0\0\0\0\0",
    "1xx": headers(1, [(":status", "103")]),
}


@pytest.mark.parametrize("name", FLOODS)
async def test_a_flood_of_frames_gives_the_loop_back(name, monkeypatch) -> None:
    monkeypatch.setattr(http2, "SLICE", 0.0)
    left, right = pair()
    right.room = left.room = 1 << 30
    size = 1 << 16
    async with http2.Connection(left, client=True) as connection, Channel(connection).call("/a.B/C"):
        await right.write(raw.HELLO + (headers(1, GRPC) if "DATA" in name else b""))
        await right.write(FLOODS[name] * (size // len(FLOODS[name])))
        await right.aclose()
        async with turns_of_the_loop() as turns:
            await connection.wait_closed()
    assert turns[0] > size / 2048 / 2


@pytest.mark.parametrize("name", ["PING", "SETTINGS"])
async def test_a_peer_that_does_not_read_the_answers_to_its_flood_loses_its_connection(name, monkeypatch) -> None:
    monkeypatch.setattr(http2, "MAX_ANSWERS", 1 << 14)
    left, right = pair()
    right.room = 1 << 30
    left.room = 0
    async with http2.Connection(left, client=True) as connection:
        right.size = 1  # whatever is written to it waits for ever
        await right.write(raw.HELLO)
        await right.write(FLOODS[name] * 10_000)
        with pytest.raises(errors.ProtocolError, match="floods"):
            async with asyncio.timeout(30), Channel(connection).call("/a.B/C") as call:
                await call.recv()


async def test_calls_beyond_what_can_be_answered_are_refused(monkeypatch) -> None:
    from aiodockerpy.buildkit._rpc import calls
    from tests.buildkit.memory import rpc

    monkeypatch.setattr(calls, "_MOST_CALLS", 2)
    started = asyncio.Event()

    async def wait(call) -> None:
        started.set()
        await asyncio.Event().wait()

    async with rpc({"/a.B/C": wait}) as channel, channel.call("/a.B/C") as one, channel.call("/a.B/C") as two:
        await one.send(b"")
        await two.send(b"")
        await started.wait()
        with pytest.raises(errors.StreamInterrupted, match="code 7"):
            await channel.unary("/a.B/C", pb.Empty(), pb.Empty)
