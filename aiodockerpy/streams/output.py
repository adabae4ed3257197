"""Handles on what processes write: logs that are read, and connections attached to a process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar, runtime_checkable

from aiodockerpy._arguments import checks_methods
from aiodockerpy._protocol.frames import Chunk, ChunkDecoder, FramedBody, FrameDecoder, RawDecoder
from aiodockerpy._protocol.lines import MAX_LINE, LineDecoder, LogLine
from aiodockerpy._protocol.timestamps import parse_http_date
from aiodockerpy.streams.source import Source, joined
from aiodockerpy.streams.stream import DecodedSource, Stream

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from aiodockerpy._protocol.body import ChunkedDecoder
    from aiodockerpy._protocol.operations import Call
    from aiodockerpy._transport.base import ByteStream, Duplex, Transport

T = TypeVar("T")

END_OF_INPUT = b"\x04"
"""Ctrl-D: at the beginning of a line it ends the input of a terminal; within a line it hands that over."""
_LINE_ENDS = (b"\n", b"\r", END_OF_INPUT)


@runtime_checkable
class _HandsOver(Protocol):
    """A stream whose reader may take the chunked encoding off together with what is inside it."""

    def hand_over_chunked(self) -> ChunkedDecoder | None:
        """Hand chunk decoding over to the caller; ``None`` if the body is not chunked."""
        ...


def chunk_decoder(stream: ByteStream, *, tty: bool, join: bool = False) -> RawDecoder | FrameDecoder:
    """Choose the decoder of an output stream; ``join`` lets frames that come together be one chunk.

    The TTY setting of the process decides. Of the content type only ``multiplexed-stream`` can be trusted: engines
    call framed data ``raw-stream`` whenever the call was made under API 1.41 or without an upgrade.
    """
    if tty and "multiplexed-stream" not in stream.headers.get("Content-Type", ""):
        return RawDecoder()
    return FrameDecoder(join=join)


def _log_decoder(stream: ByteStream, *, tty: bool, join: bool) -> ChunkDecoder:
    """Choose the decoder of a log, which takes the chunked encoding off too where it can."""
    frames = chunk_decoder(stream, tty=tty, join=join)
    if isinstance(frames, RawDecoder) or not isinstance(stream, _HandsOver):
        return frames
    chunked = stream.hand_over_chunked()
    return frames if chunked is None else FramedBody(chunked, frames, join=join)


async def join(source: Source[Chunk]) -> bytes:
    """Collect everything, standard output and standard error in the order in which they came."""
    pieces: list[bytes] = []
    while batch := await source.batch():
        pieces.append(b"".join([chunk.data for chunk in batch]))
    return await joined(pieces)


class _Opening:
    """How the bytes of a log are opened, by functions that must not keep the handle alive."""

    def __init__(self, start: Callable[[], Awaitable[ByteStream]]) -> None:
        self._start = start
        self.wrap: Callable[[ByteStream], ByteStream] | None = None
        self.kind: type[LogLine] = LogLine
        self.owner: tuple[object, ...] = ()
        self.stream: ByteStream | None = None

    async def open(self) -> ByteStream:
        stream = await self._start()
        self.stream = stream if self.wrap is None else self.wrap(stream)
        return self.stream


class LogStream(Stream[LogLine, bytes]):
    """Logs: awaited they are the bytes, iterated they are lines.

    `chunks` gives the bytes as they come, split by stream, at the lowest cost.

    Args:
        transport: Sends the request.
        call: The request.
        tty: Whether the container has a terminal.
        timestamps: Whether each line begins with its time.
        details: Whether each line has the log driver's details before its text.
        max_line: Bytes up to which a line is kept together; longer ones come in pieces marked ``partial``.
    """

    def __init__(
        self,
        transport: Transport,
        call: Call,
        *,
        tty: bool,
        timestamps: bool = False,
        details: bool = False,
        max_line: int = MAX_LINE,
    ) -> None:
        opening = _Opening(lambda: transport.open(call))

        async def lines() -> Source[LogLine]:
            stream = await opening.open()
            # The engine may repeat the prefix of a line in each frame of it, so such frames must not be joined.
            decoder = _log_decoder(stream, tty=tty, join=not (timestamps or details))
            decoded = LineDecoder(
                decoder,
                timestamps=timestamps,
                details=details,
                max_line=max_line,
                kind=opening.kind,
                owner=opening.owner,
            )
            return DecodedSource(stream, decoded, cut=decoded.cut)

        async def chunks() -> Source[Chunk]:
            stream = await opening.open()
            return DecodedSource(stream, _log_decoder(stream, tty=tty, join=True))

        self._opening = opening
        self._open_chunks = chunks
        super().__init__(
            lines, join, name=call.operation.name, start_whole=chunks, max_size=transport.max_response_size
        )

    @property
    def answered_at(self) -> datetime | None:
        """When the engine answered, by its own clock, in whole seconds; ``None`` before that, or if it is unknown."""
        stream = self._opening.stream
        return parse_http_date(stream.headers.get("Date")) if stream is not None else None

    def read_through(
        self, wrap: Callable[[ByteStream], ByteStream], kind: type[LogLine], owner: tuple[object, ...]
    ) -> None:
        """Read from what a function makes of the engine's answer, and make lines of another kind.

        Args:
            wrap: Gets the stream of bytes, and returns what is read instead.
            kind: The class of the lines.
            owner: What stands before the fields of each line.
        """
        self._opening.wrap, self._opening.kind, self._opening.owner = wrap, kind, owner

    def chunks(self) -> Stream[Chunk, bytes]:
        """Read the same logs as chunks instead of lines; this handle is used up by it."""
        self._claim("read as chunks")
        return Stream(self._open_chunks, join, name=self._name, idle_timeout=self.idle_timeout, max_size=self._max_size)


@checks_methods
class Attached(Stream[Chunk, bytes]):
    """A connection to a process: its output is read from the handle, its input written to it.

    Awaited, it returns all output (nothing is written). Inside ``async with`` it is open at once; reading and writing
    may be done by two tasks at the same time.

    Args:
        start: Opens the connection.
        tty: Whether the process has a terminal, so that its output is one stream and its input ends with Ctrl-D.
        name: Of the call, for messages.
        framed: Whether the output is split by stream where there is no terminal; a websocket's is not.
        max_size: Bytes that the awaited handle returns at most.
        start_unentered: Opens the connection if the handle is awaited or iterated without being entered; ``start`` if
            not given.
    """

    def __init__(
        self,
        start: Callable[[], Awaitable[Duplex]],
        *,
        tty: bool,
        name: str,
        framed: bool = True,
        max_size: int | None = None,
        start_unentered: Callable[[], Awaitable[Duplex]] | None = None,
    ) -> None:
        self._duplex: Duplex | None = None
        self._tty = tty
        self._at_line_start = True

        async def chunks() -> Source[Chunk]:
            self._duplex = await (start if self._owned or start_unentered is None else start_unentered)()
            return DecodedSource(self._duplex, chunk_decoder(self._duplex, tty=tty or not framed))

        super().__init__(chunks, join, name=name, max_size=max_size)

    @property
    def tty(self) -> bool:
        """Whether the process has a terminal."""
        return self._tty

    @property
    def received(self) -> int:
        """Bytes that have come from the process, framing included."""
        return self._duplex.received if self._duplex is not None else 0

    @property
    def peer(self) -> str:
        """The engine's address with the reason for its choice, for messages."""
        return self._duplex.peer if self._duplex is not None else "the engine"

    def _leave_unread(self) -> None:
        """Leave what the process writes in the connection until it is read: it wakes no one until then."""
        self._connected().read_ahead(0)

    async def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write to the standard input of the process; waits while it does not read.

        Raises:
            StdinClosed: The process no longer reads, or has ended.
            RuntimeError: The handle was not entered with ``async with``.
        """
        connection = self._connected()
        if data:
            self._at_line_start = bytes(data[-1:]) in _LINE_ENDS
        await connection.write(data)

    async def write_eof(self) -> None:
        """End the standard input of the process; its output goes on.

        A terminal is never half-closed, since that would end its output too: Ctrl-D is written instead, twice if a line
        was begun. The process sees the end of its input if it reads lines, as programs do unless they set the terminal
        to raw mode.

        Raises:
            StdinClosed: The process no longer reads, or has ended.
            RuntimeError: The handle was not entered with ``async with``; or the connection is a websocket.
        """
        if self._tty:
            await self.write(END_OF_INPUT if self._at_line_start else END_OF_INPUT * 2)
        else:
            await self._connected().write_eof()

    def _connected(self) -> Duplex:
        if self._duplex is None:
            raise RuntimeError(f"{self._name} is not open: enter it with 'async with' first")
        self._check_loop()
        return self._duplex
