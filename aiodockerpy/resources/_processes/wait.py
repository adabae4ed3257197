"""Wait for a container across broken connections."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from aiodockerpy import errors, models
from aiodockerpy.resources._following.backoff import Backoff, Patience

if TYPE_CHECKING:
    from aiodockerpy.api import Api
    from aiodockerpy.api.containers import WaitCondition

PATIENCE = 60.0
"""Seconds for which an engine that was reached before may be unreachable."""
_BROKEN = (errors.StreamInterrupted, errors.RequestMaybeSent, errors.ServiceUnavailable)
INVENTED = frozenset({137, 143, 255})
"""The exit codes that a restarted engine records for containers that it ends, or whose end it has not seen."""
_AWAY = timedelta(seconds=0.2)
"""Less than an engine takes to be restarted, and more than an end usually takes to be recorded after the output's."""
_LOOKS = 5
"""Looks at the clock of the engine: an answer that takes long is not exact."""


async def wait_for_container(api: Api, container: str, condition: WaitCondition | None = None) -> models.ContainerWait:
    """Wait for a container. If the connection breaks, inspect the container, and wait again if it has not ended.

    Args:
        api: The Engine API.
        container: The container's id.
        condition: What to wait for.

    Raises:
        StreamInterrupted: The connection broke, and the exit code was lost meanwhile: the container was removed or
            started again, or it ended while the engine was down, which then reports 137, 143 or 255
            whatever the code was.
        EngineUnreachable: The engine does not answer for a minute.
        NotFound: No such container.
    """
    before = await api.containers.inspect(container) if condition == "next-exit" else None
    backoff = Backoff()
    while True:
        try:
            return await api.containers.wait(container, condition=condition)
        except _BROKEN as error:
            broken = _Break(error, asyncio.get_running_loop().time())
        await backoff.pause()
        try:
            found = (await Patience(PATIENCE).persist(lambda: api.containers.inspect(container))).state
        except errors.NotFound:
            raise broken.lost("it was removed meanwhile") from broken.error
        if found is None or not _has_ended(found, condition, before, broken):
            continue
        if found.exit_code in INVENTED and await ended_after(api, found, broken.at):
            raise broken.lost(f"it ended after that, and the engine may have invented the exit code {found.exit_code}")
        if condition != "removed":
            return models.ContainerWait(status_code=found.exit_code)


@dataclass(frozen=True, slots=True)
class _Break:
    """A connection that broke while it waited.

    Attributes:
        error: What broke it.
        at: When that was noticed, by the clock of the loop.
    """

    error: Exception
    at: float

    def lost(self, reason: str) -> errors.StreamInterrupted:
        """Create the error for a lost exit code."""
        error = errors.StreamInterrupted(
            f"the connection broke while waiting for the container, and its exit code is lost: {reason}"
        )
        error.__cause__ = self.error
        return error


def _has_ended(
    state: models.ContainerState,
    condition: WaitCondition | None,
    before: models.ContainerInspect | None,
    broken: _Break,
) -> bool:
    if condition != "next-exit":
        return not state.running
    if before is None or before.state is None or state.finished_at == before.state.finished_at:
        return False
    if state.running:
        raise broken.lost("it ended and was started again meanwhile")
    return True


async def ended_after(api: Api, state: models.ContainerState, at: float) -> bool:
    """Return whether a container has ended clearly after a moment, by the engine's clock; ``True`` too if unknown.

    Args:
        api: The Engine API.
        state: The state of the container.
        at: The moment, by the clock of the loop.
    """
    finished: object = state.finished_at
    clock = asyncio.get_running_loop().time
    for _ in range(_LOOKS):
        asked = clock()
        try:
            now: object = (await api.system.info()).system_time
        except errors.DockerException:
            return True
        if not (isinstance(now, datetime) and isinstance(finished, datetime)):
            return True
        since = finished - now - _AWAY  # the engine has read its clock between the request and the answer
        if since <= timedelta(seconds=at - clock()):
            return False
        if since > timedelta(seconds=at - asked):
            return True
    return True
