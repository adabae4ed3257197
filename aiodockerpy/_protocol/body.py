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
        chunked: Decodes the chunks of a body that has them; ``None`` for any other.
    """

    __slots__ = ("_complete", "_missing", "_received", "_surplus", "chunked")

    def __init__(self, head: ResponseHead, method: str) -> None:
        empty = method == "HEAD" or head.status in _NO_BODY
        self.chunked = ChunkedDecoder() if head.chunked and not empty else None
        self._missing = 0 if empty else head.length
        self._complete = self._missing == 0
        self._surplus = b""
        self._received = 0

    @property
    def complete(self) -> bool:
        """Whether all of the body has come."""
        return self._complete if self.chunked is None else self.chunked.complete

    @property
    def surplus(self) -> bytes:
        """What came after the body."""
        return self._surplus if self.chunked is None else self.chunked.surplus

    @property
    def received(self) -> int:
        """How many bytes of the body came."""
        return self._received if self.chunked is None else self.chunked.received

    @property
    def failure(self) -> ProtocolError | None:
        """What is wrong with the encoding, as soon as it is known: what came before it is still returned."""
        return self.chunked.failure if self.chunked is not None else None

    def feed(self, data: bytes) -> bytes:
        """Return the bytes of the body in the data.

        Raises:
            ProtocolError: The body is not encoded as the head says.
        """
        if self.chunked is not None:
            return self.chunked.feed(data)
        if self._complete:
            self._surplus += data
            return b""
        body = data if self._missing is None else data[: self._missing]
        self._received += len(body)
        if self._missing is not None:
            self._missing -= len(body)
            self._complete = not self._missing
            self._surplus = data[len(body) :]
        return body

    def end(self) -> bool:
        """Record the end of the connection; return whether the body is complete, since it may end with it."""
        self._complete = self._complete or self._missing is None
        return self.complete
