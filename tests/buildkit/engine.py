"""An engine's BuildKit in memory: a Control API that is told what to do, which calls back on the session."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from aiodockerpy._protocol.versions import ApiVersion
from aiodockerpy.buildkit import _messages as pb
from aiodockerpy.buildkit._rpc.calls import Channel, Server
from aiodockerpy.buildkit._rpc.framing import NOT_FOUND, RpcError
from aiodockerpy.buildkit._rpc.http2 import Connection
from aiodockerpy.buildkit._session import CallBytes
from aiodockerpy.errors import EngineResponse, status_error
from tests.buildkit.memory import End, pair

CONTROL = "/moby.buildkit.v1.Control/"


class FakeEngine:
    """A transport to it. `solve` plays the build: ``await solve(engine, request)``."""

    def __init__(
        self,
        solve=None,
        *,
        version: str = "1.51",
        labels: dict[str, str] | None = None,
        has_buildkit: bool = True,
        has_upgrade: bool = True,
    ) -> None:
        self.solve = solve
        self.labels = labels or {}
        self.has_buildkit = has_buildkit
        self.has_upgrade = has_upgrade
        self.methods: dict = {}
        self.sessions: dict[str, Channel] = {}
        self.headers: dict[str, list[str]] = {}
        self.statuses: asyncio.Queue[pb.StatusResponse | None] = asyncio.Queue()
        self.requests: list[pb.SolveRequest] = []
        self.ends: dict[str, list[End]] = {"Grpc": [], "Session": []}
        self.solve_ended = asyncio.Event()
        self._version = ApiVersion.parse(version)
        self._stack = AsyncExitStack()

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_exc) -> None:
        await self._stack.aclose()

    async def version(self) -> ApiVersion:
        return self._version

    async def upgrade(self, call) -> End:
        name = call.operation.id
        if not self.has_buildkit or not self.has_upgrade:
            raise status_error(EngineResponse(404, "Not Found", {}, "POST", f"/{name.lower()}"), "page not found")
        mine, theirs = self._connection(name)
        if name == "Grpc":
            await self._serve(mine)
        else:
            for key, value in call.headers.items():
                self.headers.setdefault(key.lower(), []).append(value)
            id = self.headers["x-docker-expose-session-uuid"][-1]
            connection = await self._stack.enter_async_context(Connection(mine, client=True))
            self.sessions[id] = Channel(connection)
        return theirs

    async def dial(self, call, protocol: str) -> End:
        """HTTP/2 from the first byte on, as engines from API 1.53 on have it; before it is HTTP/1 that answers."""
        assert protocol == "h2"
        mine, theirs = self._connection("Direct")
        if self.has_buildkit:
            await self._serve(mine)
        else:
            await mine.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        return theirs

    def _connection(self, name: str) -> tuple[End, End]:
        mine, theirs = pair()
        self.ends.setdefault(name, []).append(mine)
        return mine, theirs

    async def _serve(self, mine: End) -> None:
        server = Server(
            {
                f"{CONTROL}ListWorkers": self._workers,
                f"{CONTROL}Session": self._session,
                f"{CONTROL}Solve": self._solve,
                f"{CONTROL}Status": self._status,
                **self.methods,
            }
        )
        self._stack.push_async_callback(server.aclose)
        await self._stack.enter_async_context(Connection(mine, client=False, accept=server.accept))

    async def _session(self, call) -> None:
        """A session inside a call."""
        self.headers.update(call.metadata)
        async with Connection(CallBytes(call), client=True) as connection:
            self.sessions[call.first("x-docker-expose-session-uuid")] = Channel(connection)
            call.begin()
            await connection.wait_closed()

    async def _workers(self, call) -> None:
        await call.answer(pb.ListWorkersResponse([pb.WorkerRecord("w", self.labels)]))

    async def _solve(self, call) -> None:
        request = await call.request(pb.SolveRequest)
        self.requests.append(request)
        try:
            answer = await self._unless_reset(call, self.solve(self, request)) if self.solve else None
        finally:
            self.statuses.put_nowait(None)
            self.solve_ended.set()
        await call.answer(answer or pb.SolveResponse())

    async def _unless_reset(self, call, work):
        working = asyncio.create_task(work)
        watching = asyncio.create_task(self._until_reset(call))
        done, _ = await asyncio.wait([working, watching], return_when=asyncio.FIRST_COMPLETED)
        for task in (working, watching):
            task.cancel()
        if working in done:
            return working.result()
        raise RpcError(1, "context canceled")

    async def _until_reset(self, call) -> None:
        while call._stream._error is None:
            await asyncio.sleep(0.005)

    async def _status(self, call) -> None:
        await call.request(pb.StatusRequest)
        call.begin()
        while (status := await self.statuses.get()) is not None:
            await call.answer(status)

    def tell(self, **fields) -> None:
        self.statuses.put_nowait(pb.StatusResponse(**fields))

    def session(self, request: pb.SolveRequest) -> Channel:
        found = self.sessions.get(request.session)
        if found is None:
            raise RpcError(NOT_FOUND, "no active session")
        return found
