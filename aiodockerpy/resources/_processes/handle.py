"""The handle that commands and the main process of a container share: input, output, terminal and exit code."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeVar

from aiodockerpy import errors
from aiodockerpy._arguments import checks_methods
from aiodockerpy._async_only import hints_at_async
from aiodockerpy._protocol.frames import Chunk, RawDecoder
from aiodockerpy._protocol.lines import MAX_LINE, LineDecoder, LogLine
from aiodockerpy.streams.source import Source
from aiodockerpy.streams.stream import Stream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator

    from aiodockerpy._protocol.units import Cells, Count, Duration, PositiveInt
    from aiodockerpy.streams.output import Attached

__all__ = ["DemuxedOutput", "OutputName", "ProcessHandle", "ProcessInput", "ProcessOutput"]

R_co = TypeVar("R_co", covariant=True)
O = TypeVar("O")  # noqa: E741 - output
DemuxedOutput = tuple[bytes | None, bytes | None]
"""Standard output and standard error apart; ``None`` for one that wrote nothing."""
OutputName = Literal["stdout", "stderr"]
"""One of the two outputs of a process."""

ASIDE = 1024 * 1024
"""Bytes of one stream that are kept while the other is read; a pipe of the system holds 64 KiB."""

DETACH_KEYS = "ctrl-p,ctrl-q"
"""The engine's default keys for detaching from a terminal."""

END_AGAIN = 1.0
"""Seconds after which `communicate` repeats Ctrl-D, since a program that sets up its terminal may discard the first."""

GRACE = 10.0
"""Seconds that a process has to end before it is killed."""

NOT_STARTED = "the process is not started: enter it with 'async with', or open() it, first"


def joined(chunks: Iterable[Chunk]) -> bytes:
    """Join the output of both streams in the order in which it came."""
    return b"".join(chunk.data for chunk in chunks)


def demuxed(chunks: Iterable[Chunk]) -> DemuxedOutput:
    """Join standard output and standard error separately; ``None`` for a stream without output."""
    parts: dict[str, list[bytes]] = {}
    for chunk in chunks:
        parts.setdefault(chunk.stream, []).append(chunk.data)
    return (
        b"".join(parts["stdout"]) if "stdout" in parts else None,
        b"".join(parts["stderr"]) if "stderr" in parts else None,
    )


