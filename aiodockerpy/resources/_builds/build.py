"""Build images by BuildKit on engines that have it, and by the classic builder on others or on request."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar, cast

from aiodockerpy import buildkit, models
from aiodockerpy._archives.context import dockerfile_bytes
from aiodockerpy._config.auth import AuthConfig, by_registry, registry_key
from aiodockerpy._jsonable import dumpable
from aiodockerpy._protocol.outside import read_int, read_text
from aiodockerpy._protocol.reference import Reference
from aiodockerpy._threads import in_own_thread
from aiodockerpy.buildkit.display import PlainLines
from aiodockerpy.errors import BuildError, BuildKitUnavailable
from aiodockerpy.resources._builds.classic import ClassicBuild
from aiodockerpy.resources._builds.keywords import ONLY_BUILDKIT, ONLY_CLASSIC, ImageBuildOptions, read_keywords
from aiodockerpy.resources._builds.log import KeptLog
from aiodockerpy.streams.content import pieces
from aiodockerpy.streams.source import Source, SourceOver, each
from aiodockerpy.streams.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiodockerpy.client import DockerClient
    from aiodockerpy.resources.images import Image

__all__ = ["BuiltImage", "ImageBuild", "ImageBuildOptions"]

I_co = TypeVar("I_co", covariant=True)


class _Built(NamedTuple, Generic[I_co]):
    """The two parts of `BuiltImage`."""

    image: I_co
    log: list[models.JSONMessage]


@dumpable()
class BuiltImage(_Built[I_co]):
    """The result of ``image, log = await client.images.build(...)``.

    Attributes:
        image: The image; ``None`` if none was kept in the engine.
        log: The output of the build, as docker-py's messages. Of more than 64 MiB the end is kept, and the first
            message says how many were dropped.
        result: Digests, names, metadata and lint warnings of BuildKit; of the classic builder the image's id alone.
    """

    result: buildkit.BuildResult


class ImageBuild(Stream[buildkit.BuildProgress, BuiltImage[I_co]], Generic[I_co]):
    """A build: awaited it returns the `BuiltImage`, iterated it yields its progress as it happens.

    Leaving the block, closing the handle or cancelling the task that awaits it stops the build in the engine.

    Attributes:
        log: The output of the build so far, as docker-py's messages.
    """

    def __init__(self, client: DockerClient, options: Mapping[str, Any]) -> None:
        self._client = client
        self._options = options
        self._running: buildkit.Build | None = None
        self._classic: ClassicBuild | None = None
        self._state = buildkit.BuildState()
        self.log: list[models.JSONMessage] = []
        super().__init__(self._begin, self._assemble, name="images.build", opens_at_once=False)

    @property
    def state(self) -> buildkit.BuildState:
        """The state of the build so far."""
        return self._running.state if self._running is not None else self._state

    @property
    def result(self) -> buildkit.BuildResult | None:
        """Digests, names, metadata and warnings; ``None`` before the build has succeeded."""
        if self._classic is not None:
            id = self._classic.image_id if self._classic.closed else None
            return buildkit.BuildResult(id, id) if id is not None else None
        return self._running.result if self._running is not None else None

    async def built(self) -> BuiltImage[I_co]:
        """Return the result of awaiting, once the progress has been read to its end.

        Raises:
            BuildError: The build was closed before its end.
        """
        if self.result is None:
            raise BuildError("the build was closed before its end", self.log)
        image: Image | None = None
        if self.result.image_id and _keeps_image(self._options):
            image = await self._client.images.get(self.result.image_id)
        built = BuiltImage(cast("I_co", image), self.log)
        built.result = self.result
        return built

    async def _begin(self) -> Source[buildkit.BuildProgress]:
        self._options = await in_own_thread(_with_dockerfile, self._options)
        builder = self._options.get("builder")
        if builder != "classic" and (builder is not None or ONLY_CLASSIC.isdisjoint(self._options)):
            try:
                return await self._begin_buildkit()
            except BuildKitUnavailable as error:
                named = sorted(ONLY_BUILDKIT.intersection(self._options))
                if builder is not None or named:
                    raise BuildKitUnavailable(f"{', '.join(named) or 'the build'} needs BuildKit: {error}") from error
        return await self._begin_classic()

    async def _begin_buildkit(self) -> Source[buildkit.BuildProgress]:
        self._running = await _solve(self._client, self._options)
        try:
            await self._running.__aenter__()
        except BuildKitUnavailable:
            self._running = None
            raise
        return _Logged(self._running, self.log)

    async def _begin_classic(self) -> Source[buildkit.BuildProgress]:
        self._classic = ClassicBuild(self._client, self._options)
        self.log = self._classic.log
        await self._classic.__aenter__()
        return _FromClassic(self._classic, self._state)

    async def _assemble(self, source: Source[buildkit.BuildProgress]) -> BuiltImage[I_co]:
        async for _ in each(source):
            pass
        return await self.built()

    async def aclose(self) -> None:
        """Close the handle and wait until the build has ended in the engine."""
        await super().aclose()
        if self._running is not None:
            await self._running.aclose()

    async def _gather(self) -> BuiltImage[I_co]:
        try:
            return await super()._gather()
        finally:
            if self._running is not None:
                await self._running.aclose()


def image_build(client: DockerClient, options: Mapping[str, Any]) -> ImageBuild[Any]:
    """Prepare a build; nothing is read or sent before the handle is used.

    Raises:
        TypeError: A keyword that does not exist, a value of the wrong type, or neither a path nor a file.
        InvalidArgument: A value is invalid, or no builder has these keywords together.
    """
    return ImageBuild(client, read_keywords(options))


def _with_dockerfile(options: Mapping[str, Any]) -> Mapping[str, Any]:
    """Read a Dockerfile that is given as a file, once for whichever builder it is for."""
    if "fileobj" not in options or options.get("custom_context") or "dockerfile_text" in options:
        return options
    return {**options, "fileobj": dockerfile_bytes(options["fileobj"])}


# ---- BuildKit


async def _solve(client: DockerClient, options: Mapping[str, Any]) -> buildkit.Build:
    proxies: Mapping[str, str] = await client.proxies() if options.get("use_config_proxy") is not False else {}
    given = await in_own_thread(_build_options, options, proxies)
    own = by_registry(options.get("auth_configs"))

    async def credentials(host: str) -> AuthConfig | None:
        return await client.credentials.resolve(host, own.get(registry_key(host)))

    async def push(reference: str) -> None:
        await client.images.push(reference, auth_config=own.get(registry_key(Reference.parse(reference).registry)))

    return buildkit.solve(client.api.transport, client.buildkit, given, credentials=credentials, push=push)


# Keywords that are options of BuildKit by the same name.
_SAME: Final = (
    "allow", "annotations", "attest", "cache_from", "cache_to", "contexts", "dockerfile", "labels", "pull", "secrets",
    "ssh", "target", "ulimits",
)  # fmt: skip


def _build_options(options: Mapping[str, Any], proxies: Mapping[str, str]) -> buildkit.BuildOptions:
    """Convert the keywords to BuildKit's options."""
    content: Any = options.get("fileobj")
    custom = options.get("custom_context", False)
    if custom and isinstance(content, str | os.PathLike):  # of an archive, not of a directory
        content = pieces(os.fspath(cast("str", content)))
    return buildkit.BuildOptions(
        context=content if custom else options.get("path"),
        dockerfile_text=options.get("dockerfile_text", None if custom else content),
        tags=options.get("tag", ()),
        build_args={**proxies, **options.get("buildargs", {})},
        platforms=options.get("platforms") or options.get("platform") or (),
        outputs=_outputs(options),
        no_cache=options.get("nocache", False) or options.get("no_cache_filter", ()),
        network=options.get("network_mode"),
        add_hosts=options.get("extra_hosts", {}),
        shm_size=options.get("shmsize"),
        **{name: options[name] for name in _SAME if name in options},
    )


