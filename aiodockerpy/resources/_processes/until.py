"""Wait for a condition of a container: it is inspected again after each of its events."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from aiodockerpy import errors
from aiodockerpy.resources._following.events import EventStream

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiodockerpy.models import HealthcheckResult
    from aiodockerpy.models.filters import EventsFilters
    from aiodockerpy.resources.container import Container

__all__ = ["is_healthy", "published", "until"]

T = TypeVar("T")

_ENDED = frozenset({"exited", "dead", "removing"})
_NOT_ABOUT_IT = ("exec_create", "exec_start", "exec_attach", "top", "resize", "attach", "detach", "copy", "export")


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
    limit = asyncio.timeout(timeout)
    try:
        async with limit:
            return await _until(container, look, wanted)
    except TimeoutError:
        if not limit.expired():
            raise
        text = (
            f"the container {container.name} was not {wanted} within {timeout:g} s (timeout): it is {container.status}"
        )
        raise errors.DeadlineExceeded(text + _last_output(container)) from None


async def _until(container: Container, look: Callable[[Container], T], wanted: str) -> T:
    about_it: EventsFilters = {"type": "container", "container": container.id}
    async with EventStream(container.client.api.system, filters=about_it) as events:
        while True:
            await container.reload()
            if found := look(container):
                return found
            if container.status in _ENDED:
                raise _not_ready(container, wanted, "it has ended")
            await _next_change(events)


async def _next_change(events: EventStream) -> None:
    while batch := await events.batch():
        if any(not str(event.action).startswith(_NOT_ABOUT_IT) for event in batch):
            return
    raise RuntimeError("the client was closed while a container was waited for")


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
        raise _not_ready(container, "healthy", "it is unhealthy")
    return container.health == "healthy" and container.status == "running"


def published(container: Container, wanted: tuple[str, ...]) -> dict[str, list[dict[str, str]]]:
    """Return where these ports of a container are published; nothing while one of them is not."""
    ports = container.ports
    found = {port: ports.get(port) or [] for port in wanted}
    return found if all(found.values()) else {}


def _not_ready(container: Container, wanted: str, reason: str) -> errors.ContainerNotReady:
    state = container.info.state
    code = state.exit_code if state is not None and container.status in _ENDED else None
    ended = f" with exit code {code}" if code is not None else ""
    text = f"the container {container.name} did not become {wanted}: {reason}{ended}{_last_output(container)}"
    return errors.ContainerNotReady(text, container, exit_code=code, health_log=_health_log(container))


def _health_log(container: Container) -> list[HealthcheckResult]:
    state = container.info.state
    health = state.health if state is not None else None
    return list(health.log or ()) if health is not None else []


def _last_output(container: Container) -> str:
    output = next((run.output.strip() for run in reversed(_health_log(container)) if run.output), "")
    return f"; its health check said: {output}" if output else ""
