"""Run HTTP/2, in either role, over a connection that was switched to bytes.

The protocol itself is the ``h2`` library's, except for DATA frames, which bypass it (see `frames`): it never sees
those that come in, and of those that go out it only keeps the windows. This module moves bytes between ``h2`` and the
connection, keeps both directions bounded, and gives each stream one reader and any number of writers. Importing ``h2``
takes tens of milliseconds, so this module is imported when the first build begins.

Frames are written once per turn of the event loop, from all streams together: contexts of many small files are sent
three times as fast. There is no keep-alive of its own: Go's servers count frequent PINGs as abuse, TCP connections have
the kernel's keep-alive, and the engine checks a session's health every few seconds.

A peer that floods the connection with frames cannot stall the event loop, which gets a turn every few milliseconds, nor
fill the memory: a connection ends when the answers to its frames pile up.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from typing import Protocol, Self

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings

from aiodockerpy.errors import ConnectionFailed, DockerException, ProtocolError, StdinClosed, StreamInterrupted

from .frames import DataFrame, FrameSplitter, GoAway, StreamReset, Window, data_frames, end_of_stream, window_update

Headers = list[tuple[bytes, bytes]]

STREAM_WINDOW = 4 << 20
CONNECTION_WINDOW = 16 << 20
DEFAULT_WINDOW = 65535
# A failing build's trailers hold the whole Dockerfile twice, a context's headers a whole .dockerignore.
MAX_HEADERS = 16 << 20
MAX_STREAMS = 1000
# How much may wait to be written before senders wait, and how much of answers to frames, such as PING.
HIGH_WATER = 1 << 20
MAX_ANSWERS = 1 << 20
# Seconds of work on arriving frames after which the event loop gets a turn.
SLICE = 0.005


class ByteConnection(Protocol):
    """The connection that carries HTTP/2's bytes."""

    @property
    def closed_early(self) -> bool:
        """Whether it was closed at this end."""
        ...

    async def read(self) -> bytes:
        """Return the next bytes; ``b""`` at the end."""
        ...  # pyright wants a body

    async def write(self, data: bytes) -> None:
        """Send all of the data."""

    async def aclose(self) -> None:
        """Close both directions."""


class Stream:
    """One stream of a connection.

    Attributes:
        id: Its number.
        headers: The peer's first headers; ``None`` until they have arrived.
        trailers: The peer's headers after the data; ``None`` until they have arrived.
        plain: Whether its DATA frames bypass ``h2`` now; with a content-length they do not, since ``h2`` checks that.
    """

    def __init__(self, connection: Connection, id: int) -> None:
        self.id = id
        self.headers: Headers | None = None
        self.trailers: Headers | None = None
        self.plain = False
        self._connection = connection
        self._inbox = bytearray()
        self._unread = 0
        self._ended = False
        self._sent_end = False
        self._error: Exception | None = None
        self._window = Window(STREAM_WINDOW)
        self._arrived = asyncio.Event()
        self._room = asyncio.Event()

    @property
    def peer(self) -> str:
        """The other end, for messages."""
        return self._connection.peer

    # -- reading

    async def wait_headers(self) -> Headers:
        """Wait for the peer's first headers.

        Raises:
            StreamReset: The peer reset the stream.
            ConnectionFailed: The connection ended.
        """
        while self.headers is None:
            await self._wait_arrival()
        return self.headers

    async def read(self) -> bytes:
        """Return all data that has arrived; ``b""`` when the peer has ended its side. Reading gives the peer new room.

        Raises:
            StreamReset: The peer reset the stream; data that arrived before is returned first.
            ConnectionFailed: The connection ended.
        """
        while not self._inbox:
            if self._ended:
                return b""
            await self._wait_arrival()
        data = bytes(self._inbox)
        self._inbox.clear()
        self._give_room(0 if self._ended else self.id)
        return data

    def _give_room(self, id: int) -> None:
        unread, self._unread = self._unread, 0
        self._connection.give_room(id, self._window, unread)

    async def _wait_arrival(self) -> None:
        if self._error is not None:
            raise self._error
        self._arrived.clear()
        await self._arrived.wait()

    # -- writing

    async def write(self, data: bytes, *, end: bool = False) -> None:
        """Send data; waits for room in HTTP/2's windows and in the connection. One writer at a time.

        Raises:
            StreamReset: The peer reset the stream.
            ConnectionFailed: The connection ended.
        """
        view = memoryview(data)
        while view:
            room = await self._wait_room()
            self._connection.send_data(self.id, view[:room])
            view = view[room:]
        if end:
            self._check()
            self._sent_end = True
            self._connection.end_stream(self.id)

    def send_headers(self, headers: Headers, *, end: bool = False) -> None:
        """Send headers or trailers."""
        self._check()
        self._sent_end = end
        self._connection.send_headers(self.id, headers, end=end)

    async def _wait_room(self) -> int:
        while True:
            self._check()
            room = self._connection.room(self.id)
            if room > 0:
                return room
            self._room.clear()
            await self._room.wait()

    def _check(self) -> None:
        if self._error is not None:
            raise self._error

    # -- the end

    def reset(self, code: int = 8) -> None:
        """End the stream in both directions, by default with CANCEL; does nothing to one that has ended."""
        if not (self._ended and self._sent_end):
            self._connection.reset_stream(self.id, code)
        self.close()

    def close(self) -> None:
        """Drop the stream, and return its unread bytes to the connection's window."""
        self._connection.forget(self.id)
        self._inbox.clear()
        self._give_room(0)
        self.fail(StreamReset(8, self.peer))

    # -- called by the connection

    def begin(self, headers: Headers) -> None:
        """Accept the peer's first headers."""
        self.headers = headers
        self.plain = all(name != b"content-length" for name, _ in headers)
        self._arrived.set()

    def feed(self, data: bytes, size: int) -> None:
        """Accept data that arrived; ``size`` is what it counts in the windows."""
        self._window.take(size)
        self._unread += size
        if data:
            self._inbox += data
            self._arrived.set()
        elif not self._inbox:
            self._give_room(self.id)

    def end(self) -> None:
        """Accept the end of the peer's side."""
        self._ended = True
        self.plain = False
        self._arrived.set()

    def fail(self, error: Exception) -> None:
        """End the stream with an error; the first one counts."""
        if self._error is None:
            self._error = error
        self._arrived.set()
        self._room.set()

    def wake_writer(self) -> None:
        """Make a waiting writer check the windows again."""
        self._room.set()

    def wake_reader(self) -> None:
        """Make a waiting reader check again."""
        self._arrived.set()


