"""A context that is no directory: the engine fetches it as one stream of bytes."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterable
from typing import TYPE_CHECKING, BinaryIO

from aiodockerpy.buildkit._messages import BytesMessage
from aiodockerpy.buildkit._rpc.framing import NOT_FOUND, RpcError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from aiodockerpy.buildkit._rpc.calls import ServerCall

__all__ = ["UploadService", "upload_url"]

_PIECE = 1 << 20


def upload_url(id: str) -> str:
    """Return the URL under which the engine asks for an upload."""
    return f"http://buildkit-session/{id}"


class UploadService:
    """Answers for the uploads of one build. Each is fetched once, since a stream can be read only once."""

    def __init__(self) -> None:
        self._sources: dict[str, bytes | BinaryIO | AsyncIterable[bytes]] = {}

    def add(self, id: str, source: bytes | BinaryIO | AsyncIterable[bytes]) -> str:
        """Offer a source; returns the URL under which the engine finds it."""
        self._sources[id] = source
        return upload_url(id)

    def methods(self) -> dict[str, Callable[[ServerCall], Awaitable[None]]]:
        """The calls it answers."""
        return {"/moby.upload.v1.Upload/Pull": self._pull}

    async def _pull(self, call: ServerCall) -> None:
        id = call.first("urlpath").strip("/").rpartition("/")[2]
        source = self._sources.pop(id, None)
        if source is None:
            raise RpcError(NOT_FOUND, f"no upload {id}")
        call.begin()
        async for piece in _pieces(source):
            for start in range(0, len(piece), _PIECE):
                await call.answer(BytesMessage(piece[start : start + _PIECE]))


async def _pieces(source: bytes | BinaryIO | AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    if isinstance(source, AsyncIterable):
        async for piece in source:
            yield piece
        return
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    while piece := await asyncio.to_thread(file.read, _PIECE):
        yield piece
