"""Waiting for a container, across connections that break."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiodockerpy import errors
from aiodockerpy.models import ContainerWait
from aiodockerpy.resources._following.backoff import Backoff

if TYPE_CHECKING:
    from aiodockerpy.api.containers import ContainersApi, WaitCondition
    from aiodockerpy.models import ContainerInspect

__all__ = ["PATIENCE", "wait_for_container"]

PATIENCE = 60.0
"""Seconds for which an engine that was reached before may be away."""
_BROKEN = (errors.StreamInterrupted, errors.RequestMaybeSent)


async def wait_for_container(
    api: ContainersApi, container: str, condition: WaitCondition | None = None
) -> ContainerWait:
    """Wait for a container. When the connection breaks, look at the container, and wait again if there is need.

    Args:
        api: The operations.
        container: Its id.
        condition: What to wait for.

    Raises:
        StreamInterrupted: The connection broke, and the exit code was lost meanwhile: removed, or started again.
        EngineUnreachable: The engine is away, and does not come back within a minute.
        NotFound: No such container.
    """
    before = await api.inspect(container) if condition == "next-exit" else None
    while True:
        try:
            return await api.wait(container, condition=condition)
        except _BROKEN as error:
            found = await _look(api, container, error)
            result = _result(found, condition, before, error)
            if result is not None:
                return result


async def _look(api: ContainersApi, container: str, cause: Exception) -> ContainerInspect:
    """Look at the container as soon as the engine can be reached."""
    backoff = Backoff()
    limit = asyncio.get_running_loop().time() + PATIENCE
    while True:
        try:
            return await api.inspect(container)
        except errors.NotFound:
            raise errors.StreamInterrupted(
                "the connection broke while waiting for the container, and the container was removed meanwhile: "
                "its exit code is lost"
            ) from cause
        except errors.ConnectionFailed:
            if asyncio.get_running_loop().time() > limit:
                raise
            await backoff.pause()


def _result(
    found: ContainerInspect, condition: WaitCondition | None, before: ContainerInspect | None, cause: Exception
) -> ContainerWait | None:
    """Return the result if it is there, ``None`` if there is still something to wait for."""
    state = found.state
    if condition == "removed" or state is None:
        return None
    if condition == "next-exit":
        if before is None or before.state is None or state.finished_at == before.state.finished_at:
            return None
        if state.running:
            raise errors.StreamInterrupted(
                "the connection broke while waiting for the container, which ended and was started again meanwhile: "
                "its exit code is lost"
            ) from cause
    elif state.running:
        return None
    return ContainerWait(status_code=state.exit_code)
