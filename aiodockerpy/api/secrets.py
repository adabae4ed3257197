"""Operations on secrets of the swarm."""

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
class SecretsApi(Part):
    """Secrets of the swarm; only its managers answer.

    Every ``secret`` is an id, a unique prefix of one, or a name.

    Example:
        .. code-block:: python

            created = await client.api.secrets.create(SecretCreateRequest(name="token"), data=b"s3cret")
    """

    async def create(self, request: models.SecretCreateRequest, *, data: bytes | None = None) -> models.SecretCreate:
        """Create a secret.

        Operation: ``SecretCreate``, ``POST /secrets/create``.

        Args:
            request: Its name, labels and drivers; it is left as it is.
            data: The content, up to 500 kB; instead of the base64 in ``request.data``.

        Returns:
            The id.

        Raises:
            Conflict: The name is taken.
            ServiceUnavailable: The engine is not a swarm manager.
        """
        if data is not None:
            request = request.model_copy(update={"data": b64encode(data).decode()})
        return await self._fetch(call("SecretCreate", json=request), lambda: models.SecretCreate)

    async def inspect(self, secret: IdOrName) -> models.Secret:
        """Return a secret; its data stays with the swarm.

        Operation: ``SecretInspect``, ``GET /secrets/{id}``.

        Raises:
            NotFound: No such secret.
            ServiceUnavailable: The engine is not a swarm manager.
        """
        return await self._fetch(call("SecretInspect", {"id": secret}), lambda: models.Secret)

    async def update(self, secret: IdOrName, spec: models.SecretSpec, *, version: int) -> None:
        """Change the labels of a secret; nothing else of it can be changed.

        Operation: ``SecretUpdate``, ``POST /secrets/{id}/update``.

        Args:
            secret: ID or name.
            spec: All settings, as the inspection returned them but for the labels.
            version: ``version.index`` of that inspection.

        Raises:
            NotFound: No such secret.
            BadRequest: Something else than the labels differs.
            ServiceUnavailable: The engine is not a swarm manager.
            APIError: The secret was changed since: "update out of sequence".
        """
        await self._transport.request(call("SecretUpdate", {"id": secret}, {"version": version}, json=spec))

    async def remove(self, secret: IdOrName) -> None:
        """Remove a secret.

        Operation: ``SecretDelete``, ``DELETE /secrets/{id}``.

        Raises:
            NotFound: No such secret.
            BadRequest: A service uses it.
            ServiceUnavailable: The engine is not a swarm manager.
        """
        await self._transport.request(call("SecretDelete", {"id": secret}))

    # `list` comes last: in a class body its name hides the type from what follows.
    async def list(self, *, filters: models.SecretListFilters | models.Filters | None = None) -> list[models.Secret]:
        """List secrets.

        Operation: ``SecretList``, ``GET /secrets``.

        Args:
            filters: Which secrets.

        Raises:
            InvalidArgument: An unknown filter.
            ServiceUnavailable: The engine is not a swarm manager.
        """
        return await self._fetch_list(call("SecretList", values={"filters": filters}), lambda: models.Secret)
