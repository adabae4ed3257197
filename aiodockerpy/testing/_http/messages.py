"""Requests as handlers see them, and what handlers answer."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from aiodockerpy._protocol.versions import ApiVersion
from aiodockerpy.testing._http.connection import Connection, ConnectionCut

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping

    from aiodockerpy._protocol.operations import Operation

JSON = "application/json"
_FALSE = frozenset({"", "0", "no", "false", "none"})


@dataclass(slots=True)
class Answer:
    """A whole answer; ``bare`` leaves out the headers of every answer."""

    status: int = 200
    body: bytes = b""
    content_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    bare: bool = False


@dataclass(slots=True)
class Stream:
    """An answer in pieces; the head is sent at once."""

    chunks: AsyncIterable[bytes]
    content_type: str | None = JSON
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(slots=True)
class Hijack:
    """A connection that the handler takes over.

    Attributes:
        run: Reads and writes the connection, which is closed when it returns.
        content_type: Of the raw stream, if the client asks for an upgrade.
        own_head: A head that replaces the usual one, such as that of a websocket.
        common: Send the headers of every answer, too.
    """

    run: Callable[[Connection], Awaitable[None]]
    content_type: str = "application/vnd.docker.raw-stream"
    own_head: bytes = b""
    common: bool = False


Reply: TypeAlias = Answer | Stream | Hijack


class Refusal(Exception):
    """The engine refuses a request.

    Args:
        status: The HTTP status.
        message: The engine's text.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def answer_json(value: object, status: int = 200) -> Answer:
    """Answer with JSON, as Go writes it: compact, with a newline at the end."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return Answer(status, text.encode("utf-8", "surrogatepass") + b"\n", JSON)


def _is_filters(value: object) -> bool:
    """Return whether JSON is an object of lists of text, or of objects whose keys count; null is an empty one."""
    if value is None:
        return True
    if not isinstance(value, dict):
        return False
    lists = [given for given in cast("dict[str, Any]", value).values() if given is not None]
    return all(isinstance(given, list | dict) and all(isinstance(word, str) for word in given) for given in lists)


@dataclass(slots=True)
class Request:
    """One request.

    Attributes:
        method: The HTTP method.
        path: The path without version, decoded.
        version: The API version in the path; ``None`` without one.
        operation: The operation it calls.
        parts: Names and ids in the path.
        query: Values by parameter.
        headers: Headers by lower case name.
        body: The body that was read, for operations that take JSON.
    """

    connection: Connection = field(repr=False)
    method: str
    path: str
    version: ApiVersion | None
    query: Mapping[str, list[str]]
    headers: Mapping[str, str] = field(repr=False)
    operation: Operation = field(init=False)
    parts: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
    _unread: int = 0
    _chunked: bool = False

    def __post_init__(self) -> None:
        self._chunked = "chunked" in self.headers.get("transfer-encoding", "")
        self._unread = 0 if self._chunked else int(self.headers.get("content-length", "0"))

    # ---- query

    def text(self, name: str, default: str = "") -> str:
        """Read a parameter as text."""
        values = self.query.get(name)
        return values[0] if values else default

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Read a parameter as a boolean: only empty, ``0``, ``no``, ``false`` and ``none`` are false."""
        values = self.query.get(name)
        return values[0].lower().strip() not in _FALSE if values else default

    def number(self, name: str) -> int | None:
        """Read a parameter as a whole number; ``None`` without one.

        Raises:
            Refusal: It is not a number.
        """
        text = self.text(name)
        try:
            return int(text) if text else None
        except ValueError:
            raise Refusal(500, f'strconv.Atoi: parsing "{text}": invalid syntax') from None

    def size(self) -> tuple[int, int]:
        """Read the height and the width of a terminal.

        Raises:
            Refusal: One is not a number that a terminal may have.
        """
        for name, side in (("h", "height"), ("w", "width")):
            text = self.text(name)
            if not text.isdecimal():
                problem = "value out of range" if text[:1] == "-" and text[1:].isdecimal() else "invalid syntax"
                raise Refusal(400, f'invalid resize {side} "{text}": {problem}')
        return int(self.text("h")), int(self.text("w"))

    def filters(self, *, unknown: bool = False) -> dict[str, list[str]]:
        """Read ``filters`` in either form; with ``unknown`` also those that the operation does not have.

        Raises:
            Refusal: It is not such an object, or the operation does not have a filter.
        """
        text = self.text("filters")
        if not text:
            return {}
        try:
            value: Any = json.loads(text)
        except ValueError:
            raise Refusal(400, "invalid filter") from None
        if not _is_filters(value):
            raise Refusal(400, "invalid filter")
        found: dict[str, list[str]] = {name: list(given or ()) for name, given in (value or {}).items()}
        for name in found:
            if name not in self.operation.filters and not unknown:
                raise Refusal(400, f"invalid filter '{name}'")
        return found

    def at_least(self, version: str) -> bool:
        """Return whether the request is made at this API version or a newer one; without one it is the newest."""
        return self.version is None or self.version >= ApiVersion.parse(version)

    # ---- body

    async def pieces(self) -> AsyncIterator[bytes]:
        """Iterate the body as it comes."""
        if self.headers.get("expect", "").lower() == "100-continue" and (self._chunked or self._unread):
            await self.connection.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        while self._chunked:
            line = await self.connection.read_until(b"\r\n")
            if line is None:
                raise ConnectionCut
            size = int(line.split(b";")[0], 16)
            data = (await self.connection.read_exactly(size + 2))[:-2]
            if not size:
                self._chunked = False
                return
            yield data
        while self._unread:
            data = await self.connection.read(min(self._unread, 65536))
            if not data:
                raise ConnectionCut
            self._unread -= len(data)
            yield data

    @property
    def unread(self) -> bool:
        """Whether a part of the body was not read."""
        return self._chunked or bool(self._unread)

    async def read(self) -> bytes:
        """Read the whole body."""
        return b"".join([data async for data in self.pieces()])
