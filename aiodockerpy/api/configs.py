"""Operations on configs of the swarm."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from aiodockerpy import models
from aiodockerpy._arguments import checks_arguments
from aiodockerpy._protocol.operations import call
from aiodockerpy.api._part import Part

if TYPE_CHECKING:
    from aiodockerpy._protocol.query import IdOrName


@checks_arguments
class ConfigsApi(Part):
    """Configs of the swarm; only its managers answer.

    Every ``config`` is an id, a unique prefix of one, or a name.

    Example:
        .. code-block:: python

            created = await client.api.configs.create(ConfigCreateRequest(name="nginx.conf"), data=b"...")
    """

    async def create(self, request: models.ConfigCreateRequest, *, data: bytes | None = None) -> models.ConfigCreate:
        """Create a config.

        Operation: ``ConfigCreate``, ``POST /configs/create``.

        Args:
            request: Its name, labels and drivers; it is left as it is.
            data: The content, up to 1000 kB; instead of the base64 in ``request.data``.

        Returns:
            The id.

        Raises:
            Conflict: The name is taken.
            ServiceUnavailable: The engine is not a swarm manager.
        """
        if data is not None:
            request = request.model_copy(update={"data": b64encode(data).decode()})
        return await self._fetch(call("ConfigCreate", json=request), lambda: models.ConfigCreate)

    async def inspect(self, config: IdOrName) -> models.Config:
        """Return a config with its data, which is base64.

        Operation: ``ConfigInspect``, ``GET /configs/{id}``.

        Raises:
            NotFound: No such config.
            ServiceUnavailable: The engine is not a swarm manager.
        """
        return await self._fetch(call("ConfigInspect", {"id": config}), lambda: models.Config)

    async def update(self, config: IdOrName, spec: models.ConfigSpec, *, version: int) -> None:
        """Change the labels of a config; nothing else of it can be changed.

        Operation: ``ConfigUpdate``, ``POST /configs/{id}/update``.

        Args:
            config: ID or name.
            spec: All settings, as the inspection returned them but for the labels.
            version: ``version.index`` of that inspection.

        Raises:
            NotFound: No such config.
            BadRequest: Something else than the labels differs.
            ServiceUnavailable: The engine is not a swarm manager.
            APIError: The config was changed since: "update out of sequence".
        """
        await self._transport.request(call("ConfigUpdate", {"id": config}, {"version": version}, json=spec))

    async def remove(self, config: IdOrName) -> None:
        """Remove a config.

        Operation: ``ConfigDelete``, ``DELETE /configs/{id}``.

        Raises:
            NotFound: No such config.
            BadRequest: A service uses it.
            ServiceUnavailable: The engine is not a swarm manager.
        """
        await self._transport.request(call("ConfigDelete", {"id": config}))

    # `list` comes last: in a class body its name hides the type from what follows.
    async def list(self, *, filters: models.ConfigListFilters | models.Filters | None = None) -> list[models.Config]:
        """List configs.

        Operation: ``ConfigList``, ``GET /configs``.

        Args:
            filters: Which configs.

        Raises:
            InvalidArgument: An unknown filter.
            ServiceUnavailable: The engine is not a swarm manager.
        """
        return await self._fetch_list(call("ConfigList", values={"filters": filters}), lambda: models.Config)