def _state_machine(*, client: bool) -> h2.connection.H2Connection:
    """Create the state of a connection, with our settings."""
    connection = h2.connection.H2Connection(
        h2.config.H2Configuration(
            client_side=client,
            header_encoding=None,
            validate_inbound_headers=False,  # 20.10 sends header values that are not ASCII
            validate_outbound_headers=False,
            normalize_inbound_headers=False,
            normalize_outbound_headers=False,
        )
    )
    connection.local_settings = h2.settings.Settings(
        client=client,
        initial_values={
            h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: STREAM_WINDOW,
            h2.settings.SettingCodes.MAX_HEADER_LIST_SIZE: MAX_HEADERS,
            h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: MAX_STREAMS,
            h2.settings.SettingCodes.ENABLE_PUSH: 0,
        },
    )
    connection.decoder.max_header_list_size = MAX_HEADERS
    return connection


class Connection:
    """An HTTP/2 connection; its two tasks live as long as its ``async with`` block.

    Args:
        below: The connection that carries it; closed at the end of the block.
        client: Whether this side opens the streams.
        accept: Called with each stream that the peer opens.
        name: Part of the names of the tasks.
        peer: The other end, for messages.

    Attributes:
        peer: The other end, for messages.
        error: Why it has ended; ``None`` before.
    """

    def __init__(
        self,
        below: ByteConnection,
        *,
        client: bool,
        accept: Callable[[Stream], None] | None = None,
        name: str = "h2",
        peer: str = "the engine",
    ) -> None:
        self._below = below
        self._client = client  # whose streams have odd numbers
        self._accept = accept
        self._name = name
        self.peer = peer
        self._streams: dict[int, Stream] = {}
        self.error: Exception | None = None
        self._goodbye: Exception | None = None
        self._dirty = asyncio.Event()
        self._greeted = asyncio.Event()
        self._queued = 0
        self._answers = 0
        self._out: list[bytes | memoryview] = []
        self._window = Window(CONNECTION_WINDOW)
        self._tasks: list[asyncio.Task[None]] = []
        self._h2 = _state_machine(client=client)
        self._splitter = FrameSplitter(self._is_taken, self._h2.max_inbound_frame_size, preface=not client)

    async def __aenter__(self) -> Self:
        self._h2.initiate_connection()
        self._h2.increment_flow_control_window(CONNECTION_WINDOW - DEFAULT_WINDOW)
        self._touch()
        self._tasks = [
            asyncio.create_task(self._read_loop(), name=f"aiodockerpy-{self._name}-read"),
            asyncio.create_task(self._write_loop(), name=f"aiodockerpy-{self._name}-write"),
        ]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._fail(ConnectionFailed("the BuildKit connection was closed"))
        for task in self._tasks:
            task.cancel()
        try:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        finally:
            await self._below.aclose()

    async def wait_closed(self) -> None:
        """Wait until the connection has ended, for any reason."""
        await asyncio.wait(self._tasks[:1])

    async def wait_ready(self) -> None:
        """Wait for the peer's first frame.

        Raises:
            ProtocolError: The peer uses something else than HTTP/2.
            ConnectionFailed: The connection ended.
        """
        await self._greeted.wait()
        self._check_open()

    def _check_open(self) -> None:
        if (error := self.error or self._goodbye) is not None:
            raise error

    def open(self, headers: Headers, *, end: bool = False) -> Stream:
        """Begin a stream with a request's headers.

        Raises:
            ConnectionFailed: The connection has ended.
            ProtocolError: The peer allows no further stream.
        """
        self._check_open()
        with self._own_errors():
            stream = Stream(self, self._h2.get_next_available_stream_id())
            self.send_headers(stream.id, headers, end=end)
        self._streams[stream.id] = stream
        return stream

    @contextmanager
    def _own_errors(self) -> Generator[None]:
        """Raise what ``h2`` refuses to send, because of what the peer sent before, as an error about the peer."""
        try:
            yield
        except h2.exceptions.H2Error as error:
            raise ProtocolError(f"{self.peer} does not allow this on the BuildKit connection: {error}") from error

    # -- called by streams; each leaves bytes for the next write

    def room(self, id: int) -> int:
        """Return how many bytes a stream may send now."""
        with self._own_errors():
            return min(self._h2.local_flow_control_window(id), HIGH_WATER - self._queued)

    def send_data(self, id: int, data: memoryview) -> None:
        """Send bytes for which there is room."""
        self._collect()
        self._out += data_frames(id, data, self._h2.max_outbound_frame_size)
        self._h2.outbound_flow_control_window -= len(data)
        self._h2.streams[id].outbound_flow_control_window -= len(data)
        self._queued += len(data)
        self._touch()

    def send_headers(self, id: int, headers: Headers, *, end: bool) -> None:
        """Send a block of headers."""
        with self._own_errors():
            self._h2.send_headers(id, headers, end_stream=end)
        self._touch()

    def end_stream(self, id: int) -> None:
        """End our side of a stream."""
        with self._own_errors():
            self._h2.end_stream(id)
        self._touch()

    def reset_stream(self, id: int, code: int) -> None:
        """Reset a stream; one that has ended already is left alone."""
        with suppress(h2.exceptions.H2Error):
            self._h2.reset_stream(id, code)
            self._touch()

    def give_room(self, id: int, window: Window, size: int) -> None:
        """Grant the peer window for consumed bytes: on the connection, and on a stream unless ``id`` is 0."""
        for stream, more in ((0, self._window.give(size)), (id, window.give(size) if id else 0)):
            if more and self.error is None:
                self._out.append(window_update(stream, more))
                self._touch()

    def forget(self, id: int) -> None:
        """Drop a stream."""
        self._streams.pop(id, None)

    # -- the two tasks

    async def _read_loop(self) -> None:
        try:
            data = await self._below.read()
            self._refuse_http1(data)
            while data:
                await self._take_all(data)
                data = await self._below.read()
        except Exception as error:  # noqa: BLE001  # no call may wait for ever
            self._fail(error)
        else:
            self._fail(self._ended())

    def _ended(self) -> Exception:
        """Create the error for the end of the bytes."""
        if self._below.closed_early:
            return RuntimeError("the client was closed while BuildKit was used")
        return StreamInterrupted(f"{self.peer} closed the BuildKit connection")

    def _refuse_http1(self, first: bytes) -> None:
        """Refuse an HTTP/1 answer, for which ``h2`` would wait for a frame of megabytes."""
        if first.startswith(b"HTTP/"):
            raise ProtocolError(f"{self.peer} answers in HTTP/1 where HTTP/2 was agreed on")

    async def _take_all(self, data: bytes) -> None:
        """Process bytes that arrived; yields to the event loop every few milliseconds."""
        clock = asyncio.get_running_loop().time
        until = clock() + SLICE
        try:
            for part in self._splitter.feed(data):
                self._take(part)
                if clock() > until:
                    self._touch()
                    await asyncio.sleep(0)
                    until = clock() + SLICE
        except Exception as error:  # h2 and its parts raise many kinds
            text = f"the BuildKit connection of {self.peer} is not valid HTTP/2: {_reason(error)}"
            raise ProtocolError(text) from error
        finally:
            self._touch()  # after an error, h2 has left a GOAWAY with the reason for the peer

    def _take(self, part: DataFrame | GoAway | bytes) -> None:
        """Process a DATA or GOAWAY frame, or pass other frames to ``h2``."""
        if isinstance(part, GoAway):
            self._end_streams(part)
            return
        if isinstance(part, DataFrame):
            self._window.take(part.size)
            self._streams[part.stream].feed(part.data, part.size)
            part = end_of_stream(part.stream) if part.last else b""
        if part:
            self._collect()
            for event in self._h2.receive_data(part):
                self._dispatch(event)
            self._answers += self._collect()
            if self._answers > MAX_ANSWERS:
                raise ProtocolError("the peer floods it, and does not read what is answered")

    async def _write_loop(self) -> None:
        try:
            while True:
                await self._dirty.wait()
                self._collect()
                data = b"".join(self._out)
                self._out.clear()
                self._dirty.clear()
                self._queued = self._answers = 0
                self._on_window(self._streams)
                if data:
                    await self._below.write(data)
        except StdinClosed:
            self._fail(self._ended())
        except (DockerException, OSError) as error:
            self._fail(error)

    def _collect(self) -> int:
        """Queue what ``h2`` has to send; return its size."""
        if pending := self._h2.data_to_send():
            self._out.append(pending)
        return len(pending)

    def _touch(self) -> None:
        """Make the writer check for bytes to send."""
        self._dirty.set()

    def _end_streams(self, farewell: GoAway) -> None:
        """End the streams that the peer will not process, and begin no more; those that it will go on."""
        error = StreamInterrupted(f"{self.peer} ended the BuildKit connection (code {farewell.code})")
        if farewell.code != h2.errors.ErrorCodes.NO_ERROR:
            self._fail(error)
        self._goodbye = error
        self._greeted.set()
        for stream in list(self._streams.values()):
            if stream.id > farewell.last and stream.id % 2 == self._client:
                stream.fail(error)

    def _fail(self, error: Exception) -> None:
        if self.error is None:
            self.error = error
        self._greeted.set()
        for stream in list(self._streams.values()):
            stream.fail(self.error)

    # -- what arrives

    def _is_taken(self, id: int) -> bool:
        stream = self._streams.get(id)
        return stream is not None and stream.plain

    def _dispatch(self, event: h2.events.Event) -> None:
        """Process one event; other kinds, also future ones, need no action."""
        if isinstance(event, h2.events.DataReceived):
            self._on_data(event)
        elif isinstance(event, h2.events.WindowUpdated):
            self._on_window([event.stream_id] if event.stream_id else self._streams)
        elif isinstance(event, h2.events.RequestReceived):
            self._on_request(event)
        elif isinstance(event, h2.events.ResponseReceived | h2.events.TrailersReceived):
            self._on_headers(event)
        elif isinstance(event, h2.events.StreamEnded):
            if (stream := self._streams.get(event.stream_id)) is not None:
                stream.end()
        elif isinstance(event, h2.events.StreamReset):
            if (stream := self._streams.get(event.stream_id)) is not None:
                stream.fail(StreamReset(int(event.error_code), self.peer))
        elif isinstance(event, h2.events.RemoteSettingsChanged):
            self._greeted.set()
            self._on_window(self._streams)

    def _on_data(self, event: h2.events.DataReceived) -> None:
        """Accept data that did not bypass ``h2``: of an answer with a content-length, or of a closed stream."""
        if event.flow_controlled_length:
            self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        if event.data and (stream := self._streams.get(event.stream_id)) is not None:
            stream.feed(event.data, 0)

    def _on_window(self, ids: Iterable[int]) -> None:
        for id in ids:
            if (stream := self._streams.get(id)) is not None:
                stream.wake_writer()

    def _on_request(self, event: h2.events.RequestReceived) -> None:
        stream = Stream(self, event.stream_id)
        stream.begin(_headers(event.headers))
        self._streams[stream.id] = stream
        if self._accept is not None:
            self._accept(stream)
        else:
            stream.reset(h2.errors.ErrorCodes.REFUSED_STREAM)

    def _on_headers(self, event: h2.events.ResponseReceived | h2.events.TrailersReceived) -> None:
        stream = self._streams.get(event.stream_id)
        if stream is None:
            return
        if isinstance(event, h2.events.ResponseReceived):
            stream.begin(_headers(event.headers))
        else:
            stream.trailers = _headers(event.headers)
            stream.wake_reader()


def _reason(error: Exception) -> str:
    if isinstance(error, h2.exceptions.NoSuchStreamError):  # its text is the number
        return f"a frame for stream {error.stream_id}, which is not open"
    return re.sub("<memory at [^>]*>", "a header", str(error)) or type(error).__name__


def _headers(items: Iterable[tuple[bytes | str, bytes | str]] | None) -> Headers:
    return [(_octets(name), _octets(value)) for name, value in items or ()]


def _octets(value: bytes | str) -> bytes:
    return value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")
