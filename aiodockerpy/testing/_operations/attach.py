"""Attach to a container's streams."""

from __future__ import annotations

import asyncio
import contextlib
import re
from typing import TYPE_CHECKING, Protocol

from aiodockerpy.testing._core import operation
from aiodockerpy.testing._http.connection import ConnectionCut
from aiodockerpy.testing._http.messages import Answer, Hijack, Refusal
from aiodockerpy.testing._lifecycle import emit
from aiodockerpy.testing._operations.framing import RAW, content_type, frame
from aiodockerpy.testing._operations.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiodockerpy.testing._core import Core
    from aiodockerpy.testing._http.connection import Connection
    from aiodockerpy.testing._http.messages import Reply, Request
    from aiodockerpy.testing._programs.process import Process
    from aiodockerpy.testing._state.objects import Container
    from aiodockerpy.testing._state.output import Attached, Output

_KEY = re.compile(r"[a-zA-Z]|ctrl-[a-z@\[\\\]^_]|.", re.DOTALL)


def check_keys(text: str) -> None:
    """Refuse invalid detach keys.

    Raises:
        Refusal: So it is.
    """
    for key in text.split(",") if text else ():
        if not _KEY.fullmatch(key):
            raise Refusal(400, f"Invalid detach keys ({text}) provided: Unknown character: '{key}'")


@operation("ContainerAttach")
async def attach(core: Core, request: Request) -> Reply:
    """Attach; a refusal is plain text, as the engine has it here."""
    try:
        container = _attachable(core, request)
    except Refusal as refusal:
        return Answer(refusal.status, f"{refusal.message}\r\n".encode(), RAW, bare=True)
    session = _Session(core, container, request)
    return Hijack(session.run, content_type(request, tty=container.tty))


def _attachable(core: Core, request: Request) -> Container:
    container = core.world.container(request.parts["id"])
    check_keys(request.text("detachKeys"))
    if container.paused:
        raise Refusal(409, f"container {request.parts['id']} is paused, unpause the container before attach")
    if container.restarting:
        raise Refusal(409, f"container {container.id} is restarting, wait until the container is running")
    return container


class _Session:
    def __init__(self, core: Core, container: Container, request: Request) -> None:
        self._core = core
        self._container = container
        self._streams = {name for name in ("stdout", "stderr") if request.flag(name)}
        self._stdin = request.flag("stdin") and bool(container.config["OpenStdin"])
        self._logs = request.flag("logs")
        self._keys = request.text("detachKeys")
        self._stream = request.flag("stream")
        self._attached = container.output.attach()

    async def run(self, connection: Connection) -> None:
        container = self._container
        try:
            if self._logs:
                for entry in container.output.log:
                    if entry.stream in self._streams:
                        await connection.write(frame(entry.stream, entry.data, tty=container.tty))
            emit(self._core, container, "attach")
            if not self._stream or (container.finished and not container.running and not self._will_start()):
                return
            await transfer(
                connection, container.output, self._attached, lambda: container.process if self._stdin else None,
                streams=self._streams, tty=container.tty, started=lambda: until_started(container),
                half_close_ends=self._stdin and not (container.config["StdinOnce"] and not container.tty),
                keys=self._keys,
            )  # fmt: skip
        finally:
            container.output.detach(self._attached)

    def _will_start(self) -> bool:
        """Return whether the container has not ended: what has is attached to in vain, unless it is started again."""
        return not self._container.finished


async def until_started(container: Container) -> None:
    """Wait until a container runs."""
    if not container.running:
        waiter: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        container.waiting.append(("started", waiter))
        await waiter


class Carrier(Protocol):
    """What carries bytes to a client and back."""

    async def read(self) -> bytes:
        """Read some bytes; empty at the end."""
        ...

    async def write(self, data: bytes) -> None:
        """Write."""
        ...


async def transfer(
    connection: Carrier,
    output: Output,
    attached: Attached,
    process: Callable[[], Process | None],
    *,
    streams: set[str],
    tty: bool,
    started: Callable[[], object],
    half_close_ends: bool,
    framed: bool = True,
    keys: str = "",
) -> None:
    """Copy output to a client and its input to the process, until the output ends.

    Args:
        connection: Of the client.
        output: What the process writes.
        attached: The client's place in it.
        process: Gives the process that takes the input; ``None`` if none is wanted.
        streams: The streams that the client wants.
        tty: Whether there is a terminal.
        started: Is awaited before input is carried.
        half_close_ends: The end of the input ends the output, too, and is not passed on.
        framed: Say of each piece of output which stream it is of; a terminal's never is.
        keys: What is typed to leave a terminal; control-p and control-q by default.
    """

    async def outward() -> None:
        async for stream, data in attached.pieces():
            if stream in streams:
                await connection.write(frame(stream, data, tty=tty or not framed))

    async def inward() -> None:
        waiting = started()
        if asyncio.iscoroutine(waiting):
            await waiting
        target = process()
        terminal = Terminal(target, output, keys) if target is not None and tty else None
        while data := await connection.read():
            if terminal is not None:
                if terminal.feed(data):
                    break
            elif target is not None:
                target.stdin.feed(data)
            if target is not None:
                await target.stdin.drained()
        if half_close_ends:
            output.detach(attached)
        elif target is not None:
            target.stdin.end()

    tasks = [asyncio.create_task(outward()), asyncio.create_task(inward())]
    try:
        await tasks[0]
    except ConnectionCut:
        pass
    finally:
        for task in tasks:
            task.cancel()
        with contextlib.suppress(BaseException):
            await asyncio.gather(*tasks, return_exceptions=True)
