"""Handles on binary data: archives and images on their way out of the engine."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from aiodockerpy._arguments import checks_methods
from aiodockerpy._arguments.paths import refuse_special
from aiodockerpy._protocol.archive import PathStat, decode_path_stat
from aiodockerpy._replacing import PRIVATE, Replacement
from aiodockerpy.streams.decoding import ArchiveBytes
from aiodockerpy.streams.source import Source, all_items, joined
from aiodockerpy.streams.stream import DecodedSource, Stream

if TYPE_CHECKING:
    import os
    from collections.abc import Awaitable, Callable, Mapping

    from aiodockerpy._protocol.operations import Call
    from aiodockerpy._transport.base import ByteStream, Transport

R_co = TypeVar("R_co", covariant=True)

_WRITE = 1 << 20


@checks_methods
class ByteHandle(Stream[bytes, R_co]):
    """A tar archive from the engine: iterated as it comes, in bounded memory, or saved to a file.

    Args:
        open: Sends the request.
        collect: Makes what the awaited handle returns.
        name: Of the call, for messages.
        operation: The operationId, for errors.
        max_size: Bytes that the awaited handle returns at most.

    Attributes:
        chunk_size: Bytes that an item has at most; ``None`` leaves them as they come.
    """

    def __init__(
        self,
        open: Callable[[], Awaitable[ByteStream]],
        collect: Callable[[Source[bytes]], Awaitable[R_co]],
        *,
        name: str,
        operation: str,
        max_size: int | None = None,
    ) -> None:
        self._stream: ByteStream | None = None
        self.chunk_size: int | None = None

        async def start() -> Source[bytes]:
            self._stream = await open()
            return DecodedSource(self._stream, ArchiveBytes(operation, self.chunk_size))

        super().__init__(start, collect, name=name, max_size=max_size)

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers of the answer; they have come when the handle is entered with ``async with``.

        Raises:
            RuntimeError: The handle is not open yet.
        """
        if self._stream is None:
            raise RuntimeError(f"{self._name} is not open: enter it with 'async with' first")
        return self._stream.headers

    async def save(self, path: str | os.PathLike[str]) -> int:
        """Write everything to a file; what is there under that name is replaced only when all has arrived.

        A link stays, and the file that it leads to is replaced.

        Args:
            path: The file.

        Returns:
            Bytes written.

        Raises:
            InvalidArgument: It is a directory, a device, a FIFO or a socket.
            StreamInterrupted: The connection ended before the data did; no file is left.
        """
        replacement = Replacement(Path(path), PRIVATE)
        try:
            await asyncio.to_thread(_open, replacement, Path(path))
            size = await self._copy(replacement)
            await asyncio.to_thread(replacement.complete)
        finally:
            if not self._use:
                self.close()  # nothing was requested
            await asyncio.shield(asyncio.to_thread(replacement.discard))
        return size

    async def _copy(self, file: Replacement) -> int:
        size = 0
        held = bytearray()
        async with self:
            async for data in self:
                size += len(data)
                held += data
                if len(held) >= _WRITE:
                    await asyncio.to_thread(file.write, bytes(held))
                    held.clear()
        await asyncio.to_thread(file.write, bytes(held))
        return size


def _open(replacement: Replacement, path: Path) -> None:
    refuse_special(path, "path")
    replacement.open()


class BytesStream(ByteHandle[bytes]):
    """Binary data from the engine: iterated as it comes, in bounded memory; awaited all of it; or saved to a file.

    Args:
        transport: The session manager.
        call: What is asked for.
    """

    def __init__(self, transport: Transport, call: Call) -> None:
        operation = call.operation
        super().__init__(
            lambda: transport.open(call),
            join_bytes,
            name=operation.name,
            operation=operation.id,
            max_size=transport.max_response_size,
        )

    @property
    def max_size(self) -> int | None:
        """Bytes that the awaited handle returns at most; ``None`` for no limit."""
        return self._max_size

    def handed_over(self) -> Callable[[], Awaitable[ByteStream]]:
        """Return a source that sends the request and yields the body; this handle cannot be used afterwards.

        The caller owns the body.
        """
        self._claim("handed over")

        async def open() -> ByteStream:
            await self._open()
            stream, self._source, self._finished = self._stream, None, True
            assert stream is not None  # noqa: S101 - it was just opened
            return stream

        return open


class ArchiveStream(BytesStream):
    """A file or folder of a container as a tar archive."""

    @property
    def stat(self) -> PathStat:
        """What is read; known when the handle is entered with ``async with``."""
        return decode_path_stat(self.headers.get("X-Docker-Container-Path-Stat", ""))


async def join_bytes(source: Source[bytes]) -> bytes:
    """Collect everything."""
    return await joined(await all_items(source))
