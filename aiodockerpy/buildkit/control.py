"""Call BuildKit's Control API: the engine's workers, features and build cache."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from aiodockerpy import errors
from aiodockerpy._arguments import checks_methods
from aiodockerpy._jsonable import dumpable

from . import _messages as pb
from ._capabilities import EngineFeatures
from ._rpc.framing import UNIMPLEMENTED, RpcError
from ._session import open_control
from .progress import to_datetime

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator, Mapping, Sequence

    from aiodockerpy._transport.base import Transport

    from ._rpc.calls import Channel

__all__ = ["BuildKit", "BuildKitInfo", "CacheRecord", "PruneResult", "Worker"]

_CONTROL = "/moby.buildkit.v1.Control/"
_STORE_LABEL = "org.mobyproject.buildkit.worker.snapshotter"
_GATEWAY_LABEL = "org.mobyproject.buildkit.worker.moby.host-gateway-ip"


@dumpable()
@dataclass(frozen=True, slots=True)
class BuildKitInfo:
    """The engine's version of BuildKit. Decide by the API version, not by this: distributions leave it out.

    Attributes:
        package: Its Go package.
        version: Its version, such as ``v0.25.1``; empty or ``v0.0.0+unknown`` if the engine's distribution left it out.
        revision: The commit.
    """

    package: str = ""
    version: str = ""
    revision: str = ""


@dumpable()
@dataclass(frozen=True, slots=True)
class Worker:
    """A runner of build steps; an engine has one.

    Attributes:
        id: Its id.
        labels: Its labels.
        platforms: The platforms it builds for, for example ``linux/amd64``.
        buildkit: Its version of BuildKit; ``None`` if the engine does not report it (before 23.0).
    """

    id: str
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    platforms: tuple[str, ...] = ()
    buildkit: BuildKitInfo | None = None

    @property
    def containerd_store(self) -> bool:
        """Whether the engine keeps its images with containerd."""
        return _STORE_LABEL in self.labels


@dumpable()
@dataclass(frozen=True, slots=True)
class CacheRecord:
    """An entry of the build cache.

    Attributes:
        id: Its id.
        type: For example ``regular``, ``source.local`` or ``exec.cachemount``.
        description: The step that made it.
        size: In bytes.
        in_use: Whether a build uses it now.
        shared: Whether its content also belongs to an image.
        mutable: Whether it may still change.
        created_at: When it was made.
        last_used_at: When it was used last.
        usage_count: How often it was used.
        parents: Ids of the records it builds on.
    """

    id: str
    type: str
    description: str
    size: int
    in_use: bool
    shared: bool
    mutable: bool
    created_at: datetime | None
    last_used_at: datetime | None
    usage_count: int
    parents: tuple[str, ...] = ()


@dumpable()
@dataclass(frozen=True, slots=True)
class PruneResult:
    """The result of a prune.

    Attributes:
        records: The removed entries.
    """

    records: tuple[CacheRecord, ...]

    @property
    def space_reclaimed(self) -> int:
        """Their size together, in bytes."""
        return sum(record.size for record in self.records)


@checks_methods
class BuildKit:
    """The builder inside the engine.

    Example:
        .. code-block:: python

            for worker in await client.buildkit.workers():
                print(worker.platforms)
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._features: EngineFeatures | None = None

    async def workers(self) -> list[Worker]:
        """List the workers.

        Raises:
            BuildKitUnavailable: The engine has no BuildKit.
        """
        async with self._control("ListWorkers") as channel:
            return await _workers(channel)

    async def info(self) -> BuildKitInfo:
        """Return the engine's version of BuildKit.

        Raises:
            BuildKitUnavailable: The engine has no BuildKit.
            UnsupportedByEngine: The engine does not report it (API 1.42 and older).
        """
        async with self._control("Info") as channel:
            try:
                answer = await channel.unary(f"{_CONTROL}Info", pb.Empty(), pb.InfoResponse)
            except RpcError as error:
                if error.code != UNIMPLEMENTED:
                    raise
                present = str(await self._transport.version())
                raise errors.UnsupportedByEngine("buildkit.info", needed="1.43", present=present) from None
        return _version(answer.buildkit_version) or BuildKitInfo()

    async def disk_usage(self, *, filters: Sequence[str] = ()) -> list[CacheRecord]:
        """List the build cache.

        Args:
            filters: BuildKit's, for example ``["type==regular"]``.

        Raises:
            BuildKitUnavailable: The engine has no BuildKit.
        """
        async with self._control("DiskUsage") as channel:
            answer = await channel.unary(f"{_CONTROL}DiskUsage", pb.FilterRequest(list(filters)), pb.DiskUsageResponse)
        return [_record(item) for item in answer.record]

    async def prune(
        self,
        *,
        all: bool = False,
        filters: Sequence[str] = (),
        keep_duration: timedelta | None = None,
        reserved_space: int = 0,
        max_used_space: int = 0,
        min_free_space: int = 0,
    ) -> PruneResult:
        """Remove unused entries from the build cache.

        Args:
            all: Also remove entries that belong to images, and internal ones.
            filters: Remove only entries that match these filters of BuildKit.
            keep_duration: Keep entries that were used within this time.
            reserved_space: Keep this many bytes in any case.
            max_used_space: Keep at most this many bytes. Engines before 28.0 ignore it.
            min_free_space: Remove entries until this many bytes of the disk are free. Engines before 28.0 ignore it.

        Raises:
            BuildKitUnavailable: The engine has no BuildKit.
        """
        request = pb.PruneRequest(
            filter=list(filters),
            all=all,
            keep_duration=0 if keep_duration is None else keep_duration // timedelta(microseconds=1) * 1000,
            reserved_space=reserved_space,
            max_used_space=max_used_space,
            min_free_space=min_free_space,
        )
        async with self._control("Prune") as channel:
            found = [_record(item) async for item in channel.stream(f"{_CONTROL}Prune", request, pb.UsageRecord)]
        return PruneResult(tuple(found))

    async def features(self) -> EngineFeatures:
        """Return the features that decide about the engine's capabilities; the engine is asked once.

        Raises:
            BuildKitUnavailable: The engine has no BuildKit.
        """
        if self._features is None:
            async with control(self._transport) as channel:
                return await self._features_over(channel)
        return self._features

    async def _features_over(self, channel: Channel) -> EngineFeatures:
        """Return the same as `features`, over a connection that is already open."""
        if self._features is None:
            with _raising_api_errors("ListWorkers"):
                workers = await _workers(channel)
            labels = {name: value for worker in workers for name, value in worker.labels.items()}
            version = await self._transport.version()
            self._features = EngineFeatures(version, _STORE_LABEL in labels, labels.get(_GATEWAY_LABEL, ""))
        return self._features

    async def available(self) -> bool:
        """Return whether the engine has BuildKit."""
        try:
            await self.features()
        except errors.BuildKitUnavailable:
            return False
        return True

    @asynccontextmanager
    async def _control(self, call: str) -> AsyncGenerator[Channel]:
        async with control(self._transport) as channel:
            with _raising_api_errors(call):
                yield channel


