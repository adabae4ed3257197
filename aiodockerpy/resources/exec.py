"""Processes in running containers, as objects."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from aiodockerpy import errors
from aiodockerpy._transport.streams import Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from aiodockerpy._protocol.frames import Chunk
    from aiodockerpy._transport.output import Attached
    from aiodockerpy._transport.streams import Source
    from aiodockerpy.api import Api
    from aiodockerpy.models import ExecCreateRequest, ExecInspect

__all__ = ["DemuxedOutput", "ExecProcess", "ExecResult", "demuxed", "joined"]

O = TypeVar("O")  # noqa: E741 - output
DemuxedOutput = tuple[bytes | None, bytes | None]

_SETTLE = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4)
"""Pauses in seconds while the engine notes the end of a process whose output has ended."""


class _Result(NamedTuple, Generic[O]):
    exit_code: int | None
    output: O


class ExecResult(_Result[O]):
    """What a process returned: ``code, output = await container.exec_run(...)``.

    Attributes:
        exit_code: ``None`` if the process was started without waiting for it.
        output: What it wrote.
        exec_id: Its id in the engine.
    """

    exec_id: str = ""


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


class ExecProcess(Stream["Chunk", ExecResult[O]]):
    """A process in a running container.

    Awaited, it runs to its end and returns an `ExecResult`. Iterated, it gives the output as it comes. Inside
    ``async with`` it can also be written to:

    Example:
        .. code-block:: python

            async with container.exec_run("cat", stdin=True) as process:
                await process.write(b"hello")
                await process.write_eof()
                print([chunk.data async for chunk in process], await process.wait())

    Args:
        api: The Engine API.
        container: Where it runs.
        request: What runs.
        assemble: Makes the output of the result.
    """

    def __init__(
        self, api: Api, container: str, request: ExecCreateRequest, assemble: Callable[[Iterable[Chunk]], O]
    ) -> None:
        self._api = api
        self._container = container
        self._request = request
        self._assemble = assemble
        self._attached: Attached | None = None
        self.exec_id = ""
        self.exit_code: int | None = None
        super().__init__(self._begin, self._result, name="containers.exec_run")

    # ---- while it runs

    async def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write to its standard input; waits while it does not read.

        Raises:
            StdinClosed: It no longer reads, or has ended.
            RuntimeError: It was not started with ``stdin=True`` and entered with ``async with``.
        """
        await self._input().write(data)

    async def write_eof(self) -> None:
        """End its standard input; its output goes on."""
        await self._input().write_eof()

    async def resize(self, height: int, width: int) -> None:
        """Change the size of its terminal, in rows and columns."""
        await self._api.exec.resize(self.exec_id, height=height, width=width)

    async def inspect(self) -> ExecInspect:
        """Return what the engine knows of it now."""
        return await self._api.exec.inspect(self.exec_id)

    async def wait(self) -> int:
        """Read what is left of the output, and return the exit code that the engine confirms.

        Raises:
            StreamInterrupted: The connection ended before the process did.
        """
        while await self.batch():
            pass
        return await self._confirmed()

    async def communicate(self, input: bytes | None = None) -> O:
        """Write ``input``, end the standard input, and return all output; both at the same time, so neither can block.

        Raises:
            StreamInterrupted: The connection ended before the process did.
        """
        chunks: list[Chunk] = []
        async with asyncio.TaskGroup() as group:
            if self._request.attach_stdin:
                group.create_task(self._feed(input))
            while batch := await self.batch():
                chunks.extend(batch)
        return self._assemble(chunks)

    async def _feed(self, input: bytes | None) -> None:
        try:
            if input:
                await self.write(input)
            await self.write_eof()
        except errors.StdinClosed:
            return  # it did not want all of it, as with `head`

    def _input(self) -> Attached:
        if self._attached is None:
            raise RuntimeError("the process is not started: enter it with 'async with' first")
        if not self._request.attach_stdin:
            raise RuntimeError("the process has no standard input: it needs exec_run(..., stdin=True)")
        return self._attached

    # ---- beginning and end

    async def _begin(self) -> Source[Chunk]:
        created = await self._api.exec.create(self._container, self._request)
        self.exec_id = str(created.id)
        size = self._request.console_size
        self._attached = self._api.exec.start(
            self.exec_id, tty=bool(self._request.tty), console_size=(size[0], size[1]) if size else None
        )
        await self._attached.__aenter__()
        return _Watched(self._attached, self)

    async def _result(self, source: Source[Chunk]) -> ExecResult[O]:
        chunks: list[Chunk] = []
        while batch := await source.batch():
            chunks.extend(batch)
        result = ExecResult(await self._confirmed(), self._assemble(chunks))
        result.exec_id = self.exec_id
        return result

    async def _confirmed(self) -> int:
        """Ask the engine for the exit code: the end of the output alone proves nothing."""
        if self.exit_code is not None:
            return self.exit_code
        attached_any = bool(self._request.attach_stdout or self._request.attach_stderr)
        received = self._attached.received if self._attached is not None else 0
        pauses: Sequence[float] = _SETTLE
        while True:
            for pause in pauses:
                await asyncio.sleep(pause)
                state = await self._state(received)
                if state.running is False and state.exit_code is not None:
                    self.exit_code = state.exit_code
                    return self.exit_code
            if attached_any:
                raise errors.StreamInterrupted(
                    "the connection to the process ended while the process still runs", received=received
                )
            pauses = _SETTLE[-1:]  # nothing was attached whose end could tell: ask until it has ended

    async def _state(self, received: int) -> ExecInspect:
        try:
            return await self.inspect()
        except (errors.ConnectionFailed, errors.NotFound) as error:
            raise errors.StreamInterrupted(
                f"the connection to the process ended, and its exit code is not to be had: {error}", received=received
            ) from error


class _Watched:
    """The output of a process; its end counts only when the engine confirms it."""

    def __init__(self, attached: Attached, process: ExecProcess[Any]) -> None:
        self._attached = attached
        self._process = process
        self._closed = False

    async def batch(self) -> list[Chunk]:
        """Return the next chunks, none after the last."""
        chunks = await self._attached.batch()
        if not chunks and not self._closed:
            await self._process._confirmed()  # noqa: SLF001 - the two are one
        return chunks

    def close(self) -> None:
        """Give the connection up; the process is not ended by that."""
        self._closed = True
        self._attached.close()
