"""The bridge between a process and a websocket."""

from __future__ import annotations

import asyncio
import logging
import signal
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aiodockerpy import errors
from aiodockerpy._arguments import checked
from aiodockerpy._cancelling import uncancelled
from aiodockerpy._protocol.terminal import BadResizeError, TerminalSize, resize_in, unfinished_bytes
from aiodockerpy._protocol.units import Duration, as_seconds
from aiodockerpy.resources._processes.cleanup import clean_up
from aiodockerpy.resources._processes.exec import ExecProcess
from aiodockerpy.terminals.websockets import BrowserLeftError, Peer, WebSocket

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from aiodockerpy.resources._processes.handle import ProcessHandle

_log = logging.getLogger("aiodockerpy.terminals")

READ_AHEAD: Final = 256 * 1024
"""Bytes of input that are kept while the process does not read; then the browser is not read either."""
_RESIZE_AGAIN: Final = (0.0, 0.01, 0.03, 0.1, 0.3)
"""Pauses in seconds before a resize is tried: the engine refuses it until it has started the process."""
_OK, _GOING_AWAY, _BAD_DATA, _TOO_BIG, _BAD_GATEWAY = 1000, 1001, 1007, 1009, 1014
_OWN_CODES: Final = 4000
"""Where close codes begin that applications choose."""
_TIMED_OUT: Final = _OWN_CODES + 408


@dataclass(frozen=True, slots=True)
class TerminalEnd:
    """How a terminal ended.

    Attributes:
        code: The websocket's close code: 1000 if the process ended with exit code 0, or was detached from; 4000 plus
            another exit code; 4000 plus the status with which the engine refused; 4408 after a time limit; 1001 if the
            client was closed; 1007 and 1009 for messages that are refused; 1014 if the engine was lost; what the
            browser sent, or 1006, if it left.
        reason: The same as text.
        exit_code: The exit code of the process; ``None`` if it had not ended by itself.
        error: What the engine refused, or how it was lost.
    """

    code: int
    reason: str
    exit_code: int | None = None
    error: errors.DockerException | None = None


@checked
async def bridge(
    process: ProcessHandle[Any, Any],
    websocket: WebSocket,
    *,
    keep: bool = False,
    max_message: int = 1024 * 1024,
    idle_timeout: Duration | None = None,
    stall_timeout: Duration | None = 60.0,
    ping_interval: Duration | None = 20.0,
    grace: Duration = 5.0,
) -> TerminalEnd:
    """Connect a process with a terminal in a browser until one of them ends, and close the websocket.

    A text or binary message is input, as the addon "attach" of xterm.js sends it. A text message such as
    ``{"type": "resize", "cols": 80, "rows": 24}`` changes the size of the terminal. Output is sent in binary messages
    that end between two UTF-8 characters. What one side does not read is not read from the other one.

    Args:
        process: What `~aiodockerpy.resources.ContainerProcesses.exec_run` or ``attach`` returned with ``stdin=True``,
            not used yet or entered with ``async with``.
        websocket: aiohttp's after ``prepare``, Starlette's or FastAPI's after ``accept``, or an object like them.
        keep: Keep the process when the browser leaves or the websocket is closed. By default it is ended: a command by
            SIGHUP, which needs ``kill_on_cancel=True``; after ``attach`` **the container is stopped**.
        max_message: Bytes of a message from the browser; a longer one closes the websocket with 1009. The framework may
            have a lower limit.
        idle_timeout: Seconds without input and output after which the websocket is closed; no limit if not given.
        stall_timeout: Seconds after which the websocket is closed if the browser does not take output, or the process
            does not take input while 256 KiB wait; ``None`` for no limit.
        ping_interval: Seconds between pings, if the websocket has a method for them (aiohttp's has); ``None`` for none.
            Missing answers are noticed by aiohttp with ``heartbeat=``, and by uvicorn.
        grace: Seconds that the process has to end before it is killed.

    Returns:
        How it ended. What the engine refuses, and the loss of the engine, is in its ``error``.

    Raises:
        RuntimeError: The process cannot be written to or ended, or was used before; or the websocket is not accepted.
            Nothing was sent.
    """
    try:
        _check_process(process, keep=keep)
    except RuntimeError:
        process.close()  # the caller has no name for it
        raise
    peer = Peer(websocket)
    terminal = _Terminal(
        process, peer, max_message, as_seconds(idle_timeout), as_seconds(stall_timeout), as_seconds(ping_interval)
    )
    if process._use == "entered":  # noqa: SLF001
        return await _until_closed(terminal, peer, None if keep else as_seconds(grace))
    try:
        async with process:
            return await _until_closed(terminal, peer, None if keep else as_seconds(grace))
    except errors.DockerException as error:  # the process could not be started
        end = _failure(error)
        await peer.close(end.code, end.reason)
        return end


