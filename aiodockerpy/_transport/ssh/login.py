"""The interface of a login to another machine, by OpenSSH or asyncssh."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import socket

_LONGEST_WORDS = 4096


class LastWords:
    """The end of the standard error output of ssh and of the programs on the far side."""

    def __init__(self) -> None:
        self._tail = b""

    def add(self, said: bytes) -> None:
        """Add what was written."""
        self._tail = (self._tail + said)[-_LONGEST_WORDS:]

    def clear(self) -> None:
        """Reset the state for a new connection."""
        self._tail = b""

    def __str__(self) -> str:
        lines = dict.fromkeys(line.strip() for line in self._tail.decode(errors="replace").splitlines())
        return "; ".join(filter(None, lines))


class Login(Protocol):
    """One authenticated connection to the other machine, for any number of channels."""

    @property
    @abstractmethod
    def alive(self) -> bool:
        """Whether it is still open."""

    @abstractmethod
    async def run(self, command: str) -> tuple[int, bytes]:
        """Run a command there; return its exit status and output."""

    @abstractmethod
    async def forward(self, local: str, remote: str) -> None:
        """Listen on a socket here, and connect each connection to it to a socket there."""

    @abstractmethod
    async def unforward(self, local: str, remote: str) -> None:
        """Undo `forward`."""

    @abstractmethod
    async def carry(self, command: str, sock: socket.socket) -> None:
        """Run a command there with a socket, which is closed, as its input and output; return when it has ended."""

    @abstractmethod
    async def aclose(self) -> None:
        """Close the connection and what runs over it."""
