"""The protocols by which the upper layers use the transport: four small ones, and the whole answer.

Tests replace any of them by a class of a few lines.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from aiodockerpy._protocol.operations import Call
    from aiodockerpy._protocol.versions import ApiVersion
    from aiodockerpy.errors import ProtocolError, StreamInterrupted


@dataclass(slots=True)
class Reply:
    """A whole answer: never an error, those are raised."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    body: bytes = field(default=b"", repr=False)
    operation: str = ""


class Closing:
    """The end of a connection that is closed without waiting for the peer: `aclose`, and leaving ``async with``."""

    @abstractmethod
    def close(self) -> None:
        """Close the connection."""

    async def aclose(self) -> None:
        """Close the connection; never waits for the peer."""
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()


class ByteStream(Protocol):
    """The body of an answer as it is received, on a connection of its own."""

    @property
    def status(self) -> int:
        """The HTTP status; below 400, since anything else was raised."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the answer; names match in any case."""
        ...

    @property
    def received(self) -> int:
        """How many bytes `read` has returned."""
        ...

    @property
    def closed_early(self) -> bool:
        """Whether `close` was called before the end had come, so that what was read is not the whole."""
        ...

    @property
    def closed(self) -> bool:
        """Whether the connection was closed."""
        ...

    async def read(self) -> bytes:
        """Return the next bytes, as many as have arrived; ``b""`` after the last.

        A cancelled read loses nothing: the next one continues.

        Raises:
            StreamInterrupted: The connection ended before the body did.
            RuntimeError: Another task is reading.
        """
        ...

    def read_ahead(self, limit: int) -> None:
        """Limit the bytes buffered for a slow reader, roughly; the rest waits at the other end.

        With 0, nothing is taken from the connection until the next `read`; the limit stays as it is.
        """
        ...

    def with_location(self, error: ProtocolError | StreamInterrupted) -> ProtocolError | StreamInterrupted:
        """Add the connection, and the offset in what the engine sent, to an error about what `read` returned."""
        ...

    def close(self) -> None:
        """Close the connection at once, without waiting for the peer; a pending `read` returns ``b""``."""
        ...


class Duplex(ByteStream, Protocol):
    """A connection that was switched from HTTP to bytes in both directions."""

    @property
    def peer(self) -> str:
        """The engine's address with the reason for its choice, for messages."""
        ...

    async def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send all of the data; waits while the peer does not read.

        Raises:
            StdinClosed: The peer no longer reads, or an earlier write was cancelled half-way (``partial``).
        """
        ...

    async def write_eof(self) -> None:
        """Close the outgoing direction only (half-close, over TLS too); reading continues."""
        ...

    async def aclose(self) -> None:
        """Close both directions; never waits for the peer."""
        ...

    async def __aenter__(self) -> Self:
        """Return the connection itself."""
        ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Close the connection."""
        ...


class Transport(Protocol):
    """The session manager as the operations see it."""

    @property
    def max_response_size(self) -> int:
        """Bytes of one message of a stream that are collected at most."""
        ...

    async def version(self) -> ApiVersion:
        """Return the API version in use, negotiated on the first call."""
        ...

    async def request(self, call: Call) -> Reply:
        """Send a call and return its whole answer.

        Raises:
            APIError: The engine refused; the class depends on the status.
            ConnectionFailed: The connection could not be made, or broke.
            DeadlineExceeded: No slot, no connection or no answer in time.
            UnsupportedByEngine: The version in use lacks the operation, a parameter or a field; nothing was sent.
        """
        ...

    async def open(self, call: Call) -> ByteStream:
        """Send a call and return when the head of its answer has come; the body is read by the caller."""
        ...

    async def upgrade(self, call: Call) -> Duplex:
        """Send a call that switches its connection to bytes in both directions."""
        ...

    async def dial(self, call: Call, protocol: str) -> Duplex:
        """Open a connection for a call, on which another protocol is used from the first byte on.

        Args:
            call: What the connection is for; it is not sent.
            protocol: Its ALPN name, which is what TLS agrees on.
        """
        ...

    async def websocket(self, call: Call) -> Duplex:
        """Send a call that switches its connection to a websocket; its directions can only be closed together."""
        ...
