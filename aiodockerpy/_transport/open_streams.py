"""The streams that hold connections, as `DockerClient.diagnostics` shows them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from aiodockerpy.streams.stream import caller

if TYPE_CHECKING:
    from aiodockerpy._transport.base import ByteStream
    from aiodockerpy._transport.diagnostics import OpenStream


class _Entry(NamedTuple):
    operation: str
    path: str
    since: float
    opened_at: str


class StreamRegistry:
    """The open streams of one session, held by weak references."""

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
        from aiodockerpy._transport.diagnostics import OpenStream

        now = time.monotonic()
        entries = [(stream, self._entries[stream]) for stream in self.streams()]
        return tuple(
            OpenStream(entry.operation, entry.path, now - entry.since, stream.received, entry.opened_at)
            for stream, entry in entries
        )
