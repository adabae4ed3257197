"""``ssh://`` without any program, by asyncssh: the extra ``aiodockerpy[ssh]``."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from aiodockerpy._transport.sockets.dial import unix_streams
from aiodockerpy.errors import EngineUnreachable

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    import asyncssh

    from aiodockerpy._config.hosts import Host
    from aiodockerpy._transport.ssh.login import LastWords

_KEEPALIVE_SECONDS = 30
_PIECE = 64 * 1024


class AsyncSsh:
    """Logs in to one host, by the ``~/.ssh/config``, known hosts, keys and agent of this process's user.

    Args:
        host: The engine's host.
        timeout: Seconds for the connection and the login; ``None`` for no limit.
    """

    def __init__(self, host: Host, timeout: float | None) -> None:
        self._host = host
        self._timeout = timeout

    async def log_in(self, _folder: Path, words: LastWords) -> AsyncSshLogin:
        """Make one login.

        Raises:
            EngineUnreachable: asyncssh is not installed, or could not log in.
        """
        try:
            import asyncssh
        except ImportError:
            raise EngineUnreachable(
                f"no connection to the engine at {self._host}: ssh='asyncssh' needs asyncssh: "
                "pip install aiodockerpy[ssh], or use ssh='openssh'"
            ) from None
        try:
            return AsyncSshLogin(await asyncssh.connect(self._host.name, **self._options()), words)
        except (asyncssh.Error, OSError) as error:
            raise EngineUnreachable(
                f"no connection to the engine at {self._host}: {_reason(error)}{_fix(error)}"
            ) from error

    def _options(self) -> dict[str, Any]:
        """Return the options that override the configuration; no environment variable is ever sent."""
        options: dict[str, Any] = {
            "send_env": None,
            "agent_forwarding": False,
            "keepalive_interval": _KEEPALIVE_SECONDS,
        }
        if self._host.user:
            options["username"] = self._host.user
        if self._host.port:
            options["port"] = self._host.port
        if self._timeout is not None:
            options["connect_timeout"] = options["login_timeout"] = self._timeout
        return options


def _reason(error: Exception) -> str:
    return getattr(error, "reason", "") or getattr(error, "strerror", "") or str(error) or type(error).__name__


def _fix(error: Exception) -> str:
    if type(error).__name__ != "HostKeyNotVerifiable":
        return ""
    return (
        " (the host's key is unknown or has changed: compare it with the one the host should have, "
        "and put it into known_hosts)"
    )


class AsyncSshLogin:
    """A login: one connection of asyncssh."""

    def __init__(self, connection: asyncssh.SSHClientConnection, words: LastWords) -> None:
        self._connection = connection
        self._words = words
        self._listeners: dict[str, asyncssh.SSHListener] = {}

    @property
    def alive(self) -> bool:
        """Whether the connection is open."""
        return not self._connection.is_closed()

    async def run(self, command: str) -> tuple[int, bytes]:
        """Run a command there; return its exit status and output."""
        import asyncssh

        try:
            done = await self._connection.run(command, encoding=None, check=False, stdin=asyncssh.DEVNULL)
        except asyncssh.Error as error:
            self._words.add(f"{_reason(error)}\n".encode())
            return 255, b""
        self._words.add(_bytes(done.stderr))
        status = done.returncode
        return 255 if status is None else status, _bytes(done.stdout)

    async def forward(self, local: str, remote: str) -> None:
        """Listen on a socket here, and connect to one there; a refusal there shows with the first connection."""
        self._listeners[local] = await self._connection.forward_local_path(local, remote)

    async def unforward(self, local: str, remote: str) -> None:  # noqa: ARG002 - asyncssh identifies it by the near end
        """Undo `forward`."""
        listener = self._listeners.pop(local)
        listener.close()
        await listener.wait_closed()

    async def carry(self, command: str, sock: socket.socket) -> None:
        """Copy between the socket and a channel; return when the command has ended."""
        import asyncssh

        reader, writer = await unix_streams(sock)
        try:
            async with self._connection.create_process(command, encoding=None) as process:
                listening = asyncio.create_task(self._listen(process))
                sending = asyncio.create_task(_copy(reader, process.stdin))
                try:
                    await _copy(process.stdout, writer)
                finally:
                    for task in (sending, listening):
                        task.cancel()
                    await asyncio.wait([sending, listening])
                    process.channel.abort()
        except asyncssh.Error as error:
            self._words.add(f"{_reason(error)}\n".encode())
        finally:
            writer.close()

    async def _listen(self, process: asyncssh.SSHClientProcess[bytes]) -> None:
        while said := await process.stderr.read(4096):
            self._words.add(said)

    async def aclose(self) -> None:
        """Close the connection, and with it every channel."""
        for local in list(self._listeners):
            await self.unforward(local, "")
        self._connection.abort()
        await self._connection.wait_closed()


async def _copy(
    source: asyncio.StreamReader | asyncssh.SSHReader[bytes], sink: asyncio.StreamWriter | asyncssh.SSHWriter[bytes]
) -> None:
    """Copy bytes, and then the end of the stream."""
    with suppress(OSError):  # a peer that no longer reads has gone, which ends the other direction too
        while data := await source.read(_PIECE):
            sink.write(data)
            await sink.drain()
        sink.write_eof()


def _bytes(said: object) -> bytes:
    return said if isinstance(said, bytes) else str(said or "").encode()
