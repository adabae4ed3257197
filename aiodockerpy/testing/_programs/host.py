"""Which program a command is, and how it is run in a container."""

from __future__ import annotations

import asyncio
import posixpath
import stat
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from aiodockerpy.resources._processes.signals import MARK
from aiodockerpy.testing._programs.applets import APPLETS
from aiodockerpy.testing._programs.process import Process, Program, call, signal_number
from aiodockerpy.testing._programs.shell import Io, Run
from aiodockerpy.testing._state.files import Files, Mounted
from aiodockerpy.testing._state.tree import Node, directory

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from aiodockerpy.testing._state.clock import Clock
    from aiodockerpy.testing._state.objects import Container
    from aiodockerpy.testing._state.output import Output


class CannotRun(Exception):
    """A command cannot be started.

    Attributes:
        code: The exit code that the engine gives it.
        reason: The runtime's message.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Registered:
    images: str
    command: str | None
    program: Program


class Programs:
    """The Python functions that run in containers."""

    def __init__(self) -> None:
        self._registered: list[_Registered] = []

    def add(self, images: str, program: Program, command: str | None) -> None:
        """Add a program; one that was added later comes first."""
        self._registered.insert(0, _Registered(images, command, program))

    def find(self, container: Container, word: str, *, whole: bool) -> Program | None:
        """Find the program for the first word of a command; ``whole`` allows those for any command."""
        names = [container.config.get("Image", ""), *container.image.tags]
        for entry in self._registered:
            if entry.command is None and not whole:
                continue
            if entry.command not in {None, word, posixpath.basename(word)}:
                continue
            if any(fnmatchcase(name, entry.images) for name in names):
                return entry.program
        return None


class ContainerHost:
    """Runs programs in one container.

    Args:
        container: The container.
        programs: The Python functions.
        clock: The engine's clock.
        problem: Called with what the test should report.
    """

    def __init__(
        self, container: Container, programs: Programs, clock: Clock, problem: Callable[[str], object]
    ) -> None:
        self._container = container
        self._programs = programs
        self._clock = clock
        self._problem = problem

    def prepare(self, argv: list[str], *, whole: bool, files: Files) -> Callable[[Process], Coroutine[Any, Any, int]]:
        """Find what a command runs.

        Args:
            argv: The command.
            whole: It is the container's own command, not an exec's.
            files: Where a script may be.

        Raises:
            CannotRun: There is no such program.
        """
        word = argv[0]
        program = self._programs.find(self._container, word, whole=whole)
        if program is not None:
            found = program
            return lambda process: call(found, process, self._failed)
        if argv[:2] == ["sh", "-c"] and len(argv) > 5 and argv[4].startswith(f"{MARK}="):
            return lambda process: self._signal(process.args[4], process.args[5])
        node = files.get(word) if "/" in word else None
        if node is not None and node.is_dir:
            raise CannotRun(126, f'exec: "{word}": {"is a directory" if whole else "permission denied"}')
        if node is not None and node.data.startswith(b"#!/"):
            return lambda process: self.run(_run_of(process, ["sh", *argv], self))
        if node is not None and not self._is_applet(word) and not node.mode & 0o111:
            raise CannotRun(126, f'exec: "{word}": permission denied')
        if not self._is_applet(word):
            if not word:
                raise CannotRun(127, 'exec: "": executable file not found in $PATH')
            self._unknown(word)
            where = "stat" if "/" in word else "exec"
            reason = "no such file or directory" if "/" in word else "executable file not found in $PATH"
            raise CannotRun(127, f'exec: "{word}": {where + " " + word + ": " if "/" in word else ""}{reason}')
        return lambda process: self.run(_run_of(process, argv, self))

    def _is_applet(self, word: str) -> bool:
        folder, _, name = word.rpartition("/")
        return name in APPLETS and folder in {"", "/bin", "/usr/bin", "/sbin", "/usr/sbin"}

    def _failed(self, text: str) -> None:
        self._problem(f"the program of container {self._container.name} raised an exception:\n{text}")

    def _unknown(self, word: str) -> None:
        self._problem(
            f"container {self._container.name} ran {word!r}, which is neither a built-in program nor one that was "
            "registered with program()"
        )

    async def _signal(self, mark: str, name: str) -> int:
        """Emulate this library's script that signals a command, which needs a larger shell."""
        name_of, _, value = mark.partition("=")
        wanted = [
            found.process
            for found in self._container.execs.values()
            if found.process is not None and found.running and found.process.env.get(name_of) == value
        ]
        for process in wanted:
            if name != "0":
                process.kill(signal_number(name))
        await asyncio.sleep(0)
        return 0 if wanted else 33

    # ---- what shells ask for

    async def run(self, run: Run) -> int:
        """Run a program by its name; return its exit code."""
        word = run.args[0]
        program = self._programs.find(self._container, word, whole=False)
        if program is not None:
            io = run.io
            inner = run.process.within(run.args, run.env, io.stdin, io.stdout, io.stderr)
            inner.files = run.files
            return await call(program, inner, self._failed)
        if self._is_applet(word):
            try:
                return await APPLETS[posixpath.basename(word)](run)
            except (ValueError, IndexError, KeyError, OSError) as error:
                return run.say(f"invalid arguments: {error}")
        node = run.files.get(word) if "/" in word else None
        if node is not None and node.data.startswith(b"#!/"):
            return await APPLETS["sh"](Run(["sh", *run.args], run.io, run.env, run.files, run.process, self))
        self._unknown(word)
        run.io.stderr.write(f"sh: {word}: not found\n")
        return 127

    def peer(self, pid: int) -> Process | None:
        """Find a process of the container."""
        processes = [self._container.process, *(found.process for found in self._container.execs.values())]
        return next((process for process in processes if process is not None and process.pid == pid), None)

    def now(self) -> int:
        """Return nanoseconds since 1970, by the engine's clock."""
        return self._clock.now()

    def forget(self, pid: int) -> None:
        """Remove an ended process from ``/proc``."""
        for name in ("", "/environ", "/cmdline"):
            self._container.processes.pop(f"/{pid}{name}", None)

    def process(
        self, argv: list[str], env: Mapping[str, str], output: Output, *, user: str, workdir: str, tty: bool, pid: int
    ) -> Process:
        """Create a process of this container."""
        proc = Mounted("/proc", self._container.processes, writable=False)
        files = Files(self._container.files.root, [*self._container.files.mounts, proc], workdir or "/")
        environ = "".join(f"{name}={value}\0" for name, value in env.items()).encode()
        self._container.processes |= {
            f"/{pid}": directory(0o555),
            f"/{pid}/environ": Node(stat.S_IFREG | 0o400, environ),
            f"/{pid}/cmdline": Node(stat.S_IFREG | 0o444, "\0".join([*argv, ""]).encode()),
        }
        own = pid == 1 and self._container.host["PidMode"] != "host" and not self._container.host.get("Init")
        return Process(
            argv, env=env, output=output, files=files, clock=self._clock, container=self._container.name, user=user,
            tty=tty, pid=pid, dies_of_signals=not own,
        )  # fmt: skip


def _run_of(process: Process, argv: list[str], host: ContainerHost) -> Run:
    io = Io(process.stdin, process.stdout, process.stderr)
    return Run(argv, io, process.env, process.files, process, host)
