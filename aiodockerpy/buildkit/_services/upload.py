"""Serve a context that is not a directory, which the engine fetches as one stream of bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodockerpy.buildkit._messages import BytesMessage
from aiodockerpy.buildkit._rpc.framing import NOT_FOUND, RpcError
from aiodockerpy.streams.content import pieces

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiodockerpy.buildkit._rpc.calls import ServerCall
    from aiodockerpy.streams.content import Content

__all__ = ["UploadService", "upload_url"]

_PIECE = 1 << 20


def upload_url(id: str) -> str:
    """Return the URL under which the engine asks for an upload."""
    return f"http://buildkit-session/{id}"


class UploadService:
    """Serve the uploads of one build, each once, since a stream can be read only once."""

    def __init__(self) -> None:
        self._sources: dict[str, Content] = {}

    def add(self, id: str, source: Content) -> str:
        """Add a source and return the URL under which the engine finds it."""
        self._sources[id] = source
        return upload_url(id)

    def methods(self) -> dict[str, Callable[[ServerCall], Awaitable[None]]]:
        """Return the handlers of its calls."""
        return {"/moby.upload.v1.Upload/Pull": self._pull}

    async def _pull(self, call: ServerCall) -> None:
        id = call.first("urlpath").strip("/").rpartition("/")[2]
        source = self._sources.pop(id, None)
        if source is None:
            raise RpcError(NOT_FOUND, f"no upload {id}")
        call.begin()
        content = pieces(source)
        if isinstance(content, bytes):
            await call.answer(BytesMessage(content))
            return
        while (piece := await anext(content, None)) is not None:  # a handle can be iterated once only, and is already
            view = memoryview(piece)  # a TypeError for text
            for start in range(0, len(view), _PIECE):
                await call.answer(BytesMessage(bytes(view[start : start + _PIECE])))
