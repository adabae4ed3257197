"""Configs of the swarm as objects, and the collection of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiodockerpy import models
from aiodockerpy._arguments import checks_arguments
from aiodockerpy._options.shapes import key_values
from aiodockerpy.resources._base import Collection
from aiodockerpy.resources._kept import Kept, encoded

if TYPE_CHECKING:
    import builtins
    from collections.abc import Mapping

    from aiodockerpy._options.keywords import Labels
    from aiodockerpy._protocol.query import IdOrName


class Config(Kept["models.Config"]):
    """A config of the swarm."""

    _part = "configs"


@checks_arguments
class ConfigCollection(Collection):
    """The configs of the swarm; only its managers answer.

    Example:
        .. code-block:: python

            config = await client.configs.create(name="settings", data=b"...")
            print(config.id, config.attrs["Spec"]["Labels"])
    """

    async def create(
        self,
        name: str,
        data: bytes | str,
        labels: Labels | None = None,
        templating: models.Driver | Mapping[str, Any] | None = None,
    ) -> Config:
        """Create a config.

        Args:
            name: Its name.
            data: Its content; text is encoded as UTF-8.
            labels: Its labels.
            templating: What fills it in as a template: ``{"Name": "golang"}``.

        Returns:
            The config as the swarm keeps it, with all of its fields.

        Raises:
            Conflict: The name is taken.
            ServiceUnavailable: The engine is not a swarm manager.
        """
        request = models.ConfigCreateRequest(
            name=name,
            labels=key_values(labels, "labels"),
            templating=models.Driver.model_validate(templating) if templating is not None else None,
        )
        created = await self.client.api.configs.create(request, data=encoded(data))
        return await self.get(created["ID"])

    def prepare_model(self, attrs: models.Config | Mapping[str, object]) -> Config:
        """Create an object from what an operation of the Engine API returned: a model, or its JSON.

        No request is sent.
        """
        return Config(self.client, attrs if isinstance(attrs, models.Config) else models.Config.from_value(dict(attrs)))

    async def get(self, config_id: IdOrName) -> Config:
        """Return a config by its id or name.

        Raises:
            NotFound: No such config.
            NullResource: The id is empty.
            ServiceUnavailable: The engine is not a swarm manager.
        """
        return Config(self.client, await self.client.api.configs.inspect(config_id))

    async def list(self, filters: models.ConfigListFilters | models.Filters | None = None) -> builtins.list[Config]:
        """List configs, with one request.

        Args:
            filters: Which configs.

        Raises:
            InvalidArgument: An unknown filter.
            ServiceUnavailable: The engine is not a swarm manager.
        """
        return [Config(self.client, found) for found in await self.client.api.configs.list(filters=filters)]
