"""The streams that hold connections, as `DockerClient.diagnostics` shows them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from aiodockerpy._jsonable import dumpable
from aiodockerpy.streams.stream import caller

if TYPE_CHECKING:
    from aiodockerpy._transport.base import ByteStream

__all__ = ["Diagnostics", "OpenStream", "StreamRegistry"]


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


@dataclass(frozen=True, slots=True)
class _Entry:
    operation: str
    path: str
    since: float
    opened_at: str


class StreamRegistry:
    """The open streams of one session. Knowing a stream does not keep it alive."""

    def __init__(self) -> None:
        self._entries: WeakKeyDictionary[ByteStream, _Entry] = WeakKeyDictionary()

    def add(self, stream: ByteStream, *, operation: str, path: str) -> None:
        """Record that a stream was opened."""
        self._entries[stream] = _Entry(operation, path, time.monotonic(), caller())

    def streams(self) -> list[ByteStream]:
        """Return the open streams."""
        return [stream for stream in list(self._entries) if not stream.closed]

    def snapshot(self) -> tuple[OpenStream, ...]:
        """Describe the open streams, the oldest first."""
        now = time.monotonic()
        entries = [(stream, self._entries[stream]) for stream in self.streams()]
        return tuple(
            OpenStream(entry.operation, entry.path, now - entry.since, stream.received, entry.opened_at)
            for stream, entry in entries
        )