def merged(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """Merge successive chunks of one stream: each takes a hundred bytes of memory beside its data."""
    for stream, group in groupby(chunks, attrgetter("stream")):
        yield Chunk(stream, joined(group))


async def _all_merged(source: Source[Chunk]) -> list[Chunk]:
    chunks: list[Chunk] = []
    while batch := await source.batch():
        chunks.extend(merged(batch))
    return chunks


def detach_sequence(keys: str | None) -> bytes:
    """Return the bytes that a terminal sends for detach keys such as ``"ctrl-p,ctrl-q"`` or ``"a,DEL"``.

    Without keys these are the engine's default ones; keys that the engine refuses give ``b""``.
    """
    codes = bytearray()
    for key in (keys or DETACH_KEYS).split(","):
        if len(key) == 1:
            codes += key.encode()
        elif key == "DEL":
            codes.append(127)
        elif len(key) == 6 and key.startswith("ctrl-") and key[5] in "@abcdefghijklmnopqrstuvwxyz[\\]^_":
            codes.append(ord(key[5].upper()) & 0x1F)
        else:
            return b""
    return bytes(codes)


@checks_methods
class ProcessInput:
    """The standard input of a process, used like asyncio's ``StreamWriter``; `write` waits while it does not read."""

    def __init__(self, attached: Attached, detach_keys: bytes = b"") -> None:
        self._attached = attached
        self._ended = False
        self._detach_keys = detach_keys
        self._last_keys = b""
        self.has_left: bool = False
        """Whether the detach keys were written."""

    async def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write all of the data.

        Raises:
            StdinClosed: The process no longer reads, or has ended.
            TypeError: The data is not bytes.
        """
        if self._attached.tty and self._detach_keys:
            self._watch_keys(bytes(data))
        await self._attached.write(data)

    async def writelines(self, lines: Iterable[bytes]) -> None:
        """Write several pieces, with nothing between them."""
        await self.write(b"".join(lines))

    def _watch_keys(self, data: bytes) -> None:
        typed = self._last_keys + data
        self.has_left = self.has_left or self._detach_keys in typed
        self._last_keys = typed[-len(self._detach_keys) :][1:]

    async def drain(self) -> None:
        """Return at once: `write` has waited already."""

    async def write_eof(self) -> None:
        """Half-close the connection, so that the process sees the end of its input; its output continues.

        A terminal gets Ctrl-D instead, since half-closing would end its output too. A second call has no effect.

        Raises:
            StdinClosed: The process no longer reads, or has ended.
        """
        if not self._ended:
            await self._attached.write_eof()
            self._ended = True

    def can_write_eof(self) -> bool:
        """Return ``True``: the input can be ended over every kind of connection, TLS included."""
        return True

    def is_closing(self) -> bool:
        """Return whether the input was ended."""
        return self._ended

    async def aclose(self) -> None:
        """End the input; does nothing if the process no longer reads."""
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
    """Splits the output of a process into its two streams, and keeps up to `ASIDE` bytes of the one not being read."""

    def __init__(self, process: _Reading, max_size: int | None = None) -> None:
        self.max_size = max_size
        self._process = process
        self._aside: dict[str, bytearray] = {"stdout": bytearray(), "stderr": bytearray()}
        self._change = asyncio.Event()
        self._pulling = False
        self._ended = False
        self._failed = False

    async def more(self, stream: OutputName) -> bytes:
        """Return the bytes of a stream that have arrived, at least one; ``b""`` at the end.

        An error of the connection is raised for the readers of both streams.
        """
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
        """Wake all current waiters; later ones wait for the next change."""
        self._change.set()
        self._change = asyncio.Event()


@checks_methods
@hints_at_async
class ProcessOutput:
    """One output stream of a process, used like asyncio's ``StreamReader``.

    Both streams arrive on one connection. Up to 1 MiB of the stream that is not being read is buffered; then reading
    waits until another task reads that one, as with pipes.
    """

    def __init__(self, split: _Split, stream: OutputName) -> None:
        self._split = split
        self._stream: OutputName = stream
        self._buffer = bytearray()
        self._ended = False

    async def read(self, n: int = -1) -> bytes:
        """Read up to ``n`` bytes, or everything until the end if it is negative; ``b""`` at the end.

        Raises:
            StreamInterrupted: The connection broke. What arrived before that is still returned by ``read`` with a
                number.
            ResponseTooLarge: Everything is more than the client's ``max_response_size``.
        """
        if n < 0:
            while await self._fill():
                self._check_size()
            return self._take(len(self._buffer))
        if n and not self._buffer:
            await self._fill()
        return self._take(n)

    async def readexactly(self, n: Count) -> bytes:
        """Read exactly ``n`` bytes.

        Raises:
            asyncio.IncompleteReadError: The process wrote less; what it wrote is in ``partial``.
        """
        while len(self._buffer) < n:
            if not await self._fill():
                raise asyncio.IncompleteReadError(self._take(len(self._buffer)), n)
        return self._take(n)

    async def readline(self) -> bytes:
        """Read a line with its newline; at the end the rest without one, then ``b""``."""
        begin = 0
        while (found := self._buffer.find(b"\n", begin)) < 0:
            begin = len(self._buffer)
            if begin > MAX_LINE or not await self._fill():
                return self._take(begin)
        return self._take(found + 1)

    def at_eof(self) -> bool:
        """Return whether everything was read."""
        return self._ended and not self._buffer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while line := await self.readline():
            yield line

    async def _fill(self) -> bool:
        data = b"" if self._ended else await self._split.more(self._stream)
        self._buffer += data
        self._ended = not data
        return bool(data)

    def _check_size(self) -> None:
        limit = self._split.max_size
        if limit is not None and len(self._buffer) > limit:
            text = f"the {self._stream} of the process is longer than {limit} bytes: read it in pieces"
            raise errors.ResponseTooLarge(f"{text}, or raise max_response_size", limit=limit)

    def _take(self, n: int) -> bytes:
        data = bytes(self._buffer[:n])
        del self._buffer[:n]
        return data


class ConfirmedOutput(Source[Chunk]):
    """The output of a process, whose end is confirmed by asking the engine.

    Args:
        attached: The connection.
        confirm: A weak reference to the method that asks the engine. It belongs to the handle, which this source must
            not keep alive.
    """

    def __init__(self, attached: Attached, confirm: Callable[[], Callable[[], Awaitable[object]] | None]) -> None:
        self._attached = attached
        self._confirm = confirm
        self._confirming: asyncio.Task[object] | None = None
        self._waiting = 0
        self._ended = False

    @property
    def received(self) -> int:
        """Bytes received so far."""
        return self._attached.received

    @property
    def closed_early(self) -> bool:
        """Whether it was closed before its end."""
        return not self._ended and (self._closed or self._attached.closed_early)

    async def batch(self) -> list[Chunk]:
        """Return the next chunks, none after the last."""
        chunks = await self._attached.batch()
        if not chunks and not self.closed_early:
            await self._confirmed()
        self._ended = not (chunks or self.closed_early)
        return chunks

    async def _confirmed(self) -> None:
        """Wait for the confirmation. It goes on if this read is cancelled, and the next read waits for it."""
        if self._confirming is None:
            confirm = self._confirm()
            if confirm is None:
                return
            self._confirming = asyncio.create_task(_awaited(confirm))
            self._confirming.add_done_callback(_retrieve)
        task = self._confirming
        self._waiting += 1
        try:
            await asyncio.shield(task)
        finally:
            self._waiting -= 1
            if task.done() and self._confirming is task:
                self._confirming = None

    def close(self) -> None:
        """Close the connection; the process continues."""
        self._closed = True
        self._attached.close()
        if self._confirming is not None and not self._waiting:
            self._confirming.cancel()


async def _awaited(call: Callable[[], Awaitable[object]]) -> object:
    return await call()


def _retrieve(task: asyncio.Task[object]) -> None:
    """Take the exception of a task, so that it is not reported if no read comes for it."""
    if not task.cancelled():
        task.exception()


async def lines_of(output: Source[Chunk], decoder: LineDecoder) -> AsyncIterator[LogLine]:
    """Split output into lines, of both streams in the order in which they end.

    A line that was begun when the output fails is yielded before the error is raised: marked ``partial`` if the
    connection broke in it.
    """
    try:
        while chunks := await output.batch():
            for line in decoder.split(chunks):
                yield line
    except errors.DockerException as error:
        for line in decoder.cut() if isinstance(error, errors.StreamInterrupted) else decoder.flush():
            yield line
        raise
    for line in decoder.flush():
        yield line


@checks_methods
class ProcessHandle(Stream[Chunk, R_co], Generic[R_co, O]):
    """A process on the other end of a connection, used like ``asyncio.subprocess.Process`` inside ``async with``.

    Its output is read in one of these ways: by iterating the handle (chunks), by `lines`, or separately by `stdout` and
    `stderr`. With a terminal there is `stdout` only.
    """

    _attached: Attached | None = None
    _stdin: ProcessInput | None = None
    _outputs: tuple[ProcessOutput, ProcessOutput] | None = None
    _has_stdin = False
    _kill_on_cancel = False
    _detach_keys: str | None = None
    _assemble: Callable[[Iterable[Chunk]], O]
    exit_code: int | None = None

    @property
    def stdin(self) -> ProcessInput:
        """The standard input.

        Raises:
            RuntimeError: The process was not started with ``stdin=True``, or is not entered with ``async with``.
        """
        self._check_stdin()
        if self._attached is None:
            raise RuntimeError(NOT_STARTED)
        if self._stdin is None:
            self._stdin = ProcessInput(self._attached, detach_sequence(self._detach_keys))
        return self._stdin

    @property
    def stdout(self) -> ProcessOutput:
        """The standard output; with a terminal all output."""
        return self._readers()[0]

    @property
    def stderr(self) -> ProcessOutput:
        """The standard error; empty with a terminal."""
        return self._readers()[1]

    @property
    def returncode(self) -> int | None:
        """The exit code once it is known, as of ``asyncio.subprocess.Process``."""
        return self.exit_code

    def _check_stdin(self) -> None:
        if not self._has_stdin:
            raise RuntimeError("the process has no standard input: it needs stdin=True")

    def _readers(self) -> tuple[ProcessOutput, ProcessOutput]:
        if self._outputs is None:
            split = _Split(self, self._max_size)
            self._outputs = ProcessOutput(split, "stdout"), ProcessOutput(split, "stderr")
        return self._outputs

    async def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write to the standard input; waits while the process does not read.

        Raises:
            StdinClosed: The process no longer reads, or has ended.
            RuntimeError: The process was not started with ``stdin=True``, or is not entered with ``async with``.
            TypeError: The data is not bytes.
        """
        await self.stdin.write(data)

    async def write_eof(self) -> None:
        """End the standard input, on a terminal with Ctrl-D; the output continues."""
        await self.stdin.write_eof()

    def lines(self, *, max_line: PositiveInt = MAX_LINE) -> AsyncIterator[LogLine]:
        """Read the output as lines, of both streams in the order in which they end.

        Args:
            max_line: Bytes up to which a line is kept together; longer ones come in pieces marked ``partial``.
        """
        return lines_of(self, LineDecoder(RawDecoder(), max_line=max_line))

    async def communicate(self, input: bytes | bytearray | memoryview | None = None) -> O:
        r"""Write ``input``, end the standard input, and return all output.

        Writing and reading happen at the same time, so neither can block the other. A process that was not started yet
        is started.

        Args:
            input: What to write; on a terminal Ctrl-D follows it, every second until the process ends.

        Raises:
            StreamInterrupted: The connection ended before the process did.
            TypeError: ``input`` is not bytes.
            RuntimeError: There is ``input``, and the process was not started with ``stdin=True``.
        """
        if input is not None:
            self._check_stdin()
        if self._use == "closed":
            self._claim("communicated with")
        if self._use:
            return await self._communicate(input or b"")
        async with self:
            return await self._communicate(input or b"")

    async def _communicate(self, input: bytes | bytearray | memoryview) -> O:
        reading = asyncio.create_task(_all_merged(self._bounded(self)))
        tasks: set[asyncio.Task[Any]] = {reading}
        if self._has_stdin:
            tasks.add(asyncio.create_task(self._feed(input)))
        pending = tasks
        try:
            while not reading.done():
                done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()  # raises the exception of the task
            return self._assemble(reading.result())
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _interrupted(self, meanwhile: str) -> errors.StreamInterrupted:
        """Create the error for a connection that has ended, and what became of the process."""
        attached = self._attached
        received, peer = (attached.received, attached.peer) if attached is not None else (0, "the engine")
        return errors.StreamInterrupted(f"the connection to the process on {peer} ended{meanwhile}", received=received)

    async def _drain(self) -> None:
        """Read the rest of the output; does nothing if the output has failed before."""
        while not self.closed and await self.batch():
            pass

    async def _feed(self, input: bytes | bytearray | memoryview) -> None:
        try:
            if input:
                await self.write(input)
            await self.write_eof()
            while self._attached is not None and self._attached.tty:  # the end of a terminal's input is read once only
                await asyncio.sleep(END_AGAIN)
                await self._attached.write_eof()
        except errors.StdinClosed:
            return  # the process did not read all of it, as with `head`

    @abstractmethod
    async def resize(self, height: Cells, width: Cells) -> None:
        """Change the size of the terminal, in rows and columns."""

    @abstractmethod
    async def hang_up(self, grace: Duration = GRACE) -> bool:
        """End the process as if the window of its terminal were closed; return whether it has ended."""

    @abstractmethod
    async def wait(self) -> int:
        """Read the rest of the output, and return the exit code that the engine confirms."""
