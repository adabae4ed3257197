"""Read and write HTTP/2's DATA frames, which carry every message, and keep the windows of what comes in. No I/O.

All other frames are the ``h2`` library's. It takes ten to thirty microseconds for a frame, and a context of 20,000
small files is asked for in 20,000 frames; this code takes one or two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from aiodockerpy.errors import ProtocolError, StreamInterrupted

HEAD = 9
PREFACE = 24
"""Bytes that a client sends before its first frame."""
DATA, GOAWAY = 0, 7
END_STREAM, PADDED = 0x1, 0x8
RUN = 2048
"""Bytes of other frames from which on a run ends: ``h2`` takes milliseconds for the smallest frames in as many."""
_ID = 0x7FFFFFFF


class StreamReset(StreamInterrupted):
    """The peer reset one stream; the connection goes on.

    Attributes:
        code: HTTP/2's error code; 8 is CANCEL, 0 is NO_ERROR.
    """

    def __init__(self, code: int, peer: str) -> None:
        super().__init__(f"{peer} reset the stream (HTTP/2 code {code})")
        self.code = code


class DataFrame(NamedTuple):
    """A DATA frame.

    Attributes:
        stream: Its stream's number.
        data: Its bytes without padding.
        size: Its bytes as the windows count them.
        last: Whether it ends its side of the stream.
    """

    stream: int
    data: bytes
    size: int
    last: bool


class GoAway(NamedTuple):
    """A GOAWAY frame: the peer accepts no new streams, and will not process some of those that were begun.

    ``h2`` never sees it, since it would take it for the end of every stream.

    Attributes:
        last: The last stream that it processes.
        code: HTTP/2's error code; with any but NO_ERROR the connection has ended.
    """

    last: int
    code: int


class FrameSplitter:
    """Split what a peer sends, in pieces of any size, into DATA and GOAWAY frames and short runs of other frames.

    Args:
        ours: Whether a stream's DATA frames are returned apart; those of other streams stay in their run.
        limit: The agreed size of a frame. From a longer one on everything is part of a run, where ``h2`` refuses it.
        preface: Whether the peer is a client, which sends a preface before its first frame.
    """

    def __init__(self, ours: Callable[[int], bool], limit: int, *, preface: bool) -> None:
        self._ours = ours
        self._limit = limit
        self._preface = PREFACE if preface else 0
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[DataFrame | GoAway | bytes]:
        """Feed bytes and yield complete frames in order; handle each before asking for the next.

        Raises:
            ProtocolError: A frame has more padding than bytes.
        """
        data = self._rest + data if self._rest else data
        begin = 0  # of the run
        at = min(self._preface, len(data))
        self._preface -= at
        while len(data) - at >= HEAD:
            size = int.from_bytes(data[at : at + 3], "big")
            stop = at + HEAD + size
            if size > self._limit:
                at = len(data)
                break
            if stop > len(data):
                break
            kind = data[at + 3]
            if kind in {DATA, GOAWAY}:
                if begin < at:
                    yield data[begin:at]
                    begin = at
                stream = int.from_bytes(data[at + 5 : at + HEAD], "big") & _ID
                if kind == GOAWAY:
                    if not stream and size >= 8:
                        yield _go_away(data[at + HEAD : stop])
                        begin = stop
                elif self._ours(stream):
                    yield _data_frame(stream, data[at + 4], data[at + HEAD : stop], size)
                    begin = stop
            at = stop
            if at - begin >= RUN:
                yield data[begin:at]
                begin = at
        if begin < at:
            yield data[begin:at]
        self._rest = data[at:]


def _data_frame(stream: int, flags: int, data: bytes, size: int) -> DataFrame:
    if flags & PADDED:
        padding = data[0] if data else 0
        if padding >= size:
            raise ProtocolError(f"an HTTP/2 frame of {size} bytes is padded with {padding}")
        data = data[1 : size - padding]
    return DataFrame(stream, data, size, bool(flags & END_STREAM))


def _go_away(data: bytes) -> GoAway:
    return GoAway(int.from_bytes(data[:4], "big") & _ID, int.from_bytes(data[4:8], "big"))


def data_frames(stream: int, data: memoryview, limit: int) -> list[bytes | memoryview]:
    """Encode bytes as DATA frames, in parts to be joined."""
    tail = b"\0\0" + stream.to_bytes(4, "big")
    parts: list[bytes | memoryview] = []
    for start in range(0, len(data), limit):
        piece = data[start : start + limit]
        parts += (len(piece).to_bytes(3, "big") + tail, piece)
    return parts


def end_of_stream(stream: int) -> bytes:
    """Encode an empty DATA frame that ends its side of the stream."""
    return b"\0\0\0\0\1" + stream.to_bytes(4, "big")


def window_update(stream: int, size: int) -> bytes:
    """Encode a WINDOW_UPDATE frame for a stream; 0 is the connection."""
    return b"\0\0\4\x08\0" + stream.to_bytes(4, "big") + size.to_bytes(4, "big")


class Window:
    """Count the room that a peer has to send; it gets more in large steps only."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._left = size
        self._consumed = 0

    def take(self, size: int) -> None:
        """Count bytes that have arrived.

        Raises:
            ProtocolError: There was no room for them.
        """
        self._left -= size
        if self._left < 0:
            raise ProtocolError("the peer sent more than HTTP/2's window has room for")

    def give(self, size: int) -> int:
        """Count bytes that were consumed; return by how much to open the window now."""
        self._consumed += size
        if 2 * self._consumed < self._size:
            return 0
        more, self._consumed = self._consumed, 0
        self._left += more
        return more
