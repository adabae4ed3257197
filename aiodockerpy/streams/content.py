"""Bodies that are sent as they are: bytes, or any source of bytes read piece by piece."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

__all__ = ["Content", "Readable", "pieces"]

PIECE = 1 << 18
"""Bytes sent at a time."""


@runtime_checkable
class Readable(Protocol):
    """A file object opened in binary mode."""

    def read(self, size: int = -1, /) -> bytes:
        """Return up to ``size`` bytes, ``b""`` at the end."""
        ...


Content: TypeAlias = (
    "bytes | bytearray | memoryview | str | os.PathLike[str] | Readable | Iterable[bytes] | AsyncIterable[bytes]"
)
"""What can be sent as a body: bytes, the path of a file, a file object, or an (async) iterable of bytes."""


def pieces(content: Content) -> bytes | AsyncIterator[bytes]:
    """Turn content into bytes, or into pieces that are read only as fast as they are sent.

    Files are read in a thread. A file object stays open, it belongs to the caller; a file named by its path is closed.

    Raises:
        TypeError: It is none of these.
    """
    if isinstance(content, bytes | bytearray | memoryview):
        return bytes(content) if len(content) <= PIECE else _from_memory(memoryview(content).cast("B"))
    if isinstance(content, str | os.PathLike):
        return _from_path(Path(content))
    if isinstance(content, Readable):
        return _from_reader(content.read)
    if isinstance(content, AsyncIterable):
        return aiter(content)
    if isinstance(content, Iterable):
        return _from_iterable(content)
    raise TypeError(
        f"bytes, a path, a binary file or an (async) iterable of bytes is needed, not {type(content).__name__}"
    )


async def _from_memory(content: memoryview) -> AsyncIterator[bytes]:
    for start in range(0, len(content), PIECE):
        yield bytes(content[start : start + PIECE])


async def _from_path(path: Path) -> AsyncIterator[bytes]:
    file = await asyncio.to_thread(path.open, "rb")
    try:
        async for piece in _from_reader(file.read):
            yield piece
    finally:
        file.close()


async def _from_reader(read: Callable[[int], bytes]) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(read, PIECE):
        yield bytes(piece)  # text, of a file opened in text mode, is a TypeError here


async def _from_iterable(source: Iterable[bytes]) -> AsyncIterator[bytes]:
    iterator = iter(source)
    while (piece := await asyncio.to_thread(next, iterator, None)) is not None:
        yield piece
