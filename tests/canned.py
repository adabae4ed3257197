"""An engine with canned answers, in this process, on a unix socket."""

from __future__ import annotations

import asyncio
import json
import re
from collections import deque
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

__all__ = ["Answer", "Canned", "canned"]


@dataclass
class Answer:
    """What is sent for a request, and what then becomes of the connection.

    Attributes:
        data: The bytes.
        size: Of the pieces they are sent in; 0 for all at once.
        end: Whether the connection ends after them.
        stall: Whether nothing more is answered on the connection.
    """

    data: bytes
    size: int = 0
    end: bool = False
    stall: bool = False

    @classmethod
    def of(
        cls, status: int = 200, body: bytes = b"", *, headers: Mapping[str, str] | None = None, payload: Any = None
    ) -> Answer:
        """Make a regular one, of bytes or of a JSON value."""
        if payload is not None:
            body = json.dumps(payload).encode()
        lines = {"Content-Length": str(len(body)), **(headers or {})}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return cls(f"HTTP/1.1 {status} Whatever\r\n{head}\r\n".encode() + body)


@dataclass
class Canned:
    """The engine.

    Attributes:
        url: Where it listens.
        requests: Method and path of what was asked, in order.
        bodies: Their bodies.
        heads: Their heads.
        connections: How many were accepted.
        open: The connections that are open.
        default: The answer where no other fits.
    """

    url: str
    requests: list[tuple[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    connections: int = 0
    open: set[asyncio.StreamWriter] = field(default_factory=set)
    default: Answer | None = None
    _answers: dict[tuple[str, str], deque[Answer]] = field(default_factory=dict)

    def answer(self, request: str, *answers: Answer) -> None:
        """Answer ``"METHOD /path"`` with one after the other, and from then on with the last."""
        method, path = request.split(" ")
        self._answers.setdefault((method, path), deque()).extend(answers)

    def pong(self, *versions: str) -> None:
        """Answer pings, with one version after the other."""
        self.answer("HEAD /_ping", *(Answer.of(headers={"Api-Version": version}) for version in versions))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer what comes over one connection."""
        self.connections += 1
        self.open.add(writer)
        try:
            while (answer := await self._receive(reader)) is not None:
                size = answer.size or len(answer.data) or 1
                for start in range(0, len(answer.data), size):
                    writer.write(answer.data[start : start + size])
                    await writer.drain()
                    await asyncio.sleep(0)
                if answer.end:
                    break
                if answer.stall:
                    await reader.read()
        except ConnectionError:
            pass
        finally:
            self.open.discard(writer)
            writer.close()

    async def _receive(self, reader: asyncio.StreamReader) -> Answer | None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = re.search(r"(?i)content-length: (\d+)", head)
            body = await reader.readexactly(int(length[1])) if length else b""
        except asyncio.IncompleteReadError:
            return None
        method, target, _ = head.split(" ", 2)
        request = (method, target.partition("?")[0])
        self.requests.append(request)
        self.bodies.append(body)
        self.heads.append(head)
        found = self._answers.get(request)
        if not found:
            return self.default or Answer.of(404, payload={"message": f"nothing canned for {request}"})
        return found.popleft() if len(found) > 1 else found[0]


@asynccontextmanager
async def canned(folder: Path) -> AsyncIterator[Canned]:
    """Serve canned answers."""
    path = folder / "docker.sock"
    engine = Canned(f"unix://{path}")
    server = await asyncio.start_unix_server(engine.serve, path)
    try:
        yield engine
    finally:
        server.close()
        for writer in list(engine.open):
            writer.close()
        path.unlink(missing_ok=True)  # newer Pythons remove it with the server
