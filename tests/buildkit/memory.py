"""Two ends of a connection in memory, and a gRPC client and server joined by it."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager

from aiodockerpy.buildkit._rpc.calls import Channel, Server
from aiodockerpy.buildkit._rpc.http2 import Connection
from aiodockerpy.errors import StdinClosed


class End:
    """One end; `piece` bounds what one read returns, so that messages are split anywhere."""

    def __init__(self, piece: int = 1 << 20, room: int = 1 << 20) -> None:
        self.peer: End = self
        self.piece = piece
        self.room = room
        self.buffer: deque[bytes] = deque()
        self.size = 0
        self.eof = False
        self.closed_early = False
        self.changed = asyncio.Event()
        self.written = 0

    async def read(self) -> bytes:
        while not self.buffer:
            if self.eof:
                return b""
            self.changed.clear()
            await self.changed.wait()
        data = self.buffer.popleft()
        if len(data) > self.piece:
            self.buffer.appendleft(data[self.piece :])
            data = data[: self.piece]
        self.size -= len(data)
        self.peer.changed.set()
        return data

    async def write(self, data: bytes) -> None:
        while self.peer.size > self.room:
            self.changed.clear()
            await self.changed.wait()
        if self.peer.eof:
            raise StdinClosed("the peer is gone")
        self.peer.buffer.append(bytes(data))
        self.peer.size += len(data)
        self.written += len(data)
        self.peer.changed.set()

    async def aclose(self) -> None:
        self.eof = self.peer.eof = True
        self.changed.set()
        self.peer.changed.set()


def pair(piece: int = 1 << 20) -> tuple[End, End]:
    left, right = End(piece), End(piece)
    left.peer, right.peer = right, left
    return left, right


@asynccontextmanager
async def rpc(handlers, piece: int = 1 << 20, failed=lambda path, error: None):
    """A channel whose calls are answered by `handlers`."""
    left, right = pair(piece)
    server = Server(handlers, failed)
    async with (
        Connection(right, client=False, accept=server.accept) as answering,
        Connection(left, client=True) as calling,
    ):
        try:
            channel = Channel(calling)
            channel.peer = answering
            yield channel
        finally:
            await server.aclose()
