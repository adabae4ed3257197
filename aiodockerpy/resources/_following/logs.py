"""Logs followed for as long as the container exists, across its restarts, broken connections and engine restarts."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

from aiodockerpy import errors
from aiodockerpy._protocol.timestamps import TimeBound, bound
from aiodockerpy.resources._following.backoff import AWAY, Backoff
from aiodockerpy.resources._following.events import Subscription
from aiodockerpy.resources._following.places import Places
from aiodockerpy.streams.source import Source
from aiodockerpy.streams.stream import Stream

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from aiodockerpy._protocol.lines import LogLine
    from aiodockerpy.api import Api
    from aiodockerpy.streams.output import LogStream


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Which lines to read."""

    tty: bool = False
    stdout: bool = True
    stderr: bool = True
    since: TimeBound = None
    tail: int | Literal["all"] | None = None
    details: bool = False

    @property
    def streams(self) -> int:
        """How many streams the lines can come from."""
        return 1 if self.tty else self.stdout + self.stderr


class LogFollowing(Source["LogLine"]):
    """The lines of a container across connections. It is read by one task at a time.

    Args:
        api: The operations.
        container: Its id.
        query: Which lines.
        places: How far the log was read before.
    """

    def __init__(self, api: Api, container: str, query: LogQuery, places: Places | None = None) -> None:
        self._api = api
        self._container = container
        self._query = query
        self._logs: LogStream | None = None
        self._life: Subscription | None = None
        self._quiet = False
        self._tail: int | Literal["all"] | None = query.tail
        self.places = places or Places()
        if places is None:
            self.places.begun = bound(query.since)
        self._replaying: set[str] = set()
        self._unproven = False
        self._backoff = Backoff()
        self._cut = False
        self.reconnects = 0

    async def open(self) -> Self:
        """Open the first connection."""
        await self._connect()
        return self

    async def _connect(self) -> None:
        query, places = self._query, self.places
        logs = self._api.containers.logs(
            self._container,
            tty=query.tty,
            follow=True,
            stdout=query.stdout,
            stderr=query.stderr,
            since=places.since(streams=query.streams),
            tail=self._tail,
            timestamps=True,
            details=query.details,
        )
        self._prepare(logs)
        await logs.__aenter__()
        if self._closed:
            logs.close()
        self._logs = logs
        self._backoff.connected()
        if self._tail == 0:
            self._begin_here(logs)
        self._replaying = set(places.by_stream)
        self._unproven = bool(self._replaying)
        places.replay()

    def _prepare(self, logs: LogStream) -> None:
        """Set how a log is read, before it is opened."""

    def _begin_here(self, logs: LogStream) -> None:
        """Reconnect from where this connection began, since no line has come yet."""
        self._tail = None
        self.places.begun = bound(logs.answered_at)

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
            self._closed = self._closed or self._logs.closed_early  # with the client
            if self._tail is not None:
                self._begin_here(self._logs)
            self._logs = None
            return None
        return self._new(lines) if self._replaying or self._unproven else self._noted(lines)

    def _noted(self, lines: list[LogLine]) -> list[LogLine]:
        self._quiet = False
        self._tail = None
        self.places.note(lines)
        return lines

    def _new(self, lines: list[LogLine]) -> list[LogLine]:
        """Skip lines that were delivered before; the first repeated line proves that none is missing."""
        new: list[LogLine] = []
        for line in lines:
            if line.stream in self._replaying:
                if self.places.knows(line):
                    self._unproven = False
                    continue
                self._replaying.discard(line.stream)
            if self._unproven:
                self._unproven = False
                self._miss("its log no longer has the last line that was read")
            new.append(line)
        return self._noted(new) if new else new

    def _miss(self, reason: str, cause: Exception | None = None) -> None:
        """Report that lines may be missing before the next one."""
        text = f"lines of container {self._container} may be missing: {reason}"
        raise errors.StreamInterrupted(text) from cause

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
                    self._miss("it was removed while the connection was broken", error)
                return False
            except AWAY:
                self._lose()
                continue
            self.reconnects += 1
            self._cut = False
            self._quiet = True
            return True
        return False

    async def _started_again(self) -> bool:
        """Wait until the container runs; `NotFound` if it was removed."""
        async with self._changes() as changed:
            while not self._closed:
                state = (await self._api.containers.inspect(self._container)).state
                if state is not None and state.running:
                    return True
                await changed()
        return False

    @asynccontextmanager
    async def _changes(self) -> AsyncGenerator[Callable[[], Awaitable[object]]]:
        """Yield a function that waits until the container has started, ended or gone."""
        actions = ["start", "die", "destroy", "remove"]
        life = Subscription(self._api.system, filters={"container": [self._container], "event": actions})
        self._life = life
        try:
            await life.open()
            yield life.batch
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
        self._following = LogFollowing(api, container, query)
        max_size = api.transport.max_response_size
        super().__init__(self._following.open, _joined, name="containers.logs", max_size=max_size)

    @property
    def reconnects(self) -> int:
        """Number of times the connection was reopened."""
        return self._following.reconnects


async def _joined(source: Source[LogLine]) -> bytes:
    found = bytearray()
    while lines := await source.batch():
        found += b"".join([line.data if line.partial else b"%b\n" % line.data for line in lines])
    return bytes(found)
