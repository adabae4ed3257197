"""The queue of lines for the reader of many logs, and the position up to which each log was delivered."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiodockerpy.resources._following.places import Places

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiodockerpy._protocol.lines import LogLine
    from aiodockerpy.resources._following.merged.lines import LinesLost
    from aiodockerpy.resources._following.merged.member import Member

AT_ONCE = 256
"""Batches and markers that are handed to the reader at once, at most."""
CROWDED = 10_000
"""Batches and markers that wait for the reader, above which no marker is added: events wait in their own queue."""


@dataclass(slots=True, eq=False)
class Batch:
    """What waits to be delivered: lines of a container, or a marker.

    Attributes:
        member: The container of the lines.
        lines: The lines.
        places: How far the log is read when they are delivered.
        lost: The marker.
        taken: Done when it is taken.
    """

    member: Member | None = None
    lines: Sequence[LogLine] = ()
    places: Places | None = None
    lost: LinesLost | None = None
    taken: asyncio.Future[None] | None = None


class Queue:
    """What waits to be delivered: one batch of each container that has its turn, and markers."""

    def __init__(self) -> None:
        self._waiting: deque[Batch] = deque()
        self._change = asyncio.Event()
        self._ended = False
        self._failure: Exception | None = None

    def add(self, batch: Batch) -> None:
        """Add a batch without waiting."""
        self._waiting.append(batch)
        self._change.set()

    async def mark(self, lost: LinesLost) -> None:
        """Add a marker; waits while very many of them wait."""
        batch = Batch(lost=lost)
        if len(self._waiting) < CROWDED:
            self.add(batch)
        else:
            await self._put(batch)

    async def put(self, member: Member, lines: Sequence[LogLine]) -> None:
        """Add lines, and wait until they are taken."""
        await self._put(Batch(member, lines, places=member.places.copy()))

    async def _put(self, batch: Batch) -> None:
        batch.taken = asyncio.get_running_loop().create_future()
        self.add(batch)
        await batch.taken

    def end(self, failure: Exception | None = None) -> None:
        """Mark the end: nothing more is added."""
        self._failure = self._failure or failure
        self._ended = True
        self._change.set()

    async def take(self) -> list[Batch]:
        """Return the next batches, at least one; none at all after the end."""
        while not (self._waiting or self._ended):
            self._change.clear()
            await self._change.wait()
        if not self._waiting and self._failure is not None:
            raise self._failure
        batches: list[Batch] = []
        while self._waiting and len(batches) < AT_ONCE:
            batch = self._waiting.popleft()
            if batch.taken is not None and not batch.taken.done():
                batch.taken.set_result(None)
            batches.append(batch)
        return batches


class Delivered:
    """How far the log of each container was delivered; what was handed over in batches counts when it is used."""

    def __init__(self) -> None:
        self.places: dict[str, Places] = {}
        self._rest: dict[str, list[LogLine]] = {}  # lines that were delivered after these places
        self._handed: deque[tuple[Batch | str, int]] = deque()

    def hand(self, part: Batch, size: int) -> None:
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

    def _note(self, part: Batch, lines: Sequence[LogLine], places: Places | None) -> None:
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
