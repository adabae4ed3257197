"""The heads of HTTP/1.1 messages, on connections of our own: build one, read one, strictly."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Self, TypeVar, overload

from aiodockerpy.errors import InvalidArgument, ProtocolError

LONGEST_HEAD: Final = 64 * 1024
"""Bytes of a response's head above which it is refused."""
USE_TLS: Final = "this port uses TLS; pass tls=TLSConfig(...), or set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH"

_TLS_ALERT: Final = b"\x15\x03"
_LENGTH: Final = re.compile(r"[0-9]{1,18}")
_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE: Final = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]*")
_TARGET: Final = re.compile(r"[!-~]+")
_STATUS_LINE: Final = re.compile(r"(HTTP/1\.[01]) ([1-5][0-9]{2})(?: (.*))?")


T = TypeVar("T")


class Headers(Mapping[str, str]):
    """Headers as they came; names match in any case. Several of one name are joined by a comma."""

    __slots__ = ("_values",)

    def __init__(self, pairs: Mapping[str, str] | tuple[tuple[str, str], ...] = ()) -> None:
        self._values: dict[str, tuple[str, str]] = {}
        self._add((pair[0].lower(), pair) for pair in (pairs if isinstance(pairs, tuple) else pairs.items()))

    @classmethod
    def of_lines(cls, lines: list[str]) -> Self:
        """Read the header lines of an answer.

        Raises:
            ProtocolError: One is not of the form ``name: value``.
        """
        self = cls.__new__(cls)
        read = list(map(_header, lines))
        self._values = dict(read)
        if len(self._values) < len(read):  # one came several times
            self._values = {}
            self._add(read)
        return self

    def check_framing(self) -> None:
        """Refuse headers of an answer that do not determine where its body ends.

        Raises:
            ProtocolError: It has no length that can be read, or several.
        """
        encoded, sized = self._values.get("transfer-encoding"), self._values.get("content-length")
        if encoded is not None and encoded[1].lower() != "chunked":
            raise ProtocolError(f"the answer has the unknown transfer encoding {encoded[1][:40]!r}")
        if encoded is not None and sized is not None:
            raise ProtocolError("the answer gives its length in two ways")
        length = sized[1] if sized is not None else "0"
        if not _LENGTH.fullmatch(length):
            raise ProtocolError(f"the answer gives its length as {length[:40]!r}")

    def _add(self, pairs: Iterable[tuple[str, tuple[str, str]]]) -> None:
        values = self._values
        for key, pair in pairs:
            earlier = values.get(key)
            values[key] = pair if earlier is None else (earlier[0], f"{earlier[1]}, {pair[1]}")

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()][1]

    @overload
    def get(self, name: str, default: None = None, /) -> str | None: ...
    @overload
    def get(self, name: str, default: str | T, /) -> str | T: ...
    def get(self, name: str, default: object = None, /) -> object:
        """Return a header; `Mapping` would raise and catch an error for each that is missing."""
        pair = self._values.get(name.lower())
        return default if pair is None else pair[1]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._values.values())

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._values

    def __repr__(self) -> str:
        return f"<{len(self)} headers>"


def request_head(method: str, target: str, headers: Mapping[str, str], *, lines: bytes = b"") -> bytes:
    """Build the head of a request.

    Args:
        method: The HTTP method.
        target: Path and query, quoted.
        headers: All headers, or those that are not in ``lines``.
        lines: Headers that many requests share, from `header_lines`.

    Raises:
        InvalidArgument: A part that would change the request's shape, such as a line break. Values are not shown.
    """
    if not _TOKEN.fullmatch(method) or not _TARGET.fullmatch(target):
        raise InvalidArgument(
            f"the method or path of a request holds a character that is not allowed there: {method} {target!r}"
        )
    return b"%b %b HTTP/1.1\r\n%b%b\r\n" % (method.encode(), target.encode(), lines, header_lines(headers))


def header_lines(headers: Mapping[str, str]) -> bytes:
    """Build the lines of headers.

    Raises:
        InvalidArgument: One holds a character that would change the request's shape. Values are not shown.
    """
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
            raise InvalidArgument(f"the header {name!r} holds a character that no header may hold")
    return "".join([f"{name}: {value}\r\n" for name, value in headers.items()]).encode()


