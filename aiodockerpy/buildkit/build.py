"""Run one build, from its options to its result."""

from __future__ import annotations

import asyncio
import base64
import logging
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from aiodockerpy._arguments import checked
from aiodockerpy._exhausted import reporting_exhaustion
from aiodockerpy._jsonable import dumpable
from aiodockerpy._protocol.outside import read_json_object, read_object
from aiodockerpy._threads import in_own_thread
from aiodockerpy.errors import BuildSessionLost, ConnectionFailed, DockerException, ProtocolError
from aiodockerpy.streams.source import Source, all_items
from aiodockerpy.streams.stream import Stream

from . import _messages as pb
from ._failure import build_error
from ._plan import Plan, make_plan
from ._rpc.framing import UNKNOWN, RpcError
from ._session import Failures, Service, open_session
from .control import BuildKit, control
from .options import Credentials  # noqa: TC001  # read by @checked, which has another type of that name
from .progress import BuildProgress, BuildState, BuildWarning

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

    from aiodockerpy._transport.base import Transport

    from ._rpc.calls import Call, Channel
    from ._rpc.http2 import Connection
    from .options import BuildOptions

_log = logging.getLogger("aiodockerpy.buildkit")

_SOLVE: Final = "/moby.buildkit.v1.Control/Solve"
_STATUS: Final = "/moby.buildkit.v1.Control/Status"
# Seconds to wait for the last progress of a build that has ended; the engine sends it at once.
_LAST_PROGRESS: Final = 5.0
# The same if the build was refused before it began; the engine itself would wait longer.
_NO_PROGRESS: Final = 0.5
# Seconds to wait for the end of a build that was stopped.
_FAREWELL: Final = 2.0
_AT_ONCE: Final = 256
"""Items of progress that are returned before the event loop gets a turn."""


@dumpable("metadata")
@dataclass(frozen=True, slots=True)
class BuildResult:
    """The result of a build.

    Attributes:
        image_id: The image's id in the engine; ``None`` if no image was kept there.
        digest: Digest of the manifest or index; on the engine's own image store that of the configuration.
        names: The image's full references.
        descriptor: OCI descriptor of the image; empty unless the engine has the containerd image store.
        exporter_response: The exporter's answer.
        warnings: Warnings about the Dockerfile, from BuildKit's linter (Engine 27.0).
        log: The whole progress, if the build was awaited.
    """

    image_id: str | None
    digest: str | None = None
    names: tuple[str, ...] = ()
    descriptor: Mapping[str, Any] = field(default_factory=dict[str, Any])
    exporter_response: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    warnings: tuple[BuildWarning, ...] = ()
    log: tuple[BuildProgress, ...] = field(default=(), repr=False)

    @property
    def metadata(self) -> dict[str, Any]:
        """The exporter's answer with its JSON decoded, as ``docker buildx build --metadata-file`` writes it."""
        return {name: _metadatum(value) for name, value in self.exporter_response.items()}


class Build(Stream[BuildProgress, BuildResult]):
    """A build: awaited it returns the `BuildResult`, iterated it yields its progress.

    Leaving the block, closing the handle or cancelling the task that awaits it stops the build in the engine.
    """

    def __init__(self, run: _Run) -> None:
        super().__init__(run.start, run.collect, name="build", opens_at_once=False)
        self._run = run

    @property
    def result(self) -> BuildResult | None:
        """The result; ``None`` before the build has succeeded."""
        return self._run.result

    @property
    def state(self) -> BuildState:
        """The state of the build so far."""
        return self._run.state

    async def aclose(self) -> None:
        """Close the handle and wait until the build has ended in the engine."""
        await super().aclose()
        await self._run.wait_closed()

    async def _gather(self) -> BuildResult:
        try:
            return await super()._gather()
        finally:
            await self._run.wait_closed()


@checked
def solve(
    transport: Transport,
    buildkit: BuildKit,
    options: BuildOptions,
    *,
    credentials: Credentials | None = None,
    push: Callable[[str], Awaitable[object]] | None = None,
) -> Build:
    """Prepare a build; nothing is sent before the handle is awaited or iterated.

    Args:
        transport: The connections to the engine.
        buildkit: The engine's builder, which has its features.
        options: What to build.
        credentials: Finds the credentials of a registry.
        push: Pushes one reference through the engine, for engines whose BuildKit does not push.
    """
    return Build(_Run(transport, buildkit, options, credentials, push))


