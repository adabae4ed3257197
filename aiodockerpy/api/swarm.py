"""Operations on the swarm."""

from __future__ import annotations

from aiodockerpy import models
from aiodockerpy._arguments import checks_arguments
from aiodockerpy._protocol.operations import call
from aiodockerpy.api._part import Part


@checks_arguments
class SwarmApi(Part):
    """The swarm this engine belongs to.

    Example:
        .. code-block:: python

            node = await client.api.swarm.init(SwarmInitRequest(listen_addr="0.0.0.0:2377"))
            print((await client.api.swarm.inspect()).join_tokens.worker)
    """

    async def inspect(self) -> models.Swarm:
        """Return the swarm's settings and join tokens.

        Operation: ``SwarmInspect``, ``GET /swarm``.

        Raises:
            ServiceUnavailable: The engine is not a swarm manager.
        """
        return await self._fetch(call("SwarmInspect"), lambda: models.Swarm)

    async def init(self, request: models.SwarmInitRequest) -> str:
        """Initialize a swarm with the engine as its first manager.

        Operation: ``SwarmInit``, ``POST /swarm/init``.

        Args:
            request: Where it listens, and the swarm's settings; ``listen_addr`` is needed.

        Returns:
            The id of this node.

        Raises:
            ServiceUnavailable: The engine belongs to a swarm already.
            BadRequest: An address is malformed, or has to be chosen.
        """
        return await self._fetch_text(call("SwarmInit", json=request))

    async def join(self, request: models.SwarmJoinRequest) -> None:
        """Join the engine to an existing swarm.

        Operation: ``SwarmJoin``, ``POST /swarm/join``.

        Args:
            request: Where it listens, whom it asks, and the join token.

        Raises:
            ServiceUnavailable: The engine belongs to a swarm already.
        """
        await self._transport.request(call("SwarmJoin", json=request))

    async def leave(self, *, force: bool | None = None) -> None:
        """Leave the swarm.

        Operation: ``SwarmLeave``, ``POST /swarm/leave``.

        Args:
            force: Leave even if this is a manager, even the last one.

        Raises:
            ServiceUnavailable: The engine belongs to no swarm, or is a manager and ``force`` is not set.
        """
        await self._transport.request(call("SwarmLeave", values={"force": force}))

    async def update(
        self,
        spec: models.SwarmSpec,
        *,
        version: int,
        rotate_worker_token: bool | None = None,
        rotate_manager_token: bool | None = None,
        rotate_manager_unlock_key: bool | None = None,
    ) -> None:
        """Change the swarm's settings.

        Operation: ``SwarmUpdate``, ``POST /swarm/update``.

        Args:
            spec: All settings: what is left out goes back to its default.
            version: ``version.index`` of the inspection that they were made from.
            rotate_worker_token: Replace the join token of workers.
            rotate_manager_token: Replace the join token of managers.
            rotate_manager_unlock_key: Replace the unlock key.

        Raises:
            ServiceUnavailable: The engine is not a swarm manager.
            APIError: The swarm was changed since: "update out of sequence".
        """
        values = {
            "version": version,
            "rotateWorkerToken": rotate_worker_token,
            "rotateManagerToken": rotate_manager_token,
            "rotateManagerUnlockKey": rotate_manager_unlock_key,
        }
        await self._transport.request(call("SwarmUpdate", values=values, json=spec))

    async def unlock_key(self) -> models.UnlockKey:
        """Return the key that unlocks a manager after its restart; empty if managers are not locked.

        Operation: ``SwarmUnlockkey``, ``GET /swarm/unlockkey``.

        Raises:
            ServiceUnavailable: The engine is not a swarm manager.
        """
        return await self._fetch(call("SwarmUnlockkey"), lambda: models.UnlockKey)

    async def unlock(self, unlock_key: str) -> None:
        """Unlock this manager after its restart.

        Operation: ``SwarmUnlock``, ``POST /swarm/unlock``.

        Args:
            unlock_key: As `unlock_key` returned it.

        Raises:
            ServiceUnavailable: The engine belongs to no swarm.
            Conflict: It is not locked.
        """
        await self._transport.request(call("SwarmUnlock", json=models.SwarmUnlockRequest(unlock_key=unlock_key)))
