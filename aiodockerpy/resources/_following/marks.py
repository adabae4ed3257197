"""The items of a stream of events, and the markers for events that are missing or may be."""

from typing import TypeAlias

from aiodockerpy.models.events import EventMessage

Event: TypeAlias = EventMessage
"""Something that happened; ``event.at`` is its time as an aware datetime."""


class EventsLost(EventMessage):
    """Events that were discarded because their reader was too slow; ``type`` is ``"aiodockerpy"``."""

    count: int = 0
    """How many."""
    first: EventMessage | None = None
    """The first of them."""
    last: EventMessage | None = None
    """The last of them."""


class Resync(EventMessage):
    """The connection broke, and events may be missing before the next one: ``type`` is ``"aiodockerpy"``.

    A program that keeps a copy of the engine's state lists it again now; no event from here on is missing.
    """

    reason: str = ""
    """Why completeness cannot be proven."""
    last: EventMessage | None = None
    """The last event before the gap."""
