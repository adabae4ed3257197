"""The logs of many containers as one stream: bounded, fair, and complete or marked where it is not."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, cast

from aiodockerpy import errors, models
from aiodockerpy._jsonable import dumpable
from aiodockerpy._protocol.outside import read_text
from aiodockerpy._protocol.unfit import Unfit
from aiodockerpy.resources._following.backoff import Backoff
from aiodockerpy.resources._following.events import EventStream
from aiodockerpy.resources._following.logs import LogFollowing, LogQuery
from aiodockerpy.resources._following.places import Places
from aiodockerpy.streams.source import Source, all_items
from aiodockerpy.streams.stream import Stream

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
    from types import TracebackType
    from typing import Any, Self

    from aiodockerpy._protocol.frames import StreamName
    from aiodockerpy._protocol.lines import LogLine
    from aiodockerpy._transport.base import ByteStream
    from aiodockerpy.api import Api
    from aiodockerpy.models import EventMessage
    from aiodockerpy.resources._following.events import SubscriptionState
    from aiodockerpy.resources.container import Container
    from aiodockerpy.streams.output import LogStream

__all__ = ["ContainerLine", "LinesLost", "MergedLogs", "check_positions"]

TURNS = 4
"""Containers whose lines are decoded at the same time; the others have their turn when those are taken."""
READ_AHEAD = 32 * 1024
"""Bytes that are received ahead of the reader for each container."""
AT_ONCE = 256
"""Batches and markers that are handed to the reader at once, at most."""
OPENING = 16
"""Logs that are opened at the same time."""
CROWDED = 10_000
"""Batches and markers that wait for the reader, above which no marker is added: events wait in their own queue."""
_SELECTIVE_UP_TO = 20
"""Most containers that are listed by id; if more have started, all are listed."""
_RUNS = frozenset({"start", "rename"})


@dumpable()
class ContainerLine(NamedTuple):
    """A line of the log of one of many containers.

    Attributes:
        container: Where it comes from: a sparse object with ``id``, ``name`` and ``labels``.
        stream: Where it was written to. With a terminal everything is ``"stdout"``.
        data: The line without its newline.
        time: When it was written, as the engine sent it (RFC 3339, nanoseconds).
        partial: Whether the line goes on in the next one of this container and stream.
        details: What the log driver noted about the line; ``None`` if that was not asked for.
    """

    container: Container
    stream: StreamName
    data: bytes
    time: str | None
    partial: bool = False
    details: Mapping[str, str] | None = None

    @property
    def text(self) -> str:
        """The line decoded as UTF-8, invalid bytes replaced, without the carriage return that a terminal adds."""
        return self.data.removesuffix(b"\r").decode(errors="replace")

    def __str__(self) -> str:
        return f"{self.container.name}: {self.text}"


@dumpable()
@dataclass(frozen=True, slots=True)
class LinesLost:
    """Lines may be missing here.

    Attributes:
        container: The id of the container whose lines they are; ``""`` if a container may have come and gone unseen.
        name: Its name.
        reason: Why completeness cannot be proven.
        after: The time of the last line before the gap, as the engine sent it; ``None`` if no line came before.
    """

    container: str
    name: str
    reason: str
    after: str | None = None


_Item: TypeAlias = ContainerLine | LinesLost


def check_positions(after: Mapping[str, str] | None) -> None:
    """Refuse texts that are not positions.

    Raises:
        InvalidArgument: One of them is invalid.
    """
    for id, text in (after or {}).items():
        try:
            Places.parse(text)
        except Unfit as unfit:
            raise unfit.inside(f"[{id!r}]").error("after", "logs") from None


class _InTurn:
    """The bytes of a log, each piece given when it is its container's turn. The turn ends with the next `read`."""

    def __init__(self, stream: ByteStream, turn: _Turn) -> None:
        stream.read_ahead(READ_AHEAD)
        self._stream = stream
        self._turn = turn

    async def read(self) -> bytes:
        self._turn.end()
        data = await self._stream.read()
        if data:
            await self._turn.begin()
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Turn:
    """Whether a container has its turn, of which there are few."""

    def __init__(self, turns: asyncio.Semaphore) -> None:
        self._turns = turns
        self._has = False

    async def begin(self) -> None:
        """Wait for a turn."""
        await self._turns.acquire()
        self._has = True

    def end(self) -> None:
        """End the turn, so that the next one in the queue gets it."""
        if self._has:
            self._has = False
            self._turns.release()


