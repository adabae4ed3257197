"""``GET /containers/json``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodockerpy.testing._core import Core, operation
from aiodockerpy.testing._http.messages import Reply, Request, answer_json
from aiodockerpy.testing._operations.filters import check_container_filters, container_matches
from aiodockerpy.testing._operations.shapes import container_summary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiodockerpy.testing._state.objects import Container


def newest(containers: Mapping[str, Container]) -> list[Container]:
    """Sort containers, the newest first."""
    return sorted(containers.values(), key=lambda container: container.created, reverse=True)


@operation("ContainerList")
async def containers(core: Core, request: Request) -> Reply:
    """List containers, the newest first."""
    filters = request.filters()
    check_container_filters(filters)
    limit = request.number("limit") or -1
    everything = request.flag("all") or limit > 0 or "status" in filters
    found = [
        container
        for container in newest(core.world.containers)
        if (everything or container.running or container.restarting) and container_matches(core, container, filters)
    ]
    if limit > 0:
        found = found[:limit]
    return answer_json([container_summary(core, container, size=request.flag("size")) for container in found])
