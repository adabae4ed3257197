"""The handle of calls that stream, over sources whose every step is given by the test."""

from __future__ import annotations

import asyncio
import copy
import gc
import pickle
import threading
import warnings

import pytest

from aiodockerpy._protocol.frames import FrameDecoder
from aiodockerpy._protocol.lines import LineDecoder, LogLine
from aiodockerpy.errors import OperationFailed, ProtocolError, StreamIdle, StreamInterrupted
from aiodockerpy.models import JSONMessage
from aiodockerpy.streams.decoding import _STEP, ProgressItems, RawBytes
from aiodockerpy.streams.progress import ProgressStream
from aiodockerpy.streams.source import all_items
from aiodockerpy.streams.stream import DecodedSource, Stream

BOTH_LOOPS = True


class Script:
    """A source of prepared batches; `hold` makes the next one wait until `go`."""

    def __init__(self, *batches: object) -> None:
        self.batches = list(batches)
        self.opened = 0
        self.closed = 0
        self.closed_in: threading.Thread | None = None
        self.closed_early = False
        self.received = 7
        self._held: asyncio.Event | None = None

    def hold(self) -> None:
        self._held = asyncio.Event()

    def go(self) -> None:
        assert self._held is not None
        self._held.set()

    async def open(self) -> Script:
        if self._held is not None and not self.opened:
            await self._held.wait()
        self.opened += 1
        return self

    async def batch(self):
        if self._held is not None and not self.closed:
            await self._held.wait()
        if self.closed:
            return ()
        step = self.batches.pop(0) if self.batches else ()
        if isinstance(step, Exception):
            raise step
        return step

    def close(self) -> None:
        self.closed += 1
        self.closed_in = threading.current_thread()
        self.closed_early = bool(self.batches)
        if self._held is not None:
            self._held.set()


def handle(script: Script) -> Stream[int, list[int]]:
    return Stream(script.open, all_items, name="containers.test")


async def test_nothing_is_sent_before_it_is_used():
    script = Script([1])
    stream = handle(script)
    assert script.opened == 0
    assert await stream == [1]
    assert script.opened == 1


async def test_awaited_it_collects_and_closes():
    script = Script([1, 2], [3])
    assert await handle(script) == [1, 2, 3]
    assert script.closed


@pytest.mark.parametrize("run", ["create_task", "gather", "wait_for", "task_group"])
async def test_it_is_a_coroutine(run):
    stream = handle(Script([1], [2]))
    if run == "create_task":
        result = await asyncio.create_task(stream)
    elif run == "gather":
        (result,) = await asyncio.gather(stream)
    elif run == "wait_for":
        result = await asyncio.wait_for(stream, 5)
    else:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(stream)
        result = task.result()
    assert result == [1, 2]


async def test_a_task_cancelled_before_its_first_step_sends_nothing():
    script = Script([1])
    task = asyncio.create_task(handle(script))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert script.opened == 0


async def test_a_cancelled_collection_closes():
    script = Script([1])
    script.hold()
    task = asyncio.create_task(handle(script))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert script.opened == 0


async def test_iterated_it_gives_items_and_closes_at_the_end():
    script = Script([1, 2], [3])
    assert [item async for item in handle(script)] == [1, 2, 3]
    assert script.closed


async def test_anext_alone_begins_it():
    stream = handle(Script([1]))
    assert await anext(stream) == 1
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


@pytest.mark.parametrize("first", ["await", "iterate", "enter", "close"])
@pytest.mark.parametrize("second", ["await", "iterate", "enter"])
async def test_it_can_be_used_once_only(first, second):
    stream = handle(Script([1]))

    async def use(how):
        if how == "await":
            await stream
        elif how == "iterate":
            async for _ in stream:
                pass
        elif how == "enter":
            async with stream:
                pass
        else:
            stream.close()

    await use(first)
    with pytest.raises(RuntimeError, match="can be used once only"):
        await use(second)


async def test_a_block_closes_at_once_when_it_is_left():
    script = Script([1, 2], [3])
    async with handle(script) as stream:
        assert script.opened == 1
        async for _ in stream:
            break
    assert script.closed == 1
    assert stream.closed


async def test_a_block_may_be_iterated_once():
    async with handle(Script([1])) as stream:
        assert [item async for item in stream] == [1]
        with pytest.raises(RuntimeError, match="once only"):
            [item async for item in stream]


async def test_a_block_that_cannot_open_raises_at_once():
    async def refuse():
        raise OSError("refused")

    with pytest.raises(OSError, match="refused"):
        async with Stream(refuse, all_items, name="x"):
            raise AssertionError("not reached")


