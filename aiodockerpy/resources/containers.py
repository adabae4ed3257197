"""The collection of containers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal, Unpack, cast, overload

from aiodockerpy import models, resources
from aiodockerpy._arguments import checks_arguments
from aiodockerpy._docker_py import Removed, refuses_keywords
from aiodockerpy._exhausted import reporting_exhaustion
from aiodockerpy._exports import exports
from aiodockerpy._protocol.operations import check_filters
from aiodockerpy.errors import InvalidArgument
from aiodockerpy.resources._base import Collection, gather_present
from aiodockerpy.resources.container import Container

if TYPE_CHECKING:
    import builtins
    from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence

    from aiodockerpy._options.keywords import Command
    from aiodockerpy._protocol.query import FilterValue, IdOrName
    from aiodockerpy._protocol.timestamps import TimeBound
    from aiodockerpy._protocol.units import Duration
    from aiodockerpy.resources._processes.exec import ExecResult
    from aiodockerpy.resources._processes.run import RunSpec

__all__ = ["Container", "ContainerCollection", "ExecResult"]

if not TYPE_CHECKING:  # documented here by earlier versions, and loaded with the first use
    __getattr__, _, _ = exports(__name__, {"aiodockerpy.resources._processes.exec": "ExecResult"})


@checks_arguments
class ContainerCollection(Collection):
    """The containers of the engine.

    Example:
        .. code-block:: python

            print(await client.containers.run("busybox", ["echo", "hello world"]))
            for container in await client.containers.list(all=True):
                print(container.name, container.status)
    """

    @overload
    def run(
        self,
        image: str | resources.Image,
        command: Command | None = None,
        stdout: bool = True,
        stderr: bool = False,
        remove: bool = False,
        *,
        detach: Literal[False] = False,
        stream: Literal[False] = False,
        **options: Unpack[resources.ContainerOptions],
    ) -> resources.RunStream: ...
    @overload
    def run(
        self,
        image: str | resources.Image,
        command: Command | None = None,
        stdout: bool = True,
        stderr: bool = False,
        remove: bool = False,
        *,
        detach: Literal[True],
        stream: Literal[False] = False,
        **options: Unpack[resources.ContainerOptions],
    ) -> Coroutine[Any, Any, Container]: ...
    @overload
    def run(
        self,
        image: str | resources.Image,
        command: Command | None = None,
        stdout: bool = True,
        stderr: bool = False,
        remove: bool = False,
        *,
        detach: bool,
        stream: Literal[False] = False,
        **options: Unpack[resources.ContainerOptions],
    ) -> resources.RunStream | Coroutine[Any, Any, Container]: ...
    @refuses_keywords(
        stream=Removed("'async for chunk in client.containers.run(image)' is the stream", harmless=(False,))
    )
    def run(  # noqa: D417 - docker-py's `stream` and the like are for type checkers
        self,
        image: str | resources.Image,
        command: Command | None = None,
        stdout: bool = True,
        stderr: bool = False,
        remove: bool = False,
        *,
        detach: bool = False,
        stream: Literal[False] = False,  # noqa: ARG002
        **options: Unpack[resources.ContainerOptions],
    ) -> resources.RunStream | Coroutine[Any, Any, Container]:
        """Run a container; its image is pulled if it is missing, or as ``pull`` says.

        Args:
            image: The image to run.
            command: The command as a list, or as text that is split as a shell splits it (without running a shell).
            stdout: Return its standard output.
            stderr: Return its standard error too.
            remove: Remove the container when it ends; with ``detach`` the engine does that.
            detach: Return the container as soon as it is started, instead of its output when it has ended.
            options: See `ContainerOptions`.

        Returns:
            A handle: awaited it returns the output as bytes, iterated it yields the output as it is written. With
            ``detach`` a coroutine that returns the container, with a snapshot taken after the start.

        Raises:
            ContainerError: The exit code is not 0 (without ``detach``).
            ImageNotFound: The image is neither on the engine nor in the registry.
            APIError: The container cannot be created or started; nothing is left behind.
            RuntimeError: Two options exclude each other.
        """
        from aiodockerpy.resources._processes.run import run_detached, run_spec

        if detach and remove:
            options["auto_remove"] = True
        spec = run_spec(
            image, command, options, detach=detach, stdout=stdout, stderr=stderr, remove=remove, function="run"
        )
        return run_detached(self.client, spec) if detach else resources.RunStream(self.client, spec)

    def create(
        self,
        image: str | resources.Image,
        command: Command | None = None,
        *,
        detach: bool = False,
        **options: Unpack[resources.ContainerOptions],
    ) -> Coroutine[Any, Any, Container]:
        """Create a container without starting it; the image is pulled if ``pull`` asks for it.

        Args:
            image: The image to run.
            command: The command as a list, or as text that is split as a shell splits it (without running a shell).
            detach: Record in the configuration that nothing will attach to it.
            options: See `ContainerOptions`.

        Raises:
            ImageNotFound: The image is not on the engine, and not pulled.
            Conflict: The name is taken.
        """
        from aiodockerpy.resources._processes.run import run_spec

        return self._create(run_spec(image, command, options, detach=detach, pull="never"))

    async def _create(self, spec: RunSpec) -> Container:
        with reporting_exhaustion():
            from aiodockerpy.resources._processes.run import create, create_pulled

        return await self.get(await create_pulled(self.client, spec, partial(create, self.client, spec)))

    def prepare_model(
        self, attrs: models.ContainerInspect | models.ContainerSummary | Mapping[str, object]
    ) -> Container:
        """Create an object from what an operation of the Engine API returned: a model, or its JSON.

        No request is sent.
        """
        if isinstance(attrs, models.ContainerInspect | models.ContainerSummary):
            return Container(self.client, attrs)
        kind = models.ContainerSummary if "Names" in attrs else models.ContainerInspect
        return Container(self.client, kind.from_value(dict(attrs)))

    async def get(self, container_id: IdOrName) -> Container:
        """Return a container by its id, a unique prefix of one, or its name.

        Raises:
            NotFound: No such container.
            NullResource: The id is empty.
        """
        return Container(self.client, await self.client.api.containers.inspect(container_id))

    async def list(
        self,
        all: bool = False,
        before: str | None = None,
        filters: models.ContainerListFilters | models.Filters | None = None,
        limit: int = -1,
        since: str | None = None,
        sparse: bool = False,
        ignore_removed: bool = True,
    ) -> list[Container]:
        """List containers, the newest first.

        Args:
            all: Include containers that do not run.
            before: Only those created before this one (id or name).
            filters: Which containers to return.
            limit: Number of the newest ones to return; ``-1`` for no limit.
            since: Only those created after this one (id or name).
            sparse: Send one request only: the objects have what the list contains; `Container.reload` completes them.
                Otherwise all containers are inspected concurrently; one that is removed meanwhile is left out.
            ignore_removed: Accepted for compatibility with docker-py; a removed container never fails the list.

        Raises:
            InvalidArgument: An unknown filter.
        """
        del ignore_removed
        wanted = dict(cast("Mapping[str, FilterValue]", filters or {}))
        if before is not None:
            wanted["before"] = before
        if since is not None:
            wanted["since"] = since
        found = await self.client.api.containers.list(
            all=all, limit=limit if limit >= 0 else None, filters=wanted or None
        )
        if sparse:
            return [Container(self.client, summary) for summary in found]
        return await gather_present([str(summary.id) for summary in found], self.get)

    def watch(
        self, filters: models.ContainerListFilters | models.Filters | None = None, *, all: bool = True
    ) -> resources.View[Container]:
        """Return a live view of containers; its objects are sparse.

        Args:
            filters: Which containers to return.
            all: Include containers that do not run.

        Returns:
            A view: entered with ``async with`` it lists, watches, and stays correct across broken connections and
            restarts of the engine.

        Raises:
            InvalidArgument: An unknown filter.
        """
        return resources.View(self.client.api.system, "container", self._loader(filters, all=all))

    def _loader(
        self, filters: models.ContainerListFilters | models.Filters | None, *, all: bool
    ) -> Callable[[Sequence[str] | None], Awaitable[builtins.list[Container]]]:
        """Return a function that lists the containers that match, as sparse objects: those of some ids, or all."""
        check_filters("ContainerList", filters)

        async def load(ids: Sequence[str] | None) -> builtins.list[Container]:
            wanted = dict(cast("Mapping[str, FilterValue]", filters or {}))
            if ids is not None and "id" not in wanted:
                wanted["id"] = [*ids]
            return await self.list(all=all, filters=wanted or None, sparse=True)

        return load

    def logs(
        self,
        filters: models.ContainerListFilters | models.Filters | None = None,
        *,
        stdout: bool = True,
        stderr: bool = True,
        tail: int | Literal["all"] | None = None,
        since: TimeBound = None,
        after: Mapping[str, str] | None = None,
        details: bool = False,
        idle_timeout: Duration | None = None,
    ) -> resources.MergedLogs:
        """Follow the logs of all containers that match, now and later, as one stream of lines.

        Args:
            filters: Which containers.
            stdout: Standard output.
            stderr: Standard error.
            tail: Number of lines from the end to begin with, of each container that exists now; all of them if not
                given. Containers that start later are read from their first line.
            since: When to begin with those that exist now: a datetime, a timedelta back from now, unix seconds, or RFC
                3339 text.
            after: Continue after the lines that another stream has delivered: what its ``positions()`` returned.
            details: Whether each line has the details that the log driver recorded.
            idle_timeout: Seconds without a line after which it is closed and `~aiodockerpy.errors.StreamIdle` raised;
                no limit if not given.

        Returns:
            A handle: iterated it yields a `~aiodockerpy.resources.ContainerLine` for each line, and a
            `~aiodockerpy.resources.LinesLost` where lines may be missing.

        Raises:
            InvalidArgument: A position is invalid, or ``after`` is given together with ``tail`` or ``since``.
        """
        from aiodockerpy.resources._following.logs import LogQuery
        from aiodockerpy.resources._following.merged.source import Merged
        from aiodockerpy.resources._following.merged.stream import check_positions

        if after is not None and (tail is not None or since is not None):
            raise InvalidArgument("after says where to begin with each container: tail and since exclude it")
        check_positions(after)
        query = LogQuery(stdout=stdout, stderr=stderr, since=since, tail=tail, details=details)
        labels = cast("Mapping[str, FilterValue]", filters or {}).get("label")
        merged = Merged(self.client.api, self._loader(filters, all=True), labels, query, after)
        handle = resources.MergedLogs(merged, self.client.api.transport.max_response_size)
        handle.idle_timeout = idle_timeout
        return handle

    def stats(self, filters: models.ContainerListFilters | models.Filters | None = None) -> resources.MergedStats:
        """Read what all running containers that match use.

        All readers of a container in a client share one stream of samples.

        Args:
            filters: Which containers.

        Returns:
            A handle: awaited it gives a sample of each container, in about two seconds; inside ``async with`` its
            ``latest()`` has the newest ones at any time.

        Raises:
            InvalidArgument: An unknown filter.
        """
        return resources.MergedStats(self.client.api, self.watch(filters, all=False))

    async def prune(
        self, filters: models.ContainerPruneFilters | models.Filters | None = None
    ) -> models.ContainerPrune:
        """Remove every stopped container.

        Args:
            filters: Which of them.

        Raises:
            InvalidArgument: An unknown filter.
        """
        return await self.client.api.containers.prune(filters=filters)
