"""Operations on volumes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodockerpy import models
from aiodockerpy._arguments import checks_arguments
from aiodockerpy._protocol.operations import call
from aiodockerpy.api._part import Part
from aiodockerpy.api._verbs import fetch

if TYPE_CHECKING:
    from aiodockerpy._protocol.query import IdOrName
    from aiodockerpy.models import Volume, VolumeCreateRequest, VolumeList, VolumePrune, VolumeUpdateRequest
    from aiodockerpy.models.filters import Filters, VolumeListFilters, VolumePruneFilters

__all__ = ["VolumesApi"]


@checks_arguments
class VolumesApi(Part):
    """Volumes.

    Example:
        .. code-block:: python

            volume = await client.api.volumes.create(VolumeCreateRequest(name="data", labels={"app": "web"}))
            print(volume.mountpoint)
    """

    async def list(self, *, filters: VolumeListFilters | Filters | None = None) -> VolumeList:
        """List volumes.

        Operation: ``VolumeList``, ``GET /volumes``.

        Args:
            filters: Which volumes.

        Returns:
            The volumes, and the warnings of drivers that could not be asked.

        Raises:
            InvalidArgument: An unknown filter.
        """
        return await fetch(self._transport, call("VolumeList", values={"filters": filters}), lambda: models.VolumeList)

    async def create(self, request: VolumeCreateRequest | None = None) -> Volume:
        """Create a volume, or return the one that has the name and the driver already.

        Operation: ``VolumeCreate``, ``POST /volumes/create``.

        Args:
            request: Its name, driver, options and labels; the engine makes up a name if there is none.

        Raises:
            Conflict: The name is taken by a volume of another driver.
        """
        # Old engines refuse a call without a body.
        body = request if request is not None else models.VolumeCreateRequest()
        return await fetch(self._transport, call("VolumeCreate", json=body), lambda: models.Volume)

    async def inspect(self, volume: IdOrName) -> Volume:
        """Return everything the engine knows of a volume.

        Operation: ``VolumeInspect``, ``GET /volumes/{name}``.

        Raises:
            NotFound: No such volume.
        """
        return await fetch(self._transport, call("VolumeInspect", {"name": volume}), lambda: models.Volume)

    async def update(self, volume: IdOrName, request: VolumeUpdateRequest, *, version: int) -> None:
        """Change a cluster volume. API 1.42+.

        Operation: ``VolumeUpdate``, ``PUT /volumes/{name}``.

        Args:
            volume: ID or name of a cluster volume.
            request: The whole specification; only its availability may differ.
            version: ``cluster_volume.version.index`` of the inspection that it was made from.

        Raises:
            NotFound: No such cluster volume.
            ServiceUnavailable: The engine is not a swarm manager.
        """
        request_value = call("VolumeUpdate", {"name": volume}, {"version": version}, json=request)
        await self._transport.request(request_value)

    async def remove(self, volume: IdOrName, *, force: bool | None = None) -> None:
        """Remove a volume.

        Operation: ``VolumeDelete``, ``DELETE /volumes/{name}``.

        Args:
            volume: Name.
            force: Also if its driver fails, and silently if there is none of that name.

        Raises:
            NotFound: No such volume.
            Conflict: A container uses it.
        """
        await self._transport.request(call("VolumeDelete", {"name": volume}, {"force": force}))

    async def prune(self, *, filters: VolumePruneFilters | Filters | None = None) -> VolumePrune:
        """Remove volumes that no container uses.

        Operation: ``VolumePrune``, ``POST /volumes/prune``.

        Args:
            filters: Which of them. From API 1.42 on only anonymous ones without ``{"all": True}``.

        Returns:
            What was removed and how much space that gave.
        """
        return await fetch(
            self._transport, call("VolumePrune", values={"filters": filters}), lambda: models.VolumePrune
        )
