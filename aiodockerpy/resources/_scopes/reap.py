"""Removing what scopes have left behind: only that of dead owners and expired leases."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from aiodockerpy import errors
from aiodockerpy._cancelling import within
from aiodockerpy._jsonable import dumpable
from aiodockerpy._protocol.outside import read_int
from aiodockerpy.resources._base import well_shaped
from aiodockerpy.resources._following.backoff import AWAY, Patience
from aiodockerpy.resources._scopes.kinds import KINDS, Kind
from aiodockerpy.resources._scopes.owner import EXPIRES, ID, OWNER, SCOPE, Life, Owner

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from aiodockerpy import models
    from aiodockerpy.api import Api

AT_ONCE = 8
"""Objects that are removed concurrently."""
ATTEMPTS = 10
"""Attempts to remove an object that is still in use."""
PATIENCE = 120.0
"""Seconds for which the engine may leave every request unanswered."""
PAUSE = 0.5
"""Seconds between two attempts: what uses the object is being removed meanwhile."""


@dumpable()
@dataclass(frozen=True, slots=True)
class Leftover:
    """An object that a scope made.

    Attributes:
        kind: ``"service"``, ``"container"``, ``"network"``, ``"volume"``, ``"image"``, ``"secret"`` or ``"config"``.
        id: Its id; of a volume its name.
        name: Its name.
        labels: Its labels.
        reason: Why it was removed, or why it was left.
    """

    kind: str
    id: str
    name: str
    labels: Mapping[str, str] = field(repr=False)
    reason: str = ""


@dumpable()
@dataclass(frozen=True, slots=True)
class Reaped:
    """What `DockerClient.reap <aiodockerpy.DockerClient.reap>` did.

    Attributes:
        removed: What was removed, with the reason.
        left: What was left, with the reason.
    """

    removed: list[Leftover]
    left: list[Leftover]


async def found(api: Api, label: str) -> list[Leftover]:
    """List the objects of all kinds with a label, in the order in which they can be removed."""
    objects: list[Leftover] = []
    for kind in KINDS:
        try:
            entries = await kind.listed(api, label)
        except errors.ServiceUnavailable as error:
            if not kind.swarm or "swarm" not in error.explanation.lower():  # a proxy's
                raise
            continue  # not a manager node, so there are none
        with well_shaped(f"the list of {kind.name}s"):
            objects += [
                Leftover(kind.name, kind.id_of(entry), kind.called(entry), labels)
                for entry in entries
                if kind.is_own(labels := kind.labels(entry))
            ]
    return objects


async def reap(api: Api, name: str) -> Reaped:
    """Remove what scopes of a name have left behind."""
    here = await asyncio.to_thread(Owner.here)
    verdicts: dict[tuple[str, str], tuple[bool, str]] = {}
    removable: list[Leftover] = []
    left: list[Leftover] = []
    for item in await found(api, f"{SCOPE}={name}"):
        key = item.labels.get(OWNER, ""), item.labels.get(EXPIRES, "")
        if key not in verdicts:
            verdicts[key] = await _verdict(api, item.labels, here)
        ended, reason = verdicts[key]
        (removable if ended else left).append(replace(item, reason=reason))
    failed = await remove_all(api, removable, Patience(PATIENCE))
    removed = [item for item in removable if (item.kind, item.id) not in failed]
    left += [replace(item, reason=failed[item.kind, item.id]) for item in removable if (item.kind, item.id) in failed]
    return Reaped(removed, left)


async def _verdict(api: Api, labels: Mapping[str, str], here: Owner) -> tuple[bool, str]:
    """Return whether the owner of an object has ended, and the reason for this answer."""
    if _expired(labels):
        return True, "its lease has expired"
    owner = Owner.parse(labels.get(OWNER))
    life = await asyncio.to_thread(owner.life, here)
    if life == "unknown" and owner.container:
        life = await _life_of_container(api, owner.container)
    if life == "dead":
        return True, f"its owner, process {owner.pid}, has ended"
    if life == "alive":
        return False, f"its owner, process {owner.pid}, is running"
    return False, "whether its owner is running cannot be found out from here, and it has no expired lease"


def _expired(labels: Mapping[str, str]) -> bool:
    """Return whether the lease has ended; an object without one never expires."""
    expires = read_int(labels.get(EXPIRES), minimum=0)
    return expires is not None and expires <= time.time()


async def _life_of_container(api: Api, container: str) -> Life:
    """Ask the engine whether the container that an owner ran in is running."""
    try:
        state = (await api.containers.inspect(container)).state
    except errors.NotFound:
        return "unknown"  # it may be a container of another engine
    return "dead" if state is not None and state.running is False else "alive"


async def remove_all(api: Api, objects: list[Leftover], patience: Patience) -> dict[tuple[str, str], str]:
    """Remove objects kind by kind, several at once; return those that stay, with the reason.

    A removal that is not answered in time fails; if no other was answered meanwhile, so do all that are left.
    """
    failed: dict[tuple[str, str], str] = {}
    room = asyncio.Semaphore(AT_ONCE)

    async def remove(kind: Kind, item: Leftover) -> None:
        async with room:
            try:
                await _in_turn(lambda: patience.call(lambda: kind.remove(api, item.id)))
            except errors.NotFound:
                return
            except errors.DockerException as error:
                failed[item.kind, item.id] = str(error)

    for kind in KINDS:
        async with asyncio.TaskGroup() as group:
            for item in objects:
                if item.kind == kind.name:
                    group.create_task(remove(kind, item))
        if kind.name == "service":
            await _until_stopped(api, {item.labels.get(ID, "") for item in objects if item.kind == kind.name}, patience)
    return failed


async def _until_stopped(api: Api, scopes: set[str], patience: Patience) -> None:
    """Wait until no task of a removed service runs: its container uses networks and volumes until then.

    What runs for longer than `PATIENCE` is not waited for.
    """
    with suppress(*AWAY):
        async with within(PATIENCE, lambda: "the tasks of removed services run on"):
            for id in scopes:
                await _until_no_task(api, {"label": [f"{ID}={id}"]}, patience)


async def _until_no_task(api: Api, filters: models.Filters, patience: Patience) -> None:
    while True:
        if not await patience.call(lambda: api.tasks.list(filters=filters)):
            return
        await asyncio.sleep(PAUSE)


async def _in_turn(remove: Callable[[], Awaitable[object]]) -> None:
    """Retry while the object is in use, or being removed, by something that is ending."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            await remove()
        except (errors.Conflict, errors.Forbidden, errors.ServerError, errors.BadRequest):
            if attempt == ATTEMPTS:
                raise
            await asyncio.sleep(PAUSE)
        else:
            return