class _Member(LogFollowing):
    """The log of one of the containers."""

    def __init__(
        self,
        api: Api,
        container: Container,
        query: LogQuery,
        places: Places | None,
        opening: asyncio.Semaphore,
        turns: asyncio.Semaphore,
    ) -> None:
        super().__init__(api, container.id, query, places)
        self.container = container
        self.changed = asyncio.Event()
        self.lost: list[LinesLost] = []
        self.task: asyncio.Task[None] | None = None
        self.turn = _Turn(turns)
        self._opening = opening

    async def begin(self) -> None:
        """Open the log, as soon as the engine is there."""
        while True:
            try:
                config = (await self._api.containers.inspect(self._container)).config
                self._query = replace(self._query, tty=bool(config is not None and config.tty))
                await self.open()
            except errors.ConnectionFailed:
                await self._backoff.pause()
            else:
                return

    def _prepare(self, logs: LogStream) -> None:
        kind = cast("type[LogLine]", ContainerLine)  # it has the fields of a LogLine behind its own
        logs.read_through(lambda stream: cast("ByteStream", _InTurn(stream, self.turn)), kind, (self.container,))

    async def _connect(self) -> None:
        async with self._opening:
            await super()._connect()

    @asynccontextmanager
    async def _changes(self) -> AsyncGenerator[Callable[[], Awaitable[object]]]:
        async def changed() -> None:
            await self.changed.wait()
            self.changed.clear()

        self.changed.clear()
        yield changed

    def _miss(self, reason: str, cause: Exception | None = None) -> None:
        del cause
        self.miss(reason)

    def miss(self, reason: str) -> None:
        """Record that lines may be missing before the next one."""
        self.lost.append(LinesLost(self.container.id, self.container.name, reason, self.places.last))


class _Batch:
    """What waits to be delivered: lines of a container, or a marker.

    Attributes:
        member: The container of the lines.
        lines: The lines.
        places: How far the log is read when they are delivered.
        lost: The marker.
        taken: Done when it is taken.
    """

    __slots__ = ("lines", "lost", "member", "places", "taken")

    def __init__(
        self,
        member: _Member | None = None,
        lines: Sequence[LogLine] = (),
        *,
        places: Places | None = None,
        lost: LinesLost | None = None,
    ) -> None:
        self.member = member
        self.lines = lines
        self.places = places
        self.lost = lost
        self.taken: asyncio.Future[None] | None = None


class _Queue:
    """What waits to be delivered: one batch of each container that has its turn, and markers."""

    def __init__(self) -> None:
        self._waiting: deque[_Batch] = deque()
        self._change = asyncio.Event()
        self._ended = False
        self._failure: Exception | None = None

    def add(self, batch: _Batch) -> None:
        """Add a batch without waiting."""
        self._waiting.append(batch)
        self._change.set()

    async def mark(self, lost: LinesLost) -> None:
        """Add a marker; waits while very many of them wait."""
        batch = _Batch(lost=lost)
        if len(self._waiting) < CROWDED:
            self.add(batch)
        else:
            await self._put(batch)

    async def put(self, member: _Member, lines: Sequence[LogLine]) -> None:
        """Add lines, and wait until they are taken."""
        await self._put(_Batch(member, lines, places=member.places.copy()))

    async def _put(self, batch: _Batch) -> None:
        batch.taken = asyncio.get_running_loop().create_future()
        self.add(batch)
        await batch.taken

    def end(self, failure: Exception | None = None) -> None:
        """Mark the end: nothing more is added."""
        self._failure = self._failure or failure
        self._ended = True
        self._change.set()

    async def take(self) -> list[_Batch]:
        """Return the next batches, at least one; none at all after the end."""
        while not (self._waiting or self._ended):
            self._change.clear()
            await self._change.wait()
        if not self._waiting and self._failure is not None:
            raise self._failure
        batches: list[_Batch] = []
        while self._waiting and len(batches) < AT_ONCE:
            batch = self._waiting.popleft()
            if batch.taken is not None and not batch.taken.done():
                batch.taken.set_result(None)
            batches.append(batch)
        return batches


