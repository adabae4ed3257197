"""Host strings (``unix:///var/run/docker.sock``, ``tcp://server:2376``, ``ssh://me@server``, …) as values.

One parser takes docker-py's shapes and the docker CLI's: a missing scheme is ``tcp``, a missing host ``localhost``, a
missing port 2375.
"""

from __future__ import annotations

import ipaddress
import os
import posixpath
import re
import sys
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import quote, unquote

from aiodockerpy._protocol.outside import read_int
from aiodockerpy.errors import InvalidArgument

Scheme = Literal["unix", "npipe", "tcp", "ssh"]
"""How a host is reached."""

DEFAULT_UNIX_SOCKET = "/var/run/docker.sock"
DEFAULT_NPIPE = "//./pipe/docker_engine"
DEFAULT_PORT = 2375
DEFAULT_NAME = "localhost"
DOCKER_DUMMY_NAME = "docker.example.com"
"""The ``Host`` header where the connection itself has no name, as the docker CLI sends it over ssh."""

# The kernel's sockaddr_un holds 108 bytes on Linux and Windows and 104 on macOS and the BSDs, a NUL included.
_LONGEST_SOCKET_PATH = 107 if sys.platform in {"linux", "win32"} else 103
_SCHEME_ALIASES: dict[str, Scheme] = {
    "unix": "unix",
    "http+unix": "unix",
    "npipe": "npipe",
    "tcp": "tcp",
    "http": "tcp",
    "https": "tcp",
    "ssh": "ssh",
}
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*)://")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NO_ESCAPE = re.compile(r"%(?![0-9a-fA-F]{2})")
# What OpenSSH 9.6 and later refuse: a ProxyCommand gives names to a shell.
_UNSAFE_IN_USER = frozenset(" \t\"'`;&<>|(){}")
_UNSAFE_IN_NAME = _UNSAFE_IN_USER | frozenset("$\\*")
_UNQUOTED = "$&+,/:;=@"
"""What Go's client does not quote in a path, besides letters, digits and ``-._~``."""


@dataclass(frozen=True, slots=True)
class Host:
    """Where an engine listens, and why this place was chosen. Never holds a password.

    Example:
        >>> parse_host("tcp://[::1]:2376/engine", tls=True).url
        'tcp://[::1]:2376/engine'
    """

    scheme: Scheme
    """``http://`` and ``https://`` are ``tcp`` with :attr:`tls` set accordingly."""
    path: str = ""
    """The socket's path (unix), the pipe's (npipe), or the remote socket's (ssh; empty for the remote default)."""
    name: str = ""
    """Host name or address (tcp, ssh), an IPv6 address without brackets."""
    port: int | None = None
    """Always known for tcp; ``None`` for ssh leaves it to the ssh configuration."""
    prefix: str = ""
    """Path put before the path of every request (tcp), for an engine behind a reverse proxy: ``/engine``; quoted."""
    user: str = ""
    """Login name (ssh); empty leaves it to the ssh configuration."""
    tls: bool = False
    source: str = "base_url"
    """Why this host: for example ``DOCKER_HOST`` or ``context 'prod' (DOCKER_CONTEXT)``."""

    @property
    def is_local(self) -> bool:
        """Whether it is a socket or pipe of this machine: no TLS, no proxy, no name."""
        return self.scheme in {"unix", "npipe"}

    @property
    def url(self) -> str:
        """The address as ``docker context inspect`` shows it."""
        if self.is_local:
            return f"{self.scheme}://{self.path}"
        if self.scheme == "ssh":
            login = f"{_quoted(self.user, '')}@" if self.user else ""
            return f"ssh://{login}{self.authority}{_quoted(self.path, '/')}"
        return f"tcp://{self.authority}{self.prefix}"

    @property
    def authority(self) -> str:
        """``name:port``, an IPv6 address in brackets; empty for a local socket or pipe."""
        name = f"[{self.name}]" if ":" in self.name else self.name
        return name if self.port is None else f"{name}:{self.port}"

    @property
    def unscoped(self) -> Host:
        """This host without the zone of an IPv6 address, which only this machine has a meaning for."""
        return replace(self, name=self.name.partition("%")[0])

    @property
    def certificate_name(self) -> str:
        """The name that the engine's certificate must have: without a zone, and without the dot of an absolute name."""
        return self.unscoped.name.removesuffix(".")

    def __str__(self) -> str:
        return f"{self.url} ({self.source})"


def parse_host(
    value: str | None,
    *,
    tls: bool = False,
    source: str = "base_url",
    platform: str = sys.platform,
    web_port: bool = False,
) -> Host:
    """Read a host string.

    Args:
        value: ``unix://``, ``http+unix://``, ``npipe://``, ``tcp://``, ``http://``, ``https://``, ``ssh://``, or none
            (tcp). Empty means the platform's default socket or pipe or, with TLS, ``tcp://localhost:2376``.
            ``unix://var/run/docker.sock`` is ``/var/run/docker.sock``, as in docker-py.
        tls: Whether TLS was asked for; it applies to tcp only.
        source: Why this host, for messages.
        platform: As ``sys.platform``.
        web_port: Whether a missing port is that of the web (80, with TLS 443) instead of 2375.

    Raises:
        InvalidArgument: The string is not the address of an engine.
    """
    text = (value or "").strip()
    if not text:
        return _default_host(tls=tls, source=source, platform=platform)
    try:
        return replace(_parsed(text, tls=tls, web_port=web_port), source=source)
    except _Malformed as error:
        reason = str(error)
    raise InvalidArgument(f"invalid host {_without_password(text)!r} ({source}): {reason}")


class _Malformed(Exception):  # noqa: N818 - never leaves this module
    """What is wrong with a host string."""


