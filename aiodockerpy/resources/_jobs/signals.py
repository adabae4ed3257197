"""The signals that were sent to the containers of a pool through the Engine API."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from aiodockerpy import models
from aiodockerpy._protocol.outside import read_int

if TYPE_CHECKING:
    from aiodockerpy.client import DockerClient
    from aiodockerpy.models import EventMessage
    from aiodockerpy.resources._following.events import EventStream

__all__ = ["Signals"]

PATIENCE = 5.0
"""Seconds to wait for the ``die`` event of a container that is known to have ended."""


class _Container:
    def __init__(self) -> None:
        self.signals: set[int] = set()
        self.ended = asyncio.Event()


class Signals:
    """One subscription to the ``kill`` and ``die`` events of all containers with a label.

    A process that exits with 137 by itself and one that was killed look the same afterwards: only the ``kill`` event,
    which comes before ``die``, is different.
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
        """Note the signals sent to a container from now on."""
        self._watched[container] = _Container()

    def forget(self, container: str) -> None:
        """Drop what is known of a container."""
        self._watched.pop(container, None)

    async def sent(self, container: str, signal: int) -> bool:
        """Return whether a signal was sent to a container that has ended."""
        known = self._watched.get(container)
        if known is None:
            return False
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await known.ended.wait()
        return signal in known.signals

    async def _drain(self, events: EventStream) -> None:
        async for event in events:
            self._note(event)

    def _note(self, event: EventMessage) -> None:
        if event.type != "container":  # events may be missing: nothing that has not come yet is waited for
            for known in self._watched.values():
                known.ended.set()
            return
        actor: object = event.actor
        if not isinstance(actor, models.EventActor) or str(actor.id) not in self._watched:
            return
        known = self._watched[str(actor.id)]
        if event.action == "die":
            known.ended.set()
        elif number := read_int(actor.attributes.get("signal") if isinstance(actor.attributes, dict) else None):
            known.signals.add(number)
