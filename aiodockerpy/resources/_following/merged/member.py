"""The log of one of many containers, decoded when it is its container's turn."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from aiodockerpy.resources._following.backoff import AWAY
from aiodockerpy.resources._following.logs import LogFollowing, LogQuery
from aiodockerpy.resources._following.merged.lines import ContainerLine, LinesLost

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from aiodockerpy import resources, streams
    from aiodockerpy.api import Api
    from aiodockerpy.resources._following.places import Places

READ_AHEAD = 32 * 1024
"""Bytes that are received ahead of the reader for each container."""


class _InTurn:
    """The bytes of a log, each piece given when it is its container's turn. The turn ends with the next `read`."""

    def __init__(self, stream: streams.ByteStream, turn: _Turn) -> None:
        stream.read_ahead(READ_AHEAD)
        self._stream = stream
        self._turn = turn

    async def read(self) -> bytes:
        self._turn.end()
        data = await self._stream.read()
        if data:
            await self._turn.begin()
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Turn:
    """The turn of a container; only a few containers have one at a time."""

    def __init__(self, turns: asyncio.Semaphore) -> None:
        self._turns = turns
        self._has = False

    async def begin(self) -> None:
        """Wait for a turn."""
        await self._turns.acquire()
        self._has = True

    def end(self) -> None:
        """End the turn, so that the next one in the queue gets it."""
        if self._has:
            self._has = False
            self._turns.release()


class Member(LogFollowing):
    """The log of one of the containers."""

    def __init__(
        self,
        api: Api,
        container: resources.Container,
        query: LogQuery,
        places: Places | None,
        opening: asyncio.Semaphore,
        turns: asyncio.Semaphore,
    ) -> None:
        super().__init__(api, container.id, query, places)
        self.container = container
        self.changed = asyncio.Event()
        self.lost: list[LinesLost] = []
        self.task: asyncio.Task[None] | None = None
        self.turn = _Turn(turns)
        self._opening = opening

    async def begin(self) -> None:
        """Open the log, as soon as the engine is there."""
        while True:
            try:
                config = (await self._api.containers.inspect(self._container)).config
                self._query = replace(self._query, tty=bool(config is not None and config.tty))
                await self.open()
            except AWAY:
                await self._backoff.pause()
            else:
                return

    def _prepare(self, logs: streams.LogStream) -> None:
        kind = cast("type[streams.LogLine]", ContainerLine)  # it has the fields of a LogLine after its own
        logs.read_through(
            lambda stream: cast("streams.ByteStream", _InTurn(stream, self.turn)), kind, (self.container,)
        )

    async def _connect(self) -> None:
        async with self._opening:
            await super()._connect()

    @asynccontextmanager
    async def _changes(self) -> AsyncGenerator[Callable[[], Awaitable[object]]]:
        async def changed() -> None:
            await self.changed.wait()
            self.changed.clear()

        self.changed.clear()
        yield changed

    def _miss(self, reason: str, cause: Exception | None = None) -> None:
        del cause
        self.miss(reason)

    def miss(self, reason: str) -> None:
        """Record that lines may be missing before the next one."""
        self.lost.append(LinesLost(self.container.id, self.container.name, reason, self.places.last))
