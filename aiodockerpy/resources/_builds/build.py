"""``images.build``: by BuildKit wherever the engine has it, by the classic builder where it has not, or when asked."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, TypeVar, cast

from aiodockerpy._config.auth import AuthConfig, by_registry, registry_key
from aiodockerpy._options.containers import host_texts
from aiodockerpy._protocol.outside import read_int, read_text
from aiodockerpy._protocol.reference import Reference
from aiodockerpy.buildkit import (
    BuildLog,
    BuildOptions,
    BuildProgress,
    BuildResult,
    BuildState,
    BuildStep,
    BuildTransfer,
    solve,
)
from aiodockerpy.buildkit.display import PlainLines
from aiodockerpy.errors import BuildError, BuildKitUnavailable, InvalidArgument
from aiodockerpy.models import JSONMessage
from aiodockerpy.resources._builds.classic import ClassicBuild, ClassicBuildOptions, classic_build
from aiodockerpy.streams.source import Source, SourceOver, each
from aiodockerpy.streams.stream import Stream

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from aiodockerpy.buildkit import Build, Cache, Output, SecretSource
    from aiodockerpy.client import DockerClient
    from aiodockerpy.resources.images import Image

__all__ = ["BuiltImage", "ImageBuild", "ImageBuildOptions", "image_build"]

I_co = TypeVar("I_co", covariant=True)


class ImageBuildOptions(ClassicBuildOptions, total=False):
    """Keywords of ``images.build``: docker-py's, and what only BuildKit can do."""

    builder: Literal["buildkit", "classic"] | None
    """Which builder; BuildKit wherever the engine has it, if not given."""
    dockerfile_text: str | bytes | None
    """The Dockerfile itself, instead of a path. BuildKit only."""
    secrets: Mapping[str, SecretSource] | None
    """By the id that ``RUN --mount=type=secret,id=…`` names: bytes, a ``pathlib.Path``, `~aiodockerpy.buildkit.Env`, or
    a callable that may be async. Read when the engine asks, never written to disk. BuildKit only."""
    ssh: Mapping[str, str | os.PathLike[str] | None] | None
    """Agents by the id that ``RUN --mount=type=ssh`` names; ``None`` is this process's own. BuildKit only."""
    platforms: Sequence[str] | None
    """Several platforms at once. BuildKit only."""
    cache_to: Sequence[Cache | str] | None
    """Where to leave cached steps. BuildKit only."""
    contexts: Mapping[str, str | os.PathLike[str]] | None
    """Further contexts by name: directories, URLs, ``docker-image://…``. BuildKit only."""
    no_cache_filter: Sequence[str] | None
    """Stages that are run again. BuildKit only."""
    ulimits: Mapping[str, int | tuple[int, int]] | None
    """``soft`` or ``(soft, hard)`` by name. BuildKit only."""
    attest: Mapping[str, str | bool] | None
    """Attestations: ``{"provenance": "mode=max", "sbom": True}``. BuildKit only."""
    annotations: Mapping[str, str] | None
    """Annotations of the image's manifest. BuildKit only."""
    allow: Sequence[str] | None
    """Entitlements, such as ``security.insecure``. BuildKit only."""
    push: bool | None
    """Push the image under all its tags. BuildKit only."""


_ONLY_BUILDKIT = frozenset(
    {
        "allow",
        "annotations",
        "attest",
        "cache_to",
        "contexts",
        "dockerfile_text",
        "no_cache_filter",
        "outputs",
        "platforms",
        "push",
        "secrets",
        "ssh",
        "ulimits",
    }
)
_ONLY_CLASSIC = frozenset({"container_limits", "isolation", "squash"})


class _Built(NamedTuple, Generic[I_co]):
    """The two parts of `BuiltImage`."""

    image: I_co
    log: list[JSONMessage]


class BuiltImage(_Built[I_co]):
    """What a build returns: ``image, log = await client.images.build(...)``.

    Attributes:
        image: The image; ``None`` if none was kept in the engine.
        log: Everything the build said, as docker-py's messages.
        result: Digests, names and metadata as BuildKit told them; of the classic builder the image's id alone.
    """

    result: BuildResult