def _outputs(options: Mapping[str, Any]) -> list[buildkit.Output]:
    return [*options.get("outputs", ()), *([buildkit.Output.image(push=True)] if options.get("push") else ())]


def _keeps_image(options: Mapping[str, Any]) -> bool:
    outputs = _outputs(options)
    return not outputs or any(output.type in {"moby", "image"} for output in outputs)


class _Logged(SourceOver[buildkit.BuildProgress, buildkit.BuildProgress]):
    """The progress of a build, kept in a log as docker-py's messages."""

    def __init__(self, build: Source[buildkit.BuildProgress], log: list[models.JSONMessage]) -> None:
        super().__init__(build)
        self._log = log
        self._kept = KeptLog(log)
        self._lines = PlainLines()

    async def batch(self) -> Sequence[buildkit.BuildProgress]:
        try:
            items = await self._source.batch()
        except BuildError as error:
            error.build_log = self._log
            raise
        for item in items:
            self._kept.extend(models.JSONMessage(stream=f"{line}\n") for line in self._lines.feed(item))
        return items


# ---- the classic builder


class _FromClassic(SourceOver[buildkit.BuildProgress, "models.JSONMessage"]):
    """The classic builder's messages as the same kinds of progress."""

    def __init__(self, build: Source[models.JSONMessage], state: buildkit.BuildState) -> None:
        super().__init__(build)
        self._state = state
        self._step = buildkit.BuildStep("classic-0", "[context]")

    async def batch(self) -> Sequence[buildkit.BuildProgress]:
        while messages := await self._source.batch():
            if found := [item for message in messages for item in self._items(message)]:
                return self._noted(found)
        if self._step.state == "running":
            self._step = _ended(self._step)
            return self._noted([self._step])
        return ()

    def _noted(self, items: list[buildkit.BuildProgress]) -> list[buildkit.BuildProgress]:
        for item in items:
            self._state.note(item)
        return items

    def _items(self, message: models.JSONMessage) -> list[buildkit.BuildProgress]:
        text = read_text(message.stream)
        if text.startswith("Step "):
            return self._next(text.removeprefix("Step ").strip())
        if text.strip() == "---> Using cache":
            self._step = replace(self._step, state="cached")
            return [self._step]
        if text:
            return [buildkit.BuildLog(self._step, "stdout", text.encode(), text, datetime.now(UTC))]
        if status := read_text(message.status):
            detail = message.progress_detail
            current, total = (read_int(getattr(detail, name, None)) or 0 for name in ("current", "total"))
            return [buildkit.BuildTransfer(self._step, read_text(message.id), status, current, total)]
        return []

    def _next(self, title: str) -> list[buildkit.BuildProgress]:
        """Begin the step of ``2/3 : RUN make``, which ends the one before."""
        ended: list[buildkit.BuildProgress] = []
        if self._step.state == "running":
            ended.append(_ended(self._step))
        place, _, instruction = title.partition(" : ")
        number = read_int(place.partition("/")[0]) or self._step.number + 1
        self._step = buildkit.BuildStep(
            f"classic-{number}", f"[{place}] {instruction}", number, "running", datetime.now(UTC)
        )
        return [*ended, self._step]


def _ended(step: buildkit.BuildStep) -> buildkit.BuildStep:
    now = datetime.now(UTC)
    return replace(step, state="done", completed=now, duration=now - (step.started or now))
