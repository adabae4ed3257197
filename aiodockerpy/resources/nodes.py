"""Nodes of the swarm as objects, and the collection of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from aiodockerpy import models
from aiodockerpy._arguments import checks_arguments
from aiodockerpy._arguments.results import at_once
from aiodockerpy.resources._base import Collection, Resource, part_of, version_of
from aiodockerpy.resources._services.sequence import in_sequence

if TYPE_CHECKING:
    import builtins
    from collections.abc import Callable, Mapping

    from aiodockerpy._protocol.query import IdOrName


@checks_arguments
class Node(Resource["models.Node"]):
    """A node of the swarm."""

    id_attribute: ClassVar[str] = "ID"

    @property
    def version(self) -> int:
        """The version of the snapshot, which an update names."""
        return version_of(self._info)

    async def reload(self) -> Self:
        """Request the node's data again and replace the snapshot.

        Raises:
            NotFound: It has been removed.
        """
        self._replace(await self.client.api.nodes.inspect(self.id))
        return self

    async def update(self, node_spec: models.NodeSpec | Mapping[str, Any]) -> bool:
        """Replace all settings of the node; the snapshot is left alone.

        Args:
            node_spec: The settings, as a model or as JSON: ``{"Availability": "drain", "Role": "worker"}``.
                What is left out is taken away.

        Returns:
            ``True``.

        Raises:
            NotFound: It has been removed.
            APIError: It was changed since the snapshot: "update out of sequence". Call `reload` before.
        """
        spec = node_spec if isinstance(node_spec, models.NodeSpec) else models.NodeSpec.model_validate(dict(node_spec))
        await self.client.api.nodes.update(self.id, spec, version=self.version)
        return True

    async def edit(self, change: Callable[[models.NodeSpec], object]) -> None:
        """Change the node's settings by a function; the snapshot is left alone.

        Example:
            .. code-block:: python

                def add_label(spec: NodeSpec) -> None:
                    spec.labels = {**(spec.labels or {}), "disk": "ssd"}


                await node.edit(add_label)

        Args:
            change: Changes the present settings in place. It is called again with newer ones if something else changed
                the node meanwhile.

        Raises:
            NotFound: It has been removed.
            APIError: The swarm refuses the settings.
        """

        async def send(now: models.Node) -> None:
            spec = part_of(now, "Spec", models.NodeSpec)
            at_once(change, spec, "edit() change")
            await self.client.api.nodes.update(self.id, spec, version=version_of(now))

        await in_sequence(lambda: self.client.api.nodes.inspect(self.id), send)

    async def promote(self) -> None:
        """Promote the node to a manager, as ``docker node promote`` does; does nothing if it is one.

        Raises:
            NotFound: It has been removed.
        """
        await self.edit(lambda spec: setattr(spec, "role", "manager"))

    async def demote(self) -> None:
        """Demote the node to a worker, as ``docker node demote`` does; does nothing if it is one.

        The node leaves the managers a little later: look at ``manager_status`` of a new snapshot.

        Raises:
            NotFound: It has been removed.
            APIError: It is the last manager, or without it too few managers could be reached.
        """
        await self.edit(lambda spec: setattr(spec, "role", "worker"))

    async def set_availability(self, availability: Literal["active", "pause", "drain"]) -> None:
        """Change whether it takes tasks, as ``docker node update --availability`` does.

        Args:
            availability: ``"active"`` takes tasks, ``"pause"`` keeps those it has, ``"drain"`` has them moved to other
                nodes.

        Raises:
            NotFound: It has been removed.
        """
        await self.edit(lambda spec: setattr(spec, "availability", availability))

    async def remove(self, force: bool = False) -> bool:
        """Remove the node from the swarm.

        Args:
            force: Remove it even if it is not down, or is a manager.

        Returns:
            ``True``.

        Raises:
            NotFound: It was removed already.
        """
        await self.client.api.nodes.remove(self.id, force=force)
        return True


@checks_arguments
class NodeCollection(Collection):
    """The nodes of the swarm; only its managers answer.

    Example:
        .. code-block:: python

            for node in await client.nodes.list(filters={"role": "worker"}):
                print(node.id, node.attrs["Description"]["Hostname"])
    """

    def prepare_model(self, attrs: models.Node | Mapping[str, object]) -> Node:
        """Create an object from what an operation of the Engine API returned: a model, or its JSON.

        No request is sent.
        """
        return Node(self.client, attrs if isinstance(attrs, models.Node) else models.Node.from_value(dict(attrs)))

    async def get(self, node_id: IdOrName) -> Node:
        """Return a node by its id or name.

        Raises:
            NotFound: No such node.
            NullResource: The id is empty.
            ServiceUnavailable: The engine is not a swarm manager.
        """
        return Node(self.client, await self.client.api.nodes.inspect(node_id))

    async def list(self, filters: models.NodeListFilters | models.Filters | None = None) -> builtins.list[Node]:
        """List nodes, with one request.

        Args:
            filters: Which nodes.

        Raises:
            InvalidArgument: An unknown filter.
            ServiceUnavailable: The engine is not a swarm manager.
        """
        return [Node(self.client, node) for node in await self.client.api.nodes.list(filters=filters)]
