"""What a process in a container and the main process of one have in common: input, output, terminal, end."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from typing import TYPE_CHECKING, Generic, Literal, Protocol, TypeVar

from aiodockerpy import errors
from aiodockerpy._protocol.frames import Chunk, RawDecoder
from aiodockerpy._protocol.lines import MAX_LINE, LineDecoder, LogLine
from aiodockerpy.streams.source import Source, all_items
from aiodockerpy.streams.stream import Stream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

    from aiodockerpy.streams.output import Attached

__all__ = ["ConfirmedOutput", "DemuxedOutput", "ProcessHandle", "ProcessInput", "ProcessOutput", "demuxed", "joined"]

R_co = TypeVar("R_co", covariant=True)
O = TypeVar("O")  # noqa: E741 - output
DemuxedOutput = tuple[bytes | None, bytes | None]
"""Standard output and standard error apart; ``None`` for one that wrote nothing."""
OutputName = Literal["stdout", "stderr"]
"""One of the two outputs of a process."""

ASIDE = 1024 * 1024
"""Bytes of one stream that are put aside while the other is read; a pipe of the system holds 64 KiB."""


def joined(chunks: Iterable[Chunk]) -> bytes:
    """Put the output together in the order in which it came."""
    return b"".join(chunk.data for chunk in chunks)


def demuxed(chunks: Iterable[Chunk]) -> DemuxedOutput:
    """Put standard output and standard error together apart; ``None`` for what was not written to."""
    parts: dict[str, list[bytes]] = {}
    for chunk in chunks:
        parts.setdefault(chunk.stream, []).append(chunk.data)
    return (
        b"".join(parts["stdout"]) if "stdout" in parts else None,
        b"".join(parts["stderr"]) if "stderr" in parts else None,
    )


DETACH_KEYS = b"\x10\x11"
"""Ctrl-P Ctrl-Q: what the engine takes for the wish to leave a process with a terminal."""


class ProcessInput:
    """The standard input of a process, used like asyncio's ``StreamWriter``; writing waits while it does not read."""

    def __init__(self, attached: Attached) -> None:
        self._attached = attached
        self._ended = False
        self._last_key = b""
        self.has_left: bool = False
        """Whether the keys to leave were among what was written."""

    async def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write all of the data.

        Raises:
            StdinClosed: The process no longer reads, or has ended.
        """
        if self._attached.tty:
            self._watch_keys(bytes(data))
        await self._attached.write(data)

    async def writelines(self, lines: Iterable[bytes]) -> None:
        """Write several pieces, without anything between them."""
        await self.write(b"".join(lines))

    def _watch_keys(self, data: bytes) -> None:
        typed = self._last_key + data
        self.has_left = self.has_left or DETACH_KEYS in typed
        self._last_key = typed[-1:]

    async def drain(self) -> None:
        """Return at once: `write` has waited already."""

    async def write_eof(self) -> None:
        r"""End it, so that the process sees its end; the output goes on. Again it is without effect.

        With a terminal there is no such end: write ``b"\x04"`` (Ctrl-D) instead.
        """
        if not self._ended:
            await self._attached.write_eof()
            self._ended = True

    def can_write_eof(self) -> bool:
        """Tell that it can be ended, over TLS too."""
        return True

    def is_closing(self) -> bool:
        """Whether it was ended."""
        return self._ended

    async def aclose(self) -> None:
        """End it; that the process does not read any more is fine."""
        try:
            await self.write_eof()
        except errors.StdinClosed:
            self._ended = True


class _Reading(Protocol):
    """A handle from which output is read."""

    async def batch(self) -> list[Chunk]:
        """Return the next chunks, none after the last."""
        ...


class _Split:
    """One output of two streams, read apart: what belongs to the other one is put aside, up to a limit."""

    def __init__(self, process: _Reading) -> None:
        self._process = process
        self._aside: dict[str, bytearray] = {"stdout": bytearray(), "stderr": bytearray()}
        self._change = asyncio.Event()
        self._pulling = False
        self._ended = False
        self._failed = False

    async def more(self, stream: OutputName) -> bytes:
        """Return what has come on a stream, at least one byte; ``b""`` at the end. What fails, fails both readers."""
        mine = self._aside[stream]
        other = self._aside["stderr" if stream == "stdout" else "stdout"]
        while not (mine or self._ended):
            if self._pulling or (len(other) > ASIDE and not self._failed):
                await self._change.wait()
            else:
                await self._pull()
        data = bytes(mine)
        mine.clear()
        self._changed()
        return data

    async def _pull(self) -> None:
        self._pulling = True
        try:
            chunks = await self._process.batch()
            self._ended = not chunks
            for chunk in chunks:
                self._aside[chunk.stream] += chunk.data
        except errors.DockerException:
            self._failed = True
            raise
        finally:
            self._pulling = False
            self._changed()

    def _changed(self) -> None:
        """Wake who waits now; who waits later waits for the next change."""
        self._change.set()
        self._change = asyncio.Event()


class ProcessOutput:
    """One output stream of a process, used like asyncio's ``StreamReader``.

    Both streams come on one connection: what is not read of the other one is put aside up to 1 MiB, then reading waits
    until another task reads that one, as with pipes.
    """

    def __init__(self, split: _Split, stream: OutputName) -> None:
        self._split = split
        self._stream: OutputName = stream
        self._buffer = bytearray()
        self._ended = False

    async def read(self, n: int = -1) -> bytes:
        """Read up to ``n`` bytes, or all until the end if it is negative; ``b""`` at the end.

        Raises:
            StreamInterrupted: The connection broke. What had come by then is still there for ``read`` with a number.
        """
        if n < 0:
            while await self._fill():
                pass
            return self._take(len(self._buffer))
        if n and not self._buffer:
            await self._fill()
        return self._take(n)

    async def readexactly(self, n: int) -> bytes:
        """Read exactly ``n`` bytes.

        Raises:
            asyncio.IncompleteReadError: The process wrote less; what it wrote is in ``partial``.
        """
        while len(self._buffer) < n:
            if not await self._fill():
                raise asyncio.IncompleteReadError(self._take(len(self._buffer)), n)
        return self._take(n)

    async def readline(self) -> bytes:
        """Read a line with its newline; at the end what is left, then ``b""``."""
        begin = 0
        while (found := self._buffer.find(b"\n", begin)) < 0:
            begin = len(self._buffer)
            if begin > MAX_LINE or not await self._fill():
                return self._take(begin)
        return self._take(found + 1)

    def at_eof(self) -> bool:
        """Whether everything was read."""
        return self._ended and not self._buffer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while line := await self.readline():
            yield line

    async def _fill(self) -> bool:
        data = b"" if self._ended else await self._split.more(self._stream)
        self._buffer += data
        self._ended = not data
        return bool(data)

    def _take(self, n: int) -> bytes:
        data = bytes(self._buffer[:n])
        del self._buffer[:n]
        return data


class ConfirmedOutput(Source[Chunk]):
    """The output of a process; its end counts only when the engine confirms it.

    Args:
        attached: The connection.
        confirm: A weak reference to what asks the engine. It belongs to the handle, which must not be kept alive when
            nobody reads it any more.
    """

    def __init__(self, attached: Attached, confirm: Callable[[], Callable[[], Awaitable[object]] | None]) -> None:
        self._attached = attached
        self._confirm = confirm
        self._closed = False

    @property
    def received(self) -> int:
        """Bytes that have come."""
        return self._attached.received

    @property
    def closed_early(self) -> bool:
        """Whether it was closed before its end."""
        return self._closed or self._attached.closed_early

    async def batch(self) -> list[Chunk]:
        """Return the next chunks, none after the last."""
        chunks = await self._attached.batch()
        confirm = self._confirm()
        if not chunks and confirm is not None and not self.closed_early:
            await confirm()
        return chunks

    def close(self) -> None:
        """Give the connection up; the process is not ended by that."""
        self._closed = True
        self._attached.close()


class ProcessHandle(Stream[Chunk, R_co], Generic[R_co, O]):
    """A process on the other end of a connection: like ``asyncio.subprocess.Process`` inside ``async with``.

    Its output is read in one of these ways: by iterating the handle (chunks), by `lines`, or apart by `stdout` and
    `stderr`. With a terminal there is `stdout` only.
    """

    _attached: Attached | None = None
    _stdin: ProcessInput | None = None
    _outputs: tuple[ProcessOutput, ProcessOutput] | None = None
    _has_stdin = False
    _assemble: Callable[[Iterable[Chunk]], O]
    exit_code: int | None = None

    @property
    def stdin(self) -> ProcessInput:
        """Its standard input.

        Raises:
            RuntimeError: It was not started with ``stdin=True`` and entered with ``async with``.
        """
        if self._attached is None:
            raise RuntimeError("the process is not started: enter it with 'async with' first")
        if not self._has_stdin:
            raise RuntimeError("the process has no standard input: it needs stdin=True")
        if self._stdin is None:
            self._stdin = ProcessInput(self._attached)
        return self._stdin

    @property
    def stdout(self) -> ProcessOutput:
        """Its standard output; with a terminal everything it writes."""
        return self._readers()[0]

    @property
    def stderr(self) -> ProcessOutput:
        """Its standard error; empty with a terminal."""
        return self._readers()[1]

    @property
    def returncode(self) -> int | None:
        """The exit code once it is known, as of ``asyncio.subprocess.Process``."""
        return self.exit_code

    def _readers(self) -> tuple[ProcessOutput, ProcessOutput]:
        if self._outputs is None:
            split = _Split(self)
            self._outputs = ProcessOutput(split, "stdout"), ProcessOutput(split, "stderr")
        return self._outputs

    async def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write to its standard input; waits while it does not read.

        Raises:
            StdinClosed: It no longer reads, or has ended.
            RuntimeError: It was not started with ``stdin=True`` and entered with ``async with``.
        """
        await self.stdin.write(data)

    async def write_eof(self) -> None:
        """End its standard input; its output goes on."""
        await self.stdin.write_eof()

    async def lines(self, *, max_line: int = MAX_LINE) -> AsyncIterator[LogLine]:
        """Read its output as lines, of both streams in the order in which they end.

        Args:
            max_line: Bytes up to which a line is kept together; longer ones come in pieces marked ``partial``.
        """
        decoder = LineDecoder(RawDecoder(), max_line=max_line)
        try:
            while chunks := await self.batch():
                for line in decoder.split(chunks):
                    yield line
        except errors.StreamInterrupted:
            for line in decoder.cut():
                yield line
            raise
        for line in decoder.flush():
            yield line

    async def communicate(self, input: bytes | None = None) -> O:
        """Write ``input``, end the standard input, and return all output.

        Writing and reading go on at the same time, so neither can block the other.

        Raises:
            StreamInterrupted: The connection ended before the process did.
        """
        feeding = asyncio.create_task(self._feed(input)) if self._has_stdin else None
        try:
            chunks = await all_items(self)
        finally:
            if feeding is not None:
                feeding.cancel()
                await asyncio.wait({feeding})
        return self._assemble(chunks)

    async def _drain(self) -> None:
        """Read what is left of the output; if that was cut before, how the process ends can still be asked for."""
        while not self.closed and await self.batch():
            pass

    async def _feed(self, input: bytes | None) -> None:
        try:
            if input:
                await self.write(input)
            await self.write_eof()
        except errors.StdinClosed:
            return  # it did not want all of it, as with `head`

    @abstractmethod
    async def wait(self) -> int:
        """Read what is left of the output, and return the exit code that the engine confirms."""
