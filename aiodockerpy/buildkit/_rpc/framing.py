"""Encode and decode what gRPC puts on HTTP/2: messages with their prefixes, metadata, status. No I/O."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes

from aiodockerpy._protocol.outside import read_int
from aiodockerpy.errors import DockerException, ProtocolError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .http2 import Headers

Metadata = dict[str, list[str]]

OK, CANCELLED, UNKNOWN, INVALID_ARGUMENT, DEADLINE_EXCEEDED, NOT_FOUND, ALREADY_EXISTS = 0, 1, 2, 3, 4, 5, 6
PERMISSION_DENIED, FAILED_PRECONDITION, OUT_OF_RANGE, UNIMPLEMENTED, INTERNAL, UNAVAILABLE = 7, 9, 11, 12, 13, 14

MAX_MESSAGE = 16 << 20


class RpcError(DockerException):
    """A call ended with a status other than OK.

    Attributes:
        code: The gRPC status code.
        message: Its text.
        details: The bytes of a ``google.rpc.Status``; empty if there are none.
    """

    def __init__(self, code: int, message: str, details: bytes = b"") -> None:
        super().__init__(message or f"gRPC status {code}, without a reason")
        self.code = code
        self.message = message
        self.details = details


# ---- messages


def frame(payload: bytes) -> bytes:
    """Prefix a message with gRPC's header."""
    return b"\0" + len(payload).to_bytes(4, "big") + payload


class MessageSplitter:
    """Split a stream of bytes, in pieces of any size, into gRPC messages."""

    def __init__(self, limit: int = MAX_MESSAGE) -> None:
        self._limit = limit
        self._buffer = bytearray()

    def feed(self, data: bytes) -> None:
        """Feed bytes."""
        self._buffer += data

    def take(self, limit: int) -> list[bytes]:
        """Return the next complete messages, at most ``limit``.

        Raises:
            ProtocolError: A message is compressed or longer than the limit of size.
        """
        buffer = self._buffer
        found: list[bytes] = []
        position = 0
        while len(buffer) - position >= 5 and len(found) < limit:
            size = int.from_bytes(buffer[position + 1 : position + 5], "big")
            if buffer[position]:
                raise ProtocolError("a gRPC message is compressed, which was not agreed on")
            if size > self._limit:
                raise ProtocolError(f"a gRPC message of {size} bytes is above the limit of {self._limit}")
            if len(buffer) - position - 5 < size:
                break
            found.append(bytes(buffer[position + 5 : position + 5 + size]))
            position += 5 + size
        del buffer[:position]
        return found

    def close(self) -> None:
        """Check that the stream ended after a message.

        Raises:
            ProtocolError: It ended within a message.
        """
        if self._buffer:
            raise ProtocolError("a gRPC stream ends within a message")


# ---- headers


def read_metadata(headers: Headers) -> Metadata:
    """Collect the values of each header, decoded as UTF-8 so that every byte comes back when encoded."""
    found: Metadata = {}
    for name, value in headers:
        found.setdefault(name.decode("ascii", "replace").lower(), []).append(value.decode("utf-8", "surrogateescape"))
    return found


def header_pairs(metadata: Mapping[str, Sequence[str]]) -> Headers:
    """Encode metadata as headers."""
    return [
        (name.encode("ascii"), value.encode("utf-8", "surrogateescape"))
        for name, values in metadata.items()
        for value in values
    ]


def read_status(metadata: Metadata) -> RpcError | None:
    """Read the status from trailers; ``None`` is OK."""
    code = read_int(metadata.get("grpc-status", [""])[0], minimum=0)
    if code == OK:
        return None
    message = metadata.get("grpc-message", [""])[0].encode("utf-8", "surrogateescape")
    text = unquote_to_bytes(message).decode("utf-8", "replace")
    return RpcError(UNKNOWN if code is None else code, text, _binary(metadata, "grpc-status-details-bin"))


def _binary(metadata: Metadata, name: str) -> bytes:
    value = metadata.get(name, [""])[0]
    try:
        return base64.b64decode(value + "=" * (-len(value) % 4))
    except (binascii.Error, ValueError):
        return b""


def status_trailers(error: RpcError | None) -> Headers:
    """Encode a status as trailers; ``None`` is OK."""
    if error is None:
        return [(b"grpc-status", b"0")]
    message = error.message.encode("utf-8", "replace")
    return [
        (b"grpc-status", b"%d" % error.code),
        (b"grpc-message", quote(message, safe=" !\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~").encode("ascii")),
    ]
