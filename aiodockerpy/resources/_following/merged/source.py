"""Follow the logs of all containers that match: find them, read each, and hand their lines to one reader."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Self, TypeAlias, cast

from aiodockerpy import errors, models
from aiodockerpy._protocol.outside import read_text
from aiodockerpy.resources._following.backoff import AWAY, Backoff
from aiodockerpy.resources._following.events import EventStream
from aiodockerpy.resources._following.merged.delivery import Batch, Delivered, Queue
from aiodockerpy.resources._following.merged.lines import ContainerLine, LinesLost
from aiodockerpy.resources._following.merged.member import Member
from aiodockerpy.resources._following.places import Places
from aiodockerpy.streams.source import Source

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from aiodockerpy.api import Api
    from aiodockerpy.resources._following.logs import LogQuery
    from aiodockerpy.resources.container import Container

TURNS = 4
"""Containers whose lines are decoded at the same time; the others have their turn when those are taken."""
OPENING = 16
"""Logs that are opened at the same time."""
_SELECTIVE_UP_TO = 20
"""Most containers that are listed by id; if more have started, all are listed."""
_RUNS = frozenset({"start", "rename"})

_Item: TypeAlias = ContainerLine | LinesLost


class Merged(Source[_Item]):
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
        self.members: dict[str, Member] = {}
        self.delivered = Delivered()
        self._queue = Queue()
        self._turns = asyncio.Semaphore(TURNS)
        self._opening = asyncio.Semaphore(OPENING)
        self._watching: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

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

    def _items(self, batch: Batch) -> list[_Item]:
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
            self._queue.add(Batch(lost=LinesLost(id, "", reason, Places.parse(after[id]).last)))
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
            member = self.members[id] = Member(self._api, container, query, places, self._opening, self._turns)
        member.container._replace(container._info)  # noqa: SLF001 - lines refer to the object that they came with
        if member.task is None:
            member.task = asyncio.create_task(self._read(member), name=f"aiodockerpy log of {id}")
            self._tasks.add(member.task)
            member.task.add_done_callback(self._tasks.discard)

    async def _read(self, member: Member) -> None:
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

    def _forget(self, member: Member) -> None:
        """Drop a removed container once all of its log is delivered."""
        self.members.pop(member.container.id, None)
        self.delivered.forget_after(member.container.id)

    def _report(self, member: Member) -> None:
        """Queue the markers of a container before its next line."""
        for lost in member.lost:
            self._queue.add(Batch(lost=lost))
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

    async def _attend(self, events: list[models.EventMessage]) -> None:
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
            except AWAY:
                await backoff.pause()
            else:
                return

    async def _is_gone(self, id: str) -> bool:
        try:
            await self._api.containers.inspect(id)
        except errors.NotFound:
            return True
        except AWAY:  # it is looked at again after the next event
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


def _subject(event: models.EventMessage) -> tuple[str, str]:
    """Return the id and the name of the container that an event is about; ``""`` if they are unknown."""
    actor: object = event.actor
    if not isinstance(actor, models.EventActor):
        return "", ""
    attributes: object = actor.attributes
    return read_text(actor.id), read_text(attributes.get("name")) if isinstance(attributes, dict) else ""
