"""Operations on networks."""

from __future__ import annotations

from aiodockerpy import models
from aiodockerpy._arguments import checks_arguments
from aiodockerpy._protocol.operations import call
from aiodockerpy._protocol.query import IdOrName, id_of
from aiodockerpy.api._part import Part


@checks_arguments
class NetworksApi(Part):
    """Networks.

    Every ``network`` is an id, a unique prefix of one, or a name.

    Example:
        .. code-block:: python

            created = await client.api.networks.create(NetworkCreateRequest(name="backend", internal=True))
            await client.api.networks.connect(created, "web")
    """

    async def create(self, request: models.NetworkCreateRequest) -> models.NetworkCreate:
        """Create a network.

        Operation: ``NetworkCreate``, ``POST /networks/create``.

        Args:
            request: Its name, driver, addresses and options.

        Returns:
            The id and the engine's warning.

        Raises:
            Conflict: The name is taken; engines before API 1.44 refuse it only with ``check_duplicate``.
            Forbidden: The name is one of the engine's own.
            NotFound: No such driver.
        """
        return await self._fetch(call("NetworkCreate", json=request), lambda: models.NetworkCreate)

    async def inspect(
        self, network: IdOrName, *, verbose: bool | None = None, scope: models.NetworkScope | None = None
    ) -> models.NetworkInspect:
        """Return all details of a network.

        Operation: ``NetworkInspect``, ``GET /networks/{id}``.

        Args:
            network: ID or name.
            verbose: With the services and tasks of the whole swarm that are on it.
            scope: Only a network of this scope: ``"swarm"``, ``"global"`` or ``"local"``.

        Raises:
            NotFound: No such network.
        """
        request = call("NetworkInspect", {"id": network}, {"verbose": verbose, "scope": scope})
        return await self._fetch(request, lambda: models.NetworkInspect)

    async def connect(
        self, network: IdOrName, container: IdOrName, *, endpoint_config: models.EndpointSettings | None = None
    ) -> None:
        """Connect a container to a network.

        Operation: ``NetworkConnect``, ``POST /networks/{id}/connect``.

        Args:
            network: ID or name.
            container: ID or name; it does not have to run.
            endpoint_config: Addresses, aliases and options of the container in this network.

        Raises:
            NotFound: No such network or container.
            Forbidden: The network does not take containers.
        """
        body = models.NetworkConnectRequest(container=id_of(container), endpoint_config=endpoint_config)
        await self._transport.request(call("NetworkConnect", {"id": network}, json=body))

    async def disconnect(self, network: IdOrName, container: IdOrName, *, force: bool | None = None) -> None:
        """Disconnect a container from a network.

        Operation: ``NetworkDisconnect``, ``POST /networks/{id}/disconnect``.

        Args:
            network: ID or name.
            container: ID or name.
            force: Disconnect it even if the container does not exist any more.

        Raises:
            NotFound: No such network or container.
            Forbidden: The container is not on it.
        """
        body = models.NetworkDisconnectRequest(container=id_of(container), force=force)
        await self._transport.request(call("NetworkDisconnect", {"id": network}, json=body))

    async def remove(self, network: IdOrName) -> None:
        """Remove a network.

        Operation: ``NetworkDelete``, ``DELETE /networks/{id}``.

        Raises:
            NotFound: No such network.
            Forbidden: It is in use, or one of the engine's own.
        """
        await self._transport.request(call("NetworkDelete", {"id": network}))

    async def prune(self, *, filters: models.NetworkPruneFilters | models.Filters | None = None) -> models.NetworkPrune:
        """Remove every network that no container uses.

        Operation: ``NetworkPrune``, ``POST /networks/prune``.

        Args:
            filters: Which of them.

        Returns:
            The names of what was removed.

        Raises:
            InvalidArgument: An unknown filter.
        """
        return await self._fetch(call("NetworkPrune", values={"filters": filters}), lambda: models.NetworkPrune)

    # `list` comes last: in a class body its name hides the type from what follows.
    async def list(
        self, *, filters: models.NetworkListFilters | models.Filters | None = None
    ) -> list[models.NetworkSummary]:
        """List networks.

        Operation: ``NetworkList``, ``GET /networks``.

        Args:
            filters: Which networks.

        Raises:
            InvalidArgument: An unknown filter.
        """
        return await self._fetch_list(call("NetworkList", values={"filters": filters}), lambda: models.NetworkSummary)