class _Delivered:
    """How far the log of each container was delivered; what was handed over in batches counts when it is used."""

    def __init__(self) -> None:
        self.places: dict[str, Places] = {}
        self._rest: dict[str, list[LogLine]] = {}  # lines that were delivered after these places
        self._handed: deque[tuple[_Batch | str, int]] = deque()

    def hand(self, part: _Batch, size: int) -> None:
        """Record that items are handed to the reader."""
        self._handed.append((part, size))

    def forget_after(self, id: str) -> None:
        """Drop a removed container once all its lines are delivered."""
        self._handed.append((id, 0))

    def settle(self, unused: int) -> None:
        """Record all that was handed over as delivered, but for the last items."""
        used = sum(size for _, size in self._handed) - unused
        while self._handed:
            part, size = self._handed[0]
            if isinstance(part, str):
                self._handed.popleft()
                self.places.pop(part, None)
                self._rest.pop(part, None)
                continue
            if used < size:
                self._note(part, part.lines[:used], None)
                part.lines = part.lines[used:]
                self._handed[0] = part, size - used
                return
            self._handed.popleft()
            self._note(part, part.lines, part.places)
            used -= size

    def _note(self, part: _Batch, lines: Sequence[LogLine], places: Places | None) -> None:
        if part.member is None:
            return
        id = part.member.container.id
        if places is not None:
            self.places[id] = places
            self._rest.pop(id, None)
        else:
            self._rest.setdefault(id, []).extend(lines)

    def positions(self) -> dict[str, Places]:
        """Return the places of all containers."""
        for id, lines in self._rest.items():
            self.places.setdefault(id, Places()).note(lines)
        self._rest.clear()
        return self.places


