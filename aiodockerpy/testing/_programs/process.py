"""A process of the fake engine, as a program sees it."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import traceback
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from aiodockerpy._arguments import checks_methods
from aiodockerpy._protocol.unfit import shown
from aiodockerpy._protocol.units import Duration, as_seconds
from aiodockerpy.errors import InvalidValue
from aiodockerpy.testing._signals import Signals

if TYPE_CHECKING:
    from aiodockerpy.testing._state.clock import Clock
    from aiodockerpy.testing._state.files import Files
    from aiodockerpy.testing._state.output import Output, StreamName

_HELD = 1024 * 1024  # bytes of input that wait for the program before the client waits
_IGNORED = frozenset({Signals.SIGCHLD, Signals.SIGWINCH, Signals.SIGCONT, Signals.SIGURG})
_KILLED = 128


def signal_number(text: str) -> int:
    """Read a signal's name or number.

    Raises:
        ValueError: There is no such signal.
    """
    if text.isdecimal():
        return int(text)
    name = text.upper()
    try:
        return int(Signals[name if name.startswith("SIG") else f"SIG{name}"])
    except KeyError:
        raise ValueError(text) from None


class Sink(Protocol):
    """Where output goes."""

    def write(self, data: str | bytes, /) -> object:
        """Write text or bytes; they are sent and logged at once."""
        ...

    async def drain(self) -> None:
        """Wait while the reader is more than a mebibyte behind."""
        ...


@checks_methods
class Input:
    """A process's standard input.

    Iterate it for lines, or use `read` and `readline`. Without attached input it is at its end.
    """

    def __init__(self) -> None:
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._ended = False
        self._changed = asyncio.Event()

    def feed(self, data: bytes) -> None:
        """Add what a client sent."""
        if data and not self._ended:
            self._pieces.append(data)
            self._size += len(data)
            self._notify()

    def end(self) -> None:
        """End the stream."""
        self._ended = True
        self._notify()

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def drained(self) -> None:
        """Wait while the program is far behind."""
        while self._size > _HELD and not self._ended:
            await self._changed.wait()

    async def read(self, size: int = -1) -> bytes:
        """Read some bytes, at most ``size``; everything up to the end without a size. Empty at the end."""
        if size < 0:
            pieces: list[bytes] = []
            while piece := await self.read(1 << 20):
                pieces.append(piece)
            return b"".join(pieces)
        while not self._pieces and not self._ended:
            await self._changed.wait()
        if not self._pieces or not size:
            return b""
        piece = self._pieces.popleft()
        if len(piece) > size:
            self._pieces.appendleft(piece[size:])
            piece = piece[:size]
        self._size -= len(piece)
        self._notify()
        return piece

    async def readline(self) -> bytes:
        """Read one line with its newline; what is left at the end, and then empty."""
        line: list[bytes] = []
        while piece := await self.read(1 << 20):
            head, newline, rest = piece.partition(b"\n")
            line.append(head + newline)
            if newline:
                if rest:
                    self._pieces.appendleft(rest)
                    self._size += len(rest)
                break
        return b"".join(line)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while line := await self.readline():
            yield line


@checks_methods
class Writer:
    """A process's standard output or standard error."""

    def __init__(self, output: Output, stream: StreamName, *, tty: bool) -> None:
        self._output = output
        self._stream: StreamName = "stdout" if tty else stream
        self._tty = tty

    def write(self, data: str | bytes, /) -> None:
        """Write text or bytes; they are sent and logged at once."""
        content = data.encode() if isinstance(data, str) else data
        self._output.write(self._stream, content.replace(b"\n", b"\r\n") if self._tty else content)

    async def drain(self) -> None:
        """Wait while an attached client is more than a mebibyte behind."""
        await self._output.drained()
        await asyncio.sleep(0)