async def test_opened_it_is_sent_at_once_and_iterated_later():
    script = Script([1], [2])
    stream = await handle(script).open()
    assert script.opened == 1
    assert [item async for item in stream] == [1, 2]
    assert (script.opened, script.closed) == (1, 1)


async def test_an_opened_handle_may_be_entered_and_keeps_a_cancelled_step():
    script = Script([1], [2])
    stream = await handle(script).open()
    script.hold()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(stream), 0.01)
    script.go()
    async with stream as items:
        assert [item async for item in items] == [1, 2]
    assert script.opened == 1
    assert script.closed


async def test_an_open_that_fails_raises_at_once_and_leaves_nothing():
    async def refuse() -> Script:
        raise OperationFailed("no")

    stream = Stream(refuse, all_items, name="containers.test")
    with pytest.raises(OperationFailed):
        await stream.open()
    assert stream.closed


async def test_an_error_comes_after_what_was_before_it_and_closes():
    script = Script([1], OSError("broken"))
    seen = []

    async def read():
        async for item in handle(script):
            seen.append(item)

    with pytest.raises(OSError, match="broken"):
        await read()
    assert seen == [1]
    assert script.closed


async def test_a_cancelled_step_in_a_block_loses_nothing():
    script = Script([1], [2])
    async with handle(script) as stream:
        assert await anext(stream) == 1
        script.hold()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(stream), 0.01)
        script.go()
        assert await anext(stream) == 2


async def test_a_cancelled_reader_without_a_block_closes_and_says_so_afterwards():
    script = Script([1], [2])
    stream = handle(script)
    assert await anext(stream) == 1
    script.hold()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(stream), 0.01)
    assert script.closed
    with pytest.raises(RuntimeError, match="async with"):
        await anext(stream)


async def test_close_from_another_task_ends_a_pending_read():
    script = Script([1], [2])
    seen = []
    async with handle(script) as stream:

        async def read():
            async for item in stream:
                seen.append(item)
                script.hold()

        task = asyncio.create_task(read())
        while not seen:
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        stream.close()
        await asyncio.wait_for(task, 5)
    assert seen == [1]


async def test_close_from_another_task_while_it_opens():
    script = Script([1])
    script.hold()
    stream = handle(script)
    task = asyncio.create_task(anext(stream, None))
    await asyncio.sleep(0)
    stream.close()
    script.go()
    assert await asyncio.wait_for(task, 5) is None
    assert script.closed


@pytest.mark.parametrize("use", ["iterated", "awaited", "opened"])
async def test_close_from_another_task_ends_an_opening_that_gets_no_answer(use):
    cancelled = asyncio.Event()

    async def start():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    stream = Stream(start, all_items, name="containers.test")
    uses = {"iterated": lambda: anext(stream, "the end"), "awaited": lambda: stream, "opened": stream.open}
    task = asyncio.create_task(uses[use]())
    await asyncio.sleep(0.01)
    stream.close()
    result = (await asyncio.wait_for(asyncio.gather(task, return_exceptions=True), 5))[0]
    assert cancelled.is_set()
    assert stream.closed_early
    if use == "awaited":
        assert str(result) == "containers.test was closed while it was awaited"
    else:
        assert result in {"the end", stream}


async def test_silence_counts_from_the_request_on():
    stream = Stream(asyncio.Event().wait, all_items, name="containers.test", idle_timeout=0.01)
    with pytest.raises(StreamIdle, match=r"nothing came from containers\.test for 0\.01 s \(idle_timeout\)"):
        await anext(stream)
    assert stream.closed


async def test_what_works_before_the_engine_answers_may_take_its_time():
    script = Script([1])
    stream = Stream(lambda: asyncio.sleep(0.05, script), all_items, name="test", idle_timeout=0.01, opens_at_once=False)
    assert await stream == [1]


@pytest.mark.parametrize("make", [copy.copy, copy.deepcopy, pickle.dumps])
async def test_a_handle_is_not_copied(make):
    stream = handle(Script([1]))
    with pytest.raises(TypeError, match=r"the handle of containers\.test cannot be pickled or copied"):
        make(stream)
    assert await stream == [1]


async def test_an_opening_can_be_cancelled_and_can_raise_a_timeout_of_its_own():
    async def start():
        raise TimeoutError("mine")

    with pytest.raises(TimeoutError, match="mine"):
        await Stream(start, all_items, name="containers.test").open()
    waiting = Stream(asyncio.Event().wait, all_items, name="containers.test")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(waiting.open(), 0.01)
    assert waiting.closed


