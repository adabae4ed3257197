"""A small shell that runs built-in programs; see `aiodockerpy.testing._programs.syntax` for what it reads."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Protocol

from aiodockerpy.testing._programs.expansion import Expansion
from aiodockerpy.testing._programs.process import Input, Process, Sink, signal_number
from aiodockerpy.testing._programs.syntax import (
    Background,
    Case,
    Command,
    For,
    If,
    Node,
    Not,
    Pair,
    Pipe,
    Redirect,
    Sequence,
    ShellSyntaxError,
    While,
    parse,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiodockerpy.testing._state.files import Files


@dataclass(slots=True)
class Io:
    """The three streams of a command."""

    stdin: Input
    stdout: Sink
    stderr: Sink


class Host(Protocol):
    """What runs programs and has the processes of a container."""

    async def run(self, run: Run) -> int:
        """Run a program by its name; return its exit code."""
        ...

    def peer(self, pid: int) -> Process | None:
        """Find a process of the container."""
        ...

    def now(self) -> int:
        """Return nanoseconds since 1970, by the engine's clock."""
        ...


@dataclass(slots=True)
class Run:
    """One run of a built-in program: its arguments, streams and surroundings."""

    args: list[str]
    io: Io
    env: dict[str, str]
    files: Files
    process: Process
    host: Host

    def say(self, text: str) -> int:
        """Write a problem to standard error; return exit code 1."""
        self.io.stderr.write(f"{self.args[0]}: {text}\n")
        return 1


