"""Connections to a socket of this machine, each carried by one command on another machine."""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from aiodockerpy._transport.sockets.dial import unix_socket
from aiodockerpy.errors import ConnectionFailed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from aiodockerpy._transport.ssh.login import Login

SESSIONS = 8
"""Commands at once over one login; servers allow ten by default (``MaxSessions``)."""

_log = logging.getLogger("aiodockerpy.ssh")


class Logins:
    """One login and, when that carries as many commands as servers allow, another one.

    Args:
        log_in: Makes a login.
    """

    def __init__(self, log_in: Callable[[], Awaitable[Login]]) -> None:
        self._log_in = log_in
        self._users: dict[Login, int] = {}
        self._first: Login | None = None
        self._lock = asyncio.Lock()

    @property
    def alive(self) -> bool:
        """Whether the first login is open."""
        return self._first is not None and self._first.alive

    async def first(self) -> Login:
        """Log in for the first time."""
        self._first = await self._another()
        return self._first

    async def _another(self) -> Login:
        login = await self._log_in()
        self._users[login] = 0
        return login

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[Login]:
        """Return a login that has room for one more command."""
        async with self._lock:
            login = next((login for login, users in self._users.items() if login.alive and users < SESSIONS), None)
            if login is None:
                login = await self._another()
            self._users[login] += 1
        try:
            yield login
        finally:
            if login in self._users:
                self._users[login] -= 1
                await self._drop_dead(login)

    async def _drop_dead(self, login: Login) -> None:
        if not login.alive and not self._users[login] and login is not self._first:
            del self._users[login]
            await login.aclose()

    async def aclose(self) -> None:
        """Close all of them."""
        logins, self._users, self._first = list(self._users), {}, None
        for login in logins:
            await login.aclose()


def _close(sock: socket.socket, _: object) -> None:
    sock.close()


class Bridge:
    """Listens on a socket, from the moment it is made.

    Args:
        path: The socket.
        command: The command whose input and output each connection is.
        logins: Where the command runs.
    """

    def __init__(self, path: str, command: str, logins: Logins) -> None:
        self._command = command
        self._logins = logins
        self._listener = unix_socket()
        self._listener.setblocking(False)
        self._listener.bind(path)
        self._listener.listen(socket.SOMAXCONN)
        self._serving = asyncio.create_task(self._serve(), name=f"connections to {path}")

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as group:
            while True:
                sock, _ = await loop.sock_accept(self._listener)
                carrying = group.create_task(self._carry(sock))
                carrying.add_done_callback(partial(_close, sock))  # also if it is cancelled before it runs

    async def _carry(self, sock: socket.socket) -> None:
        try:
            async with self._logins.turn() as login:
                await login.carry(self._command, sock)
        except (ConnectionFailed, OSError) as error:  # the caller sees the end of its connection
            _log.debug("a connection could not be carried: %s", error)

    async def aclose(self) -> None:
        """Close every connection and stop listening."""
        self._serving.cancel()
        await asyncio.wait([self._serving])
        self._listener.close()