def _default_host(*, tls: bool, source: str, platform: str) -> Host:
    if tls:
        return Host("tcp", name=DEFAULT_NAME, port=2376, tls=True, source=source)
    if platform == "win32":
        return Host("npipe", path=DEFAULT_NPIPE, source=source)
    return Host("unix", path=DEFAULT_UNIX_SOCKET, source=source)


def _parsed(text: str, *, tls: bool, web_port: bool) -> Host:
    if _CONTROL.search(text):
        raise _Malformed("it holds a control character")
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        raise _Malformed("it holds half of a surrogate pair") from None
    found = _SCHEME.match(text)
    given = found[1].lower() if found else "tcp"
    rest = text[found.end() :] if found else text
    scheme = _SCHEME_ALIASES.get(given)
    if scheme is None:
        hint = "file descriptors are for the engine only" if given == "fd" else f"unknown scheme {given!r}"
        raise _Malformed(f"{hint}; there are unix, npipe, tcp, http, https and ssh")
    if "://" in rest:
        raise _Malformed("there are two schemes")
    if scheme == "unix":
        return _unix(rest)
    if scheme == "npipe":
        return Host("npipe", path=rest.rstrip("/") or DEFAULT_NPIPE)
    if "?" in rest or "#" in rest:
        raise _Malformed("a query or fragment has no meaning here")
    if scheme == "ssh":
        return _ssh(rest)
    return _tcp(rest, given=given, tls=tls, web_port=web_port or given != "tcp")


def _unix(rest: str) -> Host:
    path = "/" + rest.strip("/") if rest.strip("/") else DEFAULT_UNIX_SOCKET
    if len(os.fsencode(path)) > _LONGEST_SOCKET_PATH:
        raise _Malformed(f"the path of a unix socket can have {_LONGEST_SOCKET_PATH} bytes at most")
    return Host("unix", path=path)


def _ssh(rest: str) -> Host:
    authority, slash, path = rest.partition("/")
    user, at, location = authority.rpartition("@")
    if ":" in user:
        raise _Malformed("a password is not taken from a URL; use an ssh key or agent")
    name, port = _name_and_port(location)
    name, user, path = name if ":" in name else _decoded(name), _decoded(user), _decoded(path)
    if not name:
        raise _Malformed("the host name is empty")
    if at and not user:
        raise _Malformed("the user name is empty")
    _check_names(name, user)
    if _CONTROL.search(name + user + path):
        raise _Malformed("it holds an encoded control character")
    socket = slash + path if path.strip("/") else ""
    return Host("ssh", name=name, port=port, user=user, path=socket)


def _tcp(rest: str, *, given: str, tls: bool, web_port: bool) -> Host:
    if given == "http" and tls:
        raise _Malformed("TLS was asked for, and http:// is plain text; write tcp:// or https://")
    authority, _, path = rest.partition("/")
    if "@" in authority:
        raise _Malformed("user names and passwords are not sent to an engine")
    name, port = _name_and_port(authority)
    _check_names(name)
    secured = tls or given == "https"
    usual = (443 if secured else 80) if web_port else DEFAULT_PORT
    return Host("tcp", name=name or DEFAULT_NAME, port=port or usual, prefix=_prefix(path), tls=secured)


def _prefix(path: str) -> str:
    """Return a path as it is sent: quoted, and without empty and dotted parts, as the docker CLI sends it."""
    return _quoted(posixpath.normpath("/" + _decoded(path).lstrip("/")), _UNQUOTED).rstrip("/")


def _quoted(text: str, safe: str) -> str:
    """Quote a text; bytes of the environment that are not UTF-8 stay what they are."""
    return quote(text, safe=safe, errors="surrogateescape")


def _decoded(text: str) -> str:
    """Replace the percent escapes."""
    if _NO_ESCAPE.search(text):
        raise _Malformed("'%' begins something that is no escaped character; write '%25' for '%' itself")
    return unquote(text, errors="surrogateescape")


def _check_names(name: str, user: str = "") -> None:
    """Refuse names that a program could take for an option, or a shell for a command."""
    unsafe = not _UNSAFE_IN_NAME.isdisjoint(name) or not _UNSAFE_IN_USER.isdisjoint(user)
    if unsafe or name.startswith("-") or user.startswith("-"):
        raise _Malformed(
            "a host or user name that begins with '-', or holds a blank or a character of shells, is refused"
        )


def _name_and_port(authority: str) -> tuple[str, int | None]:
    """Split ``name:port``, ``[v6]:port``, or an IPv6 address that stands without brackets."""
    if authority.startswith("["):
        name, bracket, rest = authority[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")) or not _is_ipv6(name):
            raise _Malformed("that is not an IPv6 address in brackets")
        return name.replace("%25", "%"), _port(rest[1:])
    if authority.count(":") > 1:
        if not _is_ipv6(authority):
            raise _Malformed("too many colons; write an IPv6 address in brackets: [::1]:2375")
        return authority, None
    name, _, port = authority.partition(":")
    return name, _port(port)


def _is_ipv6(name: str) -> bool:
    try:
        ipaddress.IPv6Address(name.replace("%25", "%"))
    except ValueError:
        return False
    return True


def _port(digits: str) -> int | None:
    if not digits:
        return None
    if (port := read_int(digits, minimum=1)) is None or port >= 1 << 16:
        raise _Malformed("the port is not a number from 1 to 65535")
    return port


def _without_password(text: str) -> str:
    """Cut everything between the scheme and the last ``@``, and a query or fragment: each may hold a secret."""
    scheme, separator, rest = text.partition("://") if "://" in text else ("", "", text)
    if "@" in rest:
        rest = "…@" + rest.rpartition("@")[2]
    return scheme + separator + re.sub(r"[?#].*", "?…", rest, flags=re.DOTALL)