def _check_process(process: ProcessHandle[Any, Any], *, keep: bool) -> None:
    process._check_stdin()  # noqa: SLF001
    if not isinstance(process, ExecProcess):
        return
    if not keep and not process.can_be_ended:
        raise RuntimeError(
            "the process could not be ended when the browser leaves: run it with kill_on_cancel=True, or give keep=True"
        )
    if keep and process.kills_on_cancel:
        raise RuntimeError("keep=True keeps no process that is run with kill_on_cancel=True: leave one of them out")


async def _until_closed(terminal: _Terminal, peer: Peer, grace: float | None) -> TerminalEnd:
    """Run a terminal, close its websocket, and end the process unless ``grace`` is ``None``."""
    end: TerminalEnd | None = None
    try:
        end = await terminal.run()
    except asyncio.CancelledError:
        end = TerminalEnd(_GOING_AWAY, "the server is shutting down")
        raise
    else:
        return end
    finally:
        leaving: list[Coroutine[Any, Any, None]] = []
        if end is not None:
            leaving.append(peer.close(end.code, end.reason))
        if grace is not None and (end is None or end.exit_code is None):
            leaving.append(_hang_up(terminal.process, grace))
        await uncancelled(_together(leaving))


async def _together(work: list[Coroutine[Any, Any, None]]) -> None:
    """Do several things at the same time and all to their end; raise what the first of them has raised."""
    for outcome in await asyncio.gather(*work, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


async def _hang_up(process: ProcessHandle[Any, Any], grace: float) -> None:
    process._kill_on_cancel = False  # noqa: SLF001 - this is how it is ended: leaving its block does not try again
    try:
        ended = await clean_up(process.hang_up(grace), more=grace)
    except errors.DockerException as reason:
        _log.warning("the process of a terminal could not be ended: %s", reason)
    else:
        if not ended:
            _log.warning("the process of a terminal could not be ended")


@dataclass(eq=False)
class _Terminal:
    """A process and a browser that are connected; one task for each thing that can come or be late."""

    process: ProcessHandle[Any, Any]
    _peer: Peer
    _max_message: int
    _idle_timeout: float | None
    _stall_timeout: float | None
    _ping_interval: float | None

    def __post_init__(self) -> None:
        self._now = asyncio.get_running_loop().time
        self._active_at = self._now()
        self._waiting_since: dict[str, float] = {}
        self._input = bytearray()
        self._has_input, self._has_room, self._has_size = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._size: TerminalSize | None = None

    async def run(self) -> TerminalEnd:
        """Copy input and output until either side ends."""
        work: list[Coroutine[Any, Any, TerminalEnd]] = [self._show(), self._receive(), self._type(), self._resize()]
        if self._peer.can_ping and self._ping_interval is not None:
            work.append(self._ping(self._ping_interval))
        limits = [limit for limit in (self._idle_timeout, self._stall_timeout) if limit is not None]
        if limits:
            work.append(self._watch(min(limits) / 4))
        tasks = [asyncio.create_task(one) for one in work]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended = [task for task in tasks if task.done()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        try:
            return ended[0].result()
        except BrowserLeftError:
            return TerminalEnd(self._peer.code, "the browser left")

    # ---- from the process

    async def _show(self) -> TerminalEnd:
        unfinished = b""
        try:
            while chunks := await self.process.batch():
                output = b"".join([unfinished, *(chunk.data for chunk in chunks)])
                whole = len(output) - unfinished_bytes(output)
                unfinished = output[whole:]
                await self._send(output[:whole])
            await self._send(unfinished)
            return await self._ended()
        except errors.DockerException as error:
            return _failure(error)

    async def _send(self, data: bytes) -> None:
        if data:
            self._active_at = self._waiting_since["the browser takes no output"] = self._now()
            await self._peer.send(data)
            del self._waiting_since["the browser takes no output"]

    async def _ended(self) -> TerminalEnd:
        if self.process.closed_early:
            return TerminalEnd(_GOING_AWAY, "the client was closed")
        if self.process.stdin.has_left:
            return TerminalEnd(_OK, "detached")
        return _exited(await self.process.wait())

    # ---- from the browser

    async def _receive(self) -> TerminalEnd:
        while True:
            message = await self._peer.receive()
            self._active_at = self._now()
            try:
                data = message.encode() if isinstance(message, str) else message
                if len(data) > self._max_message:
                    return TerminalEnd(_TOO_BIG, f"a message is longer than {self._max_message} bytes")
                size = resize_in(message) if isinstance(message, str) else None
            except BadResizeError as error:
                return TerminalEnd(_BAD_DATA, str(error))
            except UnicodeEncodeError:
                return TerminalEnd(_BAD_DATA, "the text is not valid Unicode")
            if size is not None:
                self._size = size
                self._has_size.set()
            elif data:
                await self._keep(data)

    async def _keep(self, data: bytes) -> None:
        """Queue input until the process reads it; waits while the queue is full."""
        self._input += data
        self._has_input.set()
        while len(self._input) > READ_AHEAD:
            self._waiting_since.setdefault("the process takes no input", self._now())
            self._has_room.clear()
            await self._has_room.wait()
        self._waiting_since.pop("the process takes no input", None)

    async def _type(self) -> TerminalEnd:
        while True:
            await self._has_input.wait()
            self._has_input.clear()
            data = bytes(self._input)
            self._input.clear()
            with suppress(errors.StdinClosed):  # its output says how it ended
                await self.process.write(data)
            self._has_room.set()

    async def _resize(self) -> TerminalEnd:
        while True:
            await self._has_size.wait()
            self._has_size.clear()
            for pause in _RESIZE_AGAIN:
                await asyncio.sleep(pause)
                if self._size is not None and await self._resized(self._size):
                    break

    async def _resized(self, size: TerminalSize) -> bool:
        try:
            await self.process.resize(size.rows, size.columns)
        except errors.DockerException:  # not started yet, or over, which its output says
            return False
        return True

    # ---- limits

    async def _ping(self, interval: float) -> TerminalEnd:
        while True:
            await asyncio.sleep(interval)
            await self._peer.ping()

    async def _watch(self, interval: float) -> TerminalEnd:
        while True:
            await asyncio.sleep(interval)
            now = self._now()
            for what, since in self._waiting_since.items():
                if self._stall_timeout is not None and now - since >= self._stall_timeout:
                    return TerminalEnd(_TIMED_OUT, f"for {self._stall_timeout:g} s {what}")
            if self._idle_timeout is not None and now - self._active_at >= self._idle_timeout:
                return TerminalEnd(_TIMED_OUT, f"nothing was typed or shown for {self._idle_timeout:g} s")


def _exited(exit_code: int) -> TerminalEnd:
    text = f"the process ended with exit code {exit_code}"
    with suppress(ValueError):
        text += f" ({signal.Signals(exit_code - 128).name})" if exit_code > 128 else ""
    code = _OK if exit_code == 0 else _OWN_CODES + (exit_code if 0 < exit_code < 256 else 255)
    return TerminalEnd(code, text, exit_code)


def _failure(error: errors.DockerException) -> TerminalEnd:
    """Describe an error for the browser, without the engine's address."""
    if isinstance(error, errors.APIError) and error.status_code:
        return TerminalEnd(_OWN_CODES + error.status_code, str(error.explanation or error), error=error)
    if isinstance(error, errors.StreamIdle):
        return TerminalEnd(_TIMED_OUT, "the process wrote nothing for too long", error=error)
    return TerminalEnd(_BAD_GATEWAY, "the connection to the engine was lost", error=error)
