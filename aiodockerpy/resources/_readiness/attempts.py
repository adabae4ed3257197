"""Wait until a command in a container succeeds, or its program listens: both are tried again and again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiodockerpy import errors
from aiodockerpy._options.containers import single_port
from aiodockerpy._protocol.listening import Listener, listening
from aiodockerpy._protocol.outside import read_int
from aiodockerpy._transport.sockets.dial import stays_open
from aiodockerpy.resources._following.backoff import AWAY
from aiodockerpy.resources._readiness.endpoint import find_endpoint
from aiodockerpy.resources._readiness.watch import INTERVAL, watching

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiodockerpy.resources._processes.exec import ExecProcess, ExecResult
    from aiodockerpy.resources._readiness.watch import Watch
    from aiodockerpy.resources.container import Container

OPEN_SECONDS = 0.05
"""Seconds for which a connection has to stay open: the engine's proxy closes it at once if no program listens."""
CONNECT_SECONDS = 5.0
_NO_COMMAND = re.compile(rb"not found|no such file", re.IGNORECASE)
_CAT = ("cat", "/proc/net/tcp", "/proc/net/tcp6")
_OTHERS_NETWORK = ("host", "none", "container:")


async def wait_exec(
    container: Container,
    command: list[str],
    start: Callable[[], ExecProcess[bytes]],
    timeout: float | None,
    interval: float,
) -> ExecResult[bytes]:
    """Run a command in a container until it exits with 0, and return that result.

    Args:
        container: The container.
        command: The command, for messages.
        start: Returns the handle of the command; called for each attempt.
        timeout: Seconds; ``None`` for no limit.
        interval: Seconds between two attempts.

    Raises:
        ContainerNotReady: The container ended.
        DeadlineExceeded: The timeout expired; with the exit code and the output of the last attempt.
    """
    last: ExecResult[bytes] | None = None

    def seen() -> str:
        if last is None:
            return "; the command was not run to its end"
        output = last.output.decode(errors="replace").strip()[-500:]
        return f"; the command exited with {last.exit_code}{f': {output}' if output else ''}"

    async with watching(container, f"ready for {' '.join(command)!r}", timeout, seen) as watch:
        while True:
            await watch.running()
            result = await _attempt(watch, start())
            if result is not None and result.exit_code == 0:
                return result
            last = result or last
            await watch.pause(interval)


async def _attempt(watch: Watch, process: ExecProcess[bytes]) -> ExecResult[bytes] | None:
    """Run a command; ``None`` if the container or the connection ended meanwhile, or the container was paused."""
    try:
        return await process
    except (errors.Conflict, errors.ConnectionFailed, errors.ServiceUnavailable):
        return None
    except errors.APIError:
        await watch.look()
        if watch.container.status == "running":
            raise
        return None


def _has_no_cat(result: ExecResult[bytes]) -> bool:
    """Return whether there is no ``cat``, or it found no table; a container that is ending gives other failures."""
    if result.exit_code in {126, 127}:
        return _NO_COMMAND.search(result.output) is not None
    return result.exit_code == 1 and listening(result.output) is None


class ListeningWait:
    """A wait for a program that listens on TCP ports of a container.

    Args:
        container: The container.
        ports: The ports.

    Raises:
        InvalidArgument: No port, or one that is not TCP.
    """

    def __init__(self, container: Container, ports: Sequence[int | str]) -> None:
        if not ports:
            raise errors.InvalidArgument("wait_listening() needs at least one port")
        parts = [single_port(port).partition("/") for port in ports]
        if any(protocol != "tcp" for _, _, protocol in parts):
            raise errors.InvalidValue(f"ports must be TCP ports, not {', '.join(map(repr, ports))}")
        self._container = container
        self._ports = [read_int(number) or 0 for number, _, _ in parts]
        self._has_cat = True
        self._listeners: list[Listener] = []

    async def run(self, timeout: float | None) -> None:
        """Check repeatedly until all ports are listened on.

        Raises:
            ContainerNotReady: The container ended.
            DeadlineExceeded: The timeout expired; with what is listened on.
            InvalidArgument: The image has no ``cat``, and a port is not published either.
        """
        wanted = f"listening on {', '.join(map(str, self._ports))}"
        async with watching(self._container, wanted, timeout, self._seen) as watch:
            await watch.running()
            while not await self._all_listen(watch):
                await watch.pause(INTERVAL)
                await watch.running()

    async def _all_listen(self, watch: Watch) -> bool:
        if self._has_cat:
            result = await _attempt(watch, self._container.exec_run(_CAT))
            if result is None:
                return False
            found = listening(result.output)
            self._has_cat = not _has_no_cat(result)
            if self._has_cat:
                self._listeners = found or []
                return all(map(self._listens, self._ports))
        return all([await self._accepts(port) for port in self._ports])

    def _listens(self, port: int) -> bool:
        """Return whether a port is listened on, so that it can be reached from outside of the container."""
        config = self._container.info.host_config
        mode = (config.network_mode if config is not None else None) or ""
        own_network = not mode.startswith(_OTHERS_NETWORK)
        return any(one.port == port and not (own_network and one.is_loopback) for one in self._listeners)

    async def _accepts(self, port: int) -> bool:
        try:
            found = await find_endpoint(self._container, f"{port}/tcp", None)
        except (errors.ContainerNotReady, *AWAY):  # the next inspection shows whether it has ended
            return False
        return await stays_open(found.host, found.port, seconds=OPEN_SECONDS, timeout=CONNECT_SECONDS)

    def _seen(self) -> str:
        if not self._has_cat:
            return "; its image has no cat, so that it was connected to, and the connections were closed"
        if not self._listeners:
            return "; nothing in it listens"
        places = ", ".join(sorted({str(one) for one in self._listeners}))
        hint = " (a loopback address cannot be reached from outside of the container)"
        loopback = any(one.is_loopback and one.port in self._ports for one in self._listeners)
        return f"; it listens on {places}{hint if loopback else ''}"
