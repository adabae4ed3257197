"""A transport that sends nothing: it prepares each call as the real one does, keeps it, and gives a canned answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from aiodockerpy._protocol.versions import ApiVersion
from aiodockerpy._transport.base import Reply
from aiodockerpy._transport.http.prepare import Prepared, prepare
from aiodockerpy.api import Api

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiodockerpy._protocol.operations import Call
    from aiodockerpy.errors import ProtocolError

__all__ = ["FakeStream", "FakeTransport", "fake_api"]


class FakeStream:
    """A body that comes in small pieces; also the connection of a hijacked call."""

    def __init__(self, body: bytes, status: int, headers: Mapping[str, str]) -> None:
        self._pieces = [body[at : at + 7] for at in range(0, len(body), 7)]
        self.status = status
        self.headers = headers
        self.received = 0
        self.closed = False
        self.closed_early = False
        self.written = b""

    async def read(self) -> bytes:
        piece = self._pieces.pop(0) if self._pieces else b""
        self.received += len(piece)
        return piece

    async def write(self, data: bytes) -> None:
        self.written += data

    def with_location(self, error: ProtocolError) -> ProtocolError:
        return error

    def close(self) -> None:
        self.closed = True


class FakeTransport:
    """A `Transport` that remembers what it was given."""

    max_response_size = 1 << 20

    def __init__(
        self,
        answer: object = None,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        version: str = "1.55",
    ) -> None:
        self._body = answer if isinstance(answer, bytes) else json.dumps(answer if answer is not None else {}).encode()
        self._status = status
        self._headers = headers or {}
        self._version = ApiVersion.parse(version)
        self.sent: list[Prepared] = []
        self.streams: list[FakeStream] = []
        self.way = ""

    async def version(self) -> ApiVersion:
        return self._version

    async def request(self, call: Call) -> Reply:
        self._take(call, "request")
        return Reply(self._status, self._headers, self._body, call.operation.id)

    async def open(self, call: Call) -> FakeStream:
        return self._stream(call, "open")

    async def upgrade(self, call: Call) -> FakeStream:
        return self._stream(call, "upgrade")

    async def dial(self, call: Call, protocol: str) -> FakeStream:
        return self._stream(call, f"dial {protocol}")

    async def websocket(self, call: Call) -> FakeStream:
        return self._stream(call, "websocket")

    def _stream(self, call: Call, way: str) -> FakeStream:
        self._take(call, way)
        self.streams.append(FakeStream(self._body, self._status, self._headers))
        return self.streams[-1]

    def _take(self, call: Call, way: str) -> None:
        self.sent.append(prepare(call, self._version if call.operation.versioned else None))
        self.way = way

    # ---- what was sent

    @property
    def last(self) -> Prepared:
        assert self.sent, "nothing was sent"
        return self.sent[-1]

    @property
    def request_line(self) -> str:
        """Method and path, without the version."""
        path = self.last.target.partition("?")[0].removeprefix(f"/v{self._version}")
        return f"{self.last.method} {path}"

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(self.last.target.partition("?")[2], keep_blank_values=True, strict_parsing=False)

    @property
    def json(self) -> Any:
        return json.loads(self.last.body) if self.last.body is not None else None


def fake_api(*arguments: Any, **options: Any) -> tuple[Api, FakeTransport]:
    """Make the operations over a fake transport."""
    transport = FakeTransport(*arguments, **options)
    return Api(transport), transport  # type: ignore[arg-type]
