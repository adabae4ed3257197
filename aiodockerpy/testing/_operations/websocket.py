"""Attach by a websocket: binary frames, both streams together."""

from __future__ import annotations

import base64
import hashlib
from typing import Final

from aiodockerpy.testing._core import Core, operation
from aiodockerpy.testing._http.connection import Connection, ConnectionCut
from aiodockerpy.testing._http.messages import Answer, Hijack, Reply, Request
from aiodockerpy.testing._operations.attach import Session, attachable

_MAGIC: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_BINARY, _CLOSE, _PING, _PONG = 2, 8, 9, 10
_LARGEST: Final = 32 * 1024


class _Frames:
    """A connection that carries frames, for what reads and writes plain bytes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rest = b""

    async def write(self, data: bytes) -> None:
        for start in range(0, len(data), _LARGEST):
            await self._send(_BINARY, data[start : start + _LARGEST])

    async def _send(self, kind: int, data: bytes) -> None:
        size = len(data)
        head = bytes([size]) if size < 126 else b"\x7e" + size.to_bytes(2, "big")
        await self._connection.write(bytes([0x80 | kind]) + head + data)

    async def read(self) -> bytes:
        """Read the next message; empty at the end."""
        while True:
            try:
                first, second = await self._connection.read_exactly(2)
                size = second & 127
                if size > 125:
                    size = int.from_bytes(await self._connection.read_exactly(2 if size == 126 else 8), "big")
                mask = await self._connection.read_exactly(4)
                data = await self._connection.read_exactly(size)
            except ConnectionCut:
                return b""
            key = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
            plain = (int.from_bytes(data, "big") ^ key).to_bytes(size, "big")
            kind = first & 15
            if kind == _CLOSE:
                await self._send(_CLOSE, plain[:2])
                return b""
            if kind == _PING:
                await self._send(_PONG, plain)
            elif plain and kind != _PONG:
                return plain

    async def close(self) -> None:
        """End the input."""
        await self._send(_CLOSE, (1000).to_bytes(2, "big"))


@operation("ContainerAttachWebsocket")
async def attach(core: Core, request: Request) -> Reply:
    """Attach by a websocket."""
    container = attachable(core, request)
    key = request.headers.get("sec-websocket-key", "").encode()
    if request.headers.get("upgrade", "").lower() != "websocket" or not key:
        return Answer(400, b"not websocket protocol")
    accept = base64.b64encode(hashlib.sha1(key + _MAGIC, usedforsecurity=False).digest())
    every = not request.at_least("1.42")  # older engines attach all three streams
    streams = {name for name in ("stdout", "stderr") if every or request.flag(name)}
    session = Session(core, container, request, streams, stdin=every or request.flag("stdin"), framed=False)

    async def run(connection: Connection) -> None:
        frames = _Frames(connection)
        await session.run(frames)
        await frames.close()

    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    return Hijack(run, own_head=b"%bSec-WebSocket-Accept: %b\r\n\r\n" % (head, accept))
