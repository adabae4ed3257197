"""Processes beside a container's own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from aiodockerpy.testing._http.messages import Refusal
from aiodockerpy.testing._lifecycle import emit, environment
from aiodockerpy.testing._programs.host import CannotRun
from aiodockerpy.testing._state.normal import items
from aiodockerpy.testing._state.objects import Container, Exec
from aiodockerpy.testing._state.output import Output
from aiodockerpy.testing._state.world import new_id

if TYPE_CHECKING:
    from aiodockerpy.testing._core import Core

_NOT_STARTED = 128


def create(core: Core, container: Container, config: dict[str, Any]) -> Exec:
    """Prepare a process.

    Raises:
        Refusal: Its user is not there.
    """
    user = (config.get("User") or "").partition(":")[0]
    known = container.files.read("/etc/passwd") if container.files.get("/etc/passwd") is not None else b""
    if user and not user.isdecimal() and not any(line.split(b":")[0] == user.encode() for line in known.splitlines()):
        raise Refusal(400, f"unable to find user {user}: no matching entries in passwd file")
    made = Exec(new_id(), container, config, Output(core.clock, logged=False))
    container.execs[made.id] = made
    core.world.execs[made.id] = made
    emit(core, container, f"exec_create: {_command(config)}", execID=made.id)
    return made


def _command(config: dict[str, Any]) -> str:
    """Write a command as events have it, with a blank after the program."""
    program, *arguments = config["Cmd"]
    return f"{program} {' '.join(arguments)}"


def start(core: Core, found: Exec) -> None:
    """Start a prepared process.

    Raises:
        Refusal: There is no such program; its code is set.
    """
    container, config = found.container, found.config
    found.started = True
    emit(core, container, f"exec_start: {_command(config)}", execID=found.id)
    host = core.host(container)
    try:
        _check(container, config)
        program = host.prepare(config["Cmd"], whole=False, files=container.files)
    except CannotRun as problem:
        found.exit_code = problem.code
        container.execs.pop(found.id, None)
        found.output.end()
        where = "" if problem.code == _NOT_STARTED else "unable to start container process: "
        raise Refusal(400, f"OCI runtime exec failed: exec failed: {where}{problem.reason}") from None
    user = config.get("User") or container.config["User"]
    env = environment(core, container, items(config.get("Env")), user=user, tty=bool(config.get("Tty")))
    found.pid = core.world.new_pid()
    process = host.process(
        config["Cmd"], env, found.output, user=user,
        workdir=config.get("WorkingDir") or container.config["WorkingDir"], tty=bool(config.get("Tty")), pid=found.pid,
    )  # fmt: skip
    found.process = process
    if found.console:
        process.size = (found.console[0], found.console[1])
    if not config.get("AttachStdin"):
        process.stdin.end()

    def ended(code: int) -> None:
        if container.execs.pop(found.id, None) is None:
            return
        found.exit_code = code if found.exit_code is None else found.exit_code
        host.forget(found.pid)
        found.output.end()
        emit(core, container, "exec_die", execID=found.id, exitCode=str(code))

    found.end = ended
    process.start(lambda: program(process), ended)


def _check(container: Container, config: dict[str, Any]) -> None:
    """Refuse a working directory that is not there.

    Raises:
        CannotRun: The directory does not exist.
    """
    workdir = config.get("WorkingDir") or ""
    if workdir and not workdir.startswith("/"):
        raise CannotRun(_NOT_STARTED, "Cwd must be an absolute path")
    node = container.files.get(workdir) if workdir else None
    if workdir and (node is None or not node.is_dir):
        raise CannotRun(127, f'chdir to cwd ("{workdir}") set in config.json failed: no such file or directory')


async def run_to_end(core: Core, container: Container, argv: list[str], limit: float) -> tuple[int, bytes]:
    """Run a health check; return its exit code, -1 if it took too long, and its output."""
    found = create(core, container, {"Cmd": argv})
    attached = found.output.attach()
    collected: list[bytes] = []

    async def collect() -> None:
        collected.extend([data async for _, data in attached.pieces()])

    try:
        start(core, found)
    except Refusal as refusal:
        return -1, refusal.message.encode()
    reader = core.background(collect())
    timer = core.background(core.clock.sleep(limit))
    await asyncio.wait([reader, timer], return_when=asyncio.FIRST_COMPLETED)
    timer.cancel()
    if found.process is not None and found.running:
        found.process.kill(9)
        await reader
        return -1, f"Health check exceeded timeout ({limit:g}s)".encode()
    await reader
    return found.exit_code or 0, b"".join(collected)
