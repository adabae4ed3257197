"""Operations on the services of the swarm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from aiodockerpy import models
from aiodockerpy._arguments import checks_arguments
from aiodockerpy._protocol.lines import MAX_LINE
from aiodockerpy._protocol.operations import call
from aiodockerpy._protocol.timestamps import TimeBound, bound
from aiodockerpy.api._credentials import Credentials, auth_header
from aiodockerpy.api._part import Part
from aiodockerpy.streams.output import LogStream

if TYPE_CHECKING:
    from aiodockerpy._protocol.query import IdOrName
    from aiodockerpy._protocol.units import PositiveInt

RegistryAuthFrom: TypeAlias = Literal["spec", "previous-spec"]
"""Whose credentials `ServicesApi.update` uses if none are given."""


@checks_arguments
class ServicesApi(Part):
    """Services of the swarm; only its managers answer.

    Every ``service`` is an id, a unique prefix of one, or a name.

    Example:
        .. code-block:: python

            service = await client.api.services.inspect("web")
            service.spec.mode.replicated.replicas = 5
            await client.api.services.update(service, service.spec, version=service.version.index)
    """

    async def create(
        self, request: models.ServiceCreateRequest, *, auth: Credentials | None = None
    ) -> models.ServiceCreate:
        """Create a service.

        Operation: ``ServiceCreate``, ``POST /services/create``.

        Args:
            request: What its tasks run, how many there are, and how it is reached.
            auth: Credentials for the registry of its image, which the swarm keeps for its nodes.

        Returns:
            The id and the engine's warnings.

        Raises:
            Conflict: The name is taken.
            ServiceUnavailable: The engine is not a swarm manager.
        """
        return await self._fetch(
            call("ServiceCreate", headers=auth_header(auth), json=request), lambda: models.ServiceCreate
        )

    async def inspect(self, service: IdOrName, *, insert_defaults: bool | None = None) -> models.Service:
        """Return all details of a service.

        Operation: ``ServiceInspect``, ``GET /services/{id}``.

        Args:
            service: ID or name.
            insert_defaults: Fill in the defaults of settings that are not set.

        Raises:
            NotFound: No such service.
            ServiceUnavailable: The engine is not a swarm manager.
        """
        request = call("ServiceInspect", {"id": service}, {"insertDefaults": insert_defaults})
        return await self._fetch(request, lambda: models.Service)

    async def update(
        self,
        service: IdOrName,
        spec: models.ServiceSpec,
        *,
        version: int,
        registry_auth_from: RegistryAuthFrom | None = None,
        rollback: Literal["previous"] | None = None,
        auth: Credentials | None = None,
    ) -> models.ServiceUpdate:
        """Change a service; its tasks are replaced as its update settings say.

        Operation: ``ServiceUpdate``, ``POST /services/{id}/update``.

        Args:
            service: ID or name.
            spec: All settings: what is left out goes back to its default.
            version: ``version.index`` of the inspection that they were made from.
            registry_auth_from: Without ``auth``: whose credentials are used, ``"spec"`` (the default) for the present
                settings' or ``"previous-spec"`` for those before.
            rollback: ``"previous"`` goes back to the settings before; ``spec`` is ignored then.
            auth: Credentials for the registry of its image.

        Returns:
            The engine's warnings.

        Raises:
            NotFound: No such service.
            ServiceUnavailable: The engine is not a swarm manager.
            APIError: The service was changed since: "update out of sequence".
        """
        values = {"version": version, "registryAuthFrom": registry_auth_from, "rollback": rollback}
        request = call("ServiceUpdate", {"id": service}, values, headers=auth_header(auth), json=spec)
        return await self._fetch(request, lambda: models.ServiceUpdate)

    async def remove(self, service: IdOrName) -> None:
        """Remove a service and its tasks.

        Operation: ``ServiceDelete``, ``DELETE /services/{id}``.

        Raises:
            NotFound: No such service.
            ServiceUnavailable: The engine is not a swarm manager.
        """
        await self._transport.request(call("ServiceDelete", {"id": service}))

    def logs(
        self,
        service: IdOrName,
        *,
        tty: bool = False,
        follow: bool | None = None,
        stdout: bool = True,
        stderr: bool = True,
        since: TimeBound = None,
        timestamps: bool = False,
        tail: int | Literal["all"] | None = None,
        details: bool = False,
        max_line: PositiveInt = MAX_LINE,
    ) -> LogStream:
        """Read what all tasks of a service wrote: awaited as bytes, iterated as lines.

        Operation: ``ServiceLogs``, ``GET /services/{id}/logs``.

        Args:
            service: ID or name.
            tty: Whether its tasks have a terminal (``spec.task_template.container_spec.tty`` of its inspection).
            follow: Continue with new lines.
            stdout: Standard output.
            stderr: Standard error.
            since: Only newer lines: a datetime, a timedelta back from now, unix seconds, or RFC 3339 text.
            timestamps: Whether each line has its time, in ``LogLine.time`` and (in the bytes) before the line.
            tail: Number of lines from the end, of each task; ``"all"`` if not given.
            details: Whether each line has its node, service and task, in ``LogLine.details``.
            max_line: Bytes up to which a line is kept together.

        Raises:
            NotFound: No such service.
            ServiceUnavailable: The engine is not a swarm manager.
            StreamInterrupted: The connection ended before the logs did.
        """
        values = {
            "follow": follow or None,
            "stdout": stdout,
            "stderr": stderr,
            "since": bound(since),
            "timestamps": timestamps or None,
            "tail": tail,
            "details": details or None,
        }
        request = call("ServiceLogs", {"id": service}, values)
        return LogStream(self._transport, request, tty=tty, timestamps=timestamps, details=details, max_line=max_line)

    # `list` comes last: in a class body its name hides the type from what follows.
    async def list(
        self, *, filters: models.ServiceListFilters | models.Filters | None = None, status: bool | None = None
    ) -> list[models.Service]:
        """List services.

        Operation: ``ServiceList``, ``GET /services``.

        Args:
            filters: Which services.
            status: Count the running and desired tasks of each, in ``service_status``.

        Raises:
            InvalidArgument: An unknown filter.
            ServiceUnavailable: The engine is not a swarm manager.
        """
        request = call("ServiceList", values={"filters": filters, "status": status})
        return await self._fetch_list(request, lambda: models.Service)
