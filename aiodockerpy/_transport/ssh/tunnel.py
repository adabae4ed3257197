"""A socket of this machine that leads to an engine on another one: calls and streams dial it instead of the engine.

One login carries everything. If the far side lets us connect to the engine's socket, every connection is a channel to
it; otherwise every connection is one ``docker system dial-stdio`` on the far side.
"""

from __future__ import annotations

import asyncio
import shlex
import shutil
import tempfile
import weakref
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from aiodockerpy._config.hosts import DEFAULT_UNIX_SOCKET, DOCKER_DUMMY_NAME, Host
from aiodockerpy._protocol.outside import read_json
from aiodockerpy._transport.sockets.connect import Target, connect
from aiodockerpy._transport.sockets.dial import UnixAddress, unix_socket
from aiodockerpy._transport.ssh.bridge import Bridge, Logins
from aiodockerpy._transport.ssh.login import LastWords, Login
from aiodockerpy.errors import ConnectionFailed, EngineUnreachable, StdinClosed

_QUESTION = f"HEAD /_ping HTTP/1.1\r\nHost: {DOCKER_DUMMY_NAME}\r\nConnection: close\r\n\r\n".encode()
_NO_SUCH_PROGRAM = 127


class Tunnel:
    """The tunnel to one engine, set up by the first call and again by the first one after it broke.

    Args:
        host: The engine.
        folder: A folder that only this user can enter; removed at the end.
        log_in: Makes one login.
        timeout: Seconds to connect in; ``None`` for no limit.

    Attributes:
        address: The near end.
    """

    def __init__(
        self, host: Host, folder: Path, log_in: Callable[[Path, LastWords], Awaitable[Login]], timeout: float | None
    ) -> None:
        self._host = host
        self.address = UnixAddress(str(folder / "engine"), str(host))
        self._timeout = timeout
        self._words = LastWords()
        self._logins = Logins(lambda: log_in(folder, self._words))
        self._bridge: Bridge | None = None
        self._lock = asyncio.Lock()
        self._open = False
        self._closed = False
        self._remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)

    @classmethod
    async def prepare(
        cls, host: Host, log_in: Callable[[Path, LastWords], Awaitable[Login]], timeout: float | None
    ) -> Tunnel:
        """Create a tunnel; it connects when it is first used."""
        return cls(host, Path(tempfile.mkdtemp(prefix="aiodockerpy-")), log_in, timeout)

    @property
    def last_words(self) -> str:
        """The last output of ssh, in one line; empty if there is none."""
        return str(self._words)

    @property
    def alive(self) -> bool:
        """Whether the tunnel is open."""
        return self._open and self._logins.alive

    def give_up(self) -> None:
        """Mark the tunnel for reopening, unless its socket accepts connections again."""
        with unix_socket() as sock:
            sock.setblocking(False)
            try:
                sock.connect(self.address.path)
            except BlockingIOError:  # there are just too many at once
                return
            except OSError:
                self._open = False

    async def ready(self) -> None:
        """Open the tunnel unless it is open.

        Raises:
            EngineUnreachable: It cannot be opened, or not in time; the message has the last output of ssh.
            RuntimeError: The tunnel was closed.
        """
        if self.alive:
            return
        async with self._lock:
            if self._closed:
                raise RuntimeError("the client is closed")
            if not self.alive:
                await self._reopen()

    async def _reopen(self) -> None:
        await self._end()
        self._words.clear()
        deadline = asyncio.timeout(self._timeout)
        try:
            async with deadline:
                await self._connect()
        except BaseException as error:
            await self._end()
            if isinstance(error, TimeoutError) and deadline.expired():
                raise self._unreachable(f"within {self._timeout:g} s") from None
            raise
        self._open = True

    async def _connect(self) -> None:
        login = await self._logins.first()
        near = self.address.path
        remote = self._host.path or await _engine_socket(login)
        if remote:
            await login.forward(near, remote)
            if await _answers(near):
                return
            await login.unforward(near, remote)
            self._unlink()
        self._bridge = Bridge(near, _dial_stdio(self._host.path), self._logins)
        if not await _answers(near):
            raise self._unreachable("")

    def _unreachable(self, detail: str) -> EngineUnreachable:
        parts = [f"no connection to the engine at {self._host}", detail and f" {detail}"]
        if said := self.last_words:
            parts.append(f": {said}")
        return EngineUnreachable("".join(parts))

    async def _end(self) -> None:
        self._open = False
        bridge, self._bridge = self._bridge, None
        if bridge is not None:
            await bridge.aclose()
        await self._logins.aclose()
        self._unlink()

    def _unlink(self) -> None:
        with suppress(FileNotFoundError):
            Path(self.address.path).unlink()

    async def aclose(self) -> None:
        """Close every process and connection of the tunnel."""
        self._closed = True
        async with self._lock:
            await self._end()
            await asyncio.to_thread(self._remove)


def _dial_stdio(path: str) -> str:
    host = f"--host={shlex.quote(f'unix://{path}')} " if path else ""
    return f"docker {host}system dial-stdio"


async def _engine_socket(login: Login) -> str:
    """Ask the far side's docker CLI where it would look for the engine; empty if that is not a socket.

    Without a docker CLI there, it is the default socket.
    """
    status, output = await login.run("docker context inspect")
    if status == _NO_SUCH_PROGRAM:
        return DEFAULT_UNIX_SOCKET
    try:
        contexts: Any = read_json(output)
        host: object = contexts[0]["Endpoints"]["docker"]["Host"]
    except (ValueError, LookupError, TypeError):
        return ""
    return host.removeprefix("unix://") if isinstance(host, str) and host.startswith("unix:///") else ""


async def _answers(path: str) -> bool:
    """Return whether an engine answers at a socket; the near end always accepts connections."""
    try:
        stream = await connect(Target(UnixAddress(path)))
    except ConnectionFailed:
        return False
    try:
        await stream.write(_QUESTION)
        return bool(await stream.read())
    except (ConnectionFailed, StdinClosed):
        return False
    finally:
        stream.close()
