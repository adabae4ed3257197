"""Volumes as objects, and the collection of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from aiodockerpy import models
from aiodockerpy._arguments import checks_arguments
from aiodockerpy._options.shapes import key_values
from aiodockerpy.resources._base import Collection, Resource, items_of

if TYPE_CHECKING:
    import builtins
    from collections.abc import Mapping, Sequence
    from typing import Self

    from aiodockerpy._options.keywords import KeyValues, Labels
    from aiodockerpy._protocol.query import IdOrName
    from aiodockerpy.models import ClusterVolumeSpec, VolumePrune
    from aiodockerpy.models.filters import Filters, VolumeListFilters, VolumePruneFilters
    from aiodockerpy.resources._following.view import View

__all__ = ["Volume", "VolumeCollection"]


@checks_arguments
class Volume(Resource["models.Volume"]):
    """A volume; its id is its name."""

    id_attribute: ClassVar[str] = "Name"

    @property
    def name(self) -> str:
        """The name."""
        return self.id

    async def reload(self) -> Self:
        """Request the volume's data again and replace the snapshot.

        Raises:
            NotFound: It has been removed.
        """
        self._replace(await self.client.api.volumes.inspect(self.id))
        return self

    async def remove(self, force: bool = False) -> None:
        """Remove it.

        Args:
            force: Also if its driver fails, and silently if it is gone already.

        Raises:
            NotFound: It was removed already.
            Conflict: A container uses it.
        """
        await self.client.api.volumes.remove(self.id, force=force)


@checks_arguments
class VolumeCollection(Collection):
    """The volumes of the engine.

    Example:
        .. code-block:: python

            data = await client.volumes.create("data", labels={"app": "web"})
            await client.containers.run("busybox", ["touch", "/data/x"], volumes={data.name: "/data"}, remove=True)
    """

    async def create(
        self,
        name: str | None = None,
        driver: str | None = None,
        driver_opts: KeyValues | None = None,
        labels: Labels | None = None,
        *,
        cluster_volume_spec: ClusterVolumeSpec | None = None,
    ) -> Volume:
        """Create a volume, or return the one that has the name and the driver already.

        Args:
            name: Its name; the engine makes one up if not given.
            driver: Its driver; ``local`` if not given.
            driver_opts: Options of the driver.
            labels: Its labels.
            cluster_volume_spec: Makes it a volume of the swarm. API 1.42+.

        Raises:
            Conflict: The name is taken by a volume of another driver.
        """
        request = models.VolumeCreateRequest(
            name=name,
            driver=driver,
            driver_opts=key_values(driver_opts, "driver_opts"),
            labels=key_values(labels, "labels"),
            cluster_volume_spec=cluster_volume_spec,
        )
        return Volume(self.client, await self.client.api.volumes.create(request))

    def prepare_model(self, attrs: models.Volume | Mapping[str, object]) -> Volume:
        """Create an object from what an operation of the Engine API returned: a model, or its JSON.

        No request is sent.
        """
        return Volume(self.client, attrs if isinstance(attrs, models.Volume) else models.Volume.from_value(dict(attrs)))

    async def get(self, volume_id: IdOrName) -> Volume:
        """Return a volume by its name.

        Raises:
            NotFound: No such volume.
            NullResource: The name is empty.
        """
        return Volume(self.client, await self.client.api.volumes.inspect(volume_id))

    async def prune(self, filters: VolumePruneFilters | Filters | None = None) -> VolumePrune:
        """Remove volumes that no container uses.

        Args:
            filters: Which of them. From API 1.42 on only anonymous ones without ``{"all": True}``.

        Returns:
            The names of those removed, and the bytes that gave: ``result.volumes_deleted``, or
            ``result["VolumesDeleted"]``.
        """
        return await self.client.api.volumes.prune(filters=filters)

    async def list(self, filters: VolumeListFilters | Filters | None = None) -> builtins.list[Volume]:
        """List volumes, with one request.

        Args:
            filters: Which volumes.
        """
        found = await self.client.api.volumes.list(filters=filters)
        return [Volume(self.client, volume) for volume in items_of(found.volumes, models.Volume)]

    def watch(self, filters: VolumeListFilters | Filters | None = None) -> View[Volume]:
        """Keep a live view of volumes.

        Args:
            filters: Which volumes.

        Returns:
            A view: entered with ``async with`` it lists, watches, and stays right over cut connections and restarts of
            the engine.
        """
        from aiodockerpy.resources._following.view import View

        async def load(ids: Sequence[str] | None) -> builtins.list[Volume]:
            found = await self.list(filters)  # a filter by name would find every name that contains it
            return found if ids is None else [volume for volume in found if volume.id in ids]

        return View(self.client.api.system, "volume", load)
