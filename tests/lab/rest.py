"""The least of HTTP that the lab needs to talk to an engine or a registry."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any

from tests.lab.shell import LabError

Body = bytes | bytearray | memoryview | None


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("engine", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def connection(address: str, *, timeout: float) -> http.client.HTTPConnection:
    """Connect to ``unix:///path``, ``tcp://host:port`` or ``http://host:port``."""
    scheme, _, place = address.partition("://")
    if scheme == "unix":
        return _UnixConnection(place, timeout)
    return http.client.HTTPConnection(place.rstrip("/"), timeout=timeout)


def call(
    address: str,
    method: str,
    path: str,
    *,
    body: Body = None,
    headers: dict[str, str] | None = None,
    timeout: float = 30,
) -> tuple[int, dict[str, str], bytes]:
    """Send one request and return status, headers (lower case) and the whole body."""
    link = connection(address, timeout=timeout)
    try:
        link.request(method, path, body=body, headers=headers or {})
        response = link.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    finally:
        link.close()


def ask(address: str, method: str, path: str, *, value: object = None, timeout: float = 30) -> Any:
    """Send and receive JSON; raise `LabError` for an error status."""
    body = None if value is None else json.dumps(value).encode()
    status, _, answer = call(
        address, method, path, body=body, headers={"Content-Type": "application/json"}, timeout=timeout
    )
    if status >= 400:
        raise LabError(f"{method} {path}: {status} {answer.decode(errors='replace').strip()}")
    return json.loads(answer) if answer.strip() else None


def answers(address: str, *, path: str = "/_ping", timeout: float = 2) -> bool:
    """Return whether an engine answers there."""
    try:
        return call(address, "GET", path, timeout=timeout)[0] == 200
    except (OSError, http.client.HTTPException):
        return False
