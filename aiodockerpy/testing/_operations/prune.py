"""Remove what is not in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodockerpy.testing import _lifecycle as lifecycle
from aiodockerpy.testing._core import Core, operation
from aiodockerpy.testing._http.messages import Refusal, Reply, Request, answer_json
from aiodockerpy.testing._operations.filters import boolean, has_labels, until
from aiodockerpy.testing._operations.images import delete_image
from aiodockerpy.testing._operations.networks import PREDEFINED
from aiodockerpy.testing._operations.shapes import size_rw

if TYPE_CHECKING:
    from collections.abc import Mapping


def _chosen(labels: Mapping[str, str] | None, filters: Mapping[str, list[str]]) -> bool:
    return has_labels(labels, filters) and not (filters.get("label!") and has_labels(labels, filters, "label!"))


def _emit(core: Core, type: str, reclaimed: int) -> None:
    core.world.events.emit(type, "prune", "", reclaimed=str(reclaimed))


@operation("ContainerPrune")
async def containers(core: Core, request: Request) -> Reply:
    """Remove containers that do not run."""
    filters = request.filters()
    limit = until(filters, core.clock.now())
    gone: list[str] = []
    size = 0
    for container in list(core.world.containers.values()):
        old = limit is None or container.created <= limit
        if not container.running and not container.restarting and old and _chosen(container.labels, filters):
            size += size_rw(container)
            lifecycle.remove(core, container, volumes=False)
            gone.append(container.id)
    _emit(core, "container", size)
    return answer_json({"ContainersDeleted": gone or None, "SpaceReclaimed": size})


@operation("NetworkPrune")
async def networks(core: Core, request: Request) -> Reply:
    """Remove networks without containers."""
    filters = request.filters()
    limit = until(filters, core.clock.now())
    gone: list[str] = []
    for network in list(core.world.networks.values()):
        used = network.name in PREDEFINED or network.config_only or any(core.world.on_network(network))
        if not used and (limit is None or network.created <= limit) and _chosen(network.labels, filters):
            del core.world.networks[network.id]
            core.world.events.emit("network", "destroy", network.id, name=network.name, type=network.driver)
            gone.append(network.name)
    _emit(core, "network", 0)
    return answer_json({"NetworksDeleted": gone or None})


@operation("VolumePrune")
async def volumes(core: Core, request: Request) -> Reply:
    """Remove anonymous volumes without containers; named ones, too, below API 1.42 or with ``all``."""
    filters = request.filters()
    everything = boolean(filters, "all") or not request.at_least("1.42")
    gone: list[str] = []
    size = 0
    for volume in list(core.world.volumes.values()):
        anonymous = "com.docker.volume.anonymous" in (volume.labels or {})
        if core.world.users_of(volume.name) or not (everything or anonymous) or not _chosen(volume.labels, filters):
            continue
        size += sum(len(node.data) for node in volume.tree.values())
        del core.world.volumes[volume.name]
        core.world.events.emit("volume", "destroy", volume.name, driver="local")
        gone.append(volume.name)
    _emit(core, "volume", size)
    return answer_json({"VolumesDeleted": gone, "SpaceReclaimed": size})


@operation("ImagePrune")
async def images(core: Core, request: Request) -> Reply:
    """Remove images without names; all that no container uses with ``dangling=false``."""
    filters = request.filters()
    dangling = boolean(filters, "dangling", default=True)
    try:
        limit = until(filters, core.clock.now())
    except Refusal as refusal:
        raise Refusal(500, refusal.message) from None
    gone: list[dict[str, str]] = []
    size = 0
    for image in list(core.world.images.values()):
        used = any(container.image is image for container in core.world.containers.values())
        child = any(other.parent == image.id for other in core.world.images.values())
        old = limit is None or image.created <= limit
        if used or child or not old or (dangling and image.tags) or not _chosen(image.config["Labels"], filters):
            continue
        if image.id in core.world.images:
            size += image.size
            gone += delete_image(core, image, None, force=True, prune=True, shown=image.id)
    _emit(core, "image", size)
    return answer_json({"ImagesDeleted": gone or None, "SpaceReclaimed": size})


@operation("BuildPrune")
async def build_cache(core: Core, request: Request) -> Reply:
    """Remove the build cache, which the fake has none of."""
    del request
    _emit(core, "builder", 0)
    return answer_json({"CachesDeleted": None, "SpaceReclaimed": 0})