class _Exit(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class _Loop(Exception):
    """``break`` or ``continue``."""

    def __init__(self, again: bool, levels: int) -> None:
        super().__init__()
        self.again = again
        self.levels = levels


class _FileSink:
    def __init__(self, files: Files, path: str, *, append: bool) -> None:
        self._files = files
        self._path = path
        files.write(path, b"", append=append)

    def write(self, data: str | bytes, /) -> None:
        self._files.write(self._path, data, append=True)

    async def drain(self) -> None:
        await asyncio.sleep(0)


class _Buffer:
    def __init__(self) -> None:
        self.data = b""

    def write(self, data: str | bytes, /) -> None:
        self.data += data.encode() if isinstance(data, str) else data

    async def drain(self) -> None:
        await asyncio.sleep(0)


class _PipeSink:
    def __init__(self, into: Input) -> None:
        self._into = into

    def write(self, data: str | bytes, /) -> None:
        self._into.feed(data.encode() if isinstance(data, str) else data)

    async def drain(self) -> None:
        await self._into.drained()
        await asyncio.sleep(0)


def _null_input() -> Input:
    empty = Input()
    empty.end()
    return empty


class Shell:
    """Runs scripts.

    Args:
        process: The process that the shell is.
        host: Runs the programs that are not part of the shell.
        io: The streams.
        env: The environment.
        files: The files, with the directory that it starts in.
    """

    def __init__(self, process: Process, host: Host, io: Io, env: Mapping[str, str], files: Files) -> None:
        self._process = process
        self._host = host
        self._files = replace(files)
        self._variables = {**env, "PWD": files.workdir}
        self._exported = set(self._variables)
        self._parameters: list[str] = []
        self._status = 0
        self._errexit = False
        self._pending: list[str] = []
        self._trapped = asyncio.Event()
        self._exit_trap = ""
        self._background: list[asyncio.Task[int]] = []
        self._expansion = Expansion(self._lookup, self._substitute, self._variables)
        self._io = io

    async def main(self, args: list[str]) -> int:
        """Run ``sh`` with its arguments."""
        words = args[1:]
        while words and words[0].startswith("-") and "c" not in words[0]:
            self._set(words.pop(0))
        if words and words[0].startswith("-"):
            self._set(words[0].replace("c", ""))
            script, self._parameters = words[1] if len(words) > 1 else "", words[2:] or ["sh"]
        elif words:
            script, self._parameters = self._files.read(words[0]).decode(), words
        else:
            return await self._interactive()
        return await self.script(script)

    async def script(self, text: str) -> int:
        """Run a script; return its exit code."""
        try:
            await self._to_its_end(parse(text), self._io)
            await self._run_traps()
        except _Exit as wanted:
            self._status = wanted.code
        except _Loop:
            pass
        except (ShellSyntaxError, ValueError) as error:
            self._io.stderr.write(f"sh: {error}\n")
            self._status = 2
        finally:
            for task in self._background:
                task.cancel()
        return self._status

    async def _interactive(self) -> int:
        """Run lines from standard input."""
        while line := await self._process.stdin.readline():
            try:
                await self._run(parse(line.decode(errors="replace").replace("\r", "")), self._io)
            except _Exit as wanted:
                return wanted.code
            except (ShellSyntaxError, ValueError) as error:
                self._io.stderr.write(f"sh: {error}\n")
        return self._status

    # ---- parameters

    def _set(self, option: str) -> None:
        if "e" in option:
            self._errexit = option.startswith("-")

    def _lookup(self, name: str) -> str | None:
        special = {"?": str(self._status), "$": str(self._process.pid), "#": str(max(0, len(self._parameters) - 1))}
        if name in special:
            return special[name]
        if name in {"@", "*"}:
            return " ".join(self._parameters[1:])
        if name.isdecimal():
            return self._parameters[int(name)] if int(name) < len(self._parameters) else None
        return self._variables.get(name)

    async def _substitute(self, script: str) -> str:
        buffer = _Buffer()
        try:
            await self._run(parse(script), replace(self._io, stdout=buffer))
        except _Exit as wanted:
            self._status = wanted.code
        return buffer.data.decode(errors="replace").rstrip("\n")

    def _env(self) -> dict[str, str]:
        return {name: value for name, value in self._variables.items() if name in self._exported}

    # ---- nodes

    async def _run(self, node: Node, io: Io) -> int:
        if isinstance(node, Command):
            self._status = await self._simple(node, io)
            await self._run_traps()
            if self._status and self._errexit:
                raise _Exit(self._status)
        elif isinstance(node, Pair):
            await self._pair(node, io)
        elif isinstance(node, Not):
            self._status = int(await self._condition(node.item, io))
        elif isinstance(node, Pipe):
            self._status = await self._pipe(node, io)
        elif isinstance(node, Background):
            self._background.append(asyncio.create_task(self._child(node.item, replace(io, stdin=_null_input()))))
            self._status = 0
        else:
            redirects = [await self._redirect(redirect, io) for redirect in node.redirects]
            await self._compound(node, self._redirected(io, redirects))
        return self._status

    async def _compound(self, node: Sequence | For | While | If | Case, io: Io) -> None:
        if isinstance(node, Sequence):
            if node.subshell:
                self._status = await self._child(Sequence(node.items), io)
                if self._status and self._errexit:
                    raise _Exit(self._status)
                return
            for item in node.items:
                await self._run(item, io)
        elif isinstance(node, Case):
            await self._case(node, io)
        elif isinstance(node, For):
            for value in self._globbed(await self._expansion.fields(node.words)):
                self._variables[node.name] = value
                if not await self._body(node.body, io):
                    break
        elif isinstance(node, While):
            status = 0
            while await self._condition(node.condition, io) != node.until:
                again = await self._body(node.body, io)
                status = self._status
                if not again:
                    break
            self._status = status
        else:
            for condition, body in node.branches:
                if await self._condition(condition, io):
                    await self._run(body, io)
                    return
            self._status = 0
            if node.otherwise is not None:
                await self._run(node.otherwise, io)

    async def _case(self, node: Case, io: Io) -> None:
        word = await self._expansion.text(node.word)
        self._status = 0
        for patterns, body in node.branches:
            for pattern in patterns:
                if fnmatchcase(word, await self._expansion.text(pattern)):
                    await self._run(body, io)
                    return

    def _globbed(self, words: list[str]) -> list[str]:
        """Replace patterns by the files that they match; a pattern without files stays."""
        found: list[str] = []
        for word in words:
            folder, _, pattern = word.rpartition("/")
            matching: list[str] = []
            if any(char in pattern for char in "*?["):
                with suppress(OSError):
                    names = self._files.listdir(folder or ("/" if word.startswith("/") else "."))
                    prefix = word[: len(word) - len(pattern)]
                    matching = [
                        prefix + name for name in names if fnmatchcase(name, pattern) and not name.startswith(".")
                    ]
            found += matching or [word]
        return found

    async def _condition(self, node: Node, io: Io) -> bool:
        errexit, self._errexit = self._errexit, False
        try:
            return await self._run(node, io) == 0
        finally:
            self._errexit = errexit

    async def _body(self, node: Node, io: Io) -> bool:
        """Run the body of a loop once; return whether the loop goes on."""
        await asyncio.sleep(0)
        try:
            await self._run(node, io)
        except _Loop as jump:
            if jump.levels > 1:
                raise _Loop(jump.again, jump.levels - 1) from None
            return jump.again
        return True

    async def _pair(self, node: Pair, io: Io) -> None:
        if await self._condition(node.left, io) == (node.operator == "&&"):
            await self._run(node.right, io)

    async def _pipe(self, node: Pipe, io: Io) -> int:
        tasks: list[asyncio.Task[int]] = []
        stdin = io.stdin
        for number, item in enumerate(node.items):
            last = number == len(node.items) - 1
            following = Input()
            out: Sink = io.stdout if last else _PipeSink(following)
            tasks.append(asyncio.create_task(self._stage(item, Io(stdin, out, io.stderr), following)))
            stdin = following
        try:
            status = await tasks[-1]
            for task in tasks[:-1]:
                task.cancel()  # as SIGPIPE ends them
            return status
        finally:
            for task in tasks:
                task.cancel()

    async def _stage(self, item: Node, io: Io, following: Input) -> int:
        try:
            return await self._child(item, io)
        finally:
            following.end()

    async def _child(self, item: Node, io: Io) -> int:
        """Run a part with variables of its own, as a forked shell does."""
        child = Shell(self._process, self._host, io, self._variables, self._files)
        child._parameters, child._errexit = self._parameters, self._errexit
        try:
            return await child._to_its_end(item, io)
        except _Exit as wanted:
            return wanted.code

    async def _to_its_end(self, item: Node, io: Io) -> int:
        """Run all that a shell runs, and then what it is to do at its exit."""
        try:
            return await self._run(item, io)
        finally:
            if self._exit_trap:
                await self._run(parse(self._exit_trap), io)

    # ---- simple commands

    async def _simple(self, command: Command, io: Io) -> int:
        words = list(command.words)
        assignments: dict[str, str] = {}
        while words and (assigned := _assignment(words[0])) is not None:
            assignments[assigned[0]] = await self._expansion.text(assigned[1])
            words.pop(0)
        try:
            io = self._redirected(io, [await self._redirect(redirect, io) for redirect in command.redirects])
        except OSError as error:
            io.stderr.write(f"sh: can't open {error}: no such file\n")
            return 1
        args = self._globbed(await self._expansion.fields(words))
        if not args:
            self._variables.update(assignments)
            return 0
        builtin = getattr(self, f"_do_{_BUILTINS[args[0]]}", None) if args[0] in _BUILTINS else None
        if builtin is not None:
            status: int = await builtin(args, io)
            return status
        run = Run(args, io, {**self._env(), **assignments}, self._files, self._process, self._host)
        status = await self._host.run(run)
        await io.stdout.drain()
        return status

    async def _redirect(self, redirect: Redirect, io: Io) -> tuple[int, Sink | Input]:
        target = await self._expansion.text(redirect.target)
        if redirect.operator in {">&", "<&"}:
            return redirect.fd, io.stderr if target == "2" else io.stdout
        if redirect.operator == "<":
            source = Input()
            source.feed(self._files.read(target) if target != "/dev/null" else b"")
            source.end()
            return redirect.fd, source
        special: dict[str, Sink] = {"/dev/null": _Buffer(), "/dev/stdout": io.stdout, "/dev/stderr": io.stderr}
        if target == "/proc/1/fd/1":
            return redirect.fd, self._process.stdout
        sink = special.get(target) or _FileSink(self._files, target, append=redirect.operator == ">>")
        return redirect.fd, sink

    @staticmethod
    def _redirected(io: Io, redirects: list[tuple[int, Sink | Input]]) -> Io:
        changed = replace(io)
        for fd, place in redirects:
            if isinstance(place, Input):
                changed.stdin = place
            elif fd == 2:
                # ``>file 2>&1`` means the file, too: what 1 is by then
                changed.stderr = changed.stdout if place is io.stdout else place
            else:
                changed.stdout = changed.stderr if place is io.stderr else place
        return changed

    # ---- what only a shell can do

    async def _do_exit(self, args: list[str], io: Io) -> int:
        del io
        raise _Exit(int(args[1]) & 255 if len(args) > 1 else self._status)

    async def _do_jump(self, args: list[str], io: Io) -> int:
        del io
        raise _Loop(args[0] == "continue", int(args[1]) if len(args) > 1 else 1)

    async def _do_cd(self, args: list[str], io: Io) -> int:
        place = self._files.resolve(args[1] if len(args) > 1 else self._variables.get("HOME", "/root"))
        node = self._files.get(place)
        if node is None or not node.is_dir:
            io.stderr.write(f"sh: cd: can't cd to {args[1]}: No such file or directory\n")
            return 2
        self._files.workdir = place
        self._variables["PWD"] = place
        return 0

    async def _do_set(self, args: list[str], io: Io) -> int:
        del io
        for word in args[1:]:
            self._set(word)
        return 0

    async def _do_export(self, args: list[str], io: Io) -> int:
        del io
        for word in args[1:]:
            name, equals, value = word.partition("=")
            self._exported.add(name)
            if equals:
                self._variables[name] = value
        return 0

    async def _do_unset(self, args: list[str], io: Io) -> int:
        del io
        for name in args[1:]:
            self._variables.pop(name, None)
        return 0

    async def _do_shift(self, args: list[str], io: Io) -> int:
        del args, io
        del self._parameters[1:2]
        return 0

    async def _do_eval(self, args: list[str], io: Io) -> int:
        return await self._run(parse(" ".join(args[1:])), io)

    async def _do_exec(self, args: list[str], io: Io) -> int:
        if len(args) < 2:  # only redirections, for all that follows
            self._io = io
            return 0
        run = Run(args[1:], io, self._env(), self._files, self._process, self._host)
        raise _Exit(await self._host.run(run))

    async def _do_read(self, args: list[str], io: Io) -> int:
        names = [word for word in args[1:] if not word.startswith("-")]
        line = await io.stdin.readline()
        values = line.decode(errors="replace").rstrip("\n").split(None, len(names) - 1) if names else []
        for number, name in enumerate(names):
            self._variables[name] = values[number].strip() if number < len(values) else ""
        return 0 if line.endswith(b"\n") else 1

    async def _do_trap(self, args: list[str], io: Io) -> int:
        action, names = args[1] if len(args) > 2 else "-", args[2:] or args[1:]
        for name in names:
            if name in {"EXIT", "0"}:
                self._exit_trap = "" if action == "-" else action
                continue
            try:
                signal_number(name)
            except ValueError:
                io.stderr.write(f"sh: trap: {name}: invalid signal specification\n")
                return 1
            self._process.on_signal(name, None if action == "-" else self._trap(action))
        return 0

    def _trap(self, action: str) -> Callable[[], None]:
        def caught() -> None:
            self._pending.append(action)
            self._trapped.set()

        return caught

    async def _run_traps(self) -> None:
        while self._pending:
            status = self._status
            await self._run(parse(self._pending.pop(0)), self._io)
            self._status = status
        self._trapped.clear()

    async def _do_wait(self, args: list[str], io: Io) -> int:
        del args, io
        trapped = asyncio.create_task(self._trapped.wait())
        try:
            while (left := [task for task in self._background if not task.done()]) and not trapped.done():
                await asyncio.wait([trapped, *left], return_when=asyncio.FIRST_COMPLETED)
        finally:
            trapped.cancel()
        return 0


_BUILTINS = {
    "exit": "exit", "return": "exit", "break": "jump", "continue": "jump", "cd": "cd", "set": "set", "export": "export",
    "unset": "unset", "shift": "shift", "eval": "eval", "exec": "exec", "read": "read", "trap": "trap", "wait": "wait",
}  # fmt: skip


def _assignment(word: str) -> tuple[str, str] | None:
    name, equals, value = word.partition("=")
    return (name, value) if equals and name.isidentifier() else None
