"""Networks as objects, and the collection of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from aiodockerpy import models, resources
from aiodockerpy._arguments import checks_arguments
from aiodockerpy._options.containers import normalize_links
from aiodockerpy._options.shapes import key_values
from aiodockerpy._protocol.operations import check_filters
from aiodockerpy.resources._base import Collection, Resource, created_id, gather_present

if TYPE_CHECKING:
    import builtins
    from collections.abc import Coroutine, Iterable, Mapping, Sequence

    from aiodockerpy._options.keywords import KeyValues, Labels
    from aiodockerpy._protocol.query import IdOrName


@checks_arguments
class Network(Resource["models.NetworkInspect | models.NetworkSummary"]):
    """A network.

    Its snapshot is the entry of a list, which has no containers, or the whole network, as returned by
    `NetworkCollection.get` and after `reload`.
    """

    @property
    def name(self) -> str:
        """The name."""
        return self._info.name or ""

    @property
    def containers(self) -> Coroutine[Any, Any, list[resources.Container]]:
        """The containers that are on it now: ``await network.containers``.

        The network is inspected again, then the containers concurrently; one that is removed meanwhile is left out.

        Raises:
            NotFound: The network was removed.
        """
        return self._containers()

    async def _containers(self) -> list[resources.Container]:
        info = await self.client.api.networks.inspect(self.id)
        return await gather_present(list(info.containers or ()), self.client.containers.get)

    async def reload(self) -> Self:
        """Request the network's data again and replace the snapshot.

        Raises:
            NotFound: It has been removed.
        """
        self._replace(await self.client.api.networks.inspect(self.id))
        return self

    async def connect(
        self,
        container: IdOrName,
        ipv4_address: str | None = None,
        ipv6_address: str | None = None,
        aliases: Sequence[str] | None = None,
        links: Mapping[str, str | None] | Iterable[tuple[str, str | None]] | None = None,
        link_local_ips: Sequence[str] | None = None,
        driver_opt: KeyValues | None = None,
        mac_address: str | None = None,
        *,
        gw_priority: int | None = None,
    ) -> None:
        """Connect a container to the network.

        Args:
            container: The container, or its id or name; it need not run.
            ipv4_address: Its IPv4 address.
            ipv6_address: Its IPv6 address.
            aliases: More names of it on this network.
            links: Legacy links: container name to alias.
            link_local_ips: Its link-local addresses.
            driver_opt: Options of the network's driver.
            mac_address: Its MAC address.
            gw_priority: The network with the highest number gives the default route. API 1.48+.

        Raises:
            NotFound: No such container, or the network was removed.
            Forbidden: The network does not take containers, or this address.
        """
        addresses = {"ipv4_address": ipv4_address, "ipv6_address": ipv6_address, "link_local_ips": link_local_ips}
        given = {name: value for name, value in addresses.items() if value is not None}
        endpoint = models.EndpointSettings(
            ipam_config=models.EndpointIPAMConfig.model_validate(given) if given else None,
            aliases=list(aliases) if aliases is not None else None,
            links=normalize_links(links) if links is not None else None,
            driver_opts=key_values(driver_opt, "driver_opt"),
            mac_address=mac_address,
            gw_priority=gw_priority,
        )
        await self.client.api.networks.connect(self.id, container, endpoint_config=endpoint)

    async def disconnect(self, container: IdOrName, force: bool = False) -> None:
        """Disconnect a container from the network.

        Args:
            container: The container, or its id or name.
            force: Disconnect it even if the container does not exist any more.

        Raises:
            NotFound: No such container, or the network was removed.
            Forbidden: The container is not on it.
        """
        await self.client.api.networks.disconnect(self.id, container, force=force)

    async def remove(self) -> None:
        """Remove the network.

        Raises:
            Forbidden: Containers are on it, or it is one of the engine's own.
        """
        await self.client.api.networks.remove(self.id)


@checks_arguments
class NetworkCollection(Collection):
    """The networks of the engine.

    Example:
        .. code-block:: python

            backend = await client.networks.create("backend", internal=True)
            await backend.connect("web", aliases=["www"])
            print([container.name for container in await backend.containers])
    """

    async def create(
        self,
        name: str,
        driver: str | None = None,
        options: KeyValues | None = None,
        ipam: models.IPAM | Mapping[str, Any] | None = None,
        check_duplicate: bool | None = None,
        internal: bool | None = None,
        labels: Labels | None = None,
        enable_ipv6: bool | None = None,
        attachable: bool | None = None,
        scope: models.NetworkScope | None = None,
        ingress: bool | None = None,
        *,
        enable_ipv4: bool | None = None,
        config_only: bool | None = None,
        config_from: str | None = None,
    ) -> Network:
        """Create a network.

        Args:
            name: Its name.
            driver: Its driver; ``bridge`` if not given.
            options: Options of the driver.
            ipam: Where its addresses come from: an ``aiodockerpy.models.IPAM``, or a mapping of that form.
            check_duplicate: Refuse a name that is taken; engines since API 1.44 always do.
            internal: No way out to other networks.
            labels: Its labels.
            enable_ipv6: Give it IPv6 addresses.
            attachable: Let plain containers join a network of the swarm.
            scope: ``"local"``, ``"global"`` or ``"swarm"``.
            ingress: Make it the swarm's routing mesh.
            enable_ipv4: ``False`` for a network without IPv4 addresses.
            config_only: Only a configuration that other networks take over.
            config_from: Name of the network whose configuration is taken over.

        Raises:
            Conflict: The name is taken.
            NotFound: No such driver.
        """
        request = models.NetworkCreateRequest(
            name=name,
            driver=driver,
            options=key_values(options, "options"),
            ipam=ipam if isinstance(ipam, models.IPAM) or ipam is None else models.IPAM.model_validate(dict(ipam)),
            check_duplicate=check_duplicate,
            internal=internal,
            labels=key_values(labels, "labels"),
            enable_ipv6=enable_ipv6,
            attachable=attachable,
            scope=scope,
            ingress=ingress,
            enable_ipv4=enable_ipv4,
            config_only=config_only,
            config_from=models.ConfigReference(network=config_from) if config_from is not None else None,
        )
        created = await self.client.api.networks.create(request)
        return await self.get(created_id(created))

    def prepare_model(self, attrs: models.NetworkInspect | models.NetworkSummary | Mapping[str, object]) -> Network:
        """Create an object from what an operation of the Engine API returned: a model, or its JSON.

        No request is sent.
        """
        if isinstance(attrs, models.NetworkInspect | models.NetworkSummary):
            return Network(self.client, attrs)
        return Network(self.client, models.NetworkInspect.from_value(dict(attrs)))

    async def get(
        self, network_id: IdOrName, verbose: bool | None = None, scope: models.NetworkScope | None = None
    ) -> Network:
        """Return a network by its id, a unique prefix of one, or its name.

        Args:
            network_id: Which.
            verbose: With the services and tasks of the whole swarm that are on it.
            scope: Only a network of this scope.

        Raises:
            NotFound: No such network.
            NullResource: The id is empty.
        """
        info = await self.client.api.networks.inspect(network_id, verbose=verbose, scope=scope)
        return Network(self.client, info)

    async def prune(self, filters: models.NetworkPruneFilters | models.Filters | None = None) -> models.NetworkPrune:
        """Remove every network that no container uses.

        Args:
            filters: Which of them.

        Returns:
            The names of those removed: ``result.networks_deleted``, or ``result["NetworksDeleted"]``.

        Raises:
            InvalidArgument: An unknown filter.
        """
        return await self.client.api.networks.prune(filters=filters)

    async def list(
        self,
        names: Sequence[str] | None = None,
        ids: Sequence[str] | None = None,
        filters: models.NetworkListFilters | models.Filters | None = None,
        greedy: bool = False,
    ) -> builtins.list[Network]:
        """List networks, with one request.

        Args:
            names: Only those whose name has one of these in it.
            ids: Only those whose id has one of these in it.
            filters: Which networks.
            greedy: Inspect each network, concurrently, so that the snapshots have the containers; one that is removed
                meanwhile is left out.

        Raises:
            InvalidArgument: An unknown filter.
        """
        wanted: Any = {**(filters or {})}
        if names:
            wanted["name"] = [names] if isinstance(names, str) else [*names]
        if ids:
            wanted["id"] = [ids] if isinstance(ids, str) else [*ids]
        found = await self.client.api.networks.list(filters=wanted or None)
        if greedy:
            return await gather_present([str(summary.id) for summary in found], self.get)
        return [Network(self.client, summary) for summary in found]

    def watch(self, filters: models.NetworkListFilters | models.Filters | None = None) -> resources.View[Network]:
        """Keep a live view of networks.

        Args:
            filters: Which networks.

        Returns:
            A view: entered with ``async with`` it lists, watches, and stays correct across broken connections and
            restarts of the engine.

        Raises:
            InvalidArgument: An unknown filter.
        """
        check_filters("NetworkList", filters)

        async def load(ids: Sequence[str] | None) -> builtins.list[Network]:
            narrow = ids is not None and "id" not in (filters or {})
            return await self.list(ids=ids if narrow else None, filters=filters)

        return resources.View(self.client.api.system, "network", load)