class _Run(Source[BuildProgress]):
    """The source of a `Build`; owns its two connections and the task that waits for the build's end."""

    def __init__(
        self,
        transport: Transport,
        buildkit: BuildKit,
        options: BuildOptions,
        credentials: Credentials | None,
        push: Callable[[str], Awaitable[object]] | None,
    ) -> None:
        self.state: BuildState = BuildState()
        self.result: BuildResult | None = None
        self._transport = transport
        self._buildkit = buildkit
        self._options = options
        self._credentials = credentials
        self._push = push
        self._failures = Failures()
        self._plan: Plan | None = None
        self._owned = AsyncExitStack()
        self._session: Connection | None = None
        self._solving: asyncio.Task[pb.SolveResponse] | None = None
        self._status: Call | None = None
        self._messages: list[bytes] = []
        self._items: Iterator[BuildProgress] = iter(())
        self._limit: asyncio.Timeout | None = None
        self._closing: asyncio.Task[None] | None = None
        self._stopped = False
        self._pushing = False
        self._incomplete = False
        self._cut: DockerException | None = None

    # ---- the source

    async def start(self) -> _Run:
        """Open the connections and send the build."""
        try:
            channel = await self._owned.enter_async_context(control(self._transport))
            features = await self._buildkit._features_over(channel)  # noqa: SLF001 - a channel is nothing public
            plan = self._plan = await in_own_thread(make_plan, self._options, features)
            with reporting_exhaustion():  # their modules are imported with the first build
                services = _services(plan, self._options, self._credentials)
            plan.request.session, self._session = await self._owned.enter_async_context(
                open_session(
                    self._transport,
                    channel,
                    services,
                    shared_key=plan.shared_key,
                    failures=self._failures,
                )
            )
            await self._begin(channel, plan)
        except BaseException:
            await asyncio.shield(self._owned.aclose())
            raise
        return self

    async def _begin(self, channel: Channel, plan: Plan) -> None:
        self._status = await self._owned.enter_async_context(channel.call(_STATUS))
        await self._status.send(pb.StatusRequest(plan.request.ref).encode())
        await self._status.end()
        self._solving = asyncio.create_task(self._solve(channel, plan), name="aiodockerpy-build")
        self._solving.add_done_callback(self._solved)

    async def batch(self) -> Sequence[BuildProgress]:
        """Return the next progress; nothing after the last. A cancelled call loses nothing."""
        while not self._stopped and self._status is not None:
            await asyncio.sleep(0)
            if found := list(islice(self._items, _AT_ONCE)):
                return found
            if not self._messages:
                self._messages = await self._next_messages(self._status)
                self._messages.reverse()
            if self._messages:
                await self._take_message(self._status, self._messages[-1])
                self._messages.pop()
            elif not self._stopped:
                await self._end()
        return ()

    async def _take_message(self, status: Call, message: bytes) -> None:
        """Update the state; a message that cannot be read is left out, since it says nothing about the result."""
        try:
            self._items = self.state.take(await status.decode(pb.StatusResponse, message))
        except ProtocolError as error:
            self._left_out(error)

    def _left_out(self, error: DockerException) -> None:
        if not self._incomplete:
            self._incomplete = True
            _log.warning("the progress of a build is not complete: %s", error)

    async def collect(self, source: object) -> BuildResult:  # noqa: ARG002  # the source is this object
        """Read the whole progress and return the result."""
        log = await all_items(self)
        if self.result is None:
            raise BuildSessionLost("the build was closed before its end")
        return replace(self.result, log=tuple(log))

    def close(self) -> None:
        """Stop the build unless it has ended; `wait_closed` waits for that."""
        self._stopped = True
        if self._closing is None and self._solving is not None:
            self._closing = asyncio.get_running_loop().create_task(self._shut(), name="aiodockerpy-build-close")

    async def wait_closed(self) -> None:
        """Wait until everything that belongs to the build has ended."""
        if self._closing is not None:
            await asyncio.shield(self._closing)

    # ---- the build

    async def _solve(self, channel: Channel, plan: Plan) -> pb.SolveResponse:
        answer = await channel.unary(_SOLVE, plan.request, pb.SolveResponse)
        if plan.cache_exports:
            from ._services.content import record_cache

            await asyncio.to_thread(record_cache, plan.cache_exports, dict(answer.exporter_response))
        for reference in plan.push:
            if self._push is not None:
                self._pushing = True
                await self._push(reference)
        return answer

    def _solved(self, _task: asyncio.Task[pb.SolveResponse]) -> None:
        if self._limit is not None:
            self._limit.reschedule(asyncio.get_running_loop().time() + self._patience())

    def _patience(self) -> float:
        """Return how many seconds to wait for the end of the progress of a build that has ended."""
        return _LAST_PROGRESS if self.state.steps else _NO_PROGRESS

    async def _next_messages(self, status: Call) -> list[bytes]:
        """Return the next messages of progress; none at their end, or when the build has ended and no more arrive."""
        done = self._solving is None or self._solving.done()
        try:
            async with asyncio.timeout(self._patience() if done else None) as self._limit:
                return await status.recv_batch()
        except TimeoutError:
            if self._limit is not None and self._limit.expired():
                return []
            raise
        except DockerException as error:  # if the build fails, its own error says what went wrong
            self._cut = error
            return []
        finally:
            self._limit = None

    async def _end(self) -> None:
        """Return the build's result, or raise its error."""
        if self._solving is None:
            return
        try:
            answer = await asyncio.shield(self._solving)
        except RpcError as error:
            self._failures.raise_callers_own()
            lost = self._session.error if self._session is not None else None
            raise build_error(error, self.state, await self._dockerfile(error), lost) from self._failures.first
        except (ConnectionFailed, ProtocolError) as error:
            raise self._broken(error) from error
        if self._cut is not None:
            self._left_out(self._cut)
        self.result = _result(dict(answer.exporter_response), self._options, self.state)
        self.close()
        await self.wait_closed()

    def _broken(self, error: DockerException) -> Exception:
        """Create the error for a broken connection, or for a build whose error was too large to be sent."""
        if self._pushing:
            return error
        failed = self.state.failed()
        if failed is not None:
            return build_error(RpcError(UNKNOWN, failed.error), self.state)
        return BuildSessionLost(f"the connection to the engine broke during the build: {error}")

    async def _dockerfile(self, error: RpcError) -> tuple[str, str] | None:
        """Return the Dockerfile if it is local and the engine did not report the place in it (before 23.0)."""
        if error.details or self._plan is None:
            return None
        return await in_own_thread(self._plan.dockerfile)

    async def _shut(self) -> None:
        """Stop the build if it still runs, then close the session and the connections, in this order."""
        solving, status = self._solving, self._status
        if solving is not None and not solving.done():
            solving.cancel()  # this resets the call, which stops the steps
            await asyncio.wait([solving])
            if status is not None:
                with suppress(TimeoutError, DockerException):
                    async with asyncio.timeout(_FAREWELL):
                        while await status.recv_batch():
                            pass
        elif solving is not None and not solving.cancelled():
            solving.exception()  # marks it as retrieved
        await self._owned.aclose()


