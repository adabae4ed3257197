"""What logins to another machine, by OpenSSH or asyncssh, have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from aiodockerpy._transport.ssh.asyncssh import AsyncSshLogin
    from aiodockerpy._transport.ssh.openssh import OpenSshLogin

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


Login: TypeAlias = "OpenSshLogin | AsyncSshLogin"
"""One authenticated connection to the other machine, for any number of channels."""
