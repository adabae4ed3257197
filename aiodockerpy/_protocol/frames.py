"""The framing of output streams: eight bytes of header before each piece of standard output or standard error.

A header is one byte for the stream, three zero bytes and the length of the piece as a big-endian number. Whether a
stream is framed depends on the terminal setting of the process: with a terminal there are no frames.

Every decoder of this package has three methods: ``feed(data)`` returns what the data completes, ``flush()`` returns
what is left at the end of the stream, and ``close()`` raises if the stream ended where it may not. What was decoded
before an error is always returned first; the error is raised by the next call.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias, cast

from aiodockerpy import errors
from aiodockerpy._jsonable import dumpable

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiodockerpy._protocol.body import ChunkedDecoder

StreamName: TypeAlias = Literal["stdout", "stderr"]
"""The stream that a chunk of output belongs to."""

MAX_FRAME: Final = 16 * 1024 * 1024
"""Longest frame accepted: a longer one is a sign that the stream is not framed at all."""

WHOLE_FRAME: Final = 64 * 1024
"""Frames up to this length are delivered whole, longer ones in the pieces in which they arrive."""

_HEADER: Final = struct.Struct(">LL")

HEADER_SIZE: Final = _HEADER.size
"""Bytes before each piece of output."""

_STREAMS: Final[dict[int, StreamName]] = {0 << 24: "stdout", 1 << 24: "stdout", 2 << 24: "stderr"}
"""By the first byte of a frame; the CLI too takes what is marked as standard input for output."""
_ENGINE_ERROR: Final = 3 << 24
_REMEMBERED: Final = 4096

_NEWLINE: Final = b"\r\n"
_SEAM: Final = re.compile(rb"\r\n([0-9a-f]{1,8})\r\n([\1\2])\0\0\0(.{4})", re.DOTALL)
_LONGEST_SEAM: Final = 8 + len(_NEWLINE) + HEADER_SIZE
_MARKED: Final[dict[bytes, StreamName]] = {b"\1": "stdout", b"\2": "stderr"}

_Output: TypeAlias = tuple[StreamName, bytes]
_Seam: TypeAlias = tuple[StreamName, int, int]
"""Stream and length of the piece after a seam, and the length of the seam itself."""


@dumpable()
class Chunk(NamedTuple):
    """A piece of output.

    Attributes:
        stream: Where it was written to. With a terminal everything is ``"stdout"``.
        data: The bytes; neither lines nor characters are kept together.
    """

    stream: StreamName
    data: bytes


make_chunk: Final = cast(
    "Callable[[type[Chunk], tuple[StreamName, bytes]], Chunk]",
    tuple.__new__,  # pyright: ignore[reportUnknownMemberType] - typeshed leaves its argument open
)
"""Create a chunk as the constructor of a NamedTuple does, at half its cost."""


class RawDecoder:
    """Output without frames, as of a process with a terminal: everything is standard output."""

    failure: Exception | None = None

    def feed(self, data: bytes) -> list[Chunk]:
        """Return the bytes unchanged."""
        return [Chunk("stdout", data)] if data else []

    def flush(self) -> list[Chunk]:
        """Return nothing: nothing is held back."""
        return []

    def close(self) -> None:
        """Accept any end."""


class FrameDecoder:
    """Take a framed stream apart.

    Args:
        max_frame: Longest frame accepted, in bytes.
        join: Whether frames of the same stream that come together are given as one chunk, which costs a third.

    Attributes:
        failure: The error that the next call raises, known as soon as the bytes before it are delivered.
    """

    __slots__ = (
        "_collected",
        "_head",
        "_headers",
        "_join",
        "_max",
        "_missing",
        "_offset",
        "_stream",
        "_whole",
        "failure",
    )

    def __init__(self, max_frame: int = MAX_FRAME, *, join: bool = False) -> None:
        self._max = max_frame
        self._join = join
        self._headers: dict[bytes, tuple[StreamName, int]] = {}  # that were seen; log lines are of few lengths
        self._offset = 0  # of the first byte that is neither delivered nor collected
        self._head = b""  # the beginning of a header
        self._missing = 0  # bytes of the current frame that have not arrived
        self._stream: StreamName | None = None  # of the current frame; None for an error of the engine
        self._whole = False  # whether the current frame is collected
        self._collected: list[bytes] = []
        self.failure: Exception | None = None

    @property
    def between_frames(self) -> bool:
        """Whether the next byte begins a frame."""
        return not (self._missing or self._head or self.failure)

    def skip(self, count: int) -> None:
        """Record that another decoder took whole frames, by their size in bytes."""
        self._offset += count

    def feed(self, data: bytes) -> list[Chunk]:
        """Decode the next bytes of the stream.

        Raises:
            ProtocolError: An unknown stream or a frame that is too long; nothing after it is decoded.
            OperationFailed: The engine put an error into the stream.
        """
        failure = self.failure
        if failure is not None:
            raise failure
        chunks: list[Chunk] = []
        position = self._resume(data, chunks) if self._missing else 0
        if not (self._missing or self.failure):
            if self._head:
                data, position = self._head + data, 0
            self._scan(data, position, chunks)
        if self.failure and not chunks:
            raise self.failure
        return chunks

    def flush(self) -> list[Chunk]:
        """Return what had arrived of an unfinished frame."""
        rest = b"".join(self._collected)
        self._collected.clear()
        return [Chunk(self._stream, rest)] if rest and self._stream is not None else []

    def close(self) -> None:
        """Raise if the stream did not end between two frames.

        Raises:
            StreamInterrupted: The end came inside a frame.
            OperationFailed: The last frame was an error of the engine.
        """
        if self.failure is not None:
            raise self.failure
        received = self._offset + len(self._head)
        if self._missing:
            text = f"it ended {self._missing} bytes before the end of a frame"
            raise errors.StreamInterrupted(text, received=received)
        if self._head:
            raise errors.StreamInterrupted("it ended inside the header of a frame", received=received)

    def _scan(self, data: bytes, position: int, chunks: list[Chunk]) -> None:
        """Decode all whole frames in one pass, then look at where that stopped."""
        begin = position
        position = (self._scan_joined if self._join else self._scan_each)(data, position, chunks)
        self._offset += position - begin
        if position > len(data) - HEADER_SIZE:
            self._head = data[position:]
        else:
            self._head = b""
            self._begin(data, position, chunks)

    def _scan_each(self, data: bytes, position: int, chunks: list[Chunk]) -> int:
        unpack = _HEADER.unpack_from
        streams = _STREAMS
        longest = self._max
        make = make_chunk
        append = chunks.append
        size = len(data)
        last = size - HEADER_SIZE
        while position <= last:
            kind, length = unpack(data, position)
            start = position + HEADER_SIZE
            stop = start + length
            if stop > size or length > longest or kind not in streams:
                break
            append(make(Chunk, (streams[kind], data[start:stop])))
            position = stop
        return position

    def _scan_joined(self, data: bytes, position: int, chunks: list[Chunk]) -> int:
        known = self._headers
        pieces: list[bytes] = []
        append = pieces.append
        current: StreamName = "stdout"
        size = len(data)
        while header := known.get(data[position : position + HEADER_SIZE]) or self._header(data, position):
            stream, length = header
            stop = position + length
            if stop > size:
                break
            if stream is not current:
                _add_joined(current, pieces, chunks)
                current = stream
            append(data[position + HEADER_SIZE : stop])
            position = stop
        _add_joined(current, pieces, chunks)
        return position

    def _header(self, data: bytes, position: int) -> tuple[StreamName, int] | None:
        """Read the stream and the length of a frame with its header, if it begins with a whole and valid one."""
        if position > len(data) - HEADER_SIZE:
            return None
        kind, length = _HEADER.unpack_from(data, position)
        if length > self._max or kind not in _STREAMS:
            return None
        header = _STREAMS[kind], length + HEADER_SIZE
        if len(self._headers) < _REMEMBERED:
            self._headers[data[position : position + HEADER_SIZE]] = header
        return header

    def _begin(self, data: bytes, position: int, chunks: list[Chunk]) -> None:
        """Begin a frame that is unfinished, wrong, or an error of the engine."""
        kind, length = _HEADER.unpack_from(data, position)
        if kind not in _STREAMS and kind != _ENGINE_ERROR:
            header = data[position : position + HEADER_SIZE]
            self.failure = errors.ProtocolError(f"{header!r} is not the header of a frame", offset=self._offset)
        elif length > self._max:
            text = f"a frame of {length} bytes is longer than the {self._max} allowed"
            self.failure = errors.ProtocolError(text, offset=self._offset)
        else:
            self._stream = _STREAMS.get(kind)
            self._missing = length
            self._whole = length <= WHOLE_FRAME or self._stream is None
            self._offset += HEADER_SIZE
            self._resume(data[position + HEADER_SIZE :], chunks)

    def _resume(self, data: bytes, chunks: list[Chunk]) -> int:
        """Add to the unfinished frame; return how much of the data belonged to it."""
        piece = data[: self._missing]
        used = len(piece)
        self._missing -= used
        self._offset += used
        if self._whole:
            self._collected.append(piece)
            if self._missing:
                return used
            piece = b"".join(self._collected)
            self._collected.clear()
        if piece or self._whole:
            self._deliver(piece, chunks)
        return used

    def _deliver(self, data: bytes, chunks: list[Chunk]) -> None:
        if self._stream is not None:
            chunks.append(Chunk(self._stream, data))
        else:
            text = data.decode(errors="replace").strip()
            self.failure = errors.OperationFailed(text or "the engine reported an error without a text")


def _add_joined(stream: StreamName, pieces: list[bytes], chunks: list[Chunk]) -> None:
    """Add what was gathered of one stream as one chunk."""
    if pieces:
        chunks.append(make_chunk(Chunk, (stream, b"".join(pieces))))
        pieces.clear()


class FramedBody:
    r"""Take the chunks and the frames off a body together.

    Nearly always a chunk is one whole frame. What stands between two pieces of output (the end of a chunk, the size of
    the next one, the header of its frame) is then one of few byte strings, here called seams, and a table has the
    stream and the length of the piece after each of them. It holds what was seen; log lines are of few lengths.

    ::

        first line\n  \r\n13\r\n \1 0 0 0 0 0 0 11  second line\n  \r\n…
                      ^----------- seam ---------^

    Everything else takes the long way through both decoders, one after the other: a chunk that the data has not all
    of, one that is not a frame, the end of the body, and errors.

    Args:
        chunked: Decodes the chunks; the reader of the connection raises its failure.
        frames: Decodes the frames.
        join: Whether frames of the same stream that come together are given as one chunk of output.
    """

    __slots__ = ("_chunked", "_frames", "_join", "_seams")

    def __init__(self, chunked: ChunkedDecoder, frames: FrameDecoder, *, join: bool = False) -> None:
        self._chunked = chunked
        self._frames = frames
        self._join = join
        self._seams: dict[bytes, _Seam] = {}

    @property
    def failure(self) -> Exception | None:
        """The error about a frame that the next call raises."""
        return self._frames.failure

    def feed(self, data: bytes) -> list[Chunk]:
        """Decode the next bytes of the connection.

        Raises:
            ProtocolError: An unknown stream or a frame that is too long; nothing after it is decoded.
            OperationFailed: The engine put an error into the stream.
        """
        return [make_chunk(Chunk, piece) for piece in self.output(data)]

    def output(self, data: bytes) -> list[_Output]:
        """Decode the next bytes as plain tuples, which garbage collection leaves alone."""
        output: list[_Output] = []
        position = 0
        while position < len(data) and (begun := self._chunked.begun(data, position)):
            self._decode(data[position : position + begun], output)
            position += begun
        if self._chunked.between_chunks and self._frames.between_frames:
            position = self._scan(data, position, output)
        if position < len(data):
            self._decode(data[position:], output)
        if self.failure is not None and not output:
            raise self.failure
        return output

    def flush(self) -> list[Chunk]:
        """Return what had arrived of an unfinished frame."""
        return self._frames.flush()

    def close(self) -> None:
        """Raise if the stream did not end between two frames."""
        self._frames.close()

    def _decode(self, data: bytes, output: list[_Output]) -> None:
        """Decode with one decoder for chunks and one for frames, whose ``failure`` says what is wrong."""
        try:
            if (body := self._chunked.feed(data)) and self._frames.failure is None:
                output += self._frames.feed(body)
        except errors.DockerException:
            pass

    def _scan(self, data: bytes, position: int, output: list[_Output]) -> int:
        """Decode whole chunks that are whole frames.

        A piece is taken when the seam after it is recognized, since that shows its chunk to be whole. A seam is nearly
        always as long as the one before, or a digit more or less.

        Args:
            data: What came.
            position: Where a chunk begins.
            output: Where the pieces are put.

        Returns:
            Where the first chunk begins that was not taken.
        """
        seam = self._look(_NEWLINE + data[position : position + _LONGEST_SEAM], 0)
        if seam is None:
            return position
        get, look = self._seams.get, self._look
        pieces: list[bytes] = []
        append = pieces.append
        stream, length, width = seam
        gathered = stream if self._join else None
        begin, received = position, 0
        start = position + width - len(_NEWLINE)
        stop = start + length
        while (
            seam := get(data[stop : stop + width])
            or get(data[stop : stop + width + 1])
            or get(data[stop : stop + width - 1])
            or look(data, stop)
        ):
            append(data[start:stop])
            if seam[0] is not gathered:
                received += _join(stream, pieces, output)
                gathered = seam[0] if self._join else None
            stream, length, width = seam
            start = stop + width
            stop = start + length
        if whole := data[stop : stop + 2] == _NEWLINE:
            append(data[start:stop])
        received += _join(stream, pieces, output)
        position = (stop if whole else start - width) + len(_NEWLINE)
        self._chunked.skip(position - begin, received)
        self._frames.skip(received)
        return position

    def _look(self, data: bytes, place: int) -> _Seam | None:
        """Read a seam that is not in the table: if a chunk begins there that is one whole frame of output."""
        found = _SEAM.match(data, place)
        if found is None:
            return None
        size, length = int(found[1], 16), int.from_bytes(found[3], "big")
        if size != length + HEADER_SIZE or not 0 < length <= MAX_FRAME:
            return None
        seam = _MARKED[found[2]], length, len(found[0])
        if len(self._seams) < _REMEMBERED:
            self._seams[found[0]] = seam
        return seam


ChunkDecoder: TypeAlias = RawDecoder | FrameDecoder | FramedBody
"""What turns the bytes of an output stream into chunks."""


def _join(stream: StreamName, pieces: list[bytes], output: list[_Output]) -> int:
    """Move pieces of one stream to the output as one; return how many bytes of the body that was, headers included."""
    if not pieces:
        return 0
    joined = b"".join(pieces)
    output.append((stream, joined))
    size = len(joined) + HEADER_SIZE * len(pieces)
    pieces.clear()
    return size
