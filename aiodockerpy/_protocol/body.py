"""Decoders of response bodies: by length, in chunks, or up to the end of the connection."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from aiodockerpy import errors

if TYPE_CHECKING:
    from aiodockerpy._protocol.http import ResponseHead

_NO_BODY: Final = frozenset({204, 304})
_LONGEST_LINE: Final = 4096  # of a chunk's size with extensions, or of a trailer
_LONGEST_TRAILERS: Final = 64 * 1024
_SIZE: Final = re.compile(rb"([0-9a-fA-F]{1,15})[ \t]*(?:;[^\x00-\x08\x0a-\x1f\x7f]*)?")
_REMEMBERED: Final = 4096


def body_decoder(head: ResponseHead, method: str) -> PlainDecoder | ChunkedDecoder:
    """Return the decoder of the body that comes after a head; HEAD is answered without one."""
    if method == "HEAD" or head.status in _NO_BODY:
        return PlainDecoder(0)
    return ChunkedDecoder() if head.chunked else PlainDecoder(head.length)


class PlainDecoder:
    """Take a body out of what comes after its head, up to its length or to the end of the connection.

    Args:
        length: Of the body; ``None`` if it ends with the connection.

    Attributes:
        complete: Whether all of the body has come.
        surplus: What came after the body.
        received: How many bytes of the body came.
    """

    __slots__ = ("_missing", "complete", "received", "surplus")

    failure: errors.ProtocolError | None = None

    def __init__(self, length: int | None) -> None:
        self._missing = length
        self.complete = length == 0
        self.surplus = b""
        self.received = 0

    def feed(self, data: bytes) -> bytes:
        """Return the bytes of the body in the data."""
        if self.complete:
            self.surplus += data
            return b""
        body = data if self._missing is None else data[: self._missing]
        self.received += len(body)
        if self._missing is not None:
            self._missing -= len(body)
            self.complete = not self._missing
            self.surplus = data[len(body) :]
        return body

    def end(self) -> bool:
        """Record the end of the connection; return whether the body is complete, since it may end with it."""
        self.complete = self.complete or self._missing is None
        return self.complete


class ChunkedDecoder:
    """Take the chunked encoding off a body, cheaply: the engine sends a chunk for each log line.

    ``feed`` returns the bytes of all chunks in the data joined, since where a chunk begins has no meaning.

    Attributes:
        complete: Whether the last chunk and its trailers have come.
        surplus: What came after the body.
        received: How many bytes of the body came.
        failure: What is wrong with the encoding, as soon as it is known: what came before it is still returned.
    """

    __slots__ = ("_head", "_missing", "_offset", "_sizes", "_trailers", "complete", "failure", "received", "surplus")

    def __init__(self) -> None:
        self.complete = False
        self.surplus = b""
        self.received = 0
        self._offset = 0  # of the first byte not consumed
        self._missing = 0  # bytes of the current chunk that have not come, with its newline
        self._head = b""  # the beginning of a line
        self._trailers = -1  # bytes of trailers so far; -1 before the last chunk
        self._sizes: dict[bytes, int] = {}  # by lines seen, between newlines; log lines are of few lengths
        self.failure: errors.ProtocolError | None = None

    def feed(self, data: bytes) -> bytes:
        """Return the bytes of the body in the data.

        Raises:
            ProtocolError: The chunked encoding is malformed; nothing after it is decoded.
        """
        failure = self.failure
        if failure is not None:
            raise failure
        if self.complete:
            self.surplus += data
            return b""
        if self._head:
            data = self._head + data
            self._head = b""
        pieces: list[bytes] = []
        position = self._resume(data, 0, pieces) if self._missing else 0
        if not (self._missing or self._trailers >= 0 or self.failure):
            position = self._scan(data, position, pieces)
        if self._trailers >= 0:
            position = self._end(data, position)
        self._offset += position
        body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        self.received += len(body)
        if self.failure and not body:
            raise self.failure
        return body

    def end(self) -> bool:
        """Record the end of the connection; return whether the body is complete."""
        return self.complete

    @property
    def between_chunks(self) -> bool:
        """Whether the next byte begins a chunk, or the end of the body."""
        return not (self._missing or self._head or self._trailers >= 0 or self.failure)

    def begun(self, data: bytes, position: int) -> int:
        """Return how many of the next bytes, from a position on, belong to a chunk or a line that has begun."""
        if self._missing:
            return self._missing - len(self._head)
        if not self._head:
            return 0
        newline = data.find(b"\n", position)
        return newline + 1 - position if newline >= 0 else len(data)

    def skip(self, count: int, body: int) -> None:
        """Record that another decoder took whole chunks.

        Args:
            count: Their bytes.
            body: Bytes of the body in them.
        """
        self._offset += count
        self.received += body

    def _scan(self, data: bytes, position: int, pieces: list[bytes]) -> int:
        """Decode whole chunks in one pass, then examine where it stopped; return the offset of what is kept."""
        while (newline := data.find(b"\r\n", position)) >= 0:
            line = data[position:newline]
            length = self._sizes.get(b"\r\n%b\r\n" % line) or self._size(line, position)
            if length <= 0:
                return newline + 2 if length == 0 else position
            start = newline + 2
            start, stop = _take(data, start, start + length, len(line) + 4, len(line), self._sizes, pieces)
            if data[stop : stop + 2] != b"\r\n":
                self._missing = stop - start + 2
                return self._resume(data, start, pieces)
            pieces.append(data[start:stop])
            position = stop + 2
        self._hold(data, position)
        return position

    def _size(self, line: bytes, position: int) -> int:
        """Read the size of a chunk: 0 for the last one, -1 if the line is not one."""
        match = _SIZE.fullmatch(line) if len(line) <= _LONGEST_LINE else None
        if match is None:
            self._fail(f"{line[:40]!r} is not the size of a chunk", position)
            return -1
        size = int(match[1], 16)
        if not size:
            self._trailers = 0
        elif len(self._sizes) < _REMEMBERED:
            self._sizes[b"\r\n%b\r\n" % line] = size
        return size

    def _resume(self, data: bytes, position: int, pieces: list[bytes]) -> int:
        """Continue an unfinished chunk; return the position after it, or of the kept rest."""
        stop = position + self._missing - 2
        piece = data[position:stop]
        if piece:
            pieces.append(piece)
            self._missing -= len(piece)
        ending = data[stop : stop + 2]
        if self._missing == 2 and ending == b"\r\n":
            self._missing = 0
            return stop + 2
        if ending and ending != b"\r":
            self._missing = 0
            self._fail("a chunk is not followed by a newline", stop)
        else:
            self._head = ending
        return position + len(piece)

    def _end(self, data: bytes, position: int) -> int:
        """Skip the trailers, which end with an empty line; return the position of the kept rest."""
        while (newline := data.find(b"\r\n", position)) >= 0:
            line = data[position:newline]
            if not line:
                self.complete = True
                self.surplus = data[newline + 2 :]
                return newline + 2
            self._trailers += len(line)
            if b":" not in line or len(line) > _LONGEST_LINE or self._trailers > _LONGEST_TRAILERS:
                self._fail("what follows the body is not a trailer section", position)
                return position
            position = newline + 2
        self._hold(data, position)
        return position

    def _hold(self, data: bytes, position: int) -> None:
        """Keep the beginning of a line."""
        self._head = data[position:]
        if len(self._head) > _LONGEST_LINE + 1:  # half of the newline may be there
            self._fail("a line is too long", position)

    def _fail(self, text: str, position: int) -> None:
        self.failure = errors.ProtocolError(f"the chunked encoding is wrong: {text}", offset=self._offset + position)


def _take(
    data: bytes, start: int, stop: int, width: int, digits: int, known: dict[bytes, int], pieces: list[bytes]
) -> tuple[int, int]:
    """Collect the piece from start to stop and those after it, while the seams (the bytes between pieces) are known.

    A seam is nearly always as long as the one before, or a digit longer or shorter: one or two look-ups then show that
    a piece ends, and the length of the next one.

    Args:
        data: The bytes received.
        start: The beginning of the first piece.
        stop: Its end.
        width: The length of the seam before the first piece.
        digits: The digits of the chunk's size in that seam: two or three for log lines.
        known: The length of the piece after each seam.
        pieces: The list to which the pieces are added.

    Returns:
        The beginning and the end of the first piece that was not collected.
    """
    append = pieces.append
    get = known.get
    size = len(data)
    step = 1 if digits % 2 == 0 else -1
    while True:
        length = get(data[stop : stop + width])
        if length is None:
            width += step
            step = -step
            length = get(data[stop : stop + width])
            if length is None:
                return start, stop
        if stop + width > size:  # the data ends inside this seam, which only looks like a shorter one
            return start, stop
        append(data[start:stop])
        start = stop + width
        stop = start + length
