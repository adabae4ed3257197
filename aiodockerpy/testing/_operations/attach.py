"""Attach to a container's streams."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Protocol

from aiodockerpy.testing._core import Core, operation
from aiodockerpy.testing._http.connection import ConnectionCut
from aiodockerpy.testing._http.messages import Answer, Hijack, Refusal, Reply, Request
from aiodockerpy.testing._lifecycle import emit
from aiodockerpy.testing._operations.framing import RAW, content_type, frame
from aiodockerpy.testing._operations.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiodockerpy.testing._programs.process import Process
    from aiodockerpy.testing._state.objects import Container
    from aiodockerpy.testing._state.output import Attached, Output

_KEY = re.compile(r"[a-zA-Z]|ctrl-[a-z@\[\\\]^_]|.", re.DOTALL)


def check_keys(text: str) -> None:
    """Refuse invalid detach keys.

    Raises:
        Refusal: They are invalid.
    """
    for key in text.split(",") if text else ():
        if not _KEY.fullmatch(key):
            raise Refusal(400, f"Invalid detach keys ({text}) provided: Unknown character: '{key}'")


@operation("ContainerAttach")
async def attach(core: Core, request: Request) -> Reply:
    """Attach; a refusal is plain text, as the engine has it here."""
    try:
        container = attachable(core, request)
    except Refusal as refusal:
        return Answer(refusal.status, f"{refusal.message}\r\n".encode(), RAW, bare=True)
    streams = {name for name in ("stdout", "stderr") if request.flag(name)}
    session = Session(core, container, request, streams, stdin=request.flag("stdin"), framed=not container.tty)
    return Hijack(session.run, content_type(request, tty=container.tty))


def attachable(core: Core, request: Request) -> Container:
    """Find the container that a request names.

    Raises:
        Refusal: It cannot be attached to now, or the detach keys are invalid.
    """
    container = core.world.container(request.parts["id"])
    check_keys(request.text("detachKeys"))
    if container.paused:
        raise Refusal(409, f"container {request.parts['id']} is paused, unpause the container before attach")
    if container.restarting:
        raise Refusal(409, f"container {container.id} is restarting, wait until the container is running")
    return container


class Session:
    """A client that is attached to a container, whether it runs or not."""

    def __init__(
        self, core: Core, container: Container, request: Request, streams: set[str], *, stdin: bool, framed: bool
    ) -> None:
        self._core = core
        self._container = container
        self._streams = streams
        self._stdin = stdin and bool(container.config["OpenStdin"])
        self._framed = framed
        self._logs = request.flag("logs")
        self._keys = request.text("detachKeys")
        self._stream = request.flag("stream")
        self._attached = container.output.attach()

    async def run(self, connection: Carrier) -> None:
        """Send the log if it is requested, then the output, and pass on the input."""
        container = self._container
        try:
            for entry in container.output.log if self._logs else ():
                if entry.stream in self._streams:
                    await connection.write(frame(entry.stream, entry.data, tty=not self._framed))
            emit(self._core, container, "attach")
            if not self._stream or not (self._streams or self._stdin):
                return
            left = await transfer(
                connection, container.output, self._attached, lambda: _started(container) if self._stdin else None,
                streams=self._streams, tty=container.tty, framed=self._framed,
                half_close_ends=self._stdin and not (container.config["StdinOnce"] and not container.tty),
                keys=self._keys,
            )  # fmt: skip
            if left:
                emit(self._core, container, "detach")
        finally:
            container.output.detach(self._attached)


async def _started(container: Container) -> Process | None:
    """Return the process of a container as soon as it runs."""
    if not container.running:
        waiter: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        container.waiting.append(("started", waiter))
        await waiter
    return container.process


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
    process: Callable[[], Awaitable[Process | None] | None],
    *,
    streams: set[str],
    tty: bool,
    half_close_ends: bool,
    framed: bool,
    keys: str = "",
) -> bool:
    """Copy output to a client and its input to the process, until the output ends.

    Args:
        connection: Of the client.
        output: What the process writes.
        attached: The client's place in it.
        process: Waits for the process that takes the input; ``None`` for no input.
        streams: The streams that the client requests.
        tty: Whether there is a terminal.
        half_close_ends: The end of the input ends the output, too, and is not passed on.
        framed: Mark each piece of output with its stream.
        keys: What is typed to leave a terminal; control-p and control-q by default.

    Returns:
        Whether these keys were typed.
    """

    async def outward() -> None:
        async for stream, data in attached.pieces():
            if stream in streams:
                await connection.write(frame(stream, data, tty=not framed))

    async def inward() -> bool:
        terminal: Terminal | None = None
        while data := await connection.read():
            target = await waiting if (waiting := process()) is not None else None
            if target is None:
                continue
            terminal = terminal or (Terminal(target, output, keys) if tty else None)
            if terminal is None:
                target.stdin.feed(data)
            elif terminal.feed(data):
                output.detach(attached)
                return True
            await target.stdin.drained()
        if half_close_ends:
            output.detach(attached)
        elif (waiting := process()) is not None and (target := await waiting) is not None:
            target.stdin.end()
        return False

    tasks = [asyncio.create_task(outward()), input := asyncio.create_task(inward())]
    try:
        await tasks[0]
    except ConnectionCut:
        pass
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    return not input.cancelled() and input.exception() is None and input.result()
