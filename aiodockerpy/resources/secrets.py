"""Secrets of the swarm as objects, and the collection of them."""

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


class Secret(Kept["models.Secret"]):
    """A secret of the swarm."""

    _part = "secrets"


@checks_arguments
class SecretCollection(Collection):
    """The secrets of the swarm; only its managers answer.

    Example:
        .. code-block:: python

            secret = await client.secrets.create(name="token", data=b"...")
            print(secret.id, secret.attrs["Spec"]["Labels"])
    """

    async def create(
        self,
        name: str,
        data: bytes | str,
        labels: Labels | None = None,
        driver: models.Driver | Mapping[str, Any] | None = None,
    ) -> Secret:
        """Create a secret.

        Args:
            name: Its name.
            data: Its content; text is encoded as UTF-8.
            labels: Its labels.
            driver: The driver that keeps its content elsewhere.

        Returns:
            The secret as the swarm keeps it, with all of its fields.

        Raises:
            Conflict: The name is taken.
            ServiceUnavailable: The engine is not a swarm manager.
        """
        request = models.SecretCreateRequest(
            name=name,
            labels=key_values(labels, "labels"),
            driver=models.Driver.model_validate(driver) if driver is not None else None,
        )
        created = await self.client.api.secrets.create(request, data=encoded(data))
        return await self.get(created["ID"])

    def prepare_model(self, attrs: models.Secret | Mapping[str, object]) -> Secret:
        """Create an object from what an operation of the Engine API returned: a model, or its JSON.

        No request is sent.
        """
        return Secret(self.client, attrs if isinstance(attrs, models.Secret) else models.Secret.from_value(dict(attrs)))

    async def get(self, secret_id: IdOrName) -> Secret:
        """Return a secret by its id or name.

        Raises:
            NotFound: No such secret.
            NullResource: The id is empty.
            ServiceUnavailable: The engine is not a swarm manager.
        """
        return Secret(self.client, await self.client.api.secrets.inspect(secret_id))

    async def list(self, filters: models.SecretListFilters | models.Filters | None = None) -> builtins.list[Secret]:
        """List secrets, with one request.

        Args:
            filters: Which secrets.

        Raises:
            InvalidArgument: An unknown filter.
            ServiceUnavailable: The engine is not a swarm manager.
        """
        return [Secret(self.client, found) for found in await self.client.api.secrets.list(filters=filters)]
