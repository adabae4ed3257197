from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from tests._config.homes import authority, certificates, encrypted_key, home, make_helper

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["authority", "certificates", "encrypted_key", "home", "make_helper"]


@pytest.fixture
def unix_socket():
    """Make listening sockets at given paths."""
    opened = []

    def listen(path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        server = socket.socket(socket.AF_UNIX)
        opened.append(server)
        server.bind(str(path))
        return path

    yield listen
    for server in opened:
        server.close()
