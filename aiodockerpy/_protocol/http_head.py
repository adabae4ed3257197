"""Heads of HTTP/1.1 messages, for connections that are switched to bytes in both directions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aiodockerpy import errors

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["LONGEST_HEAD", "HeadParser", "ResponseHead", "request_head"]

LONGEST_HEAD: Final = 64 * 1024
"""Longest head of an answer accepted, in bytes."""

_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_TARGET: Final = re.compile(r"[\x21-\x7e]+")
_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_STATUS_LINE: Final = re.compile(r"HTTP/1\.([01]) ([1-5][0-9]{2})(?: ([\t\x20-\x7e\x80-\xff]*))?")
_HEADER: Final = re.compile(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)")
_LENGTH: Final = re.compile(r"[0-9]{1,18}")
_BEGINNING: Final = b"HTTP/1."
_SWITCHING: Final = 101


def request_head(method: str, target: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """Build the head of a request.

    Raises:
        InvalidArgument: A part has a character that would end it (a newline, a NUL, a blank in the target) or one that
            HTTP does not carry. The message names the part and never shows a header's value.
    """
    if not _TOKEN.fullmatch(method):
        raise errors.InvalidArgument(f"{method!r} is no HTTP method")
    if not _TARGET.fullmatch(target):
        raise errors.InvalidArgument("the target of a request is percent-encoded ASCII without blanks")
    lines = [f"{method} {target} HTTP/1.1"]
    for name, value in headers:
        if not _TOKEN.fullmatch(name):
            raise errors.InvalidArgument(f"{name!r} is no name of a header")
        if not _VALUE.fullmatch(value):
            raise errors.InvalidArgument(f"the value of the header {name} has a character that cannot be sent")
        lines.append(f"{name}: {value}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


@dataclass(frozen=True, slots=True)
class ResponseHead:
    """The head of an answer.

    Attributes:
        status: The status code.
        reason: The words after it; may be empty.
        headers: Names and values in order, as they came.
        minor: 1 for HTTP/1.1.
    """

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    minor: int = 1

    def get_all(self, name: str) -> list[str]:
        """Return all values of a header, whose name matches in any case."""
        wanted = name.lower()
        return [value for key, value in self.headers if key.lower() == wanted]

    def get(self, name: str, default: str = "") -> str:
        """Return the first value of a header."""
        return next(iter(self.get_all(name)), default)

    @property
    def chunked(self) -> bool:
        """Whether the body has the chunked encoding."""
        return ", ".join(self.get_all("Transfer-Encoding")).strip().lower() == "chunked"

    @property
    def content_length(self) -> int | None:
        """Length of the body in bytes; ``None`` if it lasts until the connection ends or is chunked."""
        if self.chunked:
            return None
        lengths = self.get_all("Content-Length")
        return int(lengths[0]) if lengths else None


class HeadParser:
    """Read the head of an answer, however it arrives; interim answers (1xx other than 101) are skipped.

    Attributes:
        surplus: What came after the head, once it is whole.
    """

    __slots__ = ("_buffer", "_longest", "_passed", "_searched", "surplus")

    def __init__(self, longest: int = LONGEST_HEAD) -> None:
        self._longest = longest
        self._buffer = bytearray()
        self._searched = 0
        self._passed = 0  # bytes of interim answers
        self.surplus = b""

    def feed(self, data: bytes) -> ResponseHead | None:
        """Take the next bytes; return the head when it is whole. What is fed after that is not looked at.

        Raises:
            ProtocolError: This is no answer of HTTP/1, it says two things about its body, or it is too long.
        """
        self._buffer += data
        while (head := self._next()) is not None:
            if head.status >= 200 or head.status == _SWITCHING:
                self.surplus = bytes(self._buffer)
                return head
        return None

    def close(self) -> None:
        """Raise, since the connection ended before the head was whole.

        Raises:
            StreamInterrupted: Always.
        """
        received = self._passed + len(self._buffer)
        raise errors.StreamInterrupted(
            f"the connection ended inside the head of the answer, after {received} bytes", received=received
        )

    def _next(self) -> ResponseHead | None:
        buffer = self._buffer
        start = bytes(buffer[: len(_BEGINNING)])
        if not _BEGINNING.startswith(start):
            raise errors.ProtocolError(f"the answer begins with {start!r}: this is no HTTP", offset=self._passed)
        end = buffer.find(b"\r\n\r\n", max(0, self._searched - 3))
        if self._passed + (end if end >= 0 else len(buffer)) > self._longest:
            raise errors.ProtocolError(f"the head of the answer is longer than {self._longest} bytes")
        if end < 0:
            self._searched = len(buffer)
            return None
        head = _parse(buffer[:end].decode("latin-1"))
        del buffer[: end + 4]
        self._passed += end + 4
        self._searched = 0
        return head


def _parse(text: str) -> ResponseHead:
    first, *rest = text.split("\r\n")
    status = _STATUS_LINE.fullmatch(first)
    if status is None:
        raise errors.ProtocolError("the answer has no HTTP status line")
    headers = tuple(_header(line) for line in rest)
    head = ResponseHead(int(status[2]), (status[3] or "").strip(), headers, int(status[1]))
    _check_framing(head)
    return head


def _header(line: str) -> tuple[str, str]:
    match = _HEADER.fullmatch(line)
    if match is None:
        raise errors.ProtocolError("the head of the answer has a line that is no header")
    return match[1], match[2].rstrip(" \t")


def _check_framing(head: ResponseHead) -> None:
    """Refuse what two readers could read differently."""
    lengths = set(head.get_all("Content-Length"))
    if len(lengths) > 1 or not all(_LENGTH.fullmatch(length) for length in lengths):
        raise errors.ProtocolError("the answer has no clear Content-Length")
    if head.get_all("Transfer-Encoding"):
        if lengths:
            raise errors.ProtocolError("the answer has both a Content-Length and a Transfer-Encoding")
        if not head.chunked:
            raise errors.ProtocolError("the answer has a Transfer-Encoding other than chunked")
