"""Wait for a condition of a container: it is inspected again after each of its events."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from aiodockerpy import errors
from aiodockerpy._arguments.results import at_once
from aiodockerpy._cancelling import within
from aiodockerpy._options.containers import port_key
from aiodockerpy.resources._readiness.watch import Watch, last_output, not_ready

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiodockerpy.resources.container import Container

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
            if found := at_once(look(container), "wait_until() look"):
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
    wanted = [port_key(port) for port in ports]

    def published(seen: Container) -> dict[str, list[dict[str, str]]]:
        known = seen.ports
        found = {port: known.get(port) or [] for port in wanted}
        return found if all(found.values()) else {}

    return await until(container, published, timeout, f"published at {', '.join(wanted)}")