async def test_what_was_closed_while_awaited_is_never_returned_as_the_whole():
    script = Script([1], [2])

    async def open_and_stall():
        await script.open()
        script.hold()
        return script

    stream = Stream(open_and_stall, all_items, name="containers.test")
    task = asyncio.create_task(stream)
    while not script.opened:
        await asyncio.sleep(0)
    stream.close()
    with pytest.raises(RuntimeError, match="closed while it was awaited"):
        await task


async def test_what_the_client_closed_while_awaited_is_never_returned_as_the_whole():
    class Connection:
        status, headers, received, closed = 200, {}, 0, False
        closed_early = False

        async def read(self):
            if not self.received:
                self.received = 3
                return b"abc"
            self.closed_early = True
            return b""

        def close(self):
            self.closed = True

    async def start():
        return DecodedSource(Connection(), RawBytes())

    with pytest.raises(RuntimeError, match="closed while it was awaited"):
        await Stream(start, all_items, name="x")


async def test_two_readers_are_refused():
    script = Script([1], [2])
    async with handle(script) as stream:
        script.hold()
        first = asyncio.create_task(anext(stream))
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="another task is reading"):
            await anext(stream)
        script.go()
        assert await first == 1


async def test_received_is_told_while_it_is_open():
    async with handle(Script([1])) as stream:
        assert stream.received == 7
    assert handle_unused_is_zero() == 0


def handle_unused_is_zero() -> int:
    stream = handle(Script())
    stream.close()
    return stream.received


def test_unused_it_warns_like_a_coroutine():
    held = [handle(Script())]
    message = r"containers\.test was never awaited or iterated \(.*test_stream\.py:\d+\)"
    with pytest.warns(RuntimeWarning, match=message):
        held.clear()


def test_closed_unused_it_does_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        handle(Script()).close()
        gc.collect()


async def test_left_open_it_warns_and_closes():
    script = Script([1], [2])
    held = [handle(script)]
    assert await anext(held[0]) == 1
    with pytest.warns(ResourceWarning, match="was left open"):
        held.clear()
    assert script.closed == 1
    assert script.closed_in is threading.current_thread()


async def test_progress_left_open_closes_without_the_collector():
    script = Script([JSONMessage(status="a")], [JSONMessage(status="b")])
    held = [ProgressStream(script.open, all_items, name="images.pull")]
    assert (await anext(held[0])).status == "a"
    gc.disable()
    try:
        with pytest.warns(ResourceWarning, match="was left open"):
            held.clear()
    finally:
        gc.enable()
    assert script.closed == 1


async def test_collected_in_another_thread_it_closes_in_its_own():
    script = Script([1], [2])
    held = [handle(script)]
    assert await anext(held[0]) == 1
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        thread = threading.Thread(target=held.clear)
        thread.start()
        while thread.is_alive():
            await asyncio.sleep(0.001)
    assert [warning.category for warning in caught] == [ResourceWarning]
    assert script.closed == 0 or script.closed_in is threading.current_thread()
    await asyncio.sleep(0.01)
    assert script.closed_in is threading.current_thread()


async def test_a_handle_is_a_source_for_another():
    inner = handle(Script([1, 2], [3]))

    async def start():
        return await inner.__aenter__()

    assert await Stream(start, all_items, name="outer") == [1, 2, 3]
    assert inner.closed


