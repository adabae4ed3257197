"""Wait for a condition of a container, which is inspected again after each of its events."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, TypeVar

from aiodockerpy import errors, models
from aiodockerpy._arguments.results import at_once
from aiodockerpy._cancelling import within
from aiodockerpy._options.containers import single_port
from aiodockerpy._protocol.outside import read_text
from aiodockerpy.resources._base import items_of
from aiodockerpy.resources._following.backoff import Patience
from aiodockerpy.resources._following.events import EventStream, changes_container

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from aiodockerpy.resources.container import Container

T = TypeVar("T")

INTERVAL = 0.25
"""Seconds between two attempts."""
PATIENCE = 60.0
"""Seconds for which the engine may be away while the container is inspected."""
LAST_LINES = 10
"""Lines of the log that are shown of a container that has ended."""
_LONGEST = 500
"""Characters of a line that are shown."""
_LOGS_TIMEOUT = 5.0
"""Seconds in which the last lines must come."""
_ENDED = frozenset({"exited", "dead", "removing"})


class Watch:
    """A container whose events wake up the task that waits for it; made by `watching`.

    Args:
        container: The container; each look replaces its snapshot.
        wanted: The condition in words, for messages.
        events: The events of the container.
    """

    def __init__(self, container: Container, wanted: str, events: EventStream) -> None:
        self.container = container
        self._wanted = wanted
        self._events = events
        self._patience = Patience(PATIENCE)

    async def look(self) -> None:
        """Replace the snapshot of the container. An engine that is away is asked again, as its events are.

        Raises:
            ConnectionFailed: The engine was away for a minute.
            NotFound: The container was removed.
        """
        await self._patience.persist(self.container.reload)

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
            await self.look()
            if self.container.status == "running":
                return
            await self.check()
            await self.change()

    async def change(self, seconds: float | None = None) -> None:
        """Wait for the next event after which an inspection may differ, at most for some seconds.

        The end of a command is one of them: it may have been a health check, of which the container has a log.
        """
        await self._event(seconds, lambda event: changes_container(event) or event.action == "exec_die")

    async def pause(self, seconds: float) -> None:
        """Wait some seconds, or less if the container changes: the end of a command in it is no change."""
        await self._event(seconds, changes_container)

    async def _event(self, seconds: float | None, counts: Callable[[models.EventMessage], bool]) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._next_event(counts)

    async def _next_event(self, counts: Callable[[models.EventMessage], bool]) -> None:
        while batch := await self._events.batch():
            if any(map(counts, batch)):
                return
        raise RuntimeError("the client was closed while a container was waited for")


@asynccontextmanager
async def watching(
    container: Container, wanted: str, timeout: float | None, seen: Callable[[], str]
) -> AsyncGenerator[Watch]:
    """Subscribe to the events of a container, so that no change is missed. A broken connection is reopened.

    Args:
        container: The container.
        wanted: The condition that is waited for, in words.
        timeout: Seconds that the block may take; ``None`` for no limit.
        seen: Returns what the last look has found, as the end of the message for a timeout that has expired.

    Raises:
        DeadlineExceeded: The timeout expired.
    """

    def late() -> str:
        name, status = container.name, container.status
        return f"the container {name} was not {wanted} within {timeout:g} s (timeout): it is {status}{seen()}"

    about_it: models.EventsFilters = {"type": "container", "container": container.id}
    async with within(timeout, late), EventStream(container.client.api.system, filters=about_it) as events:
        yield Watch(container, wanted, events)


async def until(container: Container, look: Callable[[Container], T], timeout: float | None, wanted: str) -> T:
    """Inspect a container after each of its events, until a condition holds.

    The events are subscribed to before the first inspection, so that no change is missed. A broken connection is
    reopened, and the container is inspected then.

    Args:
        container: The container; each inspection replaces its snapshot.
        look: The condition: returns something true if it holds.
        timeout: Seconds; ``None`` for no limit.
        wanted: The condition in words, for messages.

    Returns:
        What ``look`` returned.

    Raises:
        ContainerNotReady: The container ended.
        DeadlineExceeded: The timeout expired.
        NotFound: The container was removed.
    """
    async with watching(container, wanted, timeout, lambda: last_output(container)) as watch:
        while True:
            await watch.look()
            if found := at_once(look, container, "wait_until() look"):
                return found
            await watch.check()
            await watch.change()


def is_healthy(container: Container) -> bool:
    """Return whether the health check of a container reports that it is healthy.

    Raises:
        ContainerNotReady: It reports that the container is unhealthy.
        InvalidArgument: There is no health check.
    """
    config = container.info.config
    check = config.healthcheck if config is not None else None
    if check is None or not check.test or check.test == ["NONE"]:
        raise errors.InvalidArgument(f"the container {container.name} has no health check")
    if container.health == "unhealthy" and container.status == "running":
        raise not_ready(container, "healthy", "it is unhealthy")
    return container.health == "healthy" and container.status == "running"


async def wait_published(
    container: Container, ports: Sequence[int | str], timeout: float | None
) -> dict[str, list[dict[str, str]]]:
    """Wait until all ports are published, and return where.

    Raises:
        InvalidArgument: There is no port, or one is invalid.
    """
    if not ports:
        raise errors.InvalidArgument("wait_ports() needs at least one port")
    wanted = [single_port(port) for port in ports]

    def published(seen: Container) -> dict[str, list[dict[str, str]]]:
        known = seen.ports
        found = {port: known.get(port) or [] for port in wanted}
        return found if all(found.values()) else {}

    return await until(container, published, timeout, f"published at {', '.join(wanted)}")


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
