"""Where the body of an answer ends: after so many bytes, with its last chunk, or with the connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiodockerpy._protocol.chunked import ChunkedDecoder

if TYPE_CHECKING:
    from aiodockerpy._protocol.http import ResponseHead
    from aiodockerpy.errors import ProtocolError

__all__ = ["BodyDecoder"]

_NO_BODY: Final = frozenset({204, 304})


class BodyDecoder:
    """Take the body out of what comes after the head of an answer.

    Args:
        head: The head.
        method: Of the request: HEAD is answered without a body.

    Attributes:
        complete: Whether all of the body has come.
        surplus: What came after it.
        received: How many bytes of it came.
    """

    __slots__ = ("_chunks", "_missing", "complete", "received", "surplus")

    def __init__(self, head: ResponseHead, method: str) -> None:
        empty = method == "HEAD" or head.status in _NO_BODY
        framed = "multiplexed-stream" in head.headers.get("content-type", "")
        self._chunks = ChunkedDecoder(join_lines=framed) if head.chunked and not empty else None
        self._missing = 0 if empty else head.length
        self.complete = self._missing == 0
        self.surplus = b""
        self.received = 0

    @property
    def failure(self) -> ProtocolError | None:
        """What is wrong with the encoding, as soon as it is known: what came before it is still returned."""
        return self._chunks.failure if self._chunks is not None else None

    def feed(self, data: bytes) -> bytes:
        """Return the bytes of the body in the data.

        Raises:
            ProtocolError: The body is not encoded as the head says.
        """
        if self.complete:
            self.surplus += data
            return b""
        if self._chunks is not None:
            body = self._chunks.feed(data)
            self.complete, self.surplus = self._chunks.complete, self._chunks.surplus
            self.received = self._chunks.received
            return body
        body = data if self._missing is None else data[: self._missing]
        self.received += len(body)
        if self._missing is None:
            return body
        self._missing -= len(body)
        if not self._missing:
            self.complete, self.surplus = True, data[len(body) :]
        return body

    def place(self, offset: int) -> int:
        """Return where the body has a byte that the last `feed` returned."""
        return offset if self._chunks is None else self._chunks.place(offset)

    def end(self) -> bool:
        """Note that the connection has ended; return whether the body is complete, since it may end with it."""
        self.complete = self.complete or (self._chunks is None and self._missing is None)
        return self.complete
