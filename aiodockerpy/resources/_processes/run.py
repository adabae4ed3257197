"""``containers.run``: create, attach, wait, start, read, remove, in the order that loses no output."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from aiodockerpy import errors, models
from aiodockerpy._arguments import checks_methods, unchecked
from aiodockerpy._cancelling import uncancelled
from aiodockerpy._loading import first_in_thread
from aiodockerpy._options.containers import ContainerKeywords, container_keywords, with_address_on_endpoint
from aiodockerpy._protocol.frames import Chunk, RawDecoder
from aiodockerpy._protocol.lines import MAX_LINE, LineDecoder, LogLine
from aiodockerpy._protocol.versions import ApiVersion
from aiodockerpy.api._paths import refuse_long_paths
from aiodockerpy.resources._base import created_id
from aiodockerpy.resources._processes.cleanup import clean_up, clean_up_after, cleanup_seconds, remove_container
from aiodockerpy.resources._processes.handle import lines_of
from aiodockerpy.resources._processes.tail import Tail
from aiodockerpy.resources._proxies import with_proxies
from aiodockerpy.streams.output import join
from aiodockerpy.streams.source import Source
from aiodockerpy.streams.stream import Stream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from aiodockerpy import resources, streams
    from aiodockerpy._options.keywords import Command, ContainerOptions, PullPolicy
    from aiodockerpy._protocol.units import PositiveInt
    from aiodockerpy.client import DockerClient

T = TypeVar("T")

KEPT = 16 << 20
"""Bytes of each output that are kept for the error of a container that fails."""

_SEVERAL_NETWORKS = ApiVersion(1, 44)
_ADDRESS_ON_ENDPOINT = ApiVersion(1, 52)


class RunSpec(NamedTuple):
    """What to run, and which of its output to return."""

    image: str
    command: object
    keywords: ContainerKeywords
    name: str | None
    platform: str | None
    pull: PullPolicy = "missing"
    config_proxy: bool = True
    stdout: bool = True
    stderr: bool = False
    remove: bool = False

    @property
    def auto_remove(self) -> bool:
        """Whether the engine itself removes the container at its end."""
        return bool(self.keywords.given.get("auto_remove"))

    @property
    def tty(self) -> bool:
        """Whether the container has a terminal."""
        return bool(self.keywords.given.get("tty"))


def run_spec(
    image: str | resources.Image,
    command: Command | None,
    options: ContainerOptions,
    *,
    stdout: bool = True,
    stderr: bool = False,
    remove: bool = False,
    detach: bool = False,
    function: str = "create",
    pull: PullPolicy = "missing",
) -> RunSpec:
    """Convert the keywords of ``containers.run`` to a `RunSpec`; ``pull`` is the policy if they have none.

    Raises:
        TypeError: A keyword is unknown; the message names ``function``.
        InvalidArgument: A value is wrong.
    """
    name = image if isinstance(image, str) else image.id
    if not name.strip():  # of which engines make a container without any file
        raise errors.NullResource(f"{function}() image must be the name or the id of an image, not {name!r}")
    return RunSpec(
        image=name,
        command=command,
        keywords=container_keywords(name, command, options, detach=detach, function=function),
        name=options.get("name"),
        platform=options.get("platform"),
        pull=options.get("pull") or pull,
        config_proxy=options.get("use_config_proxy") is not False,
        stdout=stdout,
        stderr=stderr,
        remove=remove,
    )


class Prepared(NamedTuple):
    """The request for a container, and the networks that it is connected to after that."""

    request: models.ContainerCreateRequest
    later: Mapping[str, models.EndpointSettings]


async def prepare(client: DockerClient, spec: RunSpec) -> Prepared:
    """Make the request for a container, with the configured proxies; nothing is created yet."""
    request = await first_in_thread(spec.keywords.request)
    if spec.config_proxy:
        request = await with_proxies(client, request)
    if request.mac_address is not None and ApiVersion.parse(await client.api_version()) >= _ADDRESS_ON_ENDPOINT:
        request = with_address_on_endpoint(request)
    return await _split_networks(client, request)


async def create(client: DockerClient, spec: RunSpec, prepared: Prepared) -> str:
    """Create a container, connect it to its networks, and return its id."""
    request, later = prepared
    refuse_long_paths(request, cmd="command", binds="volumes")
    api = unchecked(client.api.containers)
    created = created_id(await api.create(request, name=spec.name, platform=spec.platform))
    try:
        for network, endpoint in later.items():
            await client.api.networks.connect(network, created, endpoint_config=endpoint)
    except BaseException as error:
        await clean_up_after(error, remove_container(api, created), f"the container {created[:12]}")
        raise
    return created


async def create_pulled(client: DockerClient, spec: RunSpec, create: Callable[[Prepared], Awaitable[T]]) -> T:
    """Call what creates the container, once its image has been pulled if the policy asks for it.

    With ``"missing"`` the engine is asked for the container at once, and for the image only if that fails.
    """
    prepared = await prepare(client, spec)
    if spec.pull in {"always", "changed"}:
        await client.images.ensure(spec.image, spec.pull, platform=spec.platform)
    try:
        return await create(prepared)
    except errors.ImageNotFound:
        if spec.pull != "missing":
            raise
    await client.images.ensure(spec.image, platform=spec.platform)
    return await create(prepared)


async def _split_networks(client: DockerClient, request: models.ContainerCreateRequest) -> Prepared:
    """Split off all networks but the first below API 1.44, which takes only one when a container is created."""
    config = request.networking_config
    endpoints = dict((config.endpoints_config if config is not None else None) or {})
    if len(endpoints) <= 1 or ApiVersion.parse(await client.api_version()) >= _SEVERAL_NETWORKS:
        return Prepared(request, {})
    mode = request.host_config.network_mode if request.host_config is not None else None
    first = mode if mode in endpoints else next(iter(endpoints))
    one = models.NetworkingConfig(endpoints_config={first: endpoints.pop(first)})
    return Prepared(request.model_copy(update={"networking_config": one}), endpoints)


class _Created:
    """A container from its creation on; it is removed unless it was handed over."""

    def __init__(self, client: DockerClient, spec: RunSpec) -> None:
        self.client = client
        self.spec = spec
        self.id = ""
        self._given_up = False

    def __str__(self) -> str:
        return f"the container {self.id[:12] or self.spec.name or ''}".rstrip()

    async def create(self) -> None:
        """Create the container; its image is pulled by the policy."""

        def create(prepared: Prepared) -> Awaitable[None]:
            return uncancelled(self._create(prepared), within=cleanup_seconds)

        await create_pulled(self.client, self.spec, create)

    async def _create(self, prepared: Prepared) -> None:
        """Create it; not to be cancelled, since only the answer names the container that would be left behind."""
        try:
            self.id = await create(self.client, self.spec, prepared)
        except asyncio.CancelledError:
            self._given_up = True
            raise

    async def remove(self) -> None:
        """Remove the container, running or not, and return when it is gone.

        Raises:
            DeadlineExceeded: There may be one, whose creation was not answered.
        """
        if self._given_up and not self.id:
            raise errors.DeadlineExceeded("its creation was not answered")
        if self.id:
            await remove_container(self.client.api.containers, self.id)


async def run_detached(client: DockerClient, spec: RunSpec) -> resources.Container:
    """Start a container and return it with a snapshot taken after the start."""
    created = _Created(client, spec)
    try:
        await created.create()
        if not spec.auto_remove:
            await client.api.containers.start(created.id)
            return await client.containers.get(created.id)
        before = await client.containers.get(created.id)
        await client.api.containers.start(created.id)
        with suppress(errors.NotFound):  # it may have ended, and be gone
            await before.reload()
    except BaseException as error:
        await clean_up_after(error, created.remove(), str(created))
        raise
    return before


@checks_methods
class RunStream(Stream["Chunk", bytes]):
    """A container that runs to its end: awaited it returns the output, iterated it yields the output as it is written.

    A non-zero exit code raises `~aiodockerpy.errors.ContainerError` at the end, with the last 16 MiB of each output.
    Cancelled, or left early inside ``async with``, it leaves no container behind. Its
    `~aiodockerpy.streams.Stream.close`, and leaving a loop without ``async with``, close only the connections: the
    container goes on.
    """

    def __init__(self, client: DockerClient, spec: RunSpec) -> None:
        self._job = _Job(client, spec)
        limit = client.api.transport.max_response_size
        super().__init__(self._begin, join, name="containers.run", max_size=limit, opens_at_once=False)

    def lines(self, *, max_line: PositiveInt = MAX_LINE) -> AsyncIterator[LogLine]:
        """Read the output as lines, of both streams in the order in which they end.

        Args:
            max_line: Bytes up to which a line is kept together; longer ones come in pieces marked ``partial``.

        Raises:
            ContainerError: The exit code is not 0; after the last line.
        """
        return lines_of(self, LineDecoder(RawDecoder(), max_line=max_line))

    async def _begin(self) -> _Job:
        try:
            await self._job.open()
        except BaseException as error:
            await self._job.end(error)
            raise
        return self._job

    async def _gather(self) -> bytes:
        try:
            output = await super()._gather()
        except BaseException as error:
            await self._job.end(error)
            raise
        await self._job.end()
        return output

    async def _refill(self) -> None:
        try:
            await super()._refill()
        except BaseException as error:
            if self.closed:  # in a block a cancelled step is not the end
                await self._job.end(error)
            raise

    async def aclose(self) -> None:
        """Close the stream and remove the container, unless it has ended and the program keeps it."""
        self._check_loop()
        await super().aclose()
        await self._job.end()


class _Job(Source[Chunk]):
    """A container whose output and end are watched from before its start."""

    def __init__(self, client: DockerClient, spec: RunSpec) -> None:
        self._client = client
        self._spec = spec
        self._created = _Created(client, spec)
        self._output: streams.Attached | None = None
        self._exit: Stream[models.ContainerWait, models.ContainerWait] | None = None
        self._container: resources.Container | None = None
        self._written = {"stdout": Tail(KEPT), "stderr": Tail(KEPT)}
        self._stopped = False
        self._exited = False
        self._ended = False

    async def open(self) -> None:
        """Create the container, attach to it, wait for its end, and start it."""
        spec = self._spec
        api = self._client.api.containers
        await self._created.create()
        id = self._created.id
        self._output = api.attach(id, tty=spec.tty, stdout=True, stderr=True)
        await self._output.__aenter__()
        self._exit = api.wait(id, condition="removed" if spec.auto_remove else "next-exit")
        await self._exit.__aenter__()
        self._container = await self._client.containers.get(id)
        await api.start(id)

    async def batch(self) -> list[Chunk]:
        """Return the next chunks of the requested streams; after the last, raise if the exit code is not 0."""
        assert self._output is not None  # noqa: S101 - opened before it is read
        while chunks := await self._output.batch():
            for chunk in chunks:
                self._written[chunk.stream].add(chunk.data)
            passed = [chunk for chunk in chunks if self._wants(chunk)]
            if passed:
                return passed
        if not self._stopped:
            await self._check_exit()
        return []

    def _wants(self, chunk: Chunk) -> bool:
        return self._spec.stderr if chunk.stream == "stderr" else self._spec.stdout

    async def _check_exit(self) -> None:
        assert self._exit is not None  # noqa: S101 - opened before it is read
        results = await self._exit.batch()
        if not results and self._exit.closed_early:
            raise RuntimeError("the client was closed before the container had ended")
        if not results:
            raise errors.StreamInterrupted("the engine closed the connection without the exit code of the container")
        result = results[0]
        if result.error is not None and result.error.message:
            raise errors.APIError(result.error.message, operation="ContainerWait")
        self._exited = True
        if result.status_code:
            raise errors.ContainerError(
                self._container,
                result.status_code,
                self._spec.command,
                self._spec.image,
                self._written["stderr"].value(),
                self._written["stdout"].value(),
            )

    def close(self) -> None:
        """Close the connections."""
        self._stopped = True
        if self._output is not None:
            self._output.close()
        if self._exit is not None:
            self._exit.close()

    async def end(self, error: BaseException | None = None) -> None:
        """Remove the container, unless it has ended by itself and the program keeps it.

        Args:
            error: Why it ends, if that is an error: it is what is raised, and gets a note if the removal fails.
        """
        self.close()
        if self._ended:
            return
        self._ended = True
        if self._exited and (not self._spec.remove or self._spec.auto_remove):
            return
        if error is None:
            await clean_up(self._created.remove())
        else:
            await clean_up_after(error, self._created.remove(), str(self._created))
