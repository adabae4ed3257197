"""Events: what happened, kept as the engine keeps it, and sent to those who listen."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiodockerpy.testing._state.clock import Clock

_KEPT = 256  # as many as the engine keeps
_LEGACY = frozenset({"container", "image"})


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened."""

    type: str
    action: str
    id: str
    attributes: Mapping[str, str]
    at: int

    def as_json(self, *, legacy: bool) -> dict[str, object]:
        """Return it as the engine sends it; ``legacy`` adds the fields that API 1.52 removed."""
        value: dict[str, object] = {}
        if legacy and self.type in _LEGACY:
            value["status"] = self.action
            value |= {"id": self.id} if self.id else {}
            value |= (
                {"from": self.attributes["image"]} if self.type == "container" and "image" in self.attributes else {}
            )
        value |= {"Type": self.type, "Action": self.action}
        value["Actor"] = {"ID": self.id, "Attributes": dict(sorted(self.attributes.items()))}
        return value | {"scope": "local", "time": self.at // 10**9, "timeNano": self.at}


class Events:
    """The events of an engine."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._past: deque[Event] = deque(maxlen=_KEPT)
        self._listeners: set[asyncio.Queue[Event | None]] = set()

    def emit(self, type: str, action: str, id: str, /, **attributes: str) -> None:
        """Record an event and send it to those who listen."""
        self.emit_with(type, action, id, attributes)

    def emit_with(self, type: str, action: str, id: str, attributes: Mapping[str, str]) -> None:
        """Record an event whose attributes have any name."""
        event = Event(type, action, id, dict(attributes), self._clock.now())
        self._past.append(event)
        for listener in self._listeners:
            listener.put_nowait(event)

    def past(self, wanted: Callable[[Event], bool]) -> list[Event]:
        """List the kept events that are wanted."""
        return [event for event in self._past if wanted(event)]

    def listen(self) -> asyncio.Queue[Event | None]:
        """Return a queue of what happens from now on; ``None`` ends it."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._listeners.add(queue)
        return queue

    def leave(self, queue: asyncio.Queue[Event | None]) -> None:
        """Send nothing more to a queue."""
        self._listeners.discard(queue)

    @property
    def listeners(self) -> int:
        """How many listen."""
        return len(self._listeners)

    def lose(self) -> None:
        """Discard past events and end the streams, as a restarted engine does."""
        self._past.clear()
        for listener in self._listeners:
            listener.put_nowait(None)
