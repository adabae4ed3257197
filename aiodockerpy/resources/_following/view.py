"""A live view of the engine's objects: listed once, then kept up to date by events."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, TypeVar

from aiodockerpy import models
from aiodockerpy._arguments import checks_methods
from aiodockerpy._arguments.results import at_once
from aiodockerpy._async_only import hints_at_async
from aiodockerpy._jsonable import dumpable
from aiodockerpy._protocol.outside import read_text
from aiodockerpy.resources._following.backoff import AWAY, Backoff
from aiodockerpy.resources._following.events import EventStream, SubscriptionState, changes_container

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

    from aiodockerpy.api.system import SystemApi
    from aiodockerpy.resources._base import Resource

WatchedKind = Literal["container", "image", "network", "volume"]
"""The kinds of objects that can be watched."""

R = TypeVar("R", bound="Resource[Any]")

_SELECTIVE_UP_TO = 20
"""Most objects that are listed by name; if more have changed, all are listed."""
_LATE = (0.05, 0.15, 0.3)
"""Seconds after which a container that has ended is looked at again, if it is still listed as running."""
_VOLATILE = {"container": {"Status", "SizeRw", "SizeRootFs"}}
"""Fields that change with time, which do not count as changes."""


@dumpable()
@dataclass(frozen=True, slots=True)
class Change(Generic[R]):
    """One difference between two looks at a view.

    Attributes:
        kind: What happened to the object.
        item: The object as it is now; as it was last for one that is gone.
        before: The object as it was; ``None`` for a new one.
    """

    kind: Literal["added", "changed", "removed"]
    item: R
    before: R | None = None


@hints_at_async
@checks_methods
class View(Generic[R]):
    """The objects of one kind as they are now, kept up to date while its block is entered.

    The events are subscribed to before the objects are listed, and the objects are listed again wherever events may be
    missing, so no change is missed, and the view is correct again after a broken connection or a restart of the
    engine.

    Iterated, it yields the differences to what it has yielded before, beginning with the existing objects. If an object
    changes several times before a slow reader continues, that is one difference; for every single event use
    ``client.events``.

    Example:
        .. code-block:: python

            async with client.containers.watch(filters={"label": "app=web"}) as view:
                await view.until(lambda items: len(items) >= 3)
                async for change in view:
                    print(change.kind, change.item.name)

    Args:
        api: The operations that events come from.
        kind: Of the objects.
        load: Lists the objects: those of these ids, or all.
    """

    def __init__(
        self, api: SystemApi, kind: WatchedKind, load: Callable[[Sequence[str] | None], Awaitable[list[R]]]
    ) -> None:
        self._kind: WatchedKind = kind
        self._load = load
        about = ["container", "network"] if kind == "container" else [kind]
        self._events = EventStream(api, filters={"type": about})
        self._items: dict[str, R] = {}
        self._version = 0
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._ended = False
        self._failure: Exception | None = None
        self.resyncs: int = 0

    # ---- what is seen

    if not TYPE_CHECKING:

        def __len__(self) -> int:
            raise TypeError("a view has no length: len(view.items) is the number of objects")

        def __bool__(self) -> bool:
            return True

    @property
    def items(self) -> Mapping[str, R]:
        """The objects by id, as they are now; a volume's id is its name."""
        return MappingProxyType(self._items)

    @property
    def state(self) -> SubscriptionState:
        """Whether the engine is connected; if not, `items` is the last known state."""
        return self._events.state

    async def until(self, predicate: Callable[[Mapping[str, R]], bool]) -> Mapping[str, R]:
        """Wait until a condition on the objects holds, and return them as they are then.

        Args:
            predicate: The condition; gets the objects by id.

        Raises:
            RuntimeError: The view was closed meanwhile, or is not entered.
        """
        while True:
            self._check_usable()
            items, version = self._items, self._version
            if at_once(predicate, MappingProxyType(items), "until() predicate"):
                return MappingProxyType(dict(items))
            await self._newer_than(version)

    async def changes(self) -> AsyncIterator[Change[R]]:
        """Yield the differences, beginning with the existing objects; ends when the view is closed."""
        self._check_usable()
        known: dict[str, R] = {}
        while not self._ended:
            version, current = self._version, self._items
            for change in self._difference(known, current):
                yield change
            known = current
            await self._newer_than(version)
        if self._failure is not None:
            raise self._failure

    def __aiter__(self) -> AsyncIterator[Change[R]]:
        return self.changes()

    def _difference(self, before: dict[str, R], after: dict[str, R]) -> list[Change[R]]:
        gone = [Change("removed", item, item) for id, item in before.items() if id not in after]
        new = [Change("added", item) for id, item in after.items() if id not in before]
        other = [
            Change("changed", item, before[id])
            for id, item in after.items()
            if id in before and self._differ(before[id], item)
        ]
        return [*gone, *new, *other]

    def _differ(self, one: R, other: R) -> bool:
        if one is other:
            return False
        return self._essence(one) != self._essence(other)

    def _essence(self, item: R) -> dict[str, object]:
        volatile = _VOLATILE.get(self._kind, set())
        return {name: value for name, value in item.attrs.items() if name not in volatile}

    def _check_usable(self) -> None:
        if self._failure is not None:
            raise self._failure
        if self._ended:
            raise RuntimeError(f"the view of {self._kind}s is closed: make another one")
        if self._task is None:
            raise RuntimeError(f"the view of {self._kind}s is not entered: use it inside 'async with'")

    async def _newer_than(self, version: int) -> None:
        while self._version == version and not self._ended:
            self._changed.clear()
            await self._changed.wait()

    # ---- how it is kept

    async def __aenter__(self) -> Self:
        """Subscribe, then list."""
        if self._task is not None or self._ended:
            raise RuntimeError(f"this view of {self._kind}s was entered before")
        await self._events.__aenter__()
        try:
            await self._look(None)
        except BaseException:
            await self._events.aclose()
            self._ended = True
            raise
        self._task = asyncio.create_task(self._keep(), name=f"aiodockerpy view of {self._kind}s")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def close(self) -> None:
        """Stop updating the view, and wake those who iterate or wait."""
        self._events.close()
        if self._task is not None:
            self._task.cancel()
        self._end(None)

    async def aclose(self) -> None:
        """Stop updating the view, and wait until its tasks have ended."""
        self.close()
        await self._events.aclose()
        if self._task is not None:
            await asyncio.wait({self._task})

    def _end(self, failure: Exception | None) -> None:
        self._failure = self._failure or failure
        self._ended = True
        self._changed.set()

    async def _keep(self) -> None:
        failure: Exception | None = None
        try:
            while events := await self._events.batch():
                await self._follow(events)
        except Exception as error:  # noqa: BLE001 - who uses the view raises it
            failure = error
        finally:
            self._end(failure)

    async def _follow(self, events: list[models.EventMessage]) -> None:
        """List the objects that events are about again; all objects if those are too many, or unknown."""
        ids = {self._subject(event) for event in events if self._concerns(event)}
        lost = [event for event in events if event.type == "aiodockerpy"]
        self.resyncs += sum(event.action == "resync" for event in lost)
        all = lost or "" in ids or len(ids) > _SELECTIVE_UP_TO or self._kind == "image"  # whose events may name a tag
        await self._look_at(None if all else sorted(ids))
        died = {self._subject(event) for event in events if event.action == "die"}
        for pause in _LATE:  # engine 20.10 reports the end before its list has it
            if not (late := [id for id in died if self._is_running(id)]):
                return
            await asyncio.sleep(pause)
            await self._look_at(late)

    def _is_running(self, id: str) -> bool:
        item = self._items.get(id)
        return item is not None and getattr(item, "status", "") == "running"

    async def _look_at(self, wanted: list[str] | None) -> None:
        """List objects of these ids, or all, as soon as the engine is there."""
        backoff = Backoff()
        while wanted is None or wanted:
            try:
                await self._look(wanted)
            except AWAY:
                wanted = None
                await backoff.pause()
            else:
                return

    def _concerns(self, event: models.EventMessage) -> bool:
        """Return whether an event may be about an object of our kind: of others only joining and leaving a network."""
        if event.type == self._kind:
            return self._kind != "container" or changes_container(event)
        return event.action in {"connect", "disconnect"}

    def _subject(self, event: models.EventMessage) -> str:
        """Return the id of the object that an event is about; ``""`` if that is unknown, as of some engines."""
        actor: object = event.actor
        if not isinstance(actor, models.EventActor):
            return ""
        if event.type == self._kind:
            return read_text(actor.id)
        attributes = actor.attributes
        return read_text(attributes.get("container")) if isinstance(attributes, dict) else ""

    async def _look(self, ids: Sequence[str] | None) -> None:
        found = {item.id: item for item in await self._load(ids)}
        if ids is not None:
            kept = {id: item for id, item in self._items.items() if id not in set(ids)}
            found = kept | found
        self._items = {
            id: known if (known := self._items.get(id)) is not None and not self._differ(known, item) else item
            for id, item in found.items()
        }
        self._version += 1
        self._changed.set()