class ImageBuild(Stream[BuildProgress, BuiltImage[I_co]], Generic[I_co]):
    """A build: awaited it gives `BuiltImage`, iterated its progress as it happens.

    Leaving the block, closing the handle or cancelling the task that awaits it stops the build in the engine.

    Attributes:
        log: Everything the build has said so far, as docker-py's messages.
    """

    def __init__(self, client: DockerClient, options: Mapping[str, Any]) -> None:
        self._client = client
        self._options = options
        self._running: Build | None = None
        self._classic: ClassicBuild | None = None
        self._told = BuildState()
        self.log: list[JSONMessage] = []
        super().__init__(self._begin, self._assemble, name="images.build")

    @property
    def state(self) -> BuildState:
        """All that has been told so far."""
        return self._running.state if self._running is not None else self._told

    @property
    def result(self) -> BuildResult | None:
        """Digests, names and metadata; ``None`` before the build has succeeded."""
        if self._classic is not None:
            id = self._classic.image_id if self._classic.closed else None
            return BuildResult(id, id) if id is not None else None
        return self._running.result if self._running is not None else None

    async def built(self) -> BuiltImage[I_co]:
        """Return what awaiting would have, once the progress has been read to its end.

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

    async def _begin(self) -> Source[BuildProgress]:
        if await self._by_buildkit():
            self._running = await _solve(self._client, self._options)
            await self._running.__aenter__()
            return _Logged(self._running, self.log)
        shared = {name: value for name, value in self._options.items() if name not in _NOT_CLASSIC}
        self._classic = classic_build(self._client, cast("ClassicBuildOptions", shared))
        self.log = self._classic.log
        await self._classic.__aenter__()
        return _FromClassic(self._classic, self._told)

    async def _by_buildkit(self) -> bool:
        builder = self._options.get("builder")
        if builder == "classic" or (builder is None and not _ONLY_CLASSIC.isdisjoint(self._options)):
            return False
        available = await self._client.buildkit.available()
        if not available and (builder == "buildkit" or not _ONLY_BUILDKIT.isdisjoint(self._options)):
            named = sorted(_ONLY_BUILDKIT.intersection(self._options))
            raise BuildKitUnavailable(f"the engine has no BuildKit, which {', '.join(named) or 'the build'} needs")
        return available

    async def _assemble(self, source: Source[BuildProgress]) -> BuiltImage[I_co]:
        async for _ in each(source):
            pass
        return await self.built()

    async def aclose(self) -> None:
        """Close the handle and wait until the engine was told."""
        await super().aclose()
        if self._running is not None:
            await self._running.aclose()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _gather(self) -> BuiltImage[I_co]:
        try:
            return await super()._gather()
        finally:
            if self._running is not None:
                await self._running.aclose()


def image_build(client: DockerClient, options: Mapping[str, Any]) -> ImageBuild[Any]:
    """Prepare a build; nothing is read or sent before the handle is used.

    Raises:
        TypeError: A keyword that does not exist, or neither a path nor a file.
        InvalidArgument: Keywords that cannot be right, or that no one builder has together.
    """
    for name in options:
        if name not in ImageBuildOptions.__annotations__ and name != "outputs":
            raise TypeError(f"build() got an unexpected keyword argument {name!r}")
    new = sorted(_ONLY_BUILDKIT.intersection(options))
    old = sorted(_ONLY_CLASSIC.intersection(options))
    if new and (old or options.get("builder") == "classic"):
        other = ", ".join(old) or "builder"
        raise InvalidArgument(f"{', '.join(new)}: only BuildKit has that; {other}: only the classic builder")
    if old and options.get("builder") == "buildkit":
        raise InvalidArgument(f"{', '.join(old)}: only the classic builder has that")
    if "dockerfile_text" not in options:  # what is wrong with the rest is told at the call, for either builder
        shared = {name: value for name, value in options.items() if name not in _NOT_CLASSIC}
        classic_build(client, cast("ClassicBuildOptions", shared)).close()
    return ImageBuild(client, options)


_NOT_CLASSIC = _ONLY_BUILDKIT | {"builder"}


# ---- BuildKit


async def _solve(client: DockerClient, options: Mapping[str, Any]) -> Build:
    proxies: Mapping[str, str] = await client.proxies() if options.get("use_config_proxy") is not False else {}
    given = await asyncio.to_thread(_build_options, options, proxies)
    own = by_registry(options.get("auth_configs"))

    async def credentials(host: str) -> AuthConfig | None:
        return await client.credentials.resolve(host, own.get(registry_key(host)))

    async def push(reference: str) -> None:
        await client.images.push(reference, auth_config=own.get(registry_key(Reference.parse(reference).registry)))

    return solve(client.api.transport, client.buildkit, given, credentials=credentials, push=push)


def _build_options(options: Mapping[str, Any], proxies: Mapping[str, str]) -> BuildOptions:
    """Turn the keywords into BuildKit's options; a Dockerfile given as a file is read here."""
    custom = bool(options.get("custom_context"))
    text = options.get("dockerfile_text")
    if text is None and options.get("fileobj") is not None and not custom:
        text = _read(options["fileobj"])
    tag = options.get("tag")
    hosts = options.get("extra_hosts")
    platform = options.get("platform")
    return BuildOptions(
        context=options.get("fileobj") if custom else options.get("path"),
        dockerfile=options.get("dockerfile"),
        dockerfile_text=text,
        tags=[tag] if isinstance(tag, str) else list(tag or ()),
        target=options.get("target"),
        build_args={**proxies, **(options.get("buildargs") or {})},
        labels=options.get("labels") or {},
        platforms=list(options.get("platforms") or ([platform] if platform else ())),
        secrets=options.get("secrets") or {},
        ssh=options.get("ssh") or {},
        outputs=_outputs(options),
        cache_from=list(options.get("cache_from") or ()),
        cache_to=list(options.get("cache_to") or ()),
        contexts=options.get("contexts") or {},
        no_cache=bool(options.get("nocache")) or list(options.get("no_cache_filter") or ()),
        pull=bool(options.get("pull")),
        network=options.get("network_mode"),
        add_hosts=dict(text.split(":", 1) for text in host_texts(hosts)) if hosts is not None else {},
        shm_size=options.get("shmsize"),
        ulimits=options.get("ulimits") or {},
        attest=options.get("attest") or {},
        annotations=options.get("annotations") or {},
        allow=list(options.get("allow") or ()),
    )


