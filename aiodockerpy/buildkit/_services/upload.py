"""Serve a context that is not a directory, which the engine fetches as one stream of bytes."""

from __future__ import annotations

import zlib
from contextlib import aclosing
from typing import TYPE_CHECKING

from aiodockerpy.buildkit._messages import BytesMessage
from aiodockerpy.buildkit._rpc.framing import NOT_FOUND, RpcError
from aiodockerpy.streams.content import Content, pieces

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping

    from aiodockerpy.buildkit._rpc.calls import ServerCall

_PIECE = 1 << 20
_TAR_BLOCK = 512
_EXTENDED = (b"x", b"g", b"L", b"K")
_GZIP = 31  # window bits with the header and the checksum of gzip


def upload_url(id: str) -> str:
    """Return the URL under which the engine asks for an upload."""
    return f"http://buildkit-session/{id}"


class UploadService:
    """Serve the uploads of one build by their ids, each once, since a stream can be read only once."""

    def __init__(self, sources: Mapping[str, Content]) -> None:
        self._sources = dict(sources)

    def methods(self) -> dict[str, Callable[[ServerCall], Awaitable[None]]]:
        """Return the handlers of its calls."""
        return {"/moby.upload.v1.Upload/Pull": self._pull}

    async def _pull(self, call: ServerCall) -> None:
        id = call.first("urlpath").strip("/").rpartition("/")[2]
        source = self._sources.pop(id, None)
        if source is None:
            raise RpcError(NOT_FOUND, f"no upload {id}")
        call.begin()
        async with aclosing(_views(source)) as views, aclosing(_recognizable(views)) as body:
            async for piece in body:
                for start in range(0, len(piece), _PIECE):
                    await call.answer(BytesMessage(bytes(piece[start : start + _PIECE])))


async def _views(source: Content) -> AsyncGenerator[memoryview, None]:
    content = pieces(source)
    if isinstance(content, bytes):
        yield memoryview(content)
        return
    while (piece := await anext(content, None)) is not None:  # a handle can be iterated once only, and is already
        yield memoryview(piece)  # a TypeError for text


async def _recognizable(views: AsyncGenerator[memoryview, None]) -> AsyncGenerator[memoryview, None]:
    """Compress an archive that the engine would take for a Dockerfile.

    The engine reads the first 512 bytes to recognize an archive. A tar archive that begins with an extended header, as
    Python's ``tarfile`` writes for a time with a fraction, is not recognized; a compressed one always is.
    """
    head = bytearray()
    async for view in views:
        head += view
        if len(head) >= _TAR_BLOCK:
            break
    if bytes(head[257:262]) != b"ustar" or bytes(head[156:157]) not in _EXTENDED:
        yield memoryview(head)
        async for view in views:
            yield view
        return
    gzip = zlib.compressobj(1, wbits=_GZIP)
    yield memoryview(gzip.compress(head))
    async for view in views:
        yield memoryview(gzip.compress(view))
    yield memoryview(gzip.flush())
