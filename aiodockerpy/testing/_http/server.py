"""Serve HTTP/1.1: heads in, replies out, one task a connection."""

from __future__ import annotations

import asyncio
import contextlib
import re
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qs, unquote

from aiodockerpy._protocol.versions import ApiVersion
from aiodockerpy.testing._http.connection import Connection, ConnectionCut
from aiodockerpy.testing._http.messages import Answer, Hijack, Refusal, Reply, Request, Stream, answer_json

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping

_VERSIONED = re.compile(r"/v(\d+\.\d+)(/.*)")
_WHOLE = 2048  # a longer body has no Content-Length but chunks, as Go's server does it
_DOCKER_PY = 0.005  # seconds in which docker-py reads the head: it loses what comes together with that
RAW = "application/vnd.docker.raw-stream"
_BODYLESS = frozenset({204, 304})


class Server:
    """The connections of one listener.

    Args:
        handle: Answers a request.
        headers: Headers of every answer.
    """

    def __init__(self, handle: Callable[[Request], Awaitable[Reply]], headers: Mapping[str, str]) -> None:
        self._handle = handle
        self._headers = headers
        self._connections: set[Connection] = set()
        self._listener: asyncio.Server | None = None

    async def listen(self, *, path: str | None = None, port: int = 0) -> int:
        """Listen on a unix socket, or on a TCP port of this machine; return the port."""
        loop = asyncio.get_running_loop()
        if path is not None:
            self._listener = await loop.create_unix_server(lambda: Connection(self._serve), path)
            return 0
        self._listener = await loop.create_server(lambda: Connection(self._serve), "127.0.0.1", port)
        return int(self._listener.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening, and end every connection."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        tasks = [connection.task for connection in self._connections]
        for connection in list(self._connections):
            connection.abort()
            connection.task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, connection: Connection) -> None:
        self._connections.add(connection)
        try:
            while not connection.lost and (head := await connection.read_until(b"\r\n\r\n")) is not None:
                if not await self._exchange(connection, head):
                    break
        except (ConnectionCut, OSError, asyncio.CancelledError):
            pass  # the client went away, a fault cut the connection, or the engine stops
        finally:
            connection.close()
            self._connections.discard(connection)

    async def _exchange(self, connection: Connection, head: bytes) -> bool:
        """Answer one request; return whether the connection may be used again."""
        try:
            request = parse_head(connection, head)
        except ValueError:
            await connection.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n400 Bad Request")
            return False
        connection.begin_answer(None)
        connection.on_hangup = connection.task.cancel
        try:
            reply = await self._reply(request)
            if isinstance(reply, Hijack):
                await self._hijack(request, reply)
                return False
            if isinstance(reply, Stream):
                await self._stream(request, reply)
            else:
                await self._whole(request, reply)
        finally:
            connection.on_hangup = None
        return not request.unread and request.headers.get("connection", "").lower() != "close"

    async def _reply(self, request: Request) -> Reply:
        try:
            return await self._handle(request)
        except Refusal as refusal:
            return answer_json({"message": refusal.message}, refusal.status)

    def _head(
        self, request: Request, status: int, own: Mapping[str, str], content_type: str | None, *, bare: bool = False
    ) -> list[str]:
        common = dict(own) if bare else {**self._headers, **own}
        if request.headers.get("connection", "").lower() == "close":
            common["Connection"] = "close"
        if content_type:
            common["Content-Type"] = content_type
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
        lines += [f"{name}: {common[name]}" for name in sorted(common)]
        return [*lines, f"Date: {formatdate(usegmt=True)}"]

    async def _whole(self, request: Request, reply: Answer) -> None:
        lines = self._head(request, reply.status, reply.headers, reply.content_type, bare=reply.bare)
        body = reply.body
        if reply.status in _BODYLESS:
            body = b""
        elif len(body) > _WHOLE:
            lines.append("Transfer-Encoding: chunked")
            body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        elif request.method != "HEAD" or reply.content_type:
            lines.append(f"Content-Length: {len(body)}")
        if request.method == "HEAD":
            body = b""
        await request.connection.write(_joined(lines) + body)

    async def _stream(self, request: Request, reply: Stream) -> None:
        write = request.connection.write
        await write(
            _joined([*self._head(request, 200, reply.headers, reply.content_type), "Transfer-Encoding: chunked"])
        )
        async with contextlib.aclosing(cast("AsyncGenerator[bytes]", reply.chunks.__aiter__())) as chunks:
            async for chunk in chunks:
                if chunk:
                    await write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        await write(b"0\r\n\r\n")

    async def _hijack(self, request: Request, reply: Hijack) -> None:
        connection = request.connection
        connection.hijacked = True
        connection.on_hangup = None
        if reply.own_head:
            await connection.write(reply.own_head)
        else:
            upgraded = "upgrade" in request.headers
            lines = ["HTTP/1.1 101 UPGRADED" if upgraded else "HTTP/1.1 200 OK"]
            lines += [f"{name}: {value}" for name, value in self._headers.items()] if reply.common else []
            lines.append(f"Content-Type: {reply.content_type if upgraded else RAW}")
            lines += ["Connection: Upgrade", "Upgrade: tcp"] if upgraded else []
            await connection.write(_joined(lines))
        if "docker-sdk-python" in request.headers.get("user-agent", ""):
            await asyncio.sleep(_DOCKER_PY)
        await reply.run(connection)
        await connection.end()


def _joined(lines: list[str]) -> bytes:
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def parse_head(connection: Connection, head: bytes) -> Request:
    """Read the head of a request.

    Raises:
        ValueError: It is not valid.
    """
    first, *lines = head[:-4].decode("latin-1").split("\r\n")
    method, target, protocol = first.split(" ")
    if not protocol.startswith("HTTP/1."):
        raise ValueError(protocol)
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise ValueError(line)
        name, value = name.strip().lower(), value.strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    path, _, query = target.partition("?")
    version = None
    if (versioned := _VERSIONED.fullmatch(path)) is not None:
        version, path = ApiVersion.parse(versioned[1]), versioned[2]
    return Request(connection, method, unquote(path), version, parse_qs(query, keep_blank_values=True), headers)
