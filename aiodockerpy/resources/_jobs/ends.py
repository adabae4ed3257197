"""The ends of the containers of a pool, and the signals that were sent to them, as the engine reports them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiodockerpy import models
from aiodockerpy._protocol.outside import read_int

if TYPE_CHECKING:
    from aiodockerpy.client import DockerClient
    from aiodockerpy.models import EventMessage
    from aiodockerpy.resources._following.events import EventStream

__all__ = ["End", "Ends"]

PATIENCE = 5.0
"""Seconds to wait for the ``die`` event of a container that seems to have ended."""


@dataclass(frozen=True, slots=True)
class End:
    """The end of a container, reported by the engine that ran it.

    Attributes:
        exit_code: The exit code; ``None`` if the engine did not report it.
        signals: The signals that were sent to it through the Engine API.
    """

    exit_code: int | None
    signals: frozenset[int]


class _Container:
    """A container that is watched."""

    def __init__(self) -> None:
        self.signals: set[int] = set()
        self.end: End | None = None
        self.known = asyncio.Event()
        """Set once it has ended, or once its end may have been missed."""

    def note(self, action: str, given: object) -> None:
        """Take the attributes of an event."""
        attributes = given if isinstance(given, dict) else {}
        if action == "die":
            self.end = End(read_int(attributes.get("exitCode")), frozenset(self.signals))
            self.known.set()
        elif number := read_int(attributes.get("signal")):
            self.signals.add(number)


class Ends:
    """One subscription to the ``kill`` and ``die`` events of all containers with a label.

    It saves a connection for each container, and it knows more: a process that exits with 137 by itself and one that
    was killed look the same afterwards, and so do the exit code of a container and one that an engine made up after it
    was restarted. An end that this reports is the container's own.
    """

    def __init__(self, client: DockerClient, label: str) -> None:
        self._client = client
        self._label = label
        self._events: EventStream | None = None
        self._task: asyncio.Task[None] | None = None
        self._watched: dict[str, _Container] = {}

    async def open(self) -> None:
        """Subscribe."""
        self._events = self._client.events(
            filters={"type": "container", "label": self._label, "event": ["kill", "die"]}
        )
        await self._events.__aenter__()
        self._task = asyncio.create_task(self._drain(self._events))

    async def close(self) -> None:
        """End the subscription."""
        if self._task is not None and self._events is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            await self._events.aclose()

    def watch(self, container: str) -> None:
        """Note the end of a container from now on."""
        self._watched[container] = _Container()

    def forget(self, container: str) -> None:
        """Drop what is known of a container."""
        self._watched.pop(container, None)

    async def of(self, container: str) -> End | None:
        """Return the end of a container, for which this waits a little; ``None`` if it may have been missed."""
        known = self._watched.get(container)
        if known is None:
            return None
        if not known.known.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await known.known.wait()
        return known.end

    async def _drain(self, events: EventStream) -> None:
        async for event in events:
            self._note(event)

    def _note(self, event: EventMessage) -> None:
        if event.type != "container":  # events may be missing: what comes now may be a restarted engine's invention
            for watched in self._watched.values():
                watched.known.set()
            return
        actor: object = event.actor
        known = self._watched.get(str(actor.id)) if isinstance(actor, models.EventActor) else None
        if isinstance(actor, models.EventActor) and known is not None and not known.known.is_set():
            known.note(str(event.action), actor.attributes)
