"""What processes write: kept as a log by lines, and sent to those who are attached."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiodockerpy.testing._state.clock import Clock

StreamName = Literal["stdout", "stderr"]

_HELD = 1024 * 1024  # bytes that an attached client may be behind before the program waits
_KEPT = 64 * 1024 * 1024  # bytes of the log in memory
_OVERHEAD = 100  # bytes that an entry takes beside its own
_LONGEST = 16384  # bytes of one entry of the log; a longer line is kept in parts


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of the log, or a part of a long one."""

    at: int
    stream: StreamName
    data: bytes


@dataclass(eq=False, slots=True)
class Attached:
    """A client that is attached to output."""

    _pieces: list[tuple[StreamName, bytes]] = field(default_factory=list[tuple[StreamName, bytes]])
    behind: int = 0
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _ended: bool = False

    def put(self, stream: StreamName, data: bytes) -> None:
        """Add what was written."""
        self._pieces.append((stream, data))
        self.behind += len(data)
        self._wake.set()

    def end(self) -> None:
        """End the stream."""
        self._ended = True
        self._wake.set()

    async def pieces(self) -> AsyncIterator[tuple[StreamName, bytes]]:
        """Iterate what comes until it ends."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            taken, self._pieces = self._pieces, []
            for stream, data in taken:
                yield stream, data
                self.behind -= len(data)
            if self._ended and not self._pieces:
                return
            if self._ended:
                self._wake.set()


class Output:
    """The output of a container or an exec.

    Args:
        clock: Gives the times of the log.
        logged: Whether a log is kept.

    Attributes:
        dropped: How many entries of the log are not kept any more.
    """

    def __init__(self, clock: Clock, *, logged: bool) -> None:
        self._clock = clock
        self._logged = logged
        self._partial: dict[StreamName, bytes] = {"stdout": b"", "stderr": b""}
        self._attached: set[Attached] = set()
        self._changed = asyncio.Event()
        self._entries: deque[LogEntry] = deque()
        self._size = 0
        self.dropped: int = 0

    def write(self, stream: StreamName, data: bytes) -> None:
        """Add what a process wrote."""
        if not data:
            return
        for client in self._attached:
            client.put(stream, data)
        if self._logged:
            whole = self._partial[stream] + data
            lines = whole.split(b"\n")
            self._partial[stream] = lines.pop()
            for line in lines:
                self._add(stream, line + b"\n")
            if len(self._partial[stream]) > _LONGEST:
                self._add(stream, self._partial[stream])
                self._partial[stream] = b""

    def _add(self, stream: StreamName, line: bytes) -> None:
        at = self._clock.now()
        for start in range(0, len(line), _LONGEST):
            self._entries.append(LogEntry(at, stream, line[start : start + _LONGEST]))
        self._size += len(line) + _OVERHEAD
        while self._size > _KEPT:
            self._size -= len(self._entries.popleft().data) + _OVERHEAD
            self.dropped += 1
        self._notify()

    @property
    def log(self) -> list[LogEntry]:
        """What is kept of the log: the last 64 MiB."""
        return list(self._entries)

    @property
    def end_of_log(self) -> int:
        """How many entries there have been."""
        return self.dropped + len(self._entries)

    def since(self, place: int) -> list[LogEntry]:
        """List the entries from a place on, as far as they are kept."""
        return list(islice(self._entries, max(0, place - self.dropped), None))

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def drained(self) -> None:
        """Wait while an attached client is far behind."""
        while any(client.behind > _HELD for client in self._attached):  # noqa: ASYNC110  # seldom, and short
            await asyncio.sleep(0.001)

    def flush(self) -> None:
        """Write the unfinished last line to the log; the process has ended."""
        for stream, data in self._partial.items():
            if data:
                self._add(stream, data)
                self._partial[stream] = b""

    def attach(self) -> Attached:
        """Attach a client."""
        client = Attached()
        self._attached.add(client)
        return client

    def detach(self, client: Attached) -> None:
        """Send nothing more to a client."""
        self._attached.discard(client)
        client.end()

    def end(self) -> None:
        """End those who are attached; the process has ended."""
        self.flush()
        for client in list(self._attached):
            self.detach(client)
        self._notify()

    def now(self) -> int:
        """Return the time that an entry would have now."""
        return self._clock.now()

    async def changed(self) -> None:
        """Wait until the log has something new, or the process has ended."""
        await self._changed.wait()