@checks_methods
class Process:
    """What a program gets: its arguments and environment, its streams, its files, and the signals sent to it.

    Attributes:
        args: Program and arguments.
        env: The environment.
        stdin: Standard input.
        stdout: Standard output.
        stderr: Standard error.
        files: The container's files, in memory.
        container: The name of its container.
        user: The user it runs as.
        tty: Whether it has a terminal.
        size: Height and width of the terminal, in characters.
    """

    def __init__(
        self,
        args: list[str],
        *,
        env: Mapping[str, str],
        output: Output,
        files: Files,
        clock: Clock,
        container: str,
        user: str = "",
        tty: bool = False,
        pid: int = 1,
        dies_of_signals: bool = False,
    ) -> None:
        self.args = args
        self.env: dict[str, str] = dict(env)
        self.stdin: Input = Input()
        self.stdout: Sink = Writer(output, "stdout", tty=tty)
        self.stderr: Sink = Writer(output, "stderr", tty=tty)
        self.files = files
        self.container = container
        self.user = user
        self.tty = tty
        self.size: tuple[int, int] = (0, 0)
        self.pid = pid
        self.exit_code: int | None = None
        self._clock = clock
        self._dies_of_signals = dies_of_signals
        self._handlers: dict[int, Callable[[], object]] = {}
        self._task: asyncio.Task[None] | None = None
        self._killed: int | None = None
        self._begun = False
        self._wanted: int | None = None
        self._running = asyncio.Event()
        self._running.set()

    async def sleep(self, seconds: Duration) -> None:
        """Wait by the engine's clock, which tests can move; longer while the container is paused."""
        await self._clock.sleep(as_seconds(seconds))
        await self._running.wait()

    def signal_event(self, name: str) -> asyncio.Event:
        """Return an event that is set when the signal comes; without one the first process of a container ignores it.

        Args:
            name: Such as ``"SIGTERM"``.
        """
        event = asyncio.Event()
        self.on_signal(name, event.set)
        return event

    def on_signal(self, name: str, handler: Callable[[], object] | None) -> None:
        """Call a function when the signal comes; ``None`` goes back to the default.

        Raises:
            InvalidValue: There is no such signal.
        """
        try:
            number = signal_number(name)
        except ValueError:
            raise InvalidValue(f"name must be a signal such as 'SIGTERM', not {shown(name)}") from None
        if handler is None:
            self._handlers.pop(number, None)
        else:
            self._handlers[number] = handler

    # ---- what the engine does

    def within(self, args: list[str], env: Mapping[str, str], stdin: Input, stdout: Sink, stderr: Sink) -> Process:
        """Create the process of a program that a shell of this process starts; both get the same signals."""
        inner = copy.copy(self)
        inner.args, inner.env = args, dict(env)
        inner.stdin, inner.stdout, inner.stderr = stdin, stdout, stderr
        return inner

    def pause(self) -> None:
        """Pause the process the next time it waits."""
        self._running.clear()

    def unpause(self) -> None:
        """Resume the process."""
        self._running.set()

    def start(self, program: Callable[[], Coroutine[Any, Any, int]], ended: Callable[[int], object]) -> None:
        """Run a program; ``ended`` is called with its exit code."""
        self._task = asyncio.get_running_loop().create_task(self._run(program, ended))

    async def _run(self, program: Callable[[], Coroutine[Any, Any, int]], ended: Callable[[int], object]) -> None:
        code = 1
        self._begun = True
        if self._killed is not None and self._task is not None:
            self._task.cancel()  # takes effect where it first waits
        try:
            await asyncio.sleep(0)
            code = await program()
        except asyncio.CancelledError:
            code = _KILLED + (self._killed or Signals.SIGKILL) if self._wanted is None else self._wanted
        self.exit_code = code & 255
        ended(self.exit_code)

    def kill(self, number: int) -> None:
        """Send a signal."""
        if number == Signals.SIGKILL:
            self._end(number)
        elif number in self._handlers:
            self._handlers[number]()
        elif self._dies_of_signals and number not in {
            Signals.SIGCHLD,
            Signals.SIGWINCH,
            Signals.SIGCONT,
            Signals.SIGURG,
        }:
            self._end(number)

    def _end(self, number: int) -> None:
        if self._killed is None and self._task is not None:
            self._killed = number
            if self._begun:  # a task that is cancelled before its first step does not run at all
                self._task.cancel()

    def exit(self, code: int) -> None:
        """Exit with a code, as if the program had returned it."""
        self._wanted = code
        self._end(Signals.SIGKILL)

    async def gone(self) -> None:
        """Wait until it has ended."""
        if self._task is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([self._task])


Program: TypeAlias = Callable[[Process], Awaitable[int | None] | int | None]
"""A program: takes its `Process`, returns its exit code (``None`` is 0); usually a coroutine function."""


async def call(program: Program, process: Process, failed: Callable[[str], object]) -> int:
    """Run a program as Python runs a script: an exception is a traceback and exit code 1.

    Args:
        program: The function.
        process: What it gets.
        failed: Is called with the traceback of an exception.
    """
    try:
        found = program(process)
        code: object = await found if isinstance(found, Awaitable) else found
    except SystemExit as wanted:
        return wanted.code if isinstance(wanted.code, int) else int(wanted.code is not None)
    except (asyncio.CancelledError, KeyboardInterrupt):
        raise
    except BaseException:  # noqa: BLE001  # a program may raise anything, as any script; pytest.fail() is no Exception
        text = traceback.format_exc()
        process.stderr.write(text)
        failed(text)
        return 1
    if not isinstance(code, int | None):
        text = f"TypeError: a program returns an exit code or None, not {shown(code)}\n"
        process.stderr.write(text)
        failed(text)
        return 1
    return code or 0
