"""Logs followed for as long as the container exists, across its restarts, broken connections and engine restarts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiodockerpy import errors
from aiodockerpy._protocol.timestamps import Timestamp
from aiodockerpy.resources._following.backoff import Backoff
from aiodockerpy.resources._following.events import Subscription
from aiodockerpy.streams.source import Source, all_items
from aiodockerpy.streams.stream import Stream

if TYPE_CHECKING:
    from typing import Self

    from aiodockerpy._protocol.lines import LogLine
    from aiodockerpy._protocol.timestamps import TimeBound
    from aiodockerpy.api import Api
    from aiodockerpy.streams.output import LogStream

__all__ = ["LogFollower", "LogQuery"]

OVERLAP = 1_000_000_000
"""Nanoseconds before the newest line from which is read again: the lines of the two streams may come out of order."""


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Which lines to read."""

    tty: bool = False
    stdout: bool = True
    stderr: bool = True
    since: TimeBound = None
    tail: int | str | None = None
    details: bool = False


class _Place:
    """How far one stream was read: the time of its last line, and how many lines had it."""

    __slots__ = ("again", "count", "time")

    def __init__(self) -> None:
        self.time = ""
        self.count = 0
        self.again = 0  # lines of that time to leave out, counted down

    def note(self, line: LogLine) -> None:
        if line.time == self.time:
            self.count += 1
        else:
            self.time, self.count = line.time or "", 1

    def knows(self, line: LogLine) -> bool:
        """Return whether a line that is read again was delivered before."""
        if line.time == self.time and self.again:
            self.again -= 1
            return True
        return _nano(line.time) < _nano(self.time)


def _nano(text: str | None) -> int:
    return Timestamp.parse(text).unix_nano if text else 0


class _Following(Source["LogLine"]):
    """The lines of a container across connections. It is read by one task at a time."""

    def __init__(self, api: Api, container: str, query: LogQuery) -> None:
        self._api = api
        self._container = container
        self._query = query
        self._logs: LogStream | None = None
        self._life: Subscription | None = None
        self._quiet = False
        self._places: dict[str, _Place] = {}
        self._replaying: set[str] = set()
        self._unproven = False
        self._backoff = Backoff()
        self._cut = False
        self._closed = False
        self.reconnects = 0

    @property
    def closed_early(self) -> bool:
        """Whether it was closed before its end."""
        return self._closed

    async def open(self) -> Self:
        """Open the first connection."""
        await self._connect()
        return self

    async def _connect(self) -> None:
        query = self._query
        newest = max((_nano(place.time) for place in self._places.values()), default=0)
        oldest = min((_nano(place.time) for place in self._places.values()), default=0)
        begin = Timestamp.from_unix_nano(max(oldest, newest - OVERLAP)) if newest else None
        logs = self._api.containers.logs(
            self._container,
            tty=query.tty,
            follow=True,
            stdout=query.stdout,
            stderr=query.stderr,
            since=begin or query.since,
            tail=None if begin else query.tail,
            timestamps=True,
            details=query.details,
        )
        await logs.__aenter__()
        if self._closed:
            logs.close()
        self._logs = logs
        self._backoff.connected()
        self._unproven = bool(newest)
        self._replaying = set(self._places)
        for place in self._places.values():
            place.again = place.count

    async def batch(self) -> list[LogLine]:
        """Return the next lines; none at all after the container was removed."""
        while not self._closed:
            lines = await self._read()
            if lines:
                return lines
            if lines is None and not await self._go_on():
                break
        return []

    async def _read(self) -> list[LogLine] | None:
        """Return new lines, perhaps none; ``None`` if the connection has ended."""
        if self._logs is None:
            return None
        try:
            lines = await self._logs.batch()
            cut = self._logs.interrupted
        except errors.StreamInterrupted:
            lines, cut = [], True
        if cut:  # the beginning of a line comes again with the rest of it
            if not self._closed:
                self._lose()
            return None
        if not lines:
            self._logs = None
            return None
        return self._new(lines) if self._replaying or self._unproven else self._noted(lines)

    def _noted(self, lines: list[LogLine]) -> list[LogLine]:
        self._quiet = False
        places = self._places
        for line in lines:
            place = places.get(line.stream)
            if place is None:
                place = places[line.stream] = _Place()
            place.note(line)
        return lines

    def _new(self, lines: list[LogLine]) -> list[LogLine]:
        """Leave out lines that were delivered before; the first repeated line proves that none is missing."""
        new: list[LogLine] = []
        for line in lines:
            place = self._places.get(line.stream)
            if place is not None and line.stream in self._replaying:
                if place.knows(line):
                    self._unproven = False
                    continue
                self._replaying.discard(line.stream)
            if self._unproven:
                raise errors.StreamInterrupted(
                    f"the log of container {self._container} no longer has the last line that was read: "
                    "lines may be missing"
                )
            self._noted([line])
            new.append(line)
        self._quiet = self._quiet and not new
        return new

    def _lose(self) -> None:
        self._cut = True
        if self._logs is not None:
            self._logs.close()
            self._logs = None
        self._backoff.lost()

    async def _go_on(self) -> bool:
        """Connect again: after a break as soon as possible, after the end of the container when it has started again.

        Returns:
            Whether more lines can come: ``False`` if the container was removed.
        """
        while not self._closed:
            try:
                if self._cut or self._quiet:
                    await self._backoff.pause()
                if not self._cut and not await self._started_again():
                    return False
                await self._connect()
            except errors.NotFound as error:
                if self._cut:
                    raise errors.StreamInterrupted(
                        f"container {self._container} was removed while the connection was broken: "
                        "its last lines may be missing"
                    ) from error
                return False
            except errors.ConnectionFailed:
                self._lose()
                continue
            self.reconnects += 1
            self._cut = False
            self._quiet = True
            return True
        return False

    async def _started_again(self) -> bool:
        """Wait until the container runs; ``False`` if it was removed."""
        life = Subscription(
            self._api.system, filters={"container": [self._container], "event": ["start", "die", "destroy", "remove"]}
        )
        self._life = life
        try:
            await life.open()
            while not self._closed:
                state = (await self._api.containers.inspect(self._container)).state
                if state is not None and state.running:
                    return True
                await life.batch()
            return False
        finally:
            life.close()
            self._life = None

    def close(self) -> None:
        """Close the connections."""
        self._closed = True
        if self._logs is not None:
            self._logs.close()
        if self._life is not None:
            self._life.close()


class LogFollower(Stream["LogLine", bytes]):
    """The lines of a container for as long as it exists; each has its time.

    It continues across restarts of the container and of the engine, and broken connections. No line is lost and none is
    repeated; where that cannot be proven, since the log was rotated or the container removed while the connection
    was broken, `~aiodockerpy.errors.StreamInterrupted` is raised. It ends when the container is removed.
    """

    def __init__(self, api: Api, container: str, query: LogQuery) -> None:
        self._following = _Following(api, container, query)
        super().__init__(self._following.open, _joined, name="containers.logs")

    @property
    def reconnects(self) -> int:
        """Number of times the connection was reopened."""
        return self._following.reconnects


async def _joined(source: Source[LogLine]) -> bytes:
    lines = await all_items(source)
    return b"".join([line.data if line.partial else b"%b\n" % line.data for line in lines])
