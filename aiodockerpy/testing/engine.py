"""The fake engine, as tests use it."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import shutil
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from aiodockerpy._arguments import checks_arguments, checks_methods
from aiodockerpy._async_only import hints_at_async
from aiodockerpy._protocol.units import Count, Duration, PositiveInt, as_seconds
from aiodockerpy.errors import InvalidValue
from aiodockerpy.testing import _operations
from aiodockerpy.testing._calls import check_called, check_operation
from aiodockerpy.testing._core import NEWEST_API, Call, Core
from aiodockerpy.testing._down import go_down, resume
from aiodockerpy.testing._faults import Fault
from aiodockerpy.testing._http.server import Server
from aiodockerpy.testing._images import FakeRegistry
from aiodockerpy.testing._state.clock import Clock, Done
from aiodockerpy.testing._views import FakeContainer

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator, Sequence
    from types import TracebackType

    from aiodockerpy.testing._programs.process import Program

__all__ = ["FakeClock", "FakeEngine"]

T = TypeVar("T")
_HIGHEST_PORT = 65535
_PATIENCE = 60  # seconds that another thread waits for the engine's event loop
_REGISTERED = _operations


@checks_methods
class FakeClock:
    """The clock of a fake engine."""

    def __init__(self, clock: Clock, run: Callable[[Coroutine[Any, Any, None]], Done]) -> None:
        self._clock = clock
        self._run = run

    def advance(self, seconds: Duration) -> Done:
        """Move the clock ahead; whatever is due happens.

        Returns:
            Something to await in the engine's own event loop, so that all of it has happened; from another thread it
            has happened already.
        """
        return self._run(self._clock.advance(as_seconds(seconds)))

    def time(self) -> float:
        """Return the engine's time, in seconds since 1970."""
        return self._clock.now() / 10**9


