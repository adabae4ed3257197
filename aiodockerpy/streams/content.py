"""Bodies to send: bytes, or any source of bytes that is read piece by piece."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Iterable
from contextlib import closing, suppress
from pathlib import Path
from typing import Final, Protocol, Self, TypeAlias, runtime_checkable

from aiodockerpy._cancelling import was_cancelled
from aiodockerpy._threads import OwnThread
from aiodockerpy.errors import InvalidValue

PIECE: Final = 1 << 18
"""Bytes sent at a time."""
_AT_ITS_END: Final = "nothing is left to read in the file; seek(0) goes back to its beginning"
_USED: Final = "it gave no bytes; an iterator can be read once only"


@runtime_checkable
class Readable(Protocol):
    """A file object opened in binary mode."""

    def read(self, size: int = -1, /) -> bytes:
        """Return up to ``size`` bytes, ``b""`` at the end."""
        ...


Content: TypeAlias = (
    "bytes | bytearray | memoryview | str | os.PathLike[str] | Readable | Iterable[bytes] | AsyncIterable[bytes]"
)
"""What can be sent as a body: bytes, the path of a file, a file object, or an (async) iterable of bytes.

A handle that gives bytes is such an iterable: ``client.images.load(image.save())``.
"""


class Pieces(AsyncIterator[bytes]):
    """The pieces of a body, read only as fast as they are sent; the first one before anything is sent.

    Args:
        source: Gives the pieces.
        empty: Why there may be none, which is refused then; by default there may be none.

    Attributes:
        failure: The exception that reading the source raised, which is the caller's own.
        size: Bytes that were taken so far.
    """

    def __init__(self, source: AsyncGenerator[bytes, None], empty: str = "") -> None:
        self._source = source
        self._empty = empty
        self._first: bytes | None = None
        self.failure: BaseException | None = None
        self.size = 0

    async def begin(self) -> None:
        """Read the first piece, unless that was done.

        Raises:
            BaseException: The caller's own, with a note that nothing was sent.
            InvalidValue: There is nothing to send.
        """
        if self.failure is not None:
            raise self.failure
        try:
            self._first = self._first if self._first is not None else await self._read_first()
        except BaseException as error:
            if not was_cancelled(error):
                error.add_note("the content to upload cannot be read; nothing was sent to the engine")
            raise

    async def _read_first(self) -> bytes:
        piece = await self._read()
        if self._empty and not piece:
            raise InvalidValue(f"the content to upload is empty: {self._empty}")
        return piece

    async def _read(self) -> bytes:
        try:
            return await anext(self._source, b"")
        except BaseException as error:
            if not was_cancelled(error):
                self.failure = error
            raise

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        piece, self._first = self._first, None
        if piece is None:
            piece = await self._read()
        if not piece:
            raise StopAsyncIteration
        self.size += len(piece)
        return piece

    def cut(self, what: str) -> BaseException | None:
        """Return the caller's own exception, if that ended the upload, with a note that says how far it had come."""
        if self.failure is not None:
            self.failure.add_note(
                f"the content to upload cannot be read: {what} was cut off after {self.size} bytes, "
                "and the engine may have used those"
            )
        return self.failure

    async def aclose(self) -> None:
        """Close the source."""
        with suppress(RuntimeError):  # it is being read: the end of the connection ends that
            await self._source.aclose()


def pieces(content: Content) -> bytes | Pieces:
    """Convert content to bytes, or to pieces that are read only as fast as they are sent.

    Files are read in a thread. A file object stays open, it belongs to the caller; a file named by its path is closed.

    Raises:
        TypeError: It is none of these.
    """
    if isinstance(content, bytes | bytearray | memoryview):
        view = memoryview(content)
        if view.nbytes <= PIECE or not view.c_contiguous:
            return bytes(view)
        return Pieces(_from_memory(view.cast("B")))
    if isinstance(content, str | os.PathLike):
        return Pieces(_from_path(Path(content)))
    if isinstance(content, AsyncIterable):
        return Pieces(_from_handle(content), _USED)
    if isinstance(content, Readable):
        return Pieces(_from_reader(content.read), _AT_ITS_END)
    if isinstance(content, Iterable):
        return Pieces(_from_iterable(content), _USED)
    raise TypeError(
        f"bytes, a path, a binary file or an (async) iterable of bytes is needed, not {type(content).__name__}"
    )


async def _from_memory(content: memoryview) -> AsyncGenerator[bytes, None]:
    for start in range(0, len(content), PIECE):
        yield bytes(content[start : start + PIECE])


async def _from_path(path: Path) -> AsyncGenerator[bytes, None]:
    with closing(OwnThread()) as thread, await thread.run(path.open, "rb") as file:
        while piece := await thread.run(file.read, PIECE):
            yield piece


async def _from_reader(read: Callable[[int], object]) -> AsyncGenerator[bytes, None]:
    with closing(OwnThread()) as thread:
        while piece := _checked(await thread.run(read, PIECE)):
            yield piece


async def _from_iterable(source: Iterable[object]) -> AsyncGenerator[bytes, None]:
    iterator = iter(source)
    end = object()
    with closing(OwnThread()) as thread:
        while (piece := await thread.run(next, iterator, end)) is not end:
            if found := _checked(piece):  # an empty piece would end the body
                yield found


async def _from_handle(source: AsyncIterable[object]) -> AsyncGenerator[bytes, None]:
    try:
        async for piece in source:
            if found := _checked(piece):
                yield found
    finally:
        close: Callable[[], AsyncIterator[None]] | None = getattr(source, "aclose", None)
        if close is not None:
            await close()  # type: ignore[misc]  # of handles and of generators


def _checked(piece: object) -> bytes:
    if isinstance(piece, bytes):
        return piece
    if isinstance(piece, bytearray):
        return bytes(piece)
    if isinstance(piece, memoryview):
        return piece.tobytes()
    hint = ": open the file in binary mode, or encode the text" if isinstance(piece, str) else ""
    raise TypeError(f"the content to upload must give bytes, not {type(piece).__name__}{hint}")