def _read(file: Any) -> bytes:
    content = file if isinstance(file, bytes) else file.read()
    if isinstance(content, str):
        raise TypeError("fileobj must be opened in binary mode")
    return bytes(content)


def _outputs(options: Mapping[str, Any]) -> Sequence[Output | str]:
    from aiodockerpy.buildkit import Output

    outputs: list[Output | str] = list(options.get("outputs") or ())
    if options.get("push"):
        outputs.append(Output.image(push=True))
    return outputs


def _keeps_image(options: Mapping[str, Any]) -> bool:
    outputs = _outputs(options)
    return not outputs or any(
        getattr(output, "type", None) in {"moby", "image"} or "type=image" in str(output) for output in outputs
    )


class _Logged(SourceOver[BuildProgress, BuildProgress]):
    """The progress of a build, kept in a log as docker-py's messages."""

    def __init__(self, build: Source[BuildProgress], log: list[JSONMessage]) -> None:
        super().__init__(build)
        self._log = log
        self._lines = PlainLines()

    async def batch(self) -> Sequence[BuildProgress]:
        try:
            items = await self._source.batch()
        except BuildError as error:
            error.build_log = self._log
            raise
        for item in items:
            self._log.extend(JSONMessage(stream=f"{line}\n") for line in self._lines.feed(item))
        return items


# ---- the classic builder


class _FromClassic(SourceOver[BuildProgress, JSONMessage]):
    """The classic builder's messages as the same kinds of progress."""

    def __init__(self, build: Source[JSONMessage], state: BuildState) -> None:
        super().__init__(build)
        self._state = state
        self._step = BuildStep("classic-0", "[context]")

    async def batch(self) -> Sequence[BuildProgress]:
        while messages := await self._source.batch():
            if found := [item for message in messages for item in self._items(message)]:
                return self._noted(found)
        if self._step.state == "running":
            self._step = _ended(self._step)
            return self._noted([self._step])
        return ()

    def _noted(self, items: list[BuildProgress]) -> list[BuildProgress]:
        for item in items:
            self._state.note(item)
        return items

    def _items(self, message: JSONMessage) -> list[BuildProgress]:
        text = read_text(message.stream)
        if text.startswith("Step "):
            return self._next(text.removeprefix("Step ").strip())
        if text.strip() == "---> Using cache":
            self._step = replace(self._step, state="cached")
            return [self._step]
        if text:
            return [BuildLog(self._step, "stdout", text.encode(), text, datetime.now(UTC))]
        if status := read_text(message.status):
            detail = message.progress_detail
            current, total = (read_int(getattr(detail, name, None)) or 0 for name in ("current", "total"))
            return [BuildTransfer(self._step, read_text(message.id), status, current, total)]
        return []

    def _next(self, title: str) -> list[BuildProgress]:
        """Begin the step of ``2/3 : RUN make``, which ends the one before."""
        ended: list[BuildProgress] = []
        if self._step.state == "running":
            ended.append(_ended(self._step))
        place, _, instruction = title.partition(" : ")
        number = read_int(place.partition("/")[0]) or self._step.number + 1
        self._step = BuildStep(f"classic-{number}", f"[{place}] {instruction}", number, "running", datetime.now(UTC))
        return [*ended, self._step]


def _ended(step: BuildStep) -> BuildStep:
    now = datetime.now(UTC)
    return replace(step, state="done", completed=now, duration=now - (step.started or now))
