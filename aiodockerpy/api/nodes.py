"""Operations on the nodes of the swarm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodockerpy import models
from aiodockerpy._arguments import checks_arguments
from aiodockerpy._protocol.operations import call
from aiodockerpy.api._part import Part

if TYPE_CHECKING:
    from aiodockerpy._protocol.query import IdOrName


@checks_arguments
class NodesApi(Part):
    """The engines of the swarm; only its managers answer.

    Every ``node`` is an id, a unique prefix of one, or a host name.

    Example:
        .. code-block:: python

            node = await client.api.nodes.inspect("worker-1")
            node.spec.availability = "drain"
            await client.api.nodes.update(node, node.spec, version=node.version.index)
    """

    async def inspect(self, node: IdOrName) -> models.Node:
        """Return all details of a node.

        Operation: ``NodeInspect``, ``GET /nodes/{id}``.

        Args:
            node: ID or name; ``swarm.node_id`` of `SystemApi.info` for this engine.

        Raises:
            NotFound: No such node.
            ServiceUnavailable: The engine is not a swarm manager.
        """
        return await self._fetch(call("NodeInspect", {"id": node}), lambda: models.Node)

    async def update(self, node: IdOrName, spec: models.NodeSpec, *, version: int) -> None:
        """Change the role, availability, name or labels of a node.

        Operation: ``NodeUpdate``, ``POST /nodes/{id}/update``.

        Args:
            node: ID.
            spec: All settings: what is left out is taken away.
            version: ``version.index`` of the inspection that they were made from.

        Raises:
            NotFound: No such node.
            ServiceUnavailable: The engine is not a swarm manager.
            APIError: The node was changed since: "update out of sequence".
        """
        await self._transport.request(call("NodeUpdate", {"id": node}, {"version": version}, json=spec))

    async def remove(self, node: IdOrName, *, force: bool | None = None) -> None:
        """Remove a node from the swarm.

        Operation: ``NodeDelete``, ``DELETE /nodes/{id}``.

        Args:
            node: ID or name.
            force: Remove it even if it is not down, or is a manager.

        Raises:
            NotFound: No such node.
            ServiceUnavailable: The engine is not a swarm manager.
        """
        await self._transport.request(call("NodeDelete", {"id": node}, {"force": force}))

    # `list` comes last: in a class body its name hides the type from what follows.
    async def list(self, *, filters: models.NodeListFilters | models.Filters | None = None) -> list[models.Node]:
        """List the nodes of the swarm.

        Operation: ``NodeList``, ``GET /nodes``.

        Args:
            filters: Which nodes.

        Raises:
            InvalidArgument: An unknown filter.
            ServiceUnavailable: The engine is not a swarm manager.
        """
        return await self._fetch_list(call("NodeList", values={"filters": filters}), lambda: models.Node)