@contextmanager
def _raising_api_errors(call: str) -> Generator[None]:
    """Raise the status of a call to the Control API as an `APIError`."""
    try:
        yield
    except RpcError as error:
        raise errors.APIError(f"BuildKit refused {call}: {error}", explanation=str(error)) from error


@asynccontextmanager
async def control(transport: Transport) -> AsyncGenerator[Channel]:
    """Open a connection to the Control API.

    Raises:
        BuildKitUnavailable: The engine has none.
    """
    async with AsyncExitStack() as stack:
        try:
            channel = await stack.enter_async_context(open_control(transport))
        except (errors.BadRequest, errors.NotFound, errors.NotImplementedByEngine, errors.ProtocolError) as error:
            raise errors.BuildKitUnavailable(
                "the engine has no BuildKit at /grpc (too old, not for Linux, or not Docker), or something in between "
                f"does not let the connection be upgraded; the classic builder may do: {error}"
            ) from error
        yield channel


async def _workers(channel: Channel) -> list[Worker]:
    answer = await channel.unary(f"{_CONTROL}ListWorkers", pb.FilterRequest(), pb.ListWorkersResponse)
    return [
        Worker(
            id=record.id,
            labels=dict(record.labels),
            platforms=tuple(_platform(item) for item in record.platforms),
            buildkit=_version(record.buildkit_version),
        )
        for record in answer.record
    ]


def _platform(item: pb.Platform) -> str:
    return "/".join(part for part in (item.os, item.architecture, item.variant) if part)


def _version(item: pb.BuildkitVersion | None) -> BuildKitInfo | None:
    return None if item is None else BuildKitInfo(item.package, item.version, item.revision)


def _record(item: pb.UsageRecord) -> CacheRecord:
    return CacheRecord(
        id=item.id,
        type=item.record_type,
        description=item.description,
        size=item.size,
        in_use=item.in_use,
        shared=item.shared,
        mutable=item.mutable,
        created_at=to_datetime(item.created_at),
        last_used_at=to_datetime(item.last_used_at),
        usage_count=item.usage_count,
        parents=tuple(item.parents) or ((item.parent,) if item.parent else ()),
    )
