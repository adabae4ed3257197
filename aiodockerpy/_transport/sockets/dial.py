"""Opening a socket to an engine: the address as a value, and the connect with its deadline."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

from aiodockerpy import errors
from aiodockerpy._cancelling import within

_FIRST_PAUSE = 0.001
_LONGEST_PAUSE = 0.05
_NEXT_TRY = 0.25
"""Seconds after which the next address of a name is tried while the one before has not answered."""
# Family, type, protocol, canonical name and socket address, as `socket.getaddrinfo` gives them.
_Found = tuple[int, int, int, str, Any]


class UnixAddress(NamedTuple):
    """A socket of this machine: the engine's own, or the near end of a tunnel.

    Attributes:
        path: The socket's path.
        source: Where it comes from and why, for messages: ``unix:///run/docker.sock (DOCKER_HOST)``.
    """

    path: str
    source: str = ""

    def __str__(self) -> str:
        return self.source or f"unix://{self.path}"


class TcpAddress(NamedTuple):
    """A host and its port.

    Attributes:
        host: A name, an IPv4 address, or an IPv6 address without brackets.
        port: The TCP port.
        source: Where it comes from and why, for messages.
    """

    host: str
    port: int
    source: str = ""

    def __str__(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        return self.source or f"tcp://{name}:{self.port}"


class PipeAddress(NamedTuple):
    r"""A named pipe of Windows.

    Attributes:
        path: The pipe's path: ``\\.\pipe\docker_engine``.
        source: Where it comes from and why, for messages.
    """

    path: str
    source: str = ""

    def __str__(self) -> str:
        return self.source or f"npipe://{self.path}"


Address = UnixAddress | TcpAddress | PipeAddress


async def dial(address: UnixAddress | TcpAddress, *, timeout: float | None = None) -> socket.socket:
    """Connect a non-blocking socket.

    Args:
        address: Where to.
        timeout: Seconds for all of it, looking up the name included; ``None`` waits as long as the system does.

    Raises:
        EngineUnreachable: No connection, or not in time.
    """
    limit = within(timeout, lambda: not_in_time(address, timeout), errors.EngineUnreachable)
    try:
        if isinstance(address, UnixAddress):
            return await _dial_unix(address.path, limit)
        async with limit:
            return await _dial_tcp(address)
    except (OSError, UnicodeError) as error:
        reason = f"{_text(error)}{_hint(address, error)}"
        raise errors.EngineUnreachable(f"no connection to the engine at {address}: {reason}") from error


def not_in_time(address: Address, seconds: float | None) -> str:
    """Return the message for a connection that took too long."""
    return f"no connection to the engine at {address} within {seconds:g} s"


async def stays_open(host: str, port: int, *, seconds: float, timeout: float) -> bool:
    """Connect by TCP, and return whether the other end keeps the connection open, or sends something.

    Args:
        host: A name or an address.
        port: The port.
        seconds: For how long it has to stay open.
        timeout: Seconds to connect in.
    """
    try:
        sock = await dial(TcpAddress(host, port), timeout=timeout)
    except errors.EngineUnreachable:
        return False
    with sock:
        try:
            async with asyncio.timeout(seconds):
                return bool(await asyncio.get_running_loop().sock_recv(sock, 1))
        except TimeoutError:
            return True
        except OSError:
            return False


def unix_socket() -> socket.socket:
    """Create a Unix socket.

    Raises:
        OSError: Python has no such sockets on this platform.
    """
    if sys.platform == "win32":
        raise OSError(errno.EAFNOSUPPORT, "Python has no unix sockets on Windows")
    else:  # noqa: RET506 - mypy takes what follows for unreachable where it is
        return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)


async def unix_streams(where: str | socket.socket) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to a socket's path, or take over a connected one of this machine's own kind.

    Raises:
        OSError: Nothing listens there, or asyncio has no such pipes or sockets on this platform.
    """
    if sys.platform == "win32":
        raise OSError(errno.EAFNOSUPPORT, "asyncio has no unix sockets on Windows")
    elif isinstance(where, str):  # noqa: RET506 - mypy takes what follows for unreachable where it is
        return await asyncio.open_unix_connection(where)
    else:
        return await asyncio.open_unix_connection(sock=where)


async def _dial_unix(path: str, limit: within) -> socket.socket:
    """Connect, within a limit if it does not go at once."""
    sock = unix_socket()
    try:
        sock.setblocking(False)
        if not _has_connected(sock, path):
            async with limit:
                pause = _FIRST_PAUSE
                while not _has_connected(sock, path):
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, _LONGEST_PAUSE)
    except BaseException:
        sock.close()
        raise
    return sock


def _has_connected(sock: socket.socket, path: str) -> bool:
    """Connect; while the listener's backlog is full the system says EAGAIN, which asyncio takes for success."""
    try:
        sock.connect(path)
    except BlockingIOError:
        return False
    return True


async def _dial_tcp(address: TcpAddress) -> socket.socket:
    """Try all addresses of a name, of both families in turn, each a little after the one before (RFC 8305)."""
    # It loads with the first connection over TCP.
    from aiohappyeyeballs import start_connection  # pyright: ignore[reportUnknownVariableType] - a bare tuple

    found = await _look_up(address)
    if not found:
        raise OSError(errno.EADDRNOTAVAIL, "the name has no address")
    try:
        sock = await start_connection(found, happy_eyeballs_delay=_NEXT_TRY, interleave=1)
    except RuntimeError as error:  # what uvloop raises where asyncio raises OSError
        raise OSError(str(error)) from error
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    except BaseException:
        sock.close()
        raise
    return sock


async def _look_up(address: TcpAddress) -> Sequence[_Found]:
    """Return the socket addresses; an address that is already a number needs no look-up."""
    host, port, kind = address.host, address.port, socket.SOCK_STREAM
    try:
        return socket.getaddrinfo(host, port, type=kind, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        return await asyncio.get_running_loop().getaddrinfo(host, port, type=kind)


def _text(error: OSError | UnicodeError) -> str:
    """Return the system's text: that of asyncio ("Connect call failed") leaves out the reason."""
    if not isinstance(error, OSError):
        return str(error)
    if error.errno is not None and (error.strerror or "").startswith(("Connect call", "Multiple exceptions")):
        return os.strerror(error.errno)
    return error.strerror or str(error) or "timed out"


def _hint(address: UnixAddress | TcpAddress, error: OSError | UnicodeError) -> str:
    code = error.errno if isinstance(error, OSError) else None
    if code in {errno.EACCES, errno.EPERM} and isinstance(address, UnixAddress):
        return " (this user may not use the socket; its group is often 'docker')"
    if code in {errno.ENOENT, errno.ECONNREFUSED}:
        return " (is the engine running?)"
    return ""
