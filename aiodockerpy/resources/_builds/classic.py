"""Build by the classic builder, with docker-py's keywords."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aiodockerpy import errors, models
from aiodockerpy._archives.context import Context, make_context
from aiodockerpy._archives.write import Pieces
from aiodockerpy._cancelling import within
from aiodockerpy._config.auth import by_registry, registry_key
from aiodockerpy._protocol.outside import read_text
from aiodockerpy._protocol.reference import Reference
from aiodockerpy._protocol.units import parse_bytes
from aiodockerpy._threads import in_own_thread
from aiodockerpy.api._results import finish
from aiodockerpy.resources._builds.log import KeptLog
from aiodockerpy.streams.source import Source, SourceOver
from aiodockerpy.streams.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiodockerpy.buildkit import Cache
    from aiodockerpy.client import DockerClient
    from aiodockerpy.resources.images import Image

_BUILT: Final = "Successfully built "
_STEP: Final = "Step "
_TAIL: Final = 10
_SAME: Final = ("isolation", "labels", "network_mode", "platform", "pull", "squash", "target")
"""Keywords that are parameters of the operation by the same name."""


class ClassicBuild(Stream["models.JSONMessage", "tuple[Image, list[models.JSONMessage]]"]):
    """A build: awaited it returns ``(image, log)``, iterated it yields its messages as they arrive.

    Nothing is read or sent before it is used. Its options are the keywords of `ImageCollection.build`, read.

    Attributes:
        log: The messages that have arrived.
    """

    def __init__(self, client: DockerClient, options: Mapping[str, Any]) -> None:
        self.log: list[models.JSONMessage] = []
        self._client = client
        self._options = options
        super().__init__(self._begin, self._result, name="images.build", opens_at_once=False)

    async def _begin(self) -> Source[models.JSONMessage]:
        options = self._options
        context = await in_own_thread(
            make_context,
            options.get("path"),
            options.get("fileobj"),
            options.get("dockerfile"),
            custom_context=bool(options.get("custom_context")),
            gzip=bool(options.get("gzip")),
        )
        await self._pull_caches()
        build = await _request(self._client, options, context)
        if isinstance(context.content, Pieces):
            with context.content.raising_own_error():
                await build.__aenter__()
        else:
            await build.__aenter__()
        return _Explained(build, self.log, options.get("timeout"))

    async def _pull_caches(self) -> None:
        """Pull the images of ``cache_from`` that are missing: the classic builder looks at those of the engine only.

        One that cannot be pulled is noted in the log and left out by the engine, as BuildKit does with it.
        """
        own = by_registry(self._options.get("auth_configs"))
        for name in _caches(self._options):
            auth = own.get(registry_key(Reference.parse(name).registry))
            try:
                await self._client.images.ensure(name, platform=self._options.get("platform"), auth_config=auth)
            except errors.DockerException as error:
                self.log.append(models.JSONMessage(stream=f"cache_from: {name} cannot be pulled: {error}\n"))

    async def _result(self, source: Source[models.JSONMessage]) -> tuple[Image, list[models.JSONMessage]]:
        await finish(source)
        return await self.built()

    @property
    def image_id(self) -> str | None:
        """The id of the image; ``None`` if it has not been reported yet."""
        return _built(self.log)

    async def built(self) -> tuple[Image, list[models.JSONMessage]]:
        """Return the image and the messages of the build, once these have been read to the end."""
        image = self.image_id
        if image is None:
            raise errors.BuildError(str(dict(self.log[-1])) if self.log else "Unknown", self.log)
        return await self._client.images.get(image), self.log


async def _request(
    client: DockerClient, options: Mapping[str, Any], context: Context
) -> Stream[models.JSONMessage, str | None]:
    limits = options.get("container_limits", {})
    hosts = options.get("extra_hosts", {})
    return client.api.build.build(
        context.content,
        remote=context.remote,
        dockerfile=context.dockerfile,
        tags=options.get("tag"),
        build_args=await _build_args(client, options),
        cache_from=_caches(options) or None,
        no_cache=options.get("nocache"),
        q=options.get("quiet"),
        rm=options.get("rm", True),
        force_rm=options.get("forcerm"),
        extra_hosts=[f"{name}:{address}" for name, found in hosts.items() for address in found] or None,
        memory=_size(limits.get("memory")),
        memswap=_size(limits.get("memswap")),
        shm_size=options.get("shmsize"),
        cpu_shares=int(limits["cpushares"]) if "cpushares" in limits else None,
        cpuset_cpus=str(limits["cpusetcpus"]) if "cpusetcpus" in limits else None,
        auth=await client.credentials.get_all(by_registry(options.get("auth_configs"))),
        **{name: options[name] for name in _SAME if name in options},
    )


def _caches(options: Mapping[str, Any]) -> list[str]:
    return [_reference(item) for item in options.get("cache_from", ())]


def _reference(item: Cache) -> str:
    """Return the image of a cache, which is all that the classic builder imports from."""
    if item.type != "registry":
        raise errors.InvalidArgument(f"cache_from: the classic builder takes images only, not type={item.type}")
    return item.attrs["ref"]


def _size(value: int | str | None) -> int | None:
    return int(parse_bytes(value)) if value is not None else None


async def _build_args(client: DockerClient, options: Mapping[str, Any]) -> dict[str, str | None] | None:
    given = options.get("buildargs")
    proxies = await client.proxies() if options.get("use_config_proxy") is not False else {}
    return {**proxies, **(given or {})} if given is not None or proxies else None


class _Explained(SourceOver["models.JSONMessage", "models.JSONMessage"]):
    """The messages of a build, kept in a log; an error has all of them."""

    def __init__(self, build: Source[models.JSONMessage], log: list[models.JSONMessage], timeout: float | None) -> None:
        super().__init__(build)
        self._log = log
        self._kept = KeptLog(log)
        self._timeout = timeout

    async def batch(self) -> Sequence[models.JSONMessage]:
        try:
            async with within(self._timeout, self._too_late, errors.StreamIdle):
                messages = await self._source.batch()
        except errors.BuildError as error:
            raise _explained(error, self._log) from None
        self._kept.extend(messages)
        return messages

    def _too_late(self) -> str:
        return f"the build was silent for {self._timeout:g} s (timeout)"


def _explained(error: errors.BuildError, log: list[models.JSONMessage]) -> errors.BuildError:
    """Add to the exception the whole log, the step that failed, and the end of the output, for tracebacks."""
    detail: dict[str, object] = {"message": error.msg}
    if error.exit_code is not None:
        detail["code"] = error.exit_code
    log.append(models.JSONMessage.from_value({"errorDetail": detail, "error": error.msg}))
    lines = [line for message in log for line in read_text(message.stream).splitlines() if line.strip()]
    step = next((line for line in reversed(lines) if line.startswith(_STEP)), None)
    explained = errors.BuildError(error.msg, log, step=step, exit_code=error.exit_code, source=error.source)
    explained.add_note("\n".join(lines[-_TAIL:]))
    return explained


def _built(log: list[models.JSONMessage]) -> str | None:
    """Find the id of the image: in what a machine reads, or what is left of the text."""
    found: str | None = None
    for message in log:
        text = read_text(message.stream).strip()
        if text.startswith("sha256:"):
            found = text
        elif text.startswith(_BUILT):
            found = found or text.removeprefix(_BUILT)
        found = message.image_id or found
    return found
