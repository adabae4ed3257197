"""Services of the swarm as objects, and the collection of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, Unpack, cast

from aiodockerpy import models
from aiodockerpy._arguments import checks_arguments
from aiodockerpy._arguments.results import at_once
from aiodockerpy._options.services import ServiceOptions, merged, service_json
from aiodockerpy._protocol.json_paths import is_object
from aiodockerpy._protocol.reference import Reference
from aiodockerpy._protocol.units import Duration, PositiveDuration, PositiveInt, as_seconds
from aiodockerpy.errors import InvalidArgument
from aiodockerpy.resources._base import Collection, Resource, part_of, version_of, well_shaped
from aiodockerpy.resources._services.sequence import in_sequence
from aiodockerpy.resources._services.wait import POLL, ServiceWait

if TYPE_CHECKING:
    import builtins
    from collections.abc import Awaitable, Callable, Coroutine, Mapping

    from aiodockerpy._config.auth import AuthConfig
    from aiodockerpy._options.keywords import Command
    from aiodockerpy._protocol.query import IdOrName
    from aiodockerpy._protocol.timestamps import TimeBound
    from aiodockerpy.client import DockerClient
    from aiodockerpy.streams.output import LogStream


@checks_arguments
class Service(Resource["models.Service"]):
    """A service of the swarm."""

    id_attribute: ClassVar[str] = "ID"

    @property
    def name(self) -> str:
        """The name."""
        return str(_spec(self._info).get("Name") or "")

    @property
    def version(self) -> int:
        """The version of the snapshot."""
        return version_of(self._info)

    async def reload(self) -> Self:
        """Request the service's data again and replace the snapshot.

        Raises:
            NotFound: It has been removed.
        """
        self._replace(await self.client.api.services.inspect(self.id))
        return self

    def update(
        self,
        image: str | None = None,
        command: Command | None = None,
        *,
        fetch_current_spec: bool = True,
        auth_config: AuthConfig | Mapping[str, str | None] | None = None,
        wait: bool = False,
        wait_timeout: Duration | None = None,
        **options: Unpack[ServiceOptions],
    ) -> Coroutine[Any, Any, models.ServiceUpdate]:
        """Change what is given and leave the rest as it is; the snapshot is left alone.

        Args:
            image: Another image.
            command: What is started instead of the image's entrypoint.
            fetch_current_spec: Ask for the present settings first, and again if they were changed meanwhile.
                Otherwise what is not given goes back to its default, but for image, name and mode, and the snapshot
                must be the present one.
            auth_config: Credentials for the image's registry; those of the docker CLI's configuration if not given.
            wait: Whether to wait until the service has converged or, a job, completed; see `wait`.
            wait_timeout: Seconds for that; ``None`` for no limit.
            **options: See `ServiceOptions`; ``force_update=True`` replaces the tasks even if nothing else changes.

        Returns:
            The engine's warnings.

        Raises:
            NotFound: It has been removed.
            APIError: The swarm refuses it; without ``fetch_current_spec`` also if it was changed meanwhile.
            ServiceFailed: It was waited for, and failed, or was rolled back or paused.
            DeadlineExceeded: It was waited for, and ``wait_timeout`` expired; the update goes on.
        """

        def changed(present: dict[str, Any]) -> dict[str, Any]:
            if options.get("force_update") is True:
                with well_shaped("the number of forced updates"):
                    wanted["TaskTemplate"]["ForceUpdate"] = int(present["TaskTemplate"].get("ForceUpdate", 0)) + 1
            return merged(present if fetch_current_spec else _essentials(present), wanted)

        async def update() -> models.ServiceUpdate:
            if fetch_current_spec:
                updated = await self._change(changed, auth_config)
            else:
                updated = await self._send(changed(_spec(self._info)), self._info, auth_config)
            if wait:
                (await self.wait(wait_timeout)).check()
            return updated

        wanted = service_json(image, command, options)  # read once, as it is now: it may hold iterators
        return update()

    async def rollback(self) -> models.ServiceUpdate:
        """Restore the specification before the last update; the snapshot is not changed.

        `wait` then returns the outcome ``"rolled_back"``.

        Returns:
            The engine's warnings.

        Raises:
            NotFound: It has been removed.
            APIError: There is no specification before.
        """

        async def send(now: models.Service) -> models.ServiceUpdate:
            spec = part_of(now, "Spec", models.ServiceSpec)
            return await self.client.api.services.update(self.id, spec, version=version_of(now), rollback="previous")

        return await self._send_in_sequence(send)

    def wait(
        self, timeout: Duration | None = None, *, poll: PositiveDuration = POLL, max_failures: PositiveInt | None = None
    ) -> ServiceWait:
        """Wait until the service has an outcome: awaited it is the last progress, iterated each change of it.

        ``converged``: the desired number of tasks runs, for as long as the service monitors its tasks
        (``update_config.monitor``, or 5 seconds), and no update is underway. ``completed``: all tasks have ended well,
        and none is started again; jobs, and services that are not restarted. ``failed``: some tasks have failed for
        good, and none is being started. ``rolled_back``: an update failed, or `rollback` was called. ``paused``: an
        update or a rollback was paused, since tasks failed.

        A service whose tasks fail and are started again, or find no node, has no outcome: give it time, or
        ``max_failures``. The progress says why.

        Example:
            .. code-block:: python

                result = await service.wait(timeout=60)
                print(result.outcome, result.running, result.error)

        Args:
            timeout: Seconds until there must be an outcome; ``None`` for no limit.
            poll: Seconds between two looks at the service, its tasks and the nodes.
            max_failures: Number of failed tasks, earlier ones included, after which the outcome is ``"failed"``;
                ``None`` for no limit.

        Returns:
            A handle; its result has ``outcome``, ``ok`` and ``check()``, which raises
            `~aiodockerpy.errors.ServiceFailed`.

        Raises:
            DeadlineExceeded: The timeout expired; the message says how far the service is.
            NotFound: The service was removed.
            ServiceUnavailable: The engine is not a swarm manager.
        """
        return ServiceWait(
            self.client.api, self.id, timeout=as_seconds(timeout), poll=as_seconds(poll), max_failures=max_failures
        )

    async def edit(self, change: Callable[[models.ServiceSpec], object]) -> models.ServiceUpdate:
        """Change the service's whole specification by a function; the snapshot is left alone.

        Example:
            .. code-block:: python

                def add_label(spec: ServiceSpec) -> None:
                    spec.labels = {**(spec.labels or {}), "seen": "yes"}


                await service.edit(add_label)

        Args:
            change: Changes the present specification in place. It is called again with a newer one if something else
                changed the service meanwhile.

        Returns:
            The engine's warnings.

        Raises:
            NotFound: It has been removed.
            APIError: The swarm refuses the specification.
        """

        def changed(present: dict[str, Any]) -> dict[str, Any]:
            spec = models.ServiceSpec.from_value(present)
            at_once(change, spec, "edit() change")
            return cast("dict[str, Any]", spec.to_dict())

        return await self._change(changed)

    async def scale(self, replicas: int) -> models.ServiceUpdate:
        """Change the number of tasks; of a job, how many have to end well.

        Args:
            replicas: How many.

        Raises:
            InvalidArgument: It runs on every node, so that there is no number.
            NotFound: It has been removed.
        """

        def scaled(present: dict[str, Any]) -> dict[str, Any]:
            mode: dict[str, Any] = present.get("Mode") or {}
            for kind, number in (("Replicated", "Replicas"), ("ReplicatedJob", "TotalCompletions")):
                with well_shaped("the mode of the service"):
                    if kind in mode:
                        return {**present, "Mode": {kind: {**mode[kind], number: replicas}}}
            raise InvalidArgument("Cannot scale a global container")

        return await self._change(scaled)

    async def force_update(self) -> models.ServiceUpdate:
        """Replace the tasks even if nothing changes.

        Raises:
            NotFound: It has been removed.
        """
        return await self.update(force_update=True)

    async def tasks(self, filters: models.TaskListFilters | models.Filters | None = None) -> list[models.Task]:
        """List its tasks, ended ones too: ``task.status``, or ``task["Status"]``.

        Args:
            filters: Which of them.

        Raises:
            InvalidArgument: An unknown filter.
            ServiceUnavailable: The engine is not a swarm manager.
        """
        wanted = cast("models.TaskListFilters", {**(filters or {}), "service": self.id})
        return await self.client.api.tasks.list(filters=wanted)

    def logs(
        self,
        *,
        details: bool = False,
        follow: bool | None = None,
        stdout: bool = True,
        stderr: bool = True,
        since: TimeBound = None,
        timestamps: bool = False,
        tail: int | Literal["all"] | None = None,
    ) -> LogStream:
        """Read what its tasks wrote: awaited as bytes, iterated as lines.

        Args:
            details: Whether each line has its node, service and task, in ``line.details``.
            follow: Continue with new lines.
            stdout: Standard output.
            stderr: Standard error.
            since: Only newer lines: a datetime, a timedelta back from now, unix seconds, or RFC 3339 text.
            timestamps: Whether each line has its time.
            tail: Number of lines from the end, of each task; ``"all"`` if not given.

        Raises:
            NotFound: The service was removed.
            ServiceUnavailable: The engine is not a swarm manager.
            StreamInterrupted: The connection ended before the logs did.
        """
        container = _container_spec(_spec(self._info))
        return self.client.api.services.logs(
            self.id,
            tty=bool(container.get("TTY")),
            details=details,
            follow=follow,
            stdout=stdout,
            stderr=stderr,
            since=since,
            timestamps=timestamps,
            tail=tail,
        )

    async def remove(self) -> bool:
        """Remove the service and its tasks.

        Returns:
            ``True``.

        Raises:
            NotFound: It was removed already.
        """
        await self.client.api.services.remove(self.id)
        return True

    async def _change(
        self,
        change: Callable[[dict[str, Any]], dict[str, Any]],
        auth: AuthConfig | Mapping[str, str | None] | None = None,
    ) -> models.ServiceUpdate:
        """Change what the service is now; start again if it was changed meanwhile, with a limit."""

        async def send(now: models.Service) -> models.ServiceUpdate:
            return await self._send(change(_spec(now)), now, auth)

        return await self._send_in_sequence(send)

    async def _send_in_sequence(
        self, send: Callable[[models.Service], Awaitable[models.ServiceUpdate]]
    ) -> models.ServiceUpdate:
        return await in_sequence(lambda: self.client.api.services.inspect(self.id), send)

    async def _send(
        self, spec: Mapping[str, Any], now: models.Service, auth: AuthConfig | Mapping[str, str | None] | None
    ) -> models.ServiceUpdate:
        found = await _credentials(self.client, spec, auth)
        return await self.client.api.services.update(
            self.id, models.ServiceSpec.from_value(dict(spec)), version=version_of(now), auth=found
        )


@checks_arguments
class ServiceCollection(Collection):
    """The services of the swarm; only its managers answer.

    Example:
        .. code-block:: python

            web = await client.services.create("nginx:1.29", name="web", endpoint_spec={"Ports": {8080: 80}})
            await web.scale(3)
    """

    def create(
        self,
        image: str,
        command: Command | None = None,
        *,
        auth_config: AuthConfig | Mapping[str, str | None] | None = None,
        wait: bool = False,
        wait_timeout: Duration | None = None,
        **options: Unpack[ServiceOptions],
    ) -> Coroutine[Any, Any, Service]:
        """Create a service.

        Args:
            image: What its tasks run.
            command: What is started instead of the image's entrypoint.
            auth_config: Credentials for the image's registry; those of the docker CLI's configuration if not given.
            wait: Whether to wait until the service has converged or, a job, completed; see
                `Service.wait <aiodockerpy.resources.Service.wait>`.
            wait_timeout: Seconds for that; ``None`` for no limit.
            **options: See `ServiceOptions`.

        Returns:
            The service as the swarm keeps it.

        Raises:
            Conflict: The name is taken.
            ServiceUnavailable: The engine is not a swarm manager.
            ServiceFailed: It was waited for, and failed; it was created, and stays.
            DeadlineExceeded: It was waited for, and ``wait_timeout`` expired; it was created, and stays.
        """

        async def create() -> Service:
            auth = await _credentials(self.client, spec, auth_config)
            created = await self.client.api.services.create(models.ServiceCreateRequest.from_value(spec), auth=auth)
            if wait:
                await self._wait(created["ID"], as_seconds(wait_timeout))
            return await self.get(created["ID"])

        spec = service_json(image, command, options)
        return create()

    async def _wait(self, id: str, timeout: float | None) -> None:
        waiting = ServiceWait(self.client.api, id, timeout=timeout, poll=POLL, max_failures=None)
        (await waiting).check()

    def prepare_model(self, attrs: models.Service | Mapping[str, object]) -> Service:
        """Create an object from what an operation of the Engine API returned: a model, or its JSON.

        No request is sent.
        """
        return Service(
            self.client, attrs if isinstance(attrs, models.Service) else models.Service.from_value(dict(attrs))
        )

    async def get(self, service_id: IdOrName, insert_defaults: bool | None = None) -> Service:
        """Return a service by its id or name.

        Args:
            service_id: ID or name.
            insert_defaults: Fill in the defaults of settings that are not set.

        Raises:
            NotFound: No such service.
            NullResource: The id is empty.
            ServiceUnavailable: The engine is not a swarm manager.
        """
        return Service(self.client, await self.client.api.services.inspect(service_id, insert_defaults=insert_defaults))

    async def list(
        self, filters: models.ServiceListFilters | models.Filters | None = None, status: bool | None = None
    ) -> builtins.list[Service]:
        """List services, with one request.

        Args:
            filters: Which services.
            status: With the numbers of running and desired tasks.

        Raises:
            InvalidArgument: An unknown filter.
            ServiceUnavailable: The engine is not a swarm manager.
        """
        found = await self.client.api.services.list(filters=filters, status=status)
        return [Service(self.client, service) for service in found]


def _spec(info: models.Service) -> dict[str, Any]:
    return cast("dict[str, Any]", part_of(info, "Spec", models.ServiceSpec).to_dict())


def _container_spec(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the part of a specification that is about containers; empty for other kinds of tasks."""
    found: object = spec
    for name in ("TaskTemplate", "ContainerSpec"):
        found = found.get(name) if is_object(found) else None
    return found if is_object(found) else {}


def _essentials(spec: Mapping[str, Any]) -> dict[str, Any]:
    with well_shaped("the image of the service"):
        image = spec["TaskTemplate"]["ContainerSpec"]["Image"]
    kept = {name: spec[name] for name in ("Name", "Mode") if name in spec}
    return {**kept, "TaskTemplate": {"ContainerSpec": {"Image": image}}}


async def _credentials(
    client: DockerClient, spec: Mapping[str, Any], given: AuthConfig | Mapping[str, str | None] | None
) -> AuthConfig | None:
    image = _container_spec(spec).get("Image")
    return (
        await client.credentials.resolve(Reference.parse(image).registry if image else None, given)
        if image or given is not None
        else None
    )
