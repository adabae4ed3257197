"""The current usage of all containers: the latest sample of each, from the streams that all readers share."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from aiodockerpy import errors
from aiodockerpy._async_only import hints_at_async
from aiodockerpy._jsonable import dumpable
from aiodockerpy.resources._following.backoff import Backoff
from aiodockerpy.resources._following.stats import StatsStream

if TYPE_CHECKING:
    from collections.abc import Generator

    from aiodockerpy import models, resources, streams
    from aiodockerpy.api import Api
    from aiodockerpy.resources._following.events import SubscriptionState

OPENING = 16
"""Streams that are opened at the same time."""


@dumpable("figures")
class ContainerUsage(NamedTuple):
    """What a container uses.

    Attributes:
        container: The container: a sparse object with ``id``, ``name`` and ``labels``.
        sample: Its latest sample of statistics.
    """

    container: resources.Container
    sample: models.ContainerStats

    @property
    def figures(self) -> streams.Figures:
        """The numbers that ``docker stats`` shows."""
        return self.sample.figures


@hints_at_async
class MergedStats:
    """The statistics of all running containers that match, kept up to date while its block is entered.

    Awaited, it returns one sample of each container, after the two seconds in which CPU use is measured. Inside ``async
    with``, `latest` returns the newest samples at any time, without a request. Containers that start join, those that
    stop leave. While the engine is away there are no samples; they come back with it.

    Example:
        .. code-block:: python

            async with client.containers.stats(filters={"label": "app=web"}) as stats:
                while True:
                    await asyncio.sleep(5)
                    for container, sample in stats.latest():
                        print(container.name, sample.figures.cpu_percent, sample.figures.memory)
    """

    def __init__(self, api: Api, view: resources.View[resources.Container]) -> None:
        self._api = api
        self._view = view
        self._samples: dict[str, models.ContainerStats] = {}
        self._readers: dict[str, asyncio.Task[None]] = {}
        self._opening = asyncio.Semaphore(OPENING)
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def state(self) -> SubscriptionState:
        """Whether the engine is connected: ``"new"``, ``"connected"``, ``"reconnecting"`` or ``"closed"``."""
        return self._view.state

    def latest(self) -> list[ContainerUsage]:
        """Return the newest sample of each running container that has one, by the container's name."""
        running = self._view.items
        known = [ContainerUsage(running[id], sample) for id, sample in self._samples.items() if id in running]
        return sorted(known, key=lambda usage: usage.container.name)

    def __await__(self) -> Generator[Any, Any, list[ContainerUsage]]:
        return self._once().__await__()

    async def _once(self) -> list[ContainerUsage]:
        async with self:
            while not all(self._has_rates(id) for id in self._view.items):
                self._changed.clear()
                await self._changed.wait()
            return self.latest()

    def _has_rates(self, id: str) -> bool:
        """Return whether there is a sample with one before it, from which CPU use is known."""
        sample = self._samples.get(id)
        return sample is not None and sample.figures.cpu_percent is not None

    # ---- how it is kept

    async def __aenter__(self) -> Self:
        """List the containers, and begin to read their statistics."""
        await self._view.__aenter__()
        self._task = asyncio.create_task(self._keep(), name="aiodockerpy statistics of containers")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the streams, and wait until all tasks have ended."""
        tasks = [*self._readers.values(), *([self._task] if self._task is not None else [])]
        for task in tasks:
            task.cancel()
        await self._view.aclose()
        if tasks:
            await asyncio.wait(tasks)

    async def _keep(self) -> None:
        try:
            async for change in self._view:
                id = change.item.id
                if change.kind == "added":
                    self._readers[id] = asyncio.create_task(self._read(id), name="aiodockerpy statistics")
                elif change.kind == "removed" and (reader := self._readers.pop(id, None)) is not None:
                    reader.cancel()
                self._changed.set()
        finally:
            for reader in self._readers.values():
                reader.cancel()
            self._changed.set()

    async def _read(self, id: str) -> None:
        """Keep the latest sample of a container; begin again after a broken connection."""
        backoff = Backoff()
        try:
            while True:
                stream = StatsStream(self._api.containers, id)
                try:
                    async with self._opening:
                        await stream.open()
                    backoff.connected()
                    async for sample in stream:
                        self._samples[id] = sample
                        self._changed.set()
                except errors.NotFound:
                    return
                except errors.DockerException:
                    backoff.lost()
                finally:
                    stream.close()
                    self._samples.pop(id, None)
                await backoff.pause()
        finally:
            self._samples.pop(id, None)
            self._changed.set()