def _services(plan: Plan, options: BuildOptions, credentials: Credentials | None) -> list[Service]:
    """Create the session's services: always all of them, since the engine takes a missing one for a failure."""
    from ._services.auth import AuthService
    from ._services.content import ContentService
    from ._services.files import FileSendService, FileSyncService
    from ._services.secrets import SecretService
    from ._services.ssh import SshService
    from ._services.upload import UploadService

    return [
        AuthService(credentials),
        ContentService(plan.stores),
        FileSendService(plan.outputs),
        FileSyncService(plan.directories),
        SecretService(options.secrets),
        SshService(plan.agents),
        UploadService(plan.uploads),
    ]


def _result(response: dict[str, str], options: BuildOptions, state: BuildState) -> BuildResult:
    digest = response.get("containerimage.digest")
    names = response.get("image.name") or (",".join(options.tags) if digest else "")  # 20.10 does not report them
    return BuildResult(
        image_id=digest,
        digest=digest,
        names=tuple(name for name in names.split(",") if name),
        descriptor=read_object(_metadatum(response.get("containerimage.descriptor", ""))),
        exporter_response=response,
        warnings=tuple(state.warnings),
    )


def _metadatum(value: str) -> dict[str, Any] | str:
    """Decode a value that holds a JSON object, plain or as base64; return any other unchanged."""
    for text in (lambda: value, lambda: base64.b64decode(value, validate=True)):
        try:
            return read_json_object(text())
        except ValueError:
            continue
    return value
