"""A real engine in the place of the fake one, for ``--docker-engine=real``."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from aiodockerpy import errors
from aiodockerpy._config.resolve import resolve_endpoint
from aiodockerpy._protocol.versions import ApiVersion
from aiodockerpy.client import DockerClient
from aiodockerpy.testing._calls import check_called
from aiodockerpy.testing._recorder import Recorder
from aiodockerpy.testing._views import ContainerView

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator, Sequence

    from aiodockerpy.testing._core import Call

__all__ = ["RealEngine", "real_engine"]

T = TypeVar("T")
_PREDEFINED = frozenset({"bridge", "host", "none"})
_PATIENCE = 600


class _OnlyFake:
    """Stands for what only the fake engine has; using it skips the test."""

    def __init__(self, name: str, skip: Callable[[str], NoReturn]) -> None:
        self._name = name
        self._skip = skip

    def __getattr__(self, name: str) -> NoReturn:
        self.__call__()

    def __call__(self, *_: object, **__: object) -> NoReturn:
        self._skip(f"only the fake engine has {self._name}, and this is a real one (--docker-engine=real)")


class RealContainer(ContainerView):
    """A container of a real engine; what only the fake can do to it skips the test."""

    def __init__(
        self,
        attrs: Callable[[], dict[str, Any]],
        logs: Callable[[], bytes],
        read: Callable[[str], bytes],
        skip: Callable[[str], NoReturn],
    ) -> None:
        super().__init__(attrs, logs)
        self.read = read
        for name in ("exit", "oom_kill", "set_health"):
            setattr(self, name, _OnlyFake(f"container(name).{name}()", skip))


class RealEngine:
    """A real engine, with what can be read of it in the words of `aiodockerpy.testing.FakeEngine`.

    Programs, faults, the clock and the registry skip the test.
    """

    def __init__(
        self,
        recorder: Recorder,
        client: DockerClient,
        loop: asyncio.AbstractEventLoop,
        skip: Callable[[str], NoReturn],
    ) -> None:
        self._recorder = recorder
        self._client = client
        self._loop = loop
        self._skip = skip
        for name in (
            "program",
            "fail",
            "delay",
            "hang",
            "cut",
            "restart",
            "events_lost",
            "clock",
            "registry",
            "forgive",
        ):
            setattr(self, name, _OnlyFake(name, skip))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the event loop of this object."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE)

    @property
    def url(self) -> str:
        """Its address, for ``DOCKER_HOST``; what goes there is recorded."""
        return self._recorder.url

    @property
    def env(self) -> dict[str, str]:
        """The environment variables that point clients at it."""
        return {"DOCKER_HOST": self.url}

    def container(self, name: str) -> RealContainer:
        """Return a container by name or id."""
        api = self._client.api.containers

        async def attrs() -> dict[str, Any]:
            try:
                return (await api.inspect(name)).to_dict()
            except errors.NotFound as error:
                raise AssertionError(str(error)) from None

        async def logs() -> bytes:
            return await api.logs(name)

        async def read(path: str) -> bytes:
            try:
                return await (await self._client.containers.get(name)).read_bytes(path)
            except errors.NotFound as error:
                raise FileNotFoundError(str(error)) from None

        return RealContainer(
            lambda: self.run(attrs()), lambda: self.run(logs()), lambda path: self.run(read(path)), self._skip
        )

    @property
    def containers(self) -> list[str]:
        """The names of the containers that the test made."""
        return sorted(self._names("container"))

    @property
    def networks(self) -> list[str]:
        """The names of the networks that the test made."""
        return sorted(self._names("network"))

    @property
    def volumes(self) -> list[str]:
        """The names of the volumes that the test made."""
        return sorted(self._names("volume"))

    @property
    def images(self) -> list[str]:
        """The tags of all images."""

        async def tags() -> list[str]:
            return sorted(tag for image in await self._client.api.images.list() for tag in image.repo_tags or [])

        return self.run(tags())

    def _names(self, kind: str) -> list[str]:
        api = self._client.api

        async def name(id: str) -> str:
            if kind == "container":
                return ((await api.containers.inspect(id)).name or "").removeprefix("/")
            if kind == "network":
                return (await api.networks.inspect(id)).name or ""
            return (await api.volumes.inspect(id)).name or ""

        async def names() -> list[str]:
            found: list[str] = []
            for made, id in self._recorder.made:
                if made == kind:
                    with contextlib.suppress(errors.NotFound):
                        found.append(await name(id))
            return found

        return self.run(names())

    def leftovers(self) -> list[str]:
        """List what the test made and is still there."""
        kinds = {"container": self.containers, "network": self.networks, "volume": self.volumes}
        return [f"{kind} {name}" for kind, names in kinds.items() for name in names]

    @property
    def calls(self) -> list[Call]:
        """The requests that came, the oldest first, without their bodies."""
        return list(self._recorder.calls)

    def assert_called(self, operation: str, *, times: int | None = None) -> None:
        """Fail unless an operation was called."""
        check_called(self.calls, operation, times)

    def problems(self) -> list[str]:
        """List what the test should fail with: nothing, as a real engine has everything."""
        return []

    def check(self) -> None:
        """Do nothing: there are no problems."""


@contextmanager
def real_engine(
    *, skip: Callable[[str], NoReturn], images: Sequence[str] = (), api: str | None = None
) -> Generator[RealEngine]:
    """Use the engine that the environment names, and remove afterwards what was made.

    Args:
        skip: Skips the test, with a reason.
        images: Images that it must have; those that are missing are pulled.
        api: The API version that the test is for; a test is skipped on an engine that does not have it.

    Raises:
        ValueError: The engine is reached in a way that cannot be recorded.
    """
    host = resolve_endpoint(environment=os.environ).host
    if host.scheme not in {"unix", "tcp"} or host.tls or host.prefix:
        raise ValueError(f"--docker-engine=real needs an engine at unix:// or tcp:// without TLS, not {host.url}")
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="real-docker-engine", daemon=True)
    thread.start()
    try:
        recorder = Recorder(host.url)
        asyncio.run_coroutine_threadsafe(recorder.start(), loop).result(_PATIENCE)
        client = DockerClient(host.url)
        engine = RealEngine(recorder, client, loop, skip)
        try:
            missing = engine.run(_prepare(client, images, api))
            if missing:
                skip(missing)
            yield engine
        finally:
            engine.run(_clean_up(client, recorder))
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_PATIENCE)
        loop.close()


async def _prepare(client: DockerClient, images: Sequence[str], api: str | None) -> str:
    """Pull what is missing; return why the test cannot run here, if so."""
    newest = ApiVersion.parse((await client.version()).api_version or "")
    if api is not None and newest < ApiVersion.parse(api):
        return f"the test is for API {api}, which this engine does not have"
    for image in images:
        try:
            await client.api.images.inspect(image)
        except errors.NotFound:
            await client.images.pull(image)
    return ""


async def _clean_up(client: DockerClient, recorder: Recorder) -> None:
    await recorder.close()
    api = client.api
    for kind, id in sorted(recorder.made):  # containers before networks and volumes
        with contextlib.suppress(errors.APIError):
            if kind == "container":
                await api.containers.remove(id, force=True, v=True)
            elif kind == "network":
                await api.networks.remove(id)
            else:
                await api.volumes.remove(id, force=True)
    await client.close()
