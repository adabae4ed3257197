"""Wait for a condition of a container: it is inspected again after each of its events."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from aiodockerpy import errors
from aiodockerpy.resources._readiness.watch import Watch, last_output, not_ready, within

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiodockerpy.resources.container import Container

__all__ = ["is_healthy", "published", "until"]

T = TypeVar("T")


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

    def late() -> str:
        name, status, output = container.name, container.status, last_output(container)
        return f"the container {name} was not {wanted} within {timeout:g} s (timeout): it is {status}{output}"

    async with within(timeout, late), Watch(container, wanted) as watch:
        while True:
            await container.reload()
            if found := look(container):
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


def published(container: Container, wanted: tuple[str, ...]) -> dict[str, list[dict[str, str]]]:
    """Return where these ports of a container are published; nothing while one of them is not."""
    ports = container.ports
    found = {port: ports.get(port) or [] for port in wanted}
    return found if all(found.values()) else {}