def refuses(status: int) -> bool:
    """Return whether a status is a refusal; a redirect is one too, since it leads to another path."""
    return status >= 300 and status != 304


@dataclass(slots=True)  # not frozen: that costs more than reading it
class ResponseHead:
    """The head of an answer."""

    status: int
    reason: str = ""
    headers: Headers = field(default_factory=Headers, repr=False)
    version: str = "HTTP/1.1"

    @property
    def keeps_connection(self) -> bool:
        """Whether the connection may be used for another request."""
        return self.version == "HTTP/1.1" and "close" not in self.headers.get("connection", "").lower()

    @property
    def chunked(self) -> bool:
        """Whether the body is in chunked encoding."""
        return "transfer-encoding" in self.headers

    @property
    def length(self) -> int | None:
        """The length of the body; ``None`` if it has no header for it."""
        digits = self.headers.get("content-length")
        return int(digits) if digits is not None else None


class ResponseHeadParser:
    """Read the head of an answer from pieces of any size; interim answers (1xx but 101) are skipped.

    Attributes:
        surplus: What came after the head.
    """

    def __init__(self) -> None:
        self._data = b""
        self._interim = 0  # bytes of interim answers
        self.surplus = b""

    @property
    def received(self) -> int:
        """How many bytes of an unfinished head have come."""
        return len(self._data)

    def feed(self, data: bytes) -> ResponseHead | None:
        """Return the head when it is complete, ``None`` before.

        Raises:
            ProtocolError: It is not the head of an HTTP/1.x answer, or it is too long, interim answers included.
        """
        searched = max(len(self._data) - 3, 0)
        self._data += data
        begin = 0
        while (end := self._data.find(b"\r\n\r\n", max(begin, searched))) >= 0:
            if self._interim + end > LONGEST_HEAD:
                break
            head = _parse(self._data[begin:end])
            begin = end + 4
            if head.status == 101 or head.status >= 200:
                self.surplus, self._data = self._data[begin:], b""
                return head
        self._interim += begin
        self._data = self._data[begin:]
        if self._interim + len(self._data) > LONGEST_HEAD:
            raise ProtocolError(f"the head of the answer is longer than {LONGEST_HEAD} bytes")
        if not b"HTTP/1.".startswith(self._data[:7]):
            raise ProtocolError(USE_TLS if self._data.startswith(_TLS_ALERT) else "the answer is not HTTP/1.1")
        return None


def _parse(data: bytes) -> ResponseHead:
    first, *rest = data.decode("latin-1").split("\r\n")
    status, reason, version = _status(first)
    headers = Headers.of_lines(rest)
    headers.check_framing()
    if status < 300:
        check_as_asked_for(status, headers)
    return ResponseHead(status, reason, headers, version)


def check_as_asked_for(status: int, headers: Mapping[str, str]) -> None:
    """Check that something in between has not changed a success: an archive would be returned compressed, or in part.

    Raises:
        ProtocolError: The body has a content encoding, or is a part of the content.
    """
    encoding = headers.get("content-encoding")
    if encoding is not None and encoding.lower() != "identity":
        text = f"the answer has the content encoding {encoding[:40]!r}, which was not asked for (a proxy in between?)"
        raise ProtocolError(text)
    if status == 206:
        text = "the answer has status 206: it is a part of the content, which was not asked for (a proxy in between?)"
        raise ProtocolError(text)


@lru_cache(64)
def _status(line: str) -> tuple[int, str, str]:
    found = _STATUS_LINE.fullmatch(line)
    if found is None:
        raise ProtocolError(f"the answer begins with {line[:40]!r}, which is not a status line of HTTP/1.1")
    return int(found[2]), found[3] or "", found[1]


@lru_cache(256)  # most headers are the same in every answer
def _header(line: str) -> tuple[str, tuple[str, str]]:
    """Return the name in lower case, and the name and the value as they came."""
    name, colon, value = line.partition(":")
    value = value.strip(" \t")
    if not colon or not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
        raise ProtocolError("a header of the answer is not of the form 'name: value'")
    return name.lower(), (name, value)
