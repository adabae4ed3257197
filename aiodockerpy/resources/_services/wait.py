"""Wait for a service: look at it, its tasks and the nodes at intervals."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from aiodockerpy import errors
from aiodockerpy._cancelling import within
from aiodockerpy.api._results import last
from aiodockerpy.resources._base import well_shaped
from aiodockerpy.resources._services.progress import Judge, ServiceProgress
from aiodockerpy.streams.source import Source
from aiodockerpy.streams.stream import Stream

if TYPE_CHECKING:
    from aiodockerpy.api import Api

POLL = 0.5
"""Seconds between two looks, if not given."""
CALL_TIMEOUT = 10.0
"""Seconds that one look may take: calls to a manager hang while the leader changes."""
PATIENCE = 60.0
"""Seconds for which the managers may be without a leader."""
_BROKEN = (errors.ConnectionFailed, errors.ServerError, TimeoutError)


class _Looks(Source[ServiceProgress]):
    """The progress of a service, each time that it changes. It is read by one task at a time."""

    def __init__(self, api: Api, service: str, timeout: float | None, poll: float, max_failures: int | None) -> None:
        self._api = api
        self._service = service
        self._timeout = timeout
        self._poll = poll
        self._judge = Judge(max_failures)
        self._stop = asyncio.Event()
        self._last: ServiceProgress | None = None
        self._seen_at = 0.0
        self._deadline: float | None = None

    @property
    def closed_early(self) -> bool:
        """Whether it was closed before there was an outcome."""
        return self._stop.is_set() and (self._last is None or self._last.outcome is None)

    async def open(self) -> Self:
        """Begin to count the time."""
        if self._timeout is not None:
            self._deadline = asyncio.get_running_loop().time() + self._timeout
        return self

    async def batch(self) -> list[ServiceProgress]:
        """Return the progress once it has changed; nothing after the outcome."""
        if self._last is not None and self._last.outcome is not None:
            return []
        left = None if self._deadline is None else self._deadline - asyncio.get_running_loop().time()
        async with within(left, self._too_late):
            progress = await self._next()
        if progress is None:
            return []
        self._last = progress
        return [progress]

    async def _next(self) -> ServiceProgress | None:
        """Poll until something has changed; ``None`` if this was closed."""
        pause = 0.0 if self._last is None else self._poll
        while not await self._closed_within(pause):
            progress = await self._look()
            if progress is not None and progress != self._last:
                return progress
            pause = self._poll
        return None

    async def _closed_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        return self._stop.is_set()

    async def _look(self) -> ServiceProgress | None:
        """Poll once; ``None`` if the managers do not answer at present."""
        now = asyncio.get_running_loop().time
        try:
            async with asyncio.timeout(CALL_TIMEOUT):
                service = await self._api.services.inspect(self._service)
                tasks = await self._api.tasks.list(filters={"service": self._service, "_up-to-date": "true"})
                nodes = await self._api.nodes.list()
        except _BROKEN as error:
            if self._last is not None and now() - self._seen_at <= PATIENCE:
                return None
            if isinstance(error, errors.DockerException):
                raise
            raise errors.DeadlineExceeded(f"the managers did not answer within {CALL_TIMEOUT:g} s") from None
        self._seen_at = now()
        with well_shaped("the state of the service"):
            down = {str(node.id) for node in nodes if node.status is not None and str(node.status.state) == "down"}
            return self._judge.look(service, tasks, down, now())

    def _too_late(self) -> str:
        known = f": {self._last}" if self._last is not None else ""
        return f"the service {self._service} has no outcome within {self._timeout:g} s (timeout){known}"

    def close(self) -> None:
        """Stop looking."""
        self._stop.set()


class ServiceWait(Stream[ServiceProgress, ServiceProgress]):
    """A wait for a service: awaited it returns the last progress, which has the outcome, iterated each change of it.

    Example:
        .. code-block:: python

            async for progress in service.wait(timeout=60):
                print(progress.running, "of", progress.desired, progress.pending, progress.outcome)
    """

    def __init__(self, api: Api, service: str, *, timeout: float | None, poll: float, max_failures: int | None) -> None:
        async def looks() -> Source[ServiceProgress]:
            return await _Looks(api, service, timeout, poll, max_failures).open()

        super().__init__(looks, _last, name="services.wait")


async def _last(source: Source[ServiceProgress]) -> ServiceProgress:
    return await last(source) or ServiceProgress()
