"""Output as lines: one buffer per stream, so that neither lines nor characters are ever torn."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple, cast
from urllib.parse import unquote_plus

from aiodockerpy._jsonable import dumpable
from aiodockerpy._protocol.frames import ChunkDecoder, FramedBody, RawDecoder, StreamName

MAX_LINE: Final = 1024 * 1024
"""Longest line kept together, in bytes."""

_SHORTEST_MAX_LINE: Final = 4  # the longest character of UTF-8

_STAMP: Final = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}(?:Z|[+-]\d\d:\d\d)) ")


@dumpable()
class LogLine(NamedTuple):
    """A line of output.

    Attributes:
        stream: Where it was written to. With a terminal everything is ``"stdout"``.
        data: The line without its newline.
        time: When it was written, as the engine sent it (RFC 3339, nanoseconds); ``None`` if that was not asked for.
        partial: Whether it is only the beginning of a line: the next item of this stream continues a line that is
            longer than allowed, or the rest is unknown because the connection broke.
        details: What the log driver noted about the line; ``None`` if that was not asked for.
    """

    stream: StreamName
    data: bytes
    time: str | None = None
    partial: bool = False
    details: Mapping[str, str] | None = None

    @property
    def text(self) -> str:
        """The line decoded as UTF-8, invalid bytes replaced, without the carriage return that a terminal adds."""
        return self.data.removesuffix(b"\r").decode(errors="replace")

    def __str__(self) -> str:
        return self.text


# Creates a line as the constructor of a NamedTuple does, at half its cost.
_make: Final = cast(
    "Callable[[type[LogLine], tuple[object, ...]], LogLine]",
    tuple.__new__,  # pyright: ignore[reportUnknownMemberType] - typeshed leaves its argument open
)


class _Buffer:
    """The unfinished line of one stream."""

    __slots__ = ("begun", "details", "open", "parts", "size", "time")

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.size = 0
        self.open = False  # whether bytes of the line have come
        self.begun = False  # whether its first piece is delivered
        self.time: str | None = None
        self.details: Mapping[str, str] | None = None

    def add(self, data: bytes) -> None:
        self.parts.append(data)
        self.size += len(data)
        self.open = True

    def reset(self) -> None:
        self.open = self.begun = False
        self.time = self.details = None

    def take(self) -> bytes:
        data = self.parts[0] if len(self.parts) == 1 else b"".join(self.parts)
        self.parts.clear()
        self.size = 0
        return data


class LineDecoder:
    """Turn the bytes of an output stream into lines.

    Args:
        chunks: What takes the stream apart: frames, or raw output.
        timestamps: Whether each line begins with a time, as asked of the engine.
        details: Whether each line has the log driver's details before its text, as asked of the engine.
        max_line: Longer lines are delivered in pieces of at most this many bytes, all but the last marked ``partial``;
            less than 4 is taken for 4. What stands before the text counts too.
        kind: The class of the lines: `LogLine`, or one whose fields are ``owner`` and those of `LogLine`.
        owner: What stands before the fields of each line, if ``kind`` has more of them.
    """

    __slots__ = ("_buffers", "_chunks", "_details", "_framed", "_kind", "_max", "_output", "_owner", "_timestamps")

    def __init__(
        self,
        chunks: ChunkDecoder,
        *,
        timestamps: bool = False,
        details: bool = False,
        max_line: int = MAX_LINE,
        kind: type[LogLine] = LogLine,
        owner: tuple[object, ...] = (),
    ) -> None:
        self._chunks = chunks
        self._output = chunks.output if isinstance(chunks, FramedBody) else chunks.feed
        self._framed = not isinstance(chunks, RawDecoder)
        self._timestamps = timestamps
        self._details = details
        self._max = max(max_line, _SHORTEST_MAX_LINE)
        self._kind = kind
        self._owner = owner
        self._buffers: dict[StreamName, _Buffer] = {}

    @property
    def failure(self) -> Exception | None:
        """The error that the next call raises."""
        return self._chunks.failure

    def feed(self, data: bytes) -> list[LogLine]:
        """Return the lines that the data completes.

        Raises:
            ProtocolError: The framing is wrong.
            OperationFailed: The engine put an error into the stream.
        """
        return self.split(self._output(data))

    def flush(self) -> list[LogLine]:
        """Return the last lines of the streams that did not end with a newline."""
        lines = self.split(self._chunks.flush())
        for stream, buffer in self._buffers.items():
            if buffer.open:
                self._end(stream, buffer, buffer.take(), lines)
        return lines

    def cut(self) -> list[LogLine]:
        """Return what had come of lines when their connection broke, each marked ``partial``.

        What stands before a line and came in part only, so that it cannot be distinguished from the text, is left out.
        """
        lines = self.split(self._chunks.flush())
        for stream, buffer in self._buffers.items():
            if buffer.open:
                text = self._text(buffer, buffer.take())
                known = (buffer.time or not self._timestamps) and (buffer.details is not None or not self._details)
                if known and text:
                    lines.append(_make(self._kind, self._owner + (stream, text, buffer.time, True, buffer.details)))  # noqa: RUF005 - a third faster
                buffer.reset()
        return lines

    def close(self) -> None:
        """Raise if the stream did not end between two frames."""
        self._chunks.close()

    def split(self, chunks: Iterable[tuple[StreamName, bytes]]) -> list[LogLine]:
        """Return the lines that chunks complete which are decoded already."""
        lines: list[LogLine] = []
        append = lines.append
        plain = not (self._timestamps or self._details or self._owner)
        longest = self._max
        buffers = self._buffers
        make = _make
        for stream, data in chunks:
            size = len(data) - 1
            newline = data.find(b"\n")
            whole = size <= longest and not (stream in buffers and buffers[stream].open)
            if whole and 0 <= newline == size:  # nearly always a chunk is one line, or some whole ones
                if plain:
                    append(make(LogLine, (stream, data[:-1], None, False, None)))
                else:
                    time, details, text = self._prefix(data[:-1])
                    append(make(self._kind, self._owner + (stream, text, time, False, details)))  # noqa: RUF005 - a third faster
            elif whole and plain and data.endswith(b"\n"):
                lines += [make(LogLine, (stream, line, None, False, None)) for line in data[:-1].split(b"\n")]
            else:
                self._add(stream, data, lines)
        return lines

    def _add(self, stream: StreamName, data: bytes, lines: list[LogLine]) -> None:
        """Add a chunk that is not just one line."""
        if not data:
            return
        buffer = self._buffers.setdefault(stream, _Buffer())
        if buffer.open and self._framed and self._timestamps:
            # The engine stores a very long line in parts, and puts the prefix before each of them.
            data = self._prefix(data)[2]
        first, *rest = data.split(b"\n")
        if not rest:
            self._grow(stream, buffer, first, lines)
            return
        last = rest.pop()
        if buffer.open:
            buffer.add(first)
            first = buffer.take()
        self._end(stream, buffer, first, lines)
        if len(data) <= self._max and not (self._timestamps or self._details or self._owner):
            lines += [_make(LogLine, (stream, line, None, False, None)) for line in rest]
        else:
            for line in rest:
                self._end(stream, buffer, line, lines)
        if last:
            self._grow(stream, buffer, last, lines)

    def _grow(self, stream: StreamName, buffer: _Buffer, data: bytes, lines: list[LogLine]) -> None:
        """Add to a line that is not finished; give away what exceeds the limit."""
        buffer.add(data)
        if buffer.size > self._max:
            buffer.add(self._pieces(stream, buffer, buffer.take(), lines))

    def _end(self, stream: StreamName, buffer: _Buffer, data: bytes, lines: list[LogLine]) -> None:
        """Deliver a whole line, or the end of one."""
        if len(data) > self._max:
            data = self._pieces(stream, buffer, data, lines)
        text = self._text(buffer, data)
        lines.append(_make(self._kind, self._owner + (stream, text, buffer.time, False, buffer.details)))  # noqa: RUF005 - a third faster
        buffer.reset()

    def _pieces(self, stream: StreamName, buffer: _Buffer, data: bytes, lines: list[LogLine]) -> bytes:
        """Deliver the beginning of a line that is too long; return the rest, which is not."""
        begin = 0
        while len(data) - begin > self._max:
            end = _boundary(data, begin, begin + self._max)
            text = self._text(buffer, data[begin:end])
            lines.append(_make(self._kind, self._owner + (stream, text, buffer.time, True, buffer.details)))  # noqa: RUF005 - a third faster
            begin = end
        return data[begin:]

    def _text(self, buffer: _Buffer, data: bytes) -> bytes:
        """Remove the prefix of a line's first piece, and keep it for the other pieces."""
        if buffer.begun:
            return data
        buffer.begun = True
        buffer.time, buffer.details, text = self._prefix(data)
        return text

    def _prefix(self, data: bytes) -> tuple[str | None, Mapping[str, str] | None, bytes]:
        """Split what the engine puts before the text of a line, as far as it is there."""
        time: str | None = None
        if self._timestamps:
            stamp = _STAMP.match(data)
            if stamp is None:
                return None, None, data
            time = stamp[1].decode()
            data = data[stamp.end() :]
        if not self._details:
            return time, None, data
        details, blank, text = data.partition(b" ")
        return (time, _parse_details(details), text) if blank else (time, None, data)


def _parse_details(data: bytes) -> dict[str, str]:
    pairs = (item.partition("=") for item in data.decode(errors="replace").split(",") if item)
    return {unquote_plus(key): unquote_plus(value) for key, _, value in pairs}


def _boundary(data: bytes, begin: int, end: int) -> int:
    """Move the end of a piece back to the beginning of a character, if it stands inside one; UTF-8 or not."""
    for place in range(end, max(begin, end - 4), -1):
        byte = data[place]
        if byte & 0xC0 != 0x80:  # the first byte of a character
            return place if place + _length(byte) > end else end
    return end


def _length(first: int) -> int:
    """Return the length of the character of UTF-8 that begins with a byte."""
    return 4 if first >= 0xF0 else 3 if first >= 0xE0 else 2 if first >= 0xC0 else 1
