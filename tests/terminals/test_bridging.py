"""The bridge with a process of a few lines, and browsers that are objects; real ones are in ``tests/integration/test_terminals.py``."""

from __future__ import annotations

import asyncio
import itertools
import json

import pytest
from hypothesis import given, strategies as st

from aiodockerpy import errors
from aiodockerpy._protocol.frames import Chunk
from aiodockerpy.resources import ProcessHandle
from aiodockerpy.streams import Source
from aiodockerpy.terminals import TerminalEnd, bridge
from aiodockerpy.terminals.bridging import READ_AHEAD


class Output(Source[Chunk]):
    def __init__(self, process):
        self._process = process

    async def batch(self):
        step = await self._process.output.get()
        if isinstance(step, Exception):
            raise step
        return [Chunk("stdout", data) for data in step]

    def close(self):
        pass


class Process(ProcessHandle[None, bytes]):
    """A process whose output is what the test puts into its queue: lists of bytes, an empty one for its end, or an error."""

    _has_stdin = True

    def __init__(self, *output, exit_code=0):
        self.output = asyncio.Queue()
        for step in output:
            self.output.put_nowait(step)
        self.typed, self.sizes, self.hung_up = bytearray(), [], 0
        self.reads = asyncio.Event()
        self.reads.set()
        self.exit_code = exit_code
        super().__init__(self._begin, self._begin, name="test")

    async def _begin(self, *_):
        return Output(self)

    @property
    def stdin(self):
        return self

    has_left = False

    async def write(self, data):
        await self.reads.wait()
        self.typed += data

    async def resize(self, height, width):
        self.sizes.append((height, width))

    async def hang_up(self, grace=0):
        self.hung_up += 1
        return True

    async def wait(self):
        return self.exit_code


class Browser:
    def __init__(self, *messages):
        self.messages = asyncio.Queue()
        for message in messages:
            self.messages.put_nowait(message)
        self.shown, self.closed, self.takes, self.pings = [], None, asyncio.Event(), 0
        self.takes.set()

    async def receive(self):
        message = await self.messages.get()
        if isinstance(message, Exception):
            raise message
        return message

    async def send_bytes(self, data):
        await self.takes.wait()
        self.shown.append(data)

    async def close(self, code, reason):
        assert self.closed is None
        self.closed = code, reason

    async def ping(self):
        self.pings += 1


@given(st.text(), st.lists(st.integers(0, 40)), st.lists(st.integers(1, 3)))
def test_no_message_tears_a_character(text, cuts, sizes):
    data = text.encode()
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    chunks = [part for begin, end in itertools.pairwise(edges) if (part := data[begin:end])]
    batches = []
    while chunks:
        size = sizes.pop() if sizes else 1
        batches.append(chunks[:size])
        del chunks[:size]

    async def show():
        browser = Browser()
        assert (await bridge(Process(*batches, []), browser)).exit_code == 0
        return browser

    browser = asyncio.run(show())
    assert "".join(message.decode() for message in browser.shown) == text
    assert b"" not in browser.shown


@given(st.lists(st.binary(max_size=8)))
def test_output_that_is_no_text_arrives_whole(chunks):
    async def show():
        browser = Browser()
        await bridge(Process(*([chunk] for chunk in chunks), []), browser)
        return browser

    assert b"".join(asyncio.run(show()).shown) == b"".join(chunks)


RESIZES = st.builds(
    lambda cols, rows: json.dumps({"type": "resize", "cols": cols, "rows": rows}),
    st.integers(1, 1000),
    st.integers(1, 1000),
)


@given(st.lists(st.text() | st.binary() | RESIZES, max_size=8))
def test_messages_are_input_or_sizes(messages):
    resizes = [
        json.loads(message)
        for message in messages
        if isinstance(message, str) and message.startswith('{"type": "resize", "cols"')
    ]
    typed = b"".join(
        message.encode() if isinstance(message, str) else message
        for message in messages
        if not (isinstance(message, str) and message.startswith('{"type": "resize", "cols"'))
    )

    async def use():
        process, browser = Process(), Browser(*messages)
        running = asyncio.create_task(bridge(process, browser))
        while process.typed != typed or (
            resizes and process.sizes[-1:] != [(resizes[-1]["rows"], resizes[-1]["cols"])]
        ):
            await asyncio.sleep(0)
        browser.messages.put_nowait(None)
        return process, await running

    process, end = asyncio.run(use())
    assert (end.code, process.hung_up) == (1006, 1)


@pytest.mark.parametrize(
    ("exit_code", "code", "reason"),
    [
        (0, 1000, "exit code 0"),
        (3, 4003, "exit code 3"),
        (137, 4137, "exit code 137 (SIGKILL)"),
        (255, 4255, "exit code 255"),
        (3221225786, 4255, "exit code 3221225786"),
    ],
)
async def test_the_close_code_is_how_the_process_ended(exit_code, code, reason):
    process, browser = Process([], exit_code=exit_code), Browser()
    end = await bridge(process, browser)
    assert end == TerminalEnd(code, f"the process ended with {reason}", exit_code)
    assert browser.closed == (code, end.reason)
    assert process.hung_up == 0


