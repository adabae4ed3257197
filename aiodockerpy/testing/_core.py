"""The engine without its sockets: it takes requests, records them, and lets handlers answer."""

from __future__ import annotations

import asyncio
import re
import traceback
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from aiodockerpy._protocol.operations import OPERATIONS, Operation
from aiodockerpy._protocol.unfit import shown
from aiodockerpy._protocol.versions import ApiVersion
from aiodockerpy.errors import InvalidValue
from aiodockerpy.testing._calls import kind_of
from aiodockerpy.testing._faults import Faults
from aiodockerpy.testing._http.connection import ConnectionCut
from aiodockerpy.testing._http.messages import Refusal, Reply, Request, answer_json
from aiodockerpy.testing._programs.host import ContainerHost, Programs
from aiodockerpy.testing._registry import Registry
from aiodockerpy.testing._state.clock import Clock
from aiodockerpy.testing._state.world import World

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping

    from aiodockerpy.testing._state.objects import Container

NEWEST_API: Final = "1.51"
OLDEST_API: Final = "1.24"
ENGINES: Final = {
    "1.41": "20.10.24", "1.42": "23.0.6", "1.43": "24.0.9", "1.44": "25.0.5", "1.45": "26.1.5", "1.46": "27.1.2",
    "1.47": "27.5.1", "1.48": "28.0.4", "1.49": "28.1.1", "1.50": "28.2.2", "1.51": "28.5.2",
}  # fmt: skip
"""The version of the engine that has each API version."""
HOSTNAME: Final = "fake"
"""The name of its machine."""
CPUS: Final = 2
"""The CPUs of its machine."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was received.

    Attributes:
        operation: Its name in `aiodockerpy.api`, such as ``containers.start``.
        method: The HTTP method.
        path: The path without version.
        query: The query by parameter.
        body: The body; that of an upload is not kept.
        headers: The headers by lower case name, on the fake engine.
    """

    operation: str
    method: str
    path: str
    query: dict[str, list[str]]
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


Handler = "Callable[[Core, Request], Awaitable[Reply]]"
handlers: dict[str, Callable[[Core, Request], Awaitable[Reply]]] = {}
"""What answers each operation, by its id."""
_survivors: set[str] = set()
_UPLOADS: Final = frozenset({"PutContainerArchive", "ImageLoad"})
"""Operations that read their body themselves, so that they refuse it before it has come."""


def operation(
    id: str, *, survives: bool = False
) -> Callable[[Callable[[Core, Request], Awaitable[Reply]]], Callable[[Core, Request], Awaitable[Reply]]]:
    """Register what answers an operation.

    Args:
        id: The operation in the table.
        survives: It goes on when the client hangs up, as in the engine.
    """
    assert id in OPERATIONS, id  # noqa: S101  # a misspelt id would never be called

    def register(
        handler: Callable[[Core, Request], Awaitable[Reply]],
    ) -> Callable[[Core, Request], Awaitable[Reply]]:
        handlers[id] = handler
        if survives:
            _survivors.add(id)
        return handler

    return register


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(path)))


_ROUTES: Final = [
    (found.method, _pattern(found.path), found)
    for found in sorted(OPERATIONS.values(), key=lambda found: found.path.count("{"))
]


def route(method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
    """Find the operation of a request, and the names and ids in its path."""
    for wanted, pattern, found in _ROUTES:
        if wanted == method and (match := pattern.fullmatch(path)) is not None:
            return found, match.groupdict()
    return None


class Core:
    """An engine.

    Args:
        api: The newest API version that it has.
        strict: Note what the fake does not have as a problem.
    """

    def __init__(self, *, api: str = NEWEST_API, strict: bool = True) -> None:
        if api not in ENGINES:
            known = f"{min(ENGINES)} to {max(ENGINES)}"
            raise InvalidValue(f"api must be a version that the fake engine has, {known}, not {shown(api)}")
        self.api: ApiVersion = ApiVersion.parse(api)
        self.version: str = ENGINES[api]
        self.strict = strict
        self.clock: Clock = Clock()
        self.world: World = World(self.clock)
        self.programs: Programs = Programs()
        self.registry: Registry = Registry()
        self.faults: Faults = Faults()
        self.calls: list[Call] = []
        self.problems: list[str] = []
        self.down = False
        self._tasks: set[asyncio.Task[Any]] = set()

    def problem(self, text: str) -> None:
        """Record what the test should fail with."""
        if self.strict and text not in self.problems:
            self.problems.append(text)

    def host(self, container: Container) -> ContainerHost:
        """Return what runs programs in a container."""
        return ContainerHost(container, self.programs, self.clock, self.problem)

    def background(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run something beside the requests, until the engine ends."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """End every process and what runs in the background."""
        processes = [container.process for container in self.world.containers.values()]
        processes += [found.process for found in self.world.execs.values()]
        for container in self.world.containers.values():
            container.host["RestartPolicy"] = {"Name": "no", "MaximumRetryCount": 0}
        alive = [process for process in processes if process is not None]
        for process in alive:
            process.kill(9)
        for process in alive:
            await process.gone()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def headers(self) -> dict[str, str]:
        """The headers of every answer."""
        return {
            "Api-Version": str(self.api),
            "Docker-Experimental": "false",
            "Ostype": "linux",
            "Server": f"Docker/{self.version} (linux)",
        }

    async def handle(self, request: Request) -> Reply:
        """Answer a request.

        Raises:
            Refusal: The engine refuses it.
        """
        found = route(request.method, request.path)
        self._check_version(request)
        if found is None:
            return replace(answer_json({"message": "page not found"}, 404), bare=True)
        request.operation, request.parts = found
        if request.operation.id not in _UPLOADS:
            request.body = await request.read()
        name = request.operation.name
        self.calls.append(Call(name, request.method, request.path, dict(request.query), request.body, request.headers))
        await self._suffer(request, name)
        handler = handlers.get(request.operation.id)
        if handler is None:
            self.problem(f"{name} ({request.method} {request.path}) was called, which the fake engine does not have")
            raise Refusal(
                501, f"the fake engine does not have {name} ({request.operation.method} {request.operation.path})"
            )
        try:
            if request.operation.id in _survivors:
                return await asyncio.shield(self.background(_awaited(handler(self, request))))
            return await handler(self, request)
        except (Refusal, ConnectionCut):
            raise
        except Exception:  # noqa: BLE001  # a mistake of the fake must fail the test, not hang it
            self.problem(f"the fake engine failed in {name}:\n{traceback.format_exc()}")
            raise Refusal(500, f"the fake engine failed in {name}") from None

    def _check_version(self, request: Request) -> None:
        version = request.version
        if version is not None and version > self.api:
            raise Refusal(400, f"client version {version} is too new. Maximum supported API version is {self.api}")
        if version is not None and version < ApiVersion.parse(OLDEST_API):
            raise Refusal(
                400,
                f"client version {version} is too old. Minimum supported API version is {OLDEST_API}, please upgrade "
                "your client to a newer version",
            )

    async def _suffer(self, request: Request, name: str) -> None:
        for fault in self.faults.of(name, kind_of(name, request.query)):
            if fault.kind == "hang":
                await asyncio.get_running_loop().create_future()
            elif fault.kind == "delay":
                await self.clock.sleep(fault.seconds)
            elif fault.kind == "cut":
                request.connection.begin_answer(fault.after)
            else:
                raise Refusal(fault.status, fault.message)


async def _awaited(reply: Awaitable[Reply]) -> Reply:
    return await reply
