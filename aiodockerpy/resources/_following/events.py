"""Events of the engine: a subscription that survives broken connections, and reports when events may be missing."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING, Literal, TypeAlias

from aiodockerpy import errors
from aiodockerpy._exports import exports
from aiodockerpy._protocol.outside import read_int, read_text
from aiodockerpy._protocol.timestamps import bound
from aiodockerpy.resources._following.backoff import AWAY, Backoff
from aiodockerpy.streams.source import Source, all_items
from aiodockerpy.streams.stream import Stream

if TYPE_CHECKING:
    from typing import Self

    from aiodockerpy import models
    from aiodockerpy._protocol.timestamps import TimeBound
    from aiodockerpy.api.system import SystemApi
    from aiodockerpy.resources._following.marks import Resync
else:  # names of models, which load when they are used
    __getattr__, __dir__, _ = exports(
        __name__, {"aiodockerpy.resources._following.marks": "Event EventsLost Resync"}, own="EventStream"
    )

SubscriptionState: TypeAlias = Literal["new", "connected", "reconnecting", "closed"]
"""State of an event stream."""

MAX_EVENTS = 10_000
MAX_BYTES = 16 * 1024 * 1024
BATCH = 256
"""Events after which no more are handed to the reader at once."""
OVERLAP = 100_000_000
"""Nanoseconds before the last event from which is replayed: events of one moment may come in any order."""
REMEMBERED = 512
"""Past events that are kept to recognize them: twice what the engine can replay."""
_USES = ("exec_", "top", "resize", "attach", "detach", "copy", "export", "archive-path", "extract-to-dir")
"""How events of a container begin that report how it is used; health checks are execs."""
_log = logging.getLogger("aiodockerpy.events")

_Key: TypeAlias = tuple[int, str, str, str]


def changes_container(event: models.EventMessage) -> bool:
    """Return whether a container may be another after an event about it than before."""
    return not read_text(event.action).startswith(_USES)


def _key(event: models.EventMessage) -> _Key:
    return _nano(event), str(event.type), str(event.action), str(getattr(event.actor, "id", None) or "")


def _nano(event: models.EventMessage) -> int:
    return read_int(event.time_nano) or (read_int(event.time) or 0) * 1_000_000_000


def _resync(last: models.EventMessage | None, reason: str) -> Resync:
    from aiodockerpy.resources._following.marks import Resync

    return Resync(type="aiodockerpy", action="resync", reason=reason, last=last)


def _moment(nanoseconds: int) -> str:
    return f"{nanoseconds // 1_000_000_000}.{nanoseconds % 1_000_000_000:09d}"


class _Past:
    """The events that were delivered, as far as they can be received again."""

    def __init__(self) -> None:
        self.last: models.EventMessage | None = None
        self._first = 0
        self._recent: deque[models.EventMessage] = deque(maxlen=REMEMBERED)
        self._replayed_until = 0  # what is newer cannot be a repetition
        self._to_prove = False

    def since(self) -> str | None:
        """Return from when to replay."""
        return _moment(max(self._first, _nano(self.last) - OVERLAP)) if self.last is not None else None

    def until(self) -> str:
        """Return the time of the newest event."""
        return _moment(self._newest())

    def reconnected(self, *, prove: bool) -> None:
        """Expect repeated events; with ``prove`` one of them has to come before any newer event."""
        self._replayed_until = self._newest()
        self._to_prove = prove

    def sort(self, events: list[models.EventMessage]) -> tuple[list[models.EventMessage], bool]:
        """Return the new ones among received events, and whether they prove a gap before them."""
        gap = False
        new = events
        if self._replayed_until:
            new, gap = self._not_known(events)
        if new:
            self._first = self._first or _nano(new[0])
            self._recent.extend(new)
            self.last = new[-1]
        return new, gap

    def _not_known(self, events: list[models.EventMessage]) -> tuple[list[models.EventMessage], bool]:
        new: list[models.EventMessage] = []
        known: set[_Key] = set()
        gap = False
        for event in events:
            nano = _nano(event)
            if nano <= self._replayed_until:
                known = known or set(map(_key, self._recent))
                if _key(event) in known:
                    self._to_prove = False
                    continue
                known.add(_key(event))
            if self._to_prove and nano > self._replayed_until:
                self._to_prove = False
                gap = True
            new.append(event)
        return new, gap

    def _newest(self) -> int:
        return max(map(_nano, self._recent), default=0)


class Subscription(Source["models.EventMessage"]):
    """Events across connections, without a task. It is read by one task at a time."""

    def __init__(
        self,
        api: SystemApi,
        since: TimeBound = None,
        until: TimeBound = None,
        filters: models.EventsFilters | models.Filters | None = None,
        *,
        resume: bool = True,
    ) -> None:
        self._api = api
        self._since = bound(since)
        self._until = bound(until)
        self._filters = filters
        self._resume = resume
        self._stream: Stream[models.EventMessage, list[models.EventMessage]] | None = None
        self._past = _Past()
        self._backoff = Backoff()
        self._before = 0
        self.reconnects = 0
        self.state: SubscriptionState = "new"
        self.last_error: Exception | None = None

    @property
    def received(self) -> int:
        """Bytes received on all connections."""
        return self._before + (self._stream.received if self._stream is not None else 0)

    async def connect(self, since: str | None) -> None:
        """Open a connection."""
        stream = self._api.events(since=since, until=self._until, filters=self._filters)
        await stream.__aenter__()
        if self._closed:
            stream.close()
        self._stream = stream
        self.state = "connected"
        self._backoff.connected()

    async def open(self) -> Self:
        """Open the first connection."""
        await self.connect(self._since)
        return self

    async def batch(self) -> list[models.EventMessage]:
        """Return the next events; none at all after the last."""
        while True:
            if self._stream is None:
                if resync := await self._reconnect():
                    return [resync]
                continue
            try:
                events = await self._stream.batch()
            except errors.StreamInterrupted as error:
                if self._closed:
                    return []
                if not self._resume:
                    raise
                self._drop(error)
                continue
            if not events and self._stream.closed_early:
                self.close()  # with the client
            if self._closed or (not events and self._until is not None):
                return []
            if not events:
                self._drop(None)
            elif new := self._sorted(events):
                return new

    def _sorted(self, events: list[models.EventMessage]) -> list[models.EventMessage]:
        """Return the events that are new, after a marker if some may be missing."""
        last = self._past.last
        new, gap = self._past.sort(events)
        return [_resync(last, "the engine no longer had the last event that was seen"), *new] if gap else new

    def _drop(self, error: Exception | None) -> None:
        """Close a broken connection."""
        if self._stream is not None:
            self._before = self.received
            self._stream.close()
            self._stream = None
        self.last_error = error
        self.state = "reconnecting"
        self._backoff.lost()
        _log.info("the event stream broke: %s", error or "the engine ended it")

    async def _reconnect(self) -> Resync | None:
        """Connect again and prove that nothing is missing; try for as long as the engine is away."""
        while not self._closed:
            await self._backoff.pause()
            last = self._past.last
            try:
                held = last is not None and await self._is_held(last)
                self._past.reconnected(prove=held)
                await self.connect(self._past.since() if last is not None else self._since)
            except AWAY as error:
                self.last_error = error
                continue
            self.reconnects += 1
            if held:
                return None
            return _resync(
                last,
                "the engine no longer has the last event that was seen"
                if last is not None
                else "no event had come before the connection broke",
            )
        return None

    async def _is_held(self, last: models.EventMessage) -> bool:
        """Ask whether the engine still has an event: then it has everything since, too."""
        replay = self._api.events(since=self._past.since(), until=self._past.until(), filters=self._filters)
        return any(_key(event) == _key(last) for event in await replay)

    def close(self) -> None:
        """Close the connection."""
        self._closed = True
        self.state = "closed"
        if self._stream is not None:
            self._stream.close()


class _Queue:
    """Events between the task that drains the socket and a reader that may be slow: bounded by number and by bytes."""

    def __init__(self, max_events: int, max_bytes: int) -> None:
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._items: deque[tuple[list[models.EventMessage], int]] = deque()  # with the bytes of each event
        self._count = 0
        self._bytes = 0
        self._lost: list[models.EventMessage] = []  # the first and the last
        self._lost_count = 0
        self._change = asyncio.Event()
        self._ended = False
        self._failure: BaseException | None = None

    def put(self, events: list[models.EventMessage], size: int) -> None:
        """Add events, or count them as lost if there is no room."""
        each = size // max(1, len(events))
        room = self._room(each)
        if room and self._lost_count:
            self._note_lost()
            room = max(1, room - 1)
        if kept := events[:room]:
            self._add(kept, each)
        if lost := events[room:]:
            self._lose(lost)
        self._change.set()

    def _room(self, each: int) -> int:
        """Return for how many events of a size there is room."""
        events = max(0, self._max_events - self._count)
        return min(events, max(0, self._max_bytes - self._bytes) // each) if each else events

    def _add(self, events: list[models.EventMessage], each: int) -> None:
        self._items.append((events, each))
        self._count += len(events)
        self._bytes += each * len(events)

    def _lose(self, events: list[models.EventMessage]) -> None:
        self._lost_count += len(events)
        self._lost = [self._lost[0] if self._lost else events[0], events[-1]]

    def _note_lost(self) -> None:
        if self._lost_count:
            first, last = self._lost
            from aiodockerpy.resources._following.marks import EventsLost

            note = EventsLost(type="aiodockerpy", action="events lost", count=self._lost_count, first=first, last=last)
            self._add([note], 0)
            self._lost, self._lost_count = [], 0

    def end(self, failure: BaseException | None = None) -> None:
        """Mark the end of the events."""
        self._ended = True
        self._failure = failure
        self._change.set()

    async def take(self) -> list[models.EventMessage]:
        """Return the next events; none at all after the last."""
        while not (self._items or self._lost_count or self._ended):
            self._change.clear()
            await self._change.wait()
        if not self._items:
            self._note_lost()
        taken: list[models.EventMessage] = []
        while self._items and len(taken) < BATCH:
            events, each = self._items.popleft()
            self._count -= len(events)
            self._bytes -= each * len(events)
            taken += events
        if not taken and self._failure is not None:
            raise self._failure
        return taken


class _Drained(Source["models.EventMessage"]):
    """A subscription read by a task of its own, so that a slow reader does not slow the engine."""

    def __init__(self, subscription: Subscription, max_events: int, max_bytes: int) -> None:
        self._subscription = subscription
        self._queue = _Queue(max_events, max_bytes)
        self._task = asyncio.create_task(self._drain(), name="aiodockerpy events")

    @property
    def received(self) -> int:
        """Bytes received so far."""
        return self._subscription.received

    async def _drain(self) -> None:
        received = self._subscription.received
        failure: Exception | None = None
        try:
            while events := await self._subscription.batch():
                self._queue.put(events, self._subscription.received - received)
                received = self._subscription.received
        except Exception as error:  # noqa: BLE001 - the reader raises it
            failure = error
        finally:
            self._queue.end(failure)
            self._subscription.close()

    async def batch(self) -> list[models.EventMessage]:
        """Return the next events, none after the last."""
        return await self._queue.take()

    def close(self) -> None:
        """Cancel the task and close the connection."""
        self._closed = True
        self._subscription.close()
        self._task.cancel()

    async def ended(self) -> None:
        """Wait until the task has ended."""
        await asyncio.wait({self._task})


class EventStream(Stream["models.EventMessage", "list[models.EventMessage]"]):
    """Events of the engine.

    A broken connection is reopened, and the subscription continues after the last event: no event is missing, and none
    is repeated. Where that cannot be proven (the engine keeps 256 events, and none across its restart), a `Resync` is
    delivered.

    Inside ``async with``, and after `~aiodockerpy.streams.Stream.open`, a task drains the connection into a bounded
    queue, so that a slow reader neither slows the engine nor makes it drop events: what does not fit is counted and
    reported as `EventsLost`.
    Otherwise there is no task, and the engine drops events for a reader that is too slow.

    Example:
        .. code-block:: python

            async with client.events(filters={"type": "container"}) as events:
                async for event in events:
                    if isinstance(event, Resync):
                        print("look again")
                    else:
                        print(event.at, event.action, event.id)

    Args:
        api: The operations.
        since: Begin with the events of this time.
        until: End at this time.
        filters: Which events to return.
        resume: Whether a broken connection is reopened; otherwise it raises.
        max_events: Most events that are queued for the reader.
        max_bytes: Most bytes of those.
    """

    def __init__(
        self,
        api: SystemApi,
        *,
        since: TimeBound = None,
        until: TimeBound = None,
        filters: models.EventsFilters | models.Filters | None = None,
        resume: bool = True,
        max_events: int = MAX_EVENTS,
        max_bytes: int = MAX_BYTES,
        max_size: int | None = None,
    ) -> None:
        self._subscription = Subscription(api, since, until, filters, resume=resume)
        self._endless = until is None
        self._limits = max_events, max_bytes
        self._drained: _Drained | None = None
        super().__init__(self._begin, all_items, name="events", max_size=max_size)

    @property
    def state(self) -> SubscriptionState:
        """``"new"``, ``"connected"``, ``"reconnecting"`` or ``"closed"``."""
        return self._subscription.state

    @property
    def reconnects(self) -> int:
        """Number of times the connection was reopened."""
        return self._subscription.reconnects

    @property
    def last_error(self) -> Exception | None:
        """Why the connection broke last, or could not be reopened."""
        return self._subscription.last_error

    async def _begin(self) -> Subscription | _Drained:
        await self._subscription.open()
        if not self._owned:
            return self._subscription
        self._drained = _Drained(self._subscription, *self._limits)
        return self._drained

    async def _gather(self) -> list[models.EventMessage]:
        if self._endless:
            self._finish()
            raise errors.InvalidArgument("events without 'until' have no end: iterate them instead of awaiting")
        return await super()._gather()

    async def aclose(self) -> None:
        """Close the subscription and wait until its task has ended."""
        self._check_loop()
        self.close()
        if self._drained is not None:
            await self._drained.ended()
