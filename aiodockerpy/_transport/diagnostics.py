"""The snapshot that `DockerClient.diagnostics` returns."""

from __future__ import annotations

from dataclasses import dataclass

from aiodockerpy._jsonable import dumpable


@dumpable()
@dataclass(frozen=True, slots=True)
class OpenStream:
    """One stream that holds a connection now."""

    operation: str
    """The operation's name, for example ``"containers.logs"``."""
    path: str
    """The path of its request."""
    seconds: float
    """How long it has been open."""
    received: int
    """Bytes that were read from it."""
    opened_at: str
    """``file:line`` of the code outside this library that opened it."""


@dumpable()
@dataclass(frozen=True, slots=True)
class Diagnostics:
    """A picture of the session manager at one moment."""

    host: str
    """The engine's address and why it was chosen."""
    api_version: str | None
    """The version in use; ``None`` before the first call."""
    pool_limit: int
    """Ordinary calls that may run at once (``max_pool_size``)."""
    pool_in_use: int
    """Ordinary calls running."""
    pool_waiting: int
    """Ordinary calls that wait for one to end."""
    streams: tuple[OpenStream, ...]
    """The open streams, the oldest first."""
