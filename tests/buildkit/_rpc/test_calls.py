"""gRPC over HTTP/2: our own two roles against each other, over pieces of every size."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, strategies as st

from aiodockerpy.buildkit._messages import BytesMessage
from aiodockerpy.buildkit._rpc import calls, framing, http2
from aiodockerpy.buildkit._rpc.frames import StreamReset
from aiodockerpy.buildkit._rpc.framing import MessageSplitter, RpcError, frame
from aiodockerpy.errors import ConnectionFailed, ProtocolError
from tests.buildkit.memory import pair, rpc

ECHO = "/test.Service/Echo"


async def echo(call: calls.ServerCall) -> None:
    while (data := await call.recv()) is not None:
        await call.send(data)


class TestMessageSplitter:
    @given(st.lists(st.binary(max_size=300)), st.integers(1, 50))
    def test_any_split_gives_the_same_messages(self, payloads: list[bytes], step: int) -> None:
        data = b"".join(frame(payload) for payload in payloads)
        splitter, found = MessageSplitter(), []
        for at in range(0, len(data), step):
            splitter.feed(data[at : at + step])
            while batch := splitter.take(3):
                assert len(batch) <= 3
                found += batch
        splitter.close()
        assert found == payloads

    def test_refuses_compression_and_size(self) -> None:
        for data, text in {b"\1\0\0\0\0": "compressed", b"\0\0\0\0\x0b": "limit"}.items():
            splitter = MessageSplitter(limit=10)
            splitter.feed(data)
            with pytest.raises(ProtocolError, match=text):
                splitter.take(1)

    def test_a_cut_message_is_told(self) -> None:
        splitter = MessageSplitter()
        splitter.feed(frame(b"abc")[:-1])
        with pytest.raises(ProtocolError):
            splitter.close()


@pytest.mark.parametrize("piece", [1, 7, 1000, 1 << 20])
async def test_unary(piece: int) -> None:
    async def double(call: calls.ServerCall) -> None:
        request = await call.request(BytesMessage)
        await call.answer(BytesMessage(request.data * 2))

    async with rpc({ECHO: double}, piece) as channel:
        answers = await asyncio.gather(
            *[channel.unary(ECHO, BytesMessage(b"%d" % number), BytesMessage) for number in range(20)]
        )
    assert [answer.data for answer in answers] == [b"%d" % number * 2 for number in range(20)]


async def test_more_than_every_window_both_ways() -> None:
    """More bytes than the stream's and the connection's windows hold, while both sides send."""
    blob = bytes(range(256)) * 4096  # 1 MiB
    received = 0
    async with rpc({ECHO: echo}) as channel, channel.call(ECHO) as call:

        async def send() -> None:
            for _ in range(40):
                await call.send(blob)
            await call.end()

        sending = asyncio.create_task(send())
        while batch := await call.recv_batch():
            for item in batch:
                assert item == blob
                received += 1
        await sending
    assert received == 40


async def test_two_writers_never_mix_their_messages() -> None:
    async with rpc({ECHO: echo}) as channel, channel.call(ECHO) as call:

        async def send(byte: bytes) -> None:
            for _ in range(20):
                await call.send(byte * 700_000)

        async def send_all() -> None:
            await asyncio.gather(send(b"a"), send(b"b"))
            await call.end()

        sending = asyncio.create_task(send_all())
        counts = {b"a": 0, b"b": 0}
        while (item := await call.recv()) is not None:
            assert item == item[:1] * 700_000
            counts[item[:1]] += 1
        await sending
    assert counts == {b"a": 20, b"b": 20}


async def test_a_reader_that_stops_bounds_the_sender() -> None:
    """The consumer takes nothing: the sender stops within the windows instead of filling memory."""
    sent = 0
    started = asyncio.Event()

    async def flood(call: calls.ServerCall) -> None:
        nonlocal sent
        while True:
            await call.send(bytes(1 << 18))
            sent += 1 << 18
            started.set()

    async with rpc({ECHO: flood}) as channel, channel.call(ECHO) as call:
        await call.end()
        await started.wait()
        before = -1
        while before != sent:
            before = sent
            await asyncio.sleep(0.05)
        assert sent <= http2.STREAM_WINDOW + 2 * http2.HIGH_WATER
        # … and it goes on when somebody reads
        while sent == before:
            await call.recv()


class TestStatus:
    @pytest.mark.parametrize("text", ["plain", "50 % of größe\n→ second line", ""])
    async def test_an_error_arrives_whole(self, text: str) -> None:
        async def refuse(call: calls.ServerCall) -> None:
            raise RpcError(framing.NOT_FOUND, text)

        async with rpc({ECHO: refuse}) as channel:
            with pytest.raises(RpcError) as caught:
                await channel.unary(ECHO, BytesMessage(), BytesMessage)
        assert (caught.value.code, caught.value.message) == (framing.NOT_FOUND, text)

    async def test_an_unknown_method_is_unimplemented(self) -> None:
        async with rpc({}) as channel:
            with pytest.raises(RpcError) as caught:
                await channel.unary(ECHO, BytesMessage(), BytesMessage)
        assert caught.value.code == framing.UNIMPLEMENTED

    async def test_an_error_after_answers(self) -> None:
        async def some(call: calls.ServerCall) -> None:
            await call.answer(BytesMessage(b"one"))
            raise RpcError(framing.ALREADY_EXISTS, "enough")

        async with rpc({ECHO: some}) as channel:
            answers = channel.stream(ECHO, BytesMessage(), BytesMessage)
            assert (await anext(answers)).data == b"one"
            with pytest.raises(RpcError, match="enough"):
                await anext(answers)

    async def test_a_failing_handler_tells_its_class_and_not_its_text(self) -> None:
        failures = []

        async def fail(call: calls.ServerCall) -> None:
            raise ValueError("hunter2")

        async with rpc({ECHO: fail}, failed=lambda path, error: failures.append((path, error))) as channel:
            with pytest.raises(RpcError, match="ValueError") as caught:
                await channel.unary(ECHO, BytesMessage(), BytesMessage)
        assert "hunter2" not in str(caught.value)
        assert [(path, str(error)) for path, error in failures] == [(ECHO, "hunter2")]

    async def test_large_trailers(self) -> None:
        """A failing build with a large Dockerfile; the usual limit is 64 KiB."""
        text = "0" * 70_000

        async def refuse(call: calls.ServerCall) -> None:
            raise RpcError(framing.UNKNOWN, text)

        async with rpc({ECHO: refuse}) as channel:
            with pytest.raises(RpcError) as caught:
                await channel.unary(ECHO, BytesMessage(), BytesMessage)
        assert caught.value.message == text

    async def test_metadata_keeps_every_value_and_every_byte(self) -> None:
        seen = {}

        async def look(call: calls.ServerCall) -> None:
            seen.update(call.metadata)

        async with rpc({ECHO: look}) as channel, channel.call(ECHO, {"name": ["ä", "b\udcff"]}) as call:
            await call.end()
            assert await call.recv() is None
        assert seen["name"] == ["ä", "b\udcff"]


class TestEnds:
    async def test_leaving_the_call_cancels_the_handler_s_writes(self) -> None:
        ended = asyncio.Event()

        async def flood(call: calls.ServerCall) -> None:
            try:
                while True:
                    await call.send(bytes(1 << 16))
            except StreamReset:
                ended.set()
                raise

        async with rpc({ECHO: flood}) as channel:
            async with channel.call(ECHO) as call:
                await call.recv()
            async with asyncio.timeout(5):
                await ended.wait()

    async def test_losing_the_connection_wakes_every_waiter(self) -> None:
        async def wait(call: calls.ServerCall) -> None:
            await asyncio.Event().wait()

        async with rpc({ECHO: wait}) as channel:
            calls = [asyncio.create_task(channel.unary(ECHO, BytesMessage(), BytesMessage)) for _ in range(5)]
            await asyncio.sleep(0.05)
            await channel.connection._below.aclose()
            async with asyncio.timeout(5):
                results = await asyncio.gather(*calls, return_exceptions=True)
            assert all(isinstance(result, ConnectionFailed) for result in results)
            with pytest.raises(ConnectionFailed):
                await channel.unary(ECHO, BytesMessage(), BytesMessage)

    async def test_a_connection_that_was_closed_here_is_not_the_engines_fault(self) -> None:
        left, _ = pair()
        async with http2.Connection(left, client=True) as connection:
            left.closed_early = True
            await left.aclose()
            with pytest.raises(RuntimeError, match="the client was closed"):
                await calls.Channel(connection).unary(ECHO, BytesMessage(), BytesMessage)

    async def test_garbage_is_a_protocol_error(self) -> None:
        left, right = pair()
        async with http2.Connection(left, client=True) as connection:
            await right.write(b"HTTP/1.1 301 Moved Permanently\r\n\r\n" + b"x" * 100)
            with pytest.raises(ProtocolError, match="HTTP/2"):
                await calls.Channel(connection).unary(ECHO, BytesMessage(), BytesMessage)

    async def test_no_task_is_left(self) -> None:
        before = asyncio.all_tasks()
        async with rpc({ECHO: echo}) as channel, channel.call(ECHO) as call:
            await call.send(b"x")
            assert await call.recv() == b"x"
        assert asyncio.all_tasks() == before

    async def test_a_cancelled_read_loses_nothing(self) -> None:
        async with rpc({ECHO: echo}) as channel, channel.call(ECHO) as call:
            got = []

            async def send() -> None:
                for number in range(300):
                    await call.send(b"%d" % number)
                    await asyncio.sleep(0)
                await call.end()

            sending = asyncio.create_task(send())
            while len(got) < 300:
                try:
                    async with asyncio.timeout(0):
                        got.append(await call.recv())
                except TimeoutError:
                    await asyncio.sleep(0.001)
            await sending
        assert got == [b"%d" % number for number in range(300)]