class Pieces:
    """A stream of prepared bytes."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)
        self.status, self.headers, self.received = 200, {}, 0
        self.closed = self.closed_early = False

    async def read(self) -> bytes:
        return self.pieces.pop(0) if self.pieces and not self.closed else b""

    def close(self) -> None:
        self.closed = True
        self.closed_early = self.closed_early or bool(self.pieces)


class Counted(RawBytes):
    """Makes an item of each byte when it is asked for, and fails at an ``x``."""

    def __init__(self) -> None:
        super().__init__()
        self.made = 0

    def feed(self, data):
        for byte in data:
            if byte == ord("x"):
                raise ValueError("x")
            self.made += 1
            yield byte


async def test_items_of_an_iterator_are_made_when_their_turn_comes():
    decoder = Counted()
    source = DecodedSource(Pieces(bytes(1000), b"ab"), decoder)
    first = len(await source.batch())
    assert 0 < first == decoder.made < 100
    assert len(await all_items(source)) == 1002 - first
    assert not await source.batch()


async def test_a_failure_of_an_iterator_comes_after_the_items_before_it():
    source = DecodedSource(Pieces(b"abcxd"), Counted())
    stream = Stream(lambda: asyncio.sleep(0, source), all_items, name="containers.test")
    assert [await anext(stream) for _ in b"abc"] == list(b"abc")
    with pytest.raises(ValueError, match="x"):
        await anext(stream)
    assert stream.closed


async def test_items_that_were_not_made_are_dropped_at_the_close():
    stream = Stream(
        lambda: asyncio.sleep(0, DecodedSource(Pieces(bytes(1000), b"a"), Counted())), all_items, name="test"
    )
    async with stream:
        await anext(stream)
        stream.close()
        assert len([item async for item in stream]) < 100


class Broken(Pieces):
    """Ends with an error, or never."""

    def __init__(self, *pieces: bytes, silent: bool = False, error: Exception | None = None) -> None:
        super().__init__(*pieces)
        self.silent = silent
        self.error = error or StreamInterrupted("the connection broke", received=7)

    async def read(self) -> bytes:
        if not self.pieces:
            if self.silent:
                await asyncio.Event().wait()
            raise self.error
        return await super().read()

    def with_location(self, error: ProtocolError) -> ProtocolError:
        return error


HELLO = b"\1\0\0\0\0\0\0\5hello"


@pytest.mark.parametrize(("end", "items"), [(9, [b"h"]), (13, [b"hello"]), (17, [b"hello"]), (22, [b"hello", b"h"])])
async def test_what_came_of_a_frame_is_delivered_before_the_interruption(end, items):
    stream = Stream(
        lambda: asyncio.sleep(0, DecodedSource(Broken((HELLO * 2)[:end]), FrameDecoder())), all_items, name="x"
    )
    for item in items:
        assert (await anext(stream)).data == item
    with pytest.raises(StreamInterrupted):
        await anext(stream)
    assert stream.closed
    assert stream.interrupted


async def test_what_has_failed_is_no_end_for_the_next_who_reads_it():
    stream = Stream(
        lambda: asyncio.sleep(0, DecodedSource(Broken(HELLO), FrameDecoder())), all_items, name="containers.x"
    )
    assert await stream.batch()
    for text in ("^the connection broke$", r"^containers\.x has failed before: the connection broke$"):
        with pytest.raises(StreamInterrupted, match=text):
            await stream.batch()


@pytest.mark.parametrize("error", [StreamInterrupted("cut"), ProtocolError("no chunk")])
async def test_the_beginning_of_a_line_is_delivered_before_any_error(error):
    decoder = LineDecoder(FrameDecoder())
    source = DecodedSource(Broken(HELLO, error=error), decoder, cut=decoder.cut)
    assert await source.batch() == [LogLine("stdout", b"hello", partial=True)]
    with pytest.raises(type(error)):
        await source.batch()


async def test_the_beginning_of_a_line_is_delivered_before_a_broken_frame():
    decoder = LineDecoder(FrameDecoder())
    source = DecodedSource(Broken(HELLO + b"\7\0\0\0\0\0\0\2", silent=True), decoder, cut=decoder.cut)
    assert await source.batch() == [LogLine("stdout", b"hello", partial=True)]
    with pytest.raises(ProtocolError):
        await source.batch()


async def test_of_a_line_too_but_for_a_follower_that_will_read_it_again():
    decoder = LineDecoder(FrameDecoder())
    source = DecodedSource(Broken(HELLO[:10]), decoder, cut=decoder.cut)
    stream = Stream(lambda: asyncio.sleep(0, source), all_items, name="x", idle_timeout=10)
    assert not stream.interrupted
    assert await anext(stream) == LogLine("stdout", b"he", partial=True)
    assert stream.interrupted
    with pytest.raises(StreamInterrupted):
        await anext(stream)


@pytest.mark.parametrize(
    ("decoder", "data", "error"),
    [
        (FrameDecoder, HELLO + b"\7\0\0\0\0\0\0\5", ProtocolError),
        (FrameDecoder, HELLO + b"\3\0\0\0\0\0\0\2no", OperationFailed),
        (lambda: LineDecoder(FrameDecoder()), HELLO + b"\3\0\0\0\0\0\0\2no", OperationFailed),
        (lambda: ProgressItems("ImagePull"), b'{"status":"hello"}\n{"error":"no"}\n', OperationFailed),
    ],
)
async def test_a_failure_is_told_though_the_connection_stays_open(decoder, data, error):
    async with Stream(
        lambda: asyncio.sleep(0, DecodedSource(Broken(data, silent=True), decoder())), all_items, name="x"
    ) as stream:
        assert await asyncio.wait_for(anext(stream), 5)
        with pytest.raises(error):
            await asyncio.wait_for(anext(stream), 5)


class Slow(Script):
    """Gives its first batch at once, and bytes but no items from then on."""

    def __init__(self, *, trickles: int) -> None:
        super().__init__([1])
        self.trickles = trickles

    async def batch(self):
        if self.batches:
            return self.batches.pop(0)
        while True:
            await asyncio.sleep(0.02)
            if self.trickles:
                self.trickles -= 1
                self.received += 1


async def test_promise_19_silence_for_too_long_closes_the_stream():
    script = Slow(trickles=0)
    stream = handle(script)
    stream.idle_timeout = 0.1
    async with stream:
        assert await anext(stream) == 1
        with pytest.raises(StreamIdle, match=r"nothing came from containers\.test for 0\.1 s \(idle_timeout\)"):
            await anext(stream)
        assert stream.closed
        with pytest.raises(StopAsyncIteration):
            await anext(stream)


async def test_promise_19_bytes_are_no_silence():
    script = Slow(trickles=10)
    stream = Stream(script.open, all_items, name="containers.test", idle_timeout=1)
    with pytest.raises(StreamIdle):
        await stream
    assert script.trickles == 0
    assert script.closed


async def test_promise_19_a_timeout_of_the_source_stays_what_it_is():
    stream = handle(Script(TimeoutError("other")))
    stream.idle_timeout = 10
    with pytest.raises(TimeoutError, match="other") as caught:
        await stream
    assert not isinstance(caught.value, StreamIdle)


async def test_promise_08_another_loop_may_not_read_it():
    async with handle(Script([1], [2])) as stream:

        async def elsewhere():
            with pytest.raises(RuntimeError, match="another event loop"):
                await anext(stream)

        await asyncio.to_thread(asyncio.run, elsewhere())
        assert [item async for item in stream] == [1, 2]


async def test_a_reader_that_never_has_to_wait_lets_other_tasks_run(monkeypatch):
    monkeypatch.setattr("aiodockerpy.streams.stream._LONGEST_TURN", -1)  # as if each batch had taken long
    turns = []

    async def count():
        while True:
            turns.append(1)
            await asyncio.sleep(0)

    source = DecodedSource(Pieces(b'{"status":"x"}\n' * 1000), ProgressItems("ImagePull"))
    counting = asyncio.create_task(count())
    batches = 0
    while await source.batch():
        batches += 1
    counting.cancel()
    assert len(turns) >= batches > 10


async def test_a_reader_that_had_to_wait_goes_on_at_once(monkeypatch):
    now = 100.0

    class Slow(Pieces):
        async def read(self):
            nonlocal now
            now += 60
            return await super().read()

    async def no_turn(seconds):
        raise AssertionError("other tasks have had their turn")

    monkeypatch.setattr("aiodockerpy.streams.stream.time.monotonic", lambda: now)
    source = DecodedSource(Slow(b'{"status":"x"}\n', b'{"status":"y"}\n'), ProgressItems("ImagePull"))
    monkeypatch.setattr(asyncio, "sleep", no_turn)
    assert [message.status for batch in (await source.batch(), await source.batch()) for message in batch] == ["x", "y"]


@pytest.mark.parametrize("message", [b"{}", b'{"a":[{}]}', b'{"status":"x"}\n', b"\x1e{}"])
def test_very_many_tiny_messages_are_split_in_steps(message):
    decoder = ProgressItems("ImagePull")
    flood = message * 50_000
    messages = iter(decoder.feed(flood))
    next(messages)
    split = decoder._items._messages._offset
    assert split < 2 * _STEP
    assert sum(1 for _ in messages) == 49_999


@pytest.mark.parametrize("debug", [False, True])
async def test_it_can_be_closed_from_any_thread(debug):
    asyncio.get_running_loop().set_debug(debug)
    script = Script([1], [2])
    async with handle(script) as stream:
        assert await anext(stream) == 1
        script.hold()
        step = asyncio.create_task(anext(stream, "end"))
        await asyncio.sleep(0)
        await asyncio.to_thread(stream.close)
        async with asyncio.timeout(5):
            assert await step == "end"
    assert script.closed_in is threading.current_thread()


async def test_it_can_be_closed_from_any_thread_while_it_is_being_opened():
    script = Script([1])
    script.hold()
    stream = handle(script)
    step = asyncio.create_task(anext(stream, "end"))
    await asyncio.sleep(0)
    await asyncio.to_thread(stream.close)
    async with asyncio.timeout(5):
        assert await step == "end"


def test_between_two_runs_of_its_loop_it_is_closed_at_once():
    script = Script([1])
    with asyncio.Runner() as runner:
        stream = handle(script)
        runner.run(stream.open())
        stream.close()
        assert script.closed == 1
