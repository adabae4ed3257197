"""The swarm that the engine belongs to, as an object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, Unpack

from aiodockerpy import models
from aiodockerpy._arguments import checks_arguments
from aiodockerpy._options.swarm import SwarmOptions, swarm_spec, swarm_values
from aiodockerpy.errors import APIError
from aiodockerpy.resources._base import Resource, part_of, version_of

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping, Sequence

    from aiodockerpy.client import DockerClient

_NO_SWARM = {406, 503}  # what engines answer to a leave when there is none; 406 those before API 1.24
_POOL, _SUBNET_SIZE = "10.0.0.0/8", 24  # the engine's own; it takes neither of them without the other


@checks_arguments
class Swarm(Resource["models.Swarm"]):
    """The swarm that the engine belongs to.

    ``client.swarm`` costs nothing: its snapshot is empty until `reload` or `init`.

    Example:
        .. code-block:: python

            await client.swarm.init(advertise_addr="192.0.2.1")
            print(await client.swarm.join_token("worker"))
    """

    id_attribute: ClassVar[str] = "ID"

    def __init__(self, client: DockerClient, info: models.Swarm | None = None) -> None:
        super().__init__(client, models.Swarm() if info is None else info)

    @property
    def version(self) -> int | None:
        """The version of the snapshot's settings; ``None`` if the snapshot is empty."""
        return version_of(self._info) if self._info.version is not None else None

    async def reload(self) -> Self:
        """Inspect the swarm and replace the snapshot.

        Raises:
            ServiceUnavailable: The engine is not a swarm manager.
        """
        self._replace(await self.client.api.swarm.inspect())
        return self

    def init(
        self,
        advertise_addr: str | None = None,
        listen_addr: str = "0.0.0.0:2377",
        force_new_cluster: bool = False,
        default_addr_pool: Sequence[str] | None = None,
        subnet_size: int | None = None,
        data_path_addr: str | None = None,
        data_path_port: int | None = None,
        *,
        availability: Literal["active", "pause", "drain"] | None = None,
        **settings: Unpack[SwarmOptions],
    ) -> Coroutine[Any, Any, str]:
        """Initialize a swarm with the engine as its first manager, and fill the snapshot.

        Args:
            advertise_addr: Address or interface announced to other nodes; needed if the engine has several.
            listen_addr: Address and port that managers listen on.
            force_new_cluster: Make a new swarm from the state of a manager that has lost the others.
            default_addr_pool: Pools for the subnets of global networks, as CIDR; ``10.0.0.0/8`` if not given.
            subnet_size: Prefix length of these subnets; 24 if not given.
            data_path_addr: Address or interface of the traffic between containers.
            data_path_port: Its UDP port; 4789 if not given.
            availability: Whether this node takes tasks: ``"active"`` (the default), ``"pause"`` or ``"drain"``.
            **settings: The swarm's settings, see `SwarmOptions`.

        Returns:
            The id of this node.

        Raises:
            ServiceUnavailable: The engine belongs to a swarm already.
            BadRequest: An address is malformed, or has to be chosen.
        """
        pools = list(default_addr_pool) if default_addr_pool is not None else None
        if pools is None and subnet_size is not None:
            pools = [_POOL]
        if pools is not None and subnet_size is None:
            subnet_size = _SUBNET_SIZE
        request = models.SwarmInitRequest(
            listen_addr=listen_addr,
            advertise_addr=advertise_addr,
            force_new_cluster=force_new_cluster,
            default_addr_pool=pools,
            subnet_size=subnet_size,
            data_path_addr=data_path_addr,
            data_path_port=data_path_port,
            availability=availability,
            spec=swarm_spec(settings),
        )
        return self._init(request)

    async def _init(self, request: models.SwarmInitRequest) -> str:
        node = await self.client.api.swarm.init(request)
        await self.reload()
        return node

    async def join(
        self,
        remote_addrs: Sequence[str],
        join_token: str,
        listen_addr: str = "0.0.0.0:2377",
        advertise_addr: str | None = None,
        data_path_addr: str | None = None,
        *,
        availability: Literal["active", "pause", "drain"] | None = None,
    ) -> bool:
        """Join the engine to an existing swarm.

        Example:
            .. code-block:: python

                token = await manager.swarm.join_token("worker")
                await worker.swarm.join(["192.0.2.1:2377"], token)

        Args:
            remote_addrs: Addresses of managers, ``host:port``.
            join_token: The token of the role to join in.
            listen_addr: Address and port that this node listens on if it becomes a manager.
            advertise_addr: Address or interface announced to other nodes.
            data_path_addr: Address or interface of the traffic between containers.
            availability: Whether this node takes tasks: ``"active"`` (the default), ``"pause"`` or ``"drain"``.

        Returns:
            ``True``.

        Raises:
            ServiceUnavailable: The engine belongs to a swarm already.
        """
        request = models.SwarmJoinRequest(
            remote_addrs=list(remote_addrs),
            join_token=join_token,
            listen_addr=listen_addr,
            advertise_addr=advertise_addr,
            data_path_addr=data_path_addr,
            availability=availability,
        )
        await self.client.api.swarm.join(request)
        return True

    async def join_token(self, role: Literal["worker", "manager"] = "worker", *, rotate: bool = False) -> str:
        """Return the token that a node joins with, as ``docker swarm join-token`` does; the snapshot is left alone.

        Args:
            role: What the node joins as.
            rotate: Whether to replace the token first; nodes that have joined stay.

        Raises:
            ServiceUnavailable: The engine is not a swarm manager.
        """
        if rotate:
            await self.update(rotate_worker_token=role == "worker", rotate_manager_token=role == "manager")
        tokens = (await self.client.api.swarm.inspect()).join_tokens
        token = (tokens.worker if role == "worker" else tokens.manager) if tokens is not None else None
        return token or ""

    async def leave(self, force: bool = False) -> bool:
        """Leave the swarm.

        Args:
            force: Leave even if this is a manager, and silently if there is no swarm to leave.

        Returns:
            ``True``.

        Raises:
            ServiceUnavailable: Without ``force``: the engine belongs to no swarm, or is a manager.
        """
        try:
            await self.client.api.swarm.leave(force=force)
        except APIError as error:
            if not (force and error.status_code in _NO_SWARM):
                raise
        return True

    def update(
        self,
        rotate_worker_token: bool = False,
        rotate_manager_token: bool = False,
        rotate_manager_unlock_key: bool = False,
        **settings: Unpack[SwarmOptions],
    ) -> Coroutine[Any, Any, bool]:
        """Change settings of the swarm; those that are not given stay as they are.

        The present settings are asked for first. The snapshot is left alone.

        Args:
            rotate_worker_token: Replace the join token of workers.
            rotate_manager_token: Replace the join token of managers.
            rotate_manager_unlock_key: Replace the unlock key.
            **settings: The swarm's settings, see `SwarmOptions`.

        Returns:
            ``True``.

        Raises:
            ServiceUnavailable: The engine is not a swarm manager.
            APIError: The swarm was changed in between: "update out of sequence".
        """

        async def update() -> bool:
            now = await self.client.api.swarm.inspect()
            await self.client.api.swarm.update(
                swarm_spec(wanted, part_of(now, "Spec", models.SwarmSpec)),
                version=version_of(now),
                rotate_worker_token=rotate_worker_token,
                rotate_manager_token=rotate_manager_token,
                rotate_manager_unlock_key=rotate_manager_unlock_key,
            )
            return True

        wanted = swarm_values(settings)  # read once, as it is now: it may hold iterators
        return update()

    async def unlock(self, key: str | models.UnlockKey | Mapping[str, Any]) -> bool:
        """Unlock this manager after its restart.

        Args:
            key: The key, or what `get_unlock_key` returned.

        Returns:
            ``True``.

        Raises:
            ServiceUnavailable: The engine belongs to no swarm.
            Conflict: It is not locked.
        """
        text = key if isinstance(key, str) else key.get("UnlockKey")
        await self.client.api.swarm.unlock(text or "")
        return True

    async def get_unlock_key(self) -> models.UnlockKey:
        """Return the key that unlocks a manager: ``result.unlock_key``, or ``result["UnlockKey"]``.

        Raises:
            ServiceUnavailable: The engine is not a swarm manager.
        """
        return await self.client.api.swarm.unlock_key()

    def __repr__(self) -> str:
        return f"<Swarm: {self.short_id or 'not loaded'}>"
