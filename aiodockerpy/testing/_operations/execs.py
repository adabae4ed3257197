"""Processes beside a container's own."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from aiodockerpy.models import ExecCreateRequest, ExecStartRequest
from aiodockerpy.testing import _execs as execs
from aiodockerpy.testing._core import Core, operation
from aiodockerpy.testing._http.messages import Answer, Hijack, Refusal, Reply, Request, answer_json
from aiodockerpy.testing._lifecycle import check_running
from aiodockerpy.testing._operations.attach import check_keys, transfer
from aiodockerpy.testing._operations.framing import content_type, frame
from aiodockerpy.testing._signals import Signals
from aiodockerpy.testing._state.normal import body

if TYPE_CHECKING:
    from aiodockerpy.testing._http.connection import Connection
    from aiodockerpy.testing._programs.process import Process
    from aiodockerpy.testing._state.objects import Exec

_DETACHED = 126  # the exit code of an exec that was left by its detach keys; its process goes on


@operation("ContainerExec")
async def create(core: Core, request: Request) -> Reply:
    """Prepare a process."""
    container = core.world.container(request.parts["id"])
    config = body(ExecCreateRequest, request.body).to_dict()
    if not config.get("Cmd"):
        raise Refusal(400, "No exec command specified")
    check_running(container)
    if container.paused:
        raise Refusal(409, f"Container {request.parts['id']} is paused, unpause the container before exec")
    check_keys(str(config.get("DetachKeys") or ""))
    return answer_json({"Id": execs.create(core, container, config).id}, 201)


@operation("ExecStart")
async def start(core: Core, request: Request) -> Reply:
    """Start a prepared process, detached or with its streams."""
    found = core.world.exec(request.parts["id"])
    given = body(ExecStartRequest, request.body)
    tty = bool(given.tty)
    if found.started:
        state = "has already run" if found.exit_code is not None else "is already running"
        if given.detach:
            raise Refusal(409, f"exec command {found.id} {state}")
        text = frame("stdout", f"exec command {found.id} {state}\r\n".encode(), tty=tty)
        return Hijack(lambda connection: connection.write(text), content_type(request, tty=tty), common=True)
    check_running(found.container)
    if found.container.paused:
        raise Refusal(409, f"Container {found.container.id} is paused, unpause the container before exec")
    found.console = given.console_size or found.config.get("ConsoleSize")
    if given.detach:
        execs.start(core, found)
        return Answer(200)

    async def run(connection: Connection) -> None:
        await _attached(core, found, connection, tty=tty)

    return Hijack(run, content_type(request, tty=tty), common=True)


async def _attached(core: Core, found: Exec, connection: Connection, *, tty: bool) -> None:
    streams = {
        name for name, wanted in (("stdout", "AttachStdout"), ("stderr", "AttachStderr")) if found.config.get(wanted)
    }
    attached = found.output.attach()
    try:
        execs.start(core, found)
    except Refusal as refusal:
        await connection.write(frame("stdout", f"{refusal.message}\r\n".encode(), tty=tty))
        return
    if not streams and not found.config.get("AttachStdin"):
        return  # the engine does not wait for what is not attached
    stdin = bool(found.config.get("AttachStdin"))
    try:
        left = await transfer(
            connection, found.output, attached, lambda: _process(found) if stdin else None, streams=streams, tty=tty,
            framed=not tty, half_close_ends=stdin and tty, keys=str(found.config.get("DetachKeys") or ""),
        )  # fmt: skip
        if left:
            found.exit_code = _DETACHED
            await connection.write(b"exec attach failed: error on attach stdin: read escape sequence\r\n")
    finally:
        found.output.detach(attached)


async def _process(found: Exec) -> Process | None:
    return found.process


@operation("ExecResize")
async def resize(core: Core, request: Request) -> Reply:
    """Change the size of the terminal."""
    found = core.world.exec(request.parts["id"])
    height, width = request.size()
    if found.process is None:
        raise Refusal(400, "exec process is not started")
    if found.id not in found.container.execs:
        raise Refusal(404, f"NotFound: process does not exist {found.id}: not found")
    found.process.size = (height, width)
    found.process.kill(Signals.SIGWINCH)
    return Answer(200)


def _keys(text: str) -> str:
    """Write detach keys as the engine shows them: their bytes in base64."""
    keys = bytes(ord(key[5:]) & 31 if key.startswith("ctrl-") else ord(key) for key in text.split(",") if key)
    return base64.b64encode(keys).decode()


@operation("ExecInspect")
async def inspect(core: Core, request: Request) -> Reply:
    """Show a process."""
    found = core.world.exec(request.parts["id"])
    config = found.config
    return answer_json({
        "ID": found.id, "Running": found.running, "ExitCode": found.exit_code,
        "ProcessConfig": {
            "tty": bool(config.get("Tty")), "entrypoint": config["Cmd"][0], "arguments": config["Cmd"][1:],
            "privileged": bool(config.get("Privileged")),
            **({"user": user} if (user := config.get("User") or found.container.config["User"]) else {}),
        },
        "OpenStdin": bool(config.get("AttachStdin")), "OpenStderr": bool(config.get("AttachStderr")),
        "OpenStdout": bool(config.get("AttachStdout")), "CanRemove": False,
        "ContainerID": found.container.id, "DetachKeys": _keys(str(config.get("DetachKeys") or "")), "Pid": found.pid,
    })  # fmt: skip
