"""The ends of the containers of a pool, and the signals that were sent to them, as the engine reports them."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiodockerpy._protocol.outside import read_int, read_object
from aiodockerpy.errors import APIError, DockerException
from aiodockerpy.resources._following.backoff import AWAY, Patience
from aiodockerpy.resources._following.events import Subscription

if TYPE_CHECKING:
    from datetime import datetime

    from aiodockerpy import models
    from aiodockerpy.client import DockerClient

PATIENCE = 5.0
"""Seconds to wait for the ``die`` event of a container that seems to have ended."""
REPLAY_SECONDS = 2.0
"""Seconds to try to read past events: an engine that still has them sends them at once."""
_EVENTS = ["start", "oom", "kill", "die"]
_SIGNALLED = 128
_log = logging.getLogger("aiodockerpy.jobs")


@dataclass(frozen=True, slots=True)
class End:
    """The end of a container, reported by the engine that ran it.

    Attributes:
        exit_code: The exit code; ``None`` if the engine did not report it.
        signals: The signals that were sent to it through the Engine API.
        oom_killed: Whether one of its processes was killed for lack of memory.
        started_at: When it was started, by the engine's clock.
        finished_at: When it ended, by the engine's clock.
    """

    exit_code: int | None
    signals: frozenset[int] = frozenset()
    oom_killed: bool = False
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def by_itself(self) -> bool:
        """Whether the command can only have exited by itself: it was not killed, and the container not removed."""
        return self.exit_code is not None and self.exit_code < _SIGNALLED and not self.signals


class _Container:
    """A container that is watched."""

    def __init__(self) -> None:
        self.end: End | None = None
        self._signals: set[int] = set()
        self._oom_killed = False
        self._started_at: datetime | None = None
        self.known = asyncio.Event()
        """Set once it has ended, or once its end may have been missed."""

    def note(self, event: models.EventMessage) -> None:
        """Record an event."""
        attributes = read_object(getattr(event.actor, "attributes", None))
        if self.end is not None:
            return
        match event.action:
            case "start":
                self._started_at = event.at
                self.known.clear()  # what was missed came before
            case "oom":
                self._oom_killed = True
            case "kill" if number := read_int(attributes.get("signal")):
                self._signals.add(number)
            case "die" if not self.known.is_set():
                self.end = End(
                    read_int(attributes.get("exitCode")),
                    signals=frozenset(self._signals),
                    oom_killed=self._oom_killed,
                    started_at=self._started_at,
                    finished_at=event.at,
                )
                self.known.set()
            case _:
                pass


class Ends:
    """One subscription to what happens to all containers with a label.

    It saves a connection for each container, and it shows more: a process that exits with 137 by itself and one that
    was killed look the same afterwards, and so do the exit code of a container and one that an engine made up after it
    was restarted. An end that this reports is the container's own.
    """

    def __init__(self, client: DockerClient, label: str) -> None:
        self._client = client
        self._label = label
        self._subscription: Subscription | None = None
        self._task: asyncio.Task[None] | None = None
        self._watched: dict[str, _Container] = {}

    async def open(self) -> None:
        """Subscribe, unless the engine refuses that."""
        filters: models.Filters = {"type": "container", "label": self._label, "event": _EVENTS}
        self._subscription = Subscription(self._client.api.system, filters=filters)
        try:
            await self._subscription.open()
        except AWAY:
            raise
        except APIError as error:
            self._lost(error)
        else:
            self._task = asyncio.create_task(self._drain(self._subscription))

    async def close(self) -> None:
        """Close the subscription."""
        if self._task is not None and self._subscription is not None:
            self._task.cancel()
            self._subscription.close()
            await asyncio.wait({self._task})
            if not self._task.cancelled():
                self._task.result()

    def watch(self, container: str) -> None:
        """Record the end of a container from now on."""
        self._watched[container] = _Container()

    def forget(self, container: str) -> None:
        """Drop what is known of a container."""
        self._watched.pop(container, None)

    async def of(self, container: str, seconds: float | None = None) -> End | None:
        """Return the end of a container; ``None`` if it was not reported.

        Args:
            container: Its id.
            seconds: The time to wait for it, while events come; `PATIENCE` if not given.
        """
        known = self._watched.get(container)
        if known is None:
            return None
        if not known.known.is_set() and self._subscription is not None and self._subscription.state == "connected":
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE if seconds is None else seconds):
                    await known.known.wait()
        return known.end

    async def replayed(self, container: str) -> End | None:
        """Return the end of an ended container; ``None`` unless the engine has kept its events from its start."""
        with suppress(DockerException):
            return await Patience(REPLAY_SECONDS).persist(lambda: self._replay(container))
        return None

    async def _replay(self, container: str) -> End | None:
        again = _Container()
        again.known.set()  # until its start comes
        filters: models.Filters = {"type": "container", "container": container, "event": _EVENTS}
        async with self._client.api.system.events(since=1, filters=filters) as past:
            async for event in past:
                again.note(event)
                if event.action == "die":
                    break
        return again.end

    async def _drain(self, subscription: Subscription) -> None:
        try:
            while events := await subscription.batch():
                for event in events:
                    self._note(event)
        except DockerException as error:
            subscription.close()
            self._lost(error)
        else:
            self._miss()  # it was closed, with the client perhaps

    def _lost(self, error: DockerException) -> None:
        _log.warning("the ends of jobs are not reported, each container is inspected: %s", error)
        self._miss()

    def _miss(self) -> None:
        for watched in self._watched.values():
            watched.known.set()

    def _note(self, event: models.EventMessage) -> None:
        if event.type != "container":  # events may be missing: a restarted engine may make up what comes now
            self._miss()
            return
        known = self._watched.get(str(getattr(event.actor, "id", None)))
        if known is not None:
            known.note(event)
