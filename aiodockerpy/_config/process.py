"""Child processes that leave nothing behind, whenever their user is cancelled."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from typing import TYPE_CHECKING, Final

from aiodockerpy._cancelling import uncancelled

if TYPE_CHECKING:
    from asyncio import StreamReader
    from asyncio.subprocess import Process
    from collections.abc import Mapping

_PIECE: Final = 1 << 16
_POLL: Final = 0.005


async def start_process(
    program: str,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    stdin: int = asyncio.subprocess.PIPE,
    stdout: int = asyncio.subprocess.PIPE,
) -> Process:
    """Start a program in a session of its own, with pipes for those of its three streams that are not given.

    A cancellation while it starts is passed on once it has started and was ended: cancelling asyncio's own start hangs
    for ever on Python 3.11, since the pipes it waits for are never connected.

    Raises:
        OSError: The program cannot be started.
    """
    started: list[Process] = []

    async def start() -> Process:
        process = await asyncio.create_subprocess_exec(
            program,
            *arguments,
            stdin=stdin,
            stdout=stdout,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
        started.append(process)
        return process

    try:
        return await uncancelled(start())
    except asyncio.CancelledError:
        for process in started:
            await end_process(process)
        raise


async def end_process(process: Process) -> None:
    """Kill a program that still runs and its children, wait for its end, and close the pipes.

    `Process.wait` waits for the pipes too, which a daemon that the program has started may keep open for ever. A
    cancellation meanwhile is passed on afterwards: a killed program ends at once.
    """
    kill_process(process)
    await uncancelled(_close(process))


async def _close(process: Process) -> None:
    while process.returncode is None:  # noqa: ASYNC110 - nothing else reports it
        await asyncio.sleep(_POLL)
    process._transport.close()  # type: ignore[attr-defined]  # noqa: SLF001 - the only way to close them


def kill_process(process: Process) -> None:
    """Kill a program as `end_process` does, without waiting for its end."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)


async def communicate(process: Process, data: bytes, *, most: int) -> tuple[bytes, bytes]:
    """Give a program its input, and return what it wrote to both outputs when it has ended.

    A program that writes more than ``most`` bytes to one of them is killed; that output is then longer than this.
    """
    stdin, stdout, stderr = process.stdin, process.stdout, process.stderr
    if stdin is None or stdout is None or stderr is None:
        raise ValueError("the process was started without pipes")

    async def write() -> None:
        with contextlib.suppress(ConnectionError):  # it need not read what it is given
            stdin.write(data)
            await stdin.drain()
        stdin.close()

    async def read(stream: StreamReader) -> bytes:
        found = bytearray()
        while piece := await stream.read(_PIECE):
            if len(found) > most:
                kill_process(process)  # both outputs end; what still comes is dropped
            else:
                found += piece
        return bytes(found)

    _, output, errors = await asyncio.gather(write(), read(stdout), read(stderr))
    await process.wait()
    return output, errors