@pytest.mark.parametrize(
    ("message", "code", "reason"),
    [
        ('{"type":"resize","cols":0,"rows":1}', 1007, "bad resize: cols must be a whole number from 1 to 1000"),
        ('{"type":"resize",', 1007, "bad resize: it is not JSON (line 1, column 18)"),
        ("\ud800", 1007, "the text is not valid Unicode"),
        ("a" * 101, 1009, "a message is longer than 100 bytes"),
        (b"a" * 101, 1009, "a message is longer than 100 bytes"),
        ("é" * 51, 1009, "a message is longer than 100 bytes"),
    ],
)
async def test_a_message_that_is_refused_ends_the_terminal_and_its_process(message, code, reason):
    process, browser = Process(), Browser(message)
    end = await bridge(process, browser, max_message=100)
    assert (end.code, end.reason, end.exit_code) == (code, reason, None)
    assert browser.closed == (code, reason)
    assert (process.typed, process.hung_up) == (b"", 1)


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("gone", [None, ConnectionResetError(), {"type": "websocket.disconnect", "code": 1001}])
async def test_when_the_browser_leaves_the_process_is_ended_or_kept(gone, keep):
    process, browser = Process(), Browser("x", gone)
    end = await bridge(process, browser, keep=keep)
    assert end.code == (1001 if isinstance(gone, dict) else 1006)
    assert browser.closed is None
    assert process.hung_up == (not keep)


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (errors.StreamInterrupted("lost unix:///secret", received=5), 1014, "the connection to the engine was lost"),
        (errors.StreamIdle("silent"), 4408, "the process wrote nothing for too long"),
    ],
)
async def test_an_error_of_the_engine_is_in_the_result_and_its_address_is_not_shown(error, code, reason):
    browser = Browser()
    end = await bridge(Process([b"x"], error), browser)
    assert (end.code, end.error) == (code, error)
    assert browser.closed == (code, reason)
    assert browser.shown == [b"x"]


async def test_a_browser_that_reads_slowly_holds_the_process_up():
    process, browser = Process(), Browser()
    browser.takes.clear()
    for _ in range(100):
        process.output.put_nowait([b"x"])
    running = asyncio.create_task(bridge(process, browser))
    for _ in range(50):
        await asyncio.sleep(0)
    assert process.output.qsize() == 99
    browser.takes.set()
    process.output.put_nowait([])
    assert (await running).exit_code == 0
    assert browser.shown == [b"x"] * 100


async def test_a_process_that_does_not_read_holds_the_browser_up_and_is_sized_meanwhile():
    process, browser = Process(), Browser('{"type":"resize","cols":5,"rows":6}', *[b"x" * 65536] * 20)
    process.reads.clear()
    running = asyncio.create_task(bridge(process, browser))
    while not process.sizes:
        await asyncio.sleep(0.001)
    for _ in range(50):
        await asyncio.sleep(0)
    assert 20 - browser.messages.qsize() <= 2 * READ_AHEAD // 65536 + 2
    process.reads.set()
    while len(process.typed) < 20 * 65536:
        await asyncio.sleep(0)
    browser.messages.put_nowait(None)
    await running


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("browser", "for 0.05 s the browser takes no output"),
        ("process", "for 0.05 s the process takes no input"),
        ("both", "nothing was typed or shown for 0.05 s"),
    ],
)
async def test_limits_end_a_terminal(what, reason):
    process, browser = Process([b"x"]), Browser(*[b"x" * 65536] * 20 if what == "process" else [])
    if what == "browser":
        browser.takes.clear()
    if what == "process":
        process.reads.clear()
    limits = {"idle_timeout": 0.05} if what == "both" else {"stall_timeout": 0.05}
    end = await bridge(process, browser, **limits)
    assert (end.code, end.reason) == (4408, reason)
    assert browser.closed == (4408, reason)
    assert process.hung_up == 1


async def test_pings_are_sent():
    browser = Browser()
    running = asyncio.create_task(bridge(Process(), browser, ping_interval=0.001))
    while browser.pings < 3:
        await asyncio.sleep(0.001)
    browser.messages.put_nowait(None)
    await running


async def test_a_cancelled_bridge_closes_the_websocket_and_ends_the_process():
    process, browser = Process([b"x"]), Browser()
    running = asyncio.create_task(bridge(process, browser))
    while not browser.shown:
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert browser.closed == (1001, "the server is shutting down")
    assert process.hung_up == 1


async def test_an_object_without_the_two_methods_is_refused_before_anything_is_sent():
    process = Process()
    with pytest.raises(errors.WrongType, match="websocket"):
        await bridge(process, object())
    process.close()


async def test_a_message_of_an_unknown_kind_is_an_error_of_the_program():
    with pytest.raises(TypeError, match="receive\\(\\) of Browser returned int: it must return text, bytes, None"):
        await bridge(Process(), Browser(5))


async def test_a_websocket_of_asgi_that_is_not_accepted_is_an_error_of_the_program():
    with pytest.raises(RuntimeError, match="accept\\(\\) it before"):
        await bridge(Process(), Browser({"type": "websocket.connect"}))