@hints_at_async
@checks_arguments
class FakeEngine:
    """A Docker engine for tests, without containers: what they run are Python functions.

    Use it as ``async with FakeEngine() as engine`` in a test's own event loop, or as
    ``with FakeEngine.in_thread() as engine`` for synchronous clients and other processes. Leaving it raises
    AssertionError if the test used something that the fake does not have, or a fault did not happen.

    Args:
        images: Images that it has, and that can be pulled.
        api: The newest API version that it has, ``1.41`` to ``1.51``.
        strict: Fail for operations and commands that the fake does not have.
        tcp: Listen on a TCP port of this machine instead of a unix socket.
        socket: Path of the unix socket; a short one of its own if not given.
        port: The TCP port; a free one if not given.

    Attributes:
        clock: Its clock.
        registry: What can be pulled.

    Raises:
        InvalidValue: It does not have that API version, or the name of an image is invalid.
    """

    def __init__(
        self,
        *,
        images: Sequence[str] = ("busybox:latest",),
        api: str = NEWEST_API,
        strict: bool = True,
        tcp: bool = False,
        socket: str | os.PathLike[str] | None = None,
        port: Count = 0,
    ) -> None:
        self._core: Core = Core(api=api, strict=strict)
        self.clock: FakeClock = FakeClock(self._core.clock, self._run)
        self.registry: FakeRegistry = FakeRegistry(self._core.registry, self._do)
        for name in images:
            self._core.world.add_image(self._core.registry.add(name, parameter="images"))
        self._tcp = tcp or bool(port)
        if port > _HIGHEST_PORT:
            raise InvalidValue(f"port must be 0 to {_HIGHEST_PORT}, not {port}")
        self._port = port
        self._path = None if socket is None else os.fspath(socket)
        if self._path == "":
            raise InvalidValue("socket must be the path of a unix socket, not ''")
        self._folder: str | None = None
        self._server = Server(self._core.handle, self._core.headers)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._started = False

    # ---- start and end

    @classmethod
    @contextmanager
    def in_thread(cls, **options: Any) -> Generator[Self]:
        """Run an engine in a thread of its own; takes what the constructor takes."""
        engine = cls(**options)
        started: concurrent.futures.Future[asyncio.Event] = concurrent.futures.Future()
        thread = threading.Thread(
            target=lambda: asyncio.run(engine._live(started)), name="fake-docker-engine", daemon=True
        )
        thread.start()
        stop = started.result(_PATIENCE)
        loop = engine._loop
        try:
            yield engine
        finally:
            if loop is not None:
                loop.call_soon_threadsafe(stop.set)
            thread.join(_PATIENCE)
        engine.check()

    async def _live(self, started: concurrent.futures.Future[asyncio.Event]) -> None:
        stop = asyncio.Event()
        try:
            await self._start()
        except BaseException as error:
            started.set_exception(error)
            raise
        started.set_result(stop)
        await stop.wait()
        await self._end()

    async def __aenter__(self) -> Self:
        await self._start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()
        if kind is None:
            self.check()

    async def _start(self) -> None:
        if self._started:
            raise RuntimeError("a fake engine can be started once only")
        self._started = True
        self._loop = asyncio.get_running_loop()
        if not self._tcp and self._path is None:
            self._folder = await asyncio.to_thread(_short_folder)
            self._path = str(Path(self._folder) / "docker.sock")
        await self._listen()

    async def _listen(self) -> None:
        self._server = Server(self._core.handle, self._core.headers)
        if self._tcp:
            self._port = await self._server.listen(port=self._port)
        else:
            await self._server.listen(path=self._path)

    async def _end(self) -> None:
        await self._server.close()
        await self._core.close()
        self._unlink()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._loop = None

    def _unlink(self) -> None:
        if self._path is not None:
            Path(self._path).unlink(missing_ok=True)

    # ---- between threads

    def _do(self, action: Callable[[], T]) -> T:
        """Run something in the engine's event loop, and wait for it."""
        if self._loop is None or self._here():
            return action()
        done: concurrent.futures.Future[T] = concurrent.futures.Future()

        def act() -> None:
            try:
                done.set_result(action())
            except BaseException as error:  # noqa: BLE001  # it is the caller's
                done.set_exception(error)

        self._loop.call_soon_threadsafe(act)
        return done.result(_PATIENCE)

    def _here(self) -> bool:
        try:
            return asyncio.get_running_loop() is self._loop
        except RuntimeError:
            return False

    def _run(self, work: Coroutine[Any, Any, None]) -> Done:
        """Run a coroutine in the engine's event loop; from another thread, wait for it."""
        if self._loop is None:
            work.close()
            raise RuntimeError("the fake engine is not running")
        if self._here():
            return Done(self._core.background(work))
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE)
        return Done()

    # ---- where it is

    @property
    def url(self) -> str:
        """Its address, for ``DOCKER_HOST``."""
        return f"tcp://127.0.0.1:{self._port}" if self._tcp else f"unix://{self._path}"

    @property
    def env(self) -> dict[str, str]:
        """The environment variables that point clients at it."""
        return {"DOCKER_HOST": self.url}

    # ---- what runs

    def program(self, images: str, program: Program, *, command: str | None = None) -> None:
        """Set what containers run.

        Args:
            images: A pattern of image names, such as ``"shop:*"``.
            program: A coroutine function (or a function) that takes a `Process` and returns an exit code.
            command: The program's name: the function runs where a command begins with this word, in an exec and in a
                shell, too. Without it the function is what a container of the image runs, whatever its command.
        """
        self._do(lambda: self._core.programs.add(images, program, command))

    # ---- state

    def container(self, name: str) -> FakeContainer:
        """Return a container by name or id; it is looked up again for each use.

        Raises:
            AssertionError: At the first use, if there is no such container.
        """
        return FakeContainer(self._core, self._do, name)

    @property
    def containers(self) -> list[str]:
        """The names of all containers."""
        return self._do(lambda: sorted(found.name for found in self._core.world.containers.values()))

    @property
    def images(self) -> list[str]:
        """The tags of all images."""
        return self._do(lambda: sorted(tag for image in self._core.world.images.values() for tag in image.tags))

    @property
    def networks(self) -> list[str]:
        """The names of the networks that are not predefined."""
        predefined = {"bridge", "host", "none"}
        return self._do(lambda: sorted({found.name for found in self._core.world.networks.values()} - predefined))

    @property
    def volumes(self) -> list[str]:
        """The names of all volumes."""
        return self._do(lambda: sorted(self._core.world.volumes))

    def leftovers(self) -> list[str]:
        """List what is still there: containers, networks that are not predefined, volumes."""
        kinds = {"container": self.containers, "network": self.networks, "volume": self.volumes}
        return [f"{kind} {name}" for kind, names in kinds.items() for name in names]

    # ---- calls

    @property
    def calls(self) -> list[Call]:
        """The requests that came, the oldest first."""
        return self._do(lambda: list(self._core.calls))

    def assert_called(self, operation: str, *, times: Count | None = None) -> None:
        """Fail unless an operation was called.

        Args:
            operation: A name in `aiodockerpy.api` or a pattern, such as ``"images.pull"`` or ``"containers.*"``.
                ``images.pull`` and ``images.import_image`` are the two kinds of ``images.create``.
            times: How often; at least once if not given.
        """
        check_called(self.calls, operation, times)

    # ---- faults

    def _fault(self, fault: Fault) -> None:
        check_operation(fault.operation)
        self._do(lambda: self._core.faults.asked.append(fault))

    def fail(
        self,
        operation: str,
        *,
        status: PositiveInt = 500,
        message: str = "a fault of the test",
        times: PositiveInt | None = None,
    ) -> None:
        """Refuse calls of an operation.

        Args:
            operation: A name in `aiodockerpy.api` or a pattern.
            status: The HTTP status.
            message: The engine's text.
            times: How often; always if not given.
        """
        self._fault(Fault("fail", operation, times, status=status, message=message))

    def delay(self, operation: str, seconds: Duration, *, times: PositiveInt | None = None) -> None:
        """Delay answers to calls of an operation.

        Args:
            operation: A name in `aiodockerpy.api` or a pattern.
            seconds: For how long, by the engine's clock.
            times: How often; always if not given.
        """
        self._fault(Fault("delay", operation, times, seconds=as_seconds(seconds)))

    def hang(self, operation: str, *, times: PositiveInt | None = None) -> None:
        """Leave calls of an operation unanswered.

        Args:
            operation: A name in `aiodockerpy.api` or a pattern.
            times: How often; always if not given.
        """
        self._fault(Fault("hang", operation, times))

    def cut(self, operation: str, *, after: Count, times: PositiveInt | None = None) -> None:
        """Execute calls of an operation, and close the connection after a number of bytes of the answer.

        The bytes are those of the head, the body and of what follows an upgrade.
        """
        self._fault(Fault("cut", operation, times, after=after))

    def restart(self, *, down: Duration = 0, live_restore: bool = False) -> Done:
        """Stop the engine, and start it again.

        Every connection is closed at once. Containers are stopped, and those with a restart policy started again.

        Args:
            down: Seconds, by the engine's clock, in which nothing listens.
            live_restore: Let containers run on.

        Returns:
            Something to await in the engine's own event loop: the engine is down then.
        """
        return self._run(self._restart(as_seconds(down), live_restore=live_restore))

    async def _restart(self, down: float, *, live_restore: bool) -> None:
        await self._server.close()
        self._unlink()
        await go_down(self._core, live_restore=live_restore)

        async def come_back() -> None:
            await self._core.clock.sleep(down)
            resume(self._core)
            await self._listen()

        if down:
            self._core.background(come_back())
        else:
            await come_back()

    def events_lost(self) -> None:
        """Discard past events and end event streams, as after an absence of the engine."""
        self._do(self._core.world.events.lose)

    # ---- problems

    def problems(self) -> list[str]:
        """List what the test should fail with."""
        return self._do(lambda: [*self._core.problems, *self._core.faults.missing()])

    def forgive(self) -> list[str]:
        """Clear and return the problems so far, for tests that expect them."""
        found = self.problems()
        self._do(self._core.problems.clear)
        self._do(self._core.faults.asked.clear)
        return found

    def check(self) -> None:
        """Fail if there are problems.

        Raises:
            AssertionError: The test used what the fake does not have, a program failed, or a fault did not happen.
        """
        problems = self.problems()
        if problems:
            raise AssertionError("the fake engine has problems:\n- " + "\n- ".join(problems))


def _short_folder() -> str:
    """Create a directory with a short path: a socket's path has 108 bytes at most."""
    return tempfile.mkdtemp(prefix="fake", dir="/tmp" if Path("/tmp").is_dir() else None)  # noqa: S108