class _Merged(Source[_Item]):
    """The lines of all containers that match. It is read by one task at a time."""

    def __init__(
        self,
        api: Api,
        load: Callable[[Sequence[str] | None], Awaitable[list[Container]]],
        labels: object,
        query: LogQuery,
        after: Mapping[str, str] | None,
    ) -> None:
        self._api = api
        self._load = load
        self._first = query
        self._later = replace(query, since=None, tail=None)
        self._after = after
        self._labels = labels
        self.events: EventStream | None = None
        self.members: dict[str, _Member] = {}
        self.delivered = _Delivered()
        self._queue = _Queue()
        self._turns = asyncio.Semaphore(TURNS)
        self._opening = asyncio.Semaphore(OPENING)
        self._watching: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def closed_early(self) -> bool:
        """Whether it was closed."""
        return self._closed

    # ---- what is read

    async def batch(self) -> list[_Item]:
        """Return the next lines and markers; none at all after it was closed."""
        self.delivered.settle(0)
        items: list[_Item] = []
        while not items and not self._closed:
            batches = await self._queue.take()
            if not batches:
                break
            for batch in batches:
                items += self._items(batch)
        return items

    def _items(self, batch: _Batch) -> list[_Item]:
        items: list[_Item] = [batch.lost] if batch.lost is not None else []
        items += cast("Sequence[ContainerLine]", batch.lines)
        self.delivered.hand(batch, len(items))
        return items

    def positions(self) -> dict[str, str]:
        """Return how far each log was delivered."""
        places = self.delivered.positions()
        for id, member in self.members.items():
            places.setdefault(id, Places()).begun = member.places.begun
        return {id: str(place) for id, place in places.items()}

    # ---- which containers

    async def open(self) -> Self:
        """Subscribe to events, list the containers, and begin to follow them."""
        actions = ["start", "rename", "die", "destroy", "remove"]
        filters = {"type": "container", "event": actions, **({"label": self._labels} if self._labels else {})}
        self.events = events = EventStream(self._api.system, filters=filters)
        await events.__aenter__()
        try:
            found = await self._load(None)
        except BaseException:
            await events.aclose()
            raise
        after = self._after or {}
        for id in after.keys() - {container.id for container in found}:
            reason = "it was removed, or no longer matches, since its log was read last"
            self._queue.add(_Batch(lost=LinesLost(id, "", reason, Places.parse(after[id]).last)))
        query = self._first if self._after is None else self._later
        for container in found:
            self._follow(container, query, after.get(container.id))
        self._watching = asyncio.create_task(self._watch(events), name="aiodockerpy logs of containers")
        return self

    def _follow(self, container: Container, query: LogQuery, position: str | None = None) -> None:
        """Follow the log of a container from now on; from a position if there is one."""
        id = container.id
        member = self.members.get(id)
        if member is None:
            places = Places.parse(position) if position is not None else None
            if position is not None:
                self.delivered.places[id] = Places.parse(position)
            member = self.members[id] = _Member(self._api, container, query, places, self._opening, self._turns)
        member.container._replace(container._info)  # noqa: SLF001 - lines refer to the object that they came with
        if member.task is None:
            member.task = asyncio.create_task(self._read(member), name=f"aiodockerpy log of {container.name}")
            self._tasks.add(member.task)
            member.task.add_done_callback(self._tasks.discard)

    async def _read(self, member: _Member) -> None:
        """Read the log of a container until it is removed."""
        removed = True
        try:
            await member.begin()
            while lines := await member.batch():
                self._report(member)
                await self._queue.put(member, lines)
        except errors.NotFound:
            if member.container.status != "created":
                member.miss("it was removed before its log could be read")
        except errors.DockerException as error:
            removed = False
            member.miss(f"its log cannot be read until it starts again: {error}")
        except Exception as error:  # noqa: BLE001 - the reader raises it
            self._queue.end(error)
        finally:
            member.turn.end()
            member.task = None
        self._report(member)
        if removed:
            self._forget(member)

    def _forget(self, member: _Member) -> None:
        """Drop a removed container once all of its log is delivered."""
        self.members.pop(member.container.id, None)
        self.delivered.forget_after(member.container.id)

    def _report(self, member: _Member) -> None:
        """Yield the markers of a container before its next line."""
        for lost in member.lost:
            self._queue.add(_Batch(lost=lost))
        member.lost.clear()

    async def _watch(self, events: EventStream) -> None:
        failure: Exception | None = None
        try:
            while batch := await events.batch():
                await self._attend(batch)
        except Exception as error:  # noqa: BLE001 - the reader raises it
            failure = error
        finally:
            self._queue.end(failure)

    async def _attend(self, events: list[EventMessage]) -> None:
        """Follow the containers that have started, and wake the readers of those that have changed."""
        gaps = [event for event in events if event.type == "aiodockerpy"]
        if gaps:
            reason = "events were missed: the lines of a container that came and went meanwhile are not here"
            await self._queue.mark(LinesLost("", "", reason))
        started: dict[str, str] = {}
        for event in events:
            id, name = _subject(event)
            if event.action in _RUNS:
                started[id] = name
        new = [id for id in started if id not in self.members or self.members[id].task is None]
        renamed = any(event.action == "rename" for event in events)
        wanted = None if gaps or "" in started or len(started) > _SELECTIVE_UP_TO else [*started] if renamed else new
        if wanted is None or wanted:
            await self._look(wanted, {id: started[id] for id in new if id})
        for id in [*self.members] if gaps else {_subject(event)[0] for event in events}:
            if member := self.members.get(id):
                member.changed.set()
                if member.task is None and await self._is_gone(id):
                    self._forget(member)

    async def _look(self, ids: list[str] | None, started: Mapping[str, str]) -> None:
        """List containers, and follow those that are new; those that are gone already were missed."""
        backoff = Backoff()
        while not self._closed:
            try:
                for container in await self._load(ids):
                    self._follow(container, self._later)
                for id, name in started.items():
                    if id not in self.members and await self._is_gone(id):
                        reason = "it was removed before its log could be read"
                        await self._queue.mark(LinesLost(id, name, reason))
            except errors.ConnectionFailed:
                await backoff.pause()
            else:
                return

    async def _is_gone(self, id: str) -> bool:
        try:
            await self._api.containers.inspect(id)
        except errors.NotFound:
            return True
        except errors.ConnectionFailed:  # it is looked at again after the next event
            return False
        return False

    # ---- the end

    def close(self) -> None:
        """Cancel the tasks and close the connections."""
        self._closed = True
        if self.events is not None:
            self.events.close()
        for member in self.members.values():
            member.close()
        for task in self._running():
            task.cancel()
        self._queue.end()

    async def ended(self) -> None:
        """Wait until all tasks have ended."""
        if self.events is not None:
            await self.events.aclose()
        if tasks := self._running():
            await asyncio.wait(tasks)

    def _running(self) -> set[asyncio.Task[None]]:
        return self._tasks | ({self._watching} if self._watching is not None else set())


