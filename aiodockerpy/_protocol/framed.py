"""Framed output in a chunked body, in one pass: the engine sends each line as a frame, and each frame as a chunk."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

from aiodockerpy import errors
from aiodockerpy._protocol.frames import HEADER_SIZE, MAX_FRAME, Chunk, StreamName, make_chunk

if TYPE_CHECKING:
    from aiodockerpy._protocol.chunked import ChunkedDecoder
    from aiodockerpy._protocol.frames import FrameDecoder

__all__ = ["FramedBody"]

_NEWLINE: Final = b"\r\n"
_SEAM: Final = re.compile(rb"\r\n([0-9a-f]{1,8})\r\n([\1\2])\0\0\0(.{4})", re.DOTALL)
_LONGEST_SEAM: Final = 8 + len(_NEWLINE) + HEADER_SIZE
_STREAMS: Final[dict[bytes, StreamName]] = {b"\1": "stdout", b"\2": "stderr"}
_REMEMBERED: Final = 4096

_Output: TypeAlias = tuple[StreamName, bytes]
_Seam: TypeAlias = tuple[StreamName, int, int]
"""Stream and length of the piece after a seam, and the length of the seam itself."""


class FramedBody:
    r"""Take the chunks and the frames off a body together.

    Nearly always a chunk is one whole frame. What stands between two pieces of output (the end of a chunk, the size of
    the next one, the header of its frame) is then one of few byte strings, here called seams, and a table knows the
    stream and the length of the piece after each of them. It holds what was seen; log lines are of few lengths.

    ::

        first line\n  \r\n13\r\n \1 0 0 0 0 0 0 11  second line\n  \r\n…
                      ^----------- seam ---------^

    Everything else takes the long way through both decoders, one after the other: a chunk that the data has not all
    of, one that is not a frame, the end of the body, and errors.

    Args:
        chunked: Decodes the chunks; whoever reads the connection raises its failure.
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
        seam = _STREAMS[found[2]], length, len(found[0])
        if len(self._seams) < _REMEMBERED:
            self._seams[found[0]] = seam
        return seam


def _join(stream: StreamName, pieces: list[bytes], output: list[_Output]) -> int:
    """Move pieces of one stream to the output as one; return how many bytes of the body that was, headers included."""
    if not pieces:
        return 0
    joined = b"".join(pieces)
    output.append((stream, joined))
    size = len(joined) + HEADER_SIZE * len(pieces)
    pieces.clear()
    return size
