"""Volumes."""

from __future__ import annotations

import re
from typing import Any

from aiodockerpy.models import VolumeCreateRequest
from aiodockerpy.testing._core import Core, operation
from aiodockerpy.testing._http.messages import Answer, Refusal, Reply, Request, answer_json
from aiodockerpy.testing._operations import shapes
from aiodockerpy.testing._operations.filters import boolean, has_labels, name_matches
from aiodockerpy.testing._state.normal import body


@operation("VolumeList")
async def volumes(core: Core, request: Request) -> Reply:
    """List volumes."""
    filters = request.filters()
    found: list[dict[str, Any]] = []
    for volume in core.world.volumes.values():
        used = bool(core.world.users_of(volume.name))
        if "dangling" in filters and boolean(filters, "dangling") == used:
            continue
        if filters.get("driver") and volume.driver not in filters["driver"]:
            continue
        if filters.get("name") and not name_matches(volume.name, filters["name"]):
            continue
        if has_labels(volume.labels, filters):
            found.append(shapes.volume(volume))
    return answer_json({"Volumes": found, "Warnings": None})


@operation("VolumeCreate")
async def create(core: Core, request: Request) -> Reply:
    """Create a volume, or return the one of that name."""
    given = body(VolumeCreateRequest, request.body)
    name, driver = given.name or "", given.driver or "local"
    if driver != "local":
        raise Refusal(404, f'create {name}: error looking up volume plugin {driver}: plugin "{driver}" not found')
    if len(name) == 1:
        reason = "volume name is too short, names should be at least two alphanumeric characters"
        raise Refusal(400, f"create {name}: {reason}")
    if name and not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+", name):
        raise Refusal(
            400, f'create {name}: "{name}" includes invalid characters for a local volume name, only '
            '"[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path'
        )  # fmt: skip
    for option in given.driver_opts or {}:
        if option not in {"type", "o", "device", "size"}:
            raise Refusal(400, f'create {name}: invalid option: "{option}"')
    fresh = name not in core.world.volumes
    if fresh and (given.driver_opts or {}).get("type") and not (given.driver_opts or {}).get("device"):
        raise Refusal(400, f'create {name}: missing required option: "device"')
    volume = core.world.make_volume(name, given.labels, given.driver_opts)
    return answer_json(shapes.volume(volume), 201)


@operation("VolumeInspect")
async def inspect(core: Core, request: Request) -> Reply:
    """Show a volume."""
    return answer_json(shapes.volume(core.world.volume(request.parts["name"])))


@operation("VolumeDelete")
async def delete(core: Core, request: Request) -> Reply:
    """Remove a volume that is not in use."""
    name = request.parts["name"]
    if name not in core.world.volumes and request.flag("force"):
        return Answer(204)
    core.world.volume(name)
    users = core.world.users_of(name)
    if users:
        shown = " ".join(user.id for user in users)
        raise Refusal(409, f"remove {name}: volume is in use - [{shown}]")
    del core.world.volumes[name]
    core.world.events.emit("volume", "destroy", name, driver="local")
    return Answer(204)