def _subject(event: EventMessage) -> tuple[str, str]:
    """Return the id and the name of the container that an event is about; ``""`` if they are unknown."""
    actor: object = event.actor
    if not isinstance(actor, models.EventActor):
        return "", ""
    attributes: object = actor.attributes
    return read_text(actor.id), read_text(attributes.get("name")) if isinstance(attributes, dict) else ""


class MergedLogs(Stream["ContainerLine | LinesLost", "list[ContainerLine | LinesLost]"]):
    """The lines of all containers that match, as one stream.

    Containers that start later are followed too, from their first line. Each is followed across its restarts, restarts
    of the engine and broken connections, until it is removed; no line is lost and none is repeated. Where that cannot
    be proven, a `LinesLost` is delivered.

    What the reader does not take stays in the engine, but for 64 KiB of each container at most. The containers take
    turns of some hundred lines, so that one that writes much does not hold up the others.

    Example:
        .. code-block:: python

            async with client.containers.logs(filters={"label": "app=web"}, tail=0) as lines:
                async for line in lines:
                    if isinstance(line, LinesLost):
                        print("lines may be missing", line.name, line.reason)
                    else:
                        print(line.container.name, line.stream, line.text)
    """

    def __init__(
        self,
        api: Api,
        load: Callable[[Sequence[str] | None], Awaitable[list[Container]]],
        labels: object,
        query: LogQuery,
        after: Mapping[str, str] | None,
    ) -> None:
        self._merged = _Merged(api, load, labels, query, after)
        super().__init__(self._merged.open, all_items, name="containers.logs of many")

    @property
    def state(self) -> SubscriptionState:
        """Whether the engine is connected: ``"new"``, ``"connected"``, ``"reconnecting"`` or ``"closed"``."""
        events = self._merged.events
        return events.state if events is not None else "new"

    @property
    def containers(self) -> list[Container]:
        """The containers that are followed now, whether they run or not."""
        return [member.container for member in self._merged.members.values()]

    def positions(self) -> dict[str, str]:
        """Return how far the log of each container was delivered, to go on there later.

        A line counts as delivered when the iteration or `~aiodockerpy.streams.Stream.batch` has returned it. The texts
        can be written to a file; ``after`` of the next call takes them.

        Returns:
            A text for each container, by id.
        """
        self._merged.delivered.settle(len(self._ready))
        return self._merged.positions()

    async def _gather(self) -> list[ContainerLine | LinesLost]:
        self._finish()
        raise errors.InvalidArgument("the logs of many containers have no end: iterate them instead of awaiting")

    async def aclose(self) -> None:
        """Close the connections and wait until all tasks have ended."""
        self.close()
        await self._merged.ended()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
