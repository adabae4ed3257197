"""A container that is waited for: what all waits share."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from aiodockerpy import errors, models
from aiodockerpy._protocol.outside import read_text
from aiodockerpy.resources._base import items_of
from aiodockerpy.resources._following.events import EventStream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiodockerpy.resources.container import Container

INTERVAL = 0.25
"""Seconds between two attempts."""
LAST_LINES = 10
"""Lines of the log that are shown of a container that has ended."""
_LONGEST = 500
"""Characters of a line that are shown."""
_LOGS_TIMEOUT = 5.0
"""Seconds in which the last lines must come."""
_ENDED = frozenset({"exited", "dead", "removing"})
_NOT_ABOUT_IT = ("exec_create", "exec_start", "exec_attach", "top", "resize", "attach", "detach", "copy", "export")


class Watch:
    """A container whose events wake up the task that waits for it.

    Inside ``async with`` the events are subscribed to, so that no change is missed. A broken connection is reopened.

    Args:
        container: The container; each look replaces its snapshot.
        wanted: The condition in words, for messages.
    """

    def __init__(self, container: Container, wanted: str) -> None:
        self.container = container
        self._wanted = wanted
        about_it: models.EventsFilters = {"type": "container", "container": container.id}
        self._events = EventStream(container.client.api.system, filters=about_it)

    async def __aenter__(self) -> Self:
        await self._events.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._events.aclose()

    async def check(self, lines: Sequence[str] | None = None) -> None:
        """Raise if the container has ended, by its snapshot.

        Args:
            lines: The last lines of its log, if they are known.

        Raises:
            ContainerNotReady: It has ended.
        """
        if has_ended(self.container):
            known = await last_lines(self.container) if lines is None else lines
            raise not_ready(self.container, self._wanted, "it has ended", known)

    async def running(self) -> None:
        """Wait until the container runs, and replace its snapshot.

        Raises:
            ContainerNotReady: It has ended.
            NotFound: The container was removed.
        """
        while True:
            await self.container.reload()
            if self.container.status == "running":
                return
            await self.check()
            await self.change()

    async def change(self, seconds: float | None = None) -> None:
        """Wait for the next event of the container, at most for some seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._next_event()

    async def _next_event(self) -> None:
        while batch := await self._events.batch():
            if any(not str(event.action).startswith(_NOT_ABOUT_IT) for event in batch):
                return
        raise RuntimeError("the client was closed while a container was waited for")


def has_ended(container: Container) -> bool:
    """Return whether a container has ended and is not started again by the engine, by its snapshot."""
    return container.status in _ENDED


def not_ready(container: Container, wanted: str, reason: str, lines: Sequence[str] = ()) -> errors.ContainerNotReady:
    """Create the error for a container that cannot meet a condition any more.

    Args:
        container: The container, with the snapshot that shows it.
        wanted: The condition in words.
        reason: Why it does not hold.
        lines: The last lines of the log.
    """
    state = container.info.state
    code = state.exit_code if state is not None and has_ended(container) else None
    ended = f" with exit code {code}" if code is not None else ""
    shown = "".join(f"\n  {line[:_LONGEST]}" for line in lines)
    text = f"the container {container.name} did not become {wanted}: {reason}{ended}{last_output(container)}"
    return errors.ContainerNotReady(
        f"{text}; its last lines:{shown}" if shown else text,
        container,
        exit_code=code,
        health_log=health_log(container),
        last_lines=lines,
    )


async def last_lines(container: Container) -> list[str]:
    """Return the last lines of the log of a container; nothing if it cannot be read."""
    try:
        async with asyncio.timeout(_LOGS_TIMEOUT):
            data = await container.logs(tail=LAST_LINES)
    except (errors.DockerException, TimeoutError):
        return []
    return data.decode(errors="replace").splitlines()[-LAST_LINES:]


def health_log(container: Container) -> list[models.HealthcheckResult]:
    """Return the last runs of the health check of a container, oldest first."""
    state = container.info.state
    health = state.health if state is not None else None
    return items_of(health.log, models.HealthcheckResult) if health is not None else []


def last_output(container: Container) -> str:
    """Return the last output of a container's health check, as the end of a message; empty if there is none."""
    outputs = (read_text(run.output).strip() for run in reversed(health_log(container)))
    output = next(filter(None, outputs), "")
    return f"; its health check said: {output}" if output else ""
