"""Statistics of containers: one stream for all readers."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from aiodockerpy._protocol.stats import Figures
from aiodockerpy.api._results import one
from aiodockerpy.streams.source import Source
from aiodockerpy.streams.stream import Stream

if TYPE_CHECKING:
    from aiodockerpy.api.containers import ContainersApi
    from aiodockerpy.models import ContainerStats

__all__ = ["Figures", "StatsStream"]

KEPT = 16
"""Samples kept for a reader that is behind the others."""


class _Hub:
    """The samples of one container for any number of readers: whichever needs the next one first reads it for all."""

    def __init__(self, api: ContainersApi, container: str) -> None:
        self._api = api
        self._container = container
        self._stream: Stream[ContainerStats, ContainerStats] | None = None
        self._samples: deque[ContainerStats] = deque(maxlen=KEPT)
        self.count = 0
        self._pulling = False
        self.ended = False
        self._failure: Exception | None = None
        self._change = asyncio.Event()
        self._opening = asyncio.Lock()
        self.readers = 0

    async def open(self) -> None:
        """Open the stream, once."""
        async with self._opening:
            if self._stream is None and not self.ended:
                stream = self._api.stats(self._container)
                try:
                    await stream.__aenter__()
                except BaseException:
                    if self.readers <= 1:
                        self.ended = True
                    raise
                self._stream = stream
                if not self.readers:  # they have all left meanwhile
                    stream.close()

    async def after(self, position: int, reader: _Reader) -> list[ContainerStats]:
        """Return the samples after a position, waiting for one; none after the end."""
        while self.count == position and not (self.ended or reader.closed_early):
            if self._pulling:
                await self._change.wait()
            else:
                await self._pull()
        if self.count == position:
            if self._failure is not None and not reader.closed_early:
                raise self._failure
            return []
        return list(self._samples)[-(self.count - position) :]

    async def _pull(self) -> None:
        self._pulling = True
        try:
            batch = await self._stream.batch() if self._stream is not None else []
            self._samples.extend(batch)
            self.count += len(batch)
            self.ended = not batch
        except Exception as error:
            self._failure, self.ended = error, True
            raise
        finally:
            self._pulling = False
            self.wake()

    def wake(self) -> None:
        """Wake all current waiters."""
        self._change.set()
        self._change = asyncio.Event()

    def leave(self) -> None:
        """Unregister a reader; the last one closes the stream."""
        self.readers -= 1
        if not self.readers:
            self.ended = True
            if self._stream is not None:
                self._stream.close()
        self.wake()


_hubs: WeakKeyDictionary[ContainersApi, dict[str, _Hub]] = WeakKeyDictionary()


class _Reader(Source["ContainerStats"]):
    """The position of one reader in the samples of a container."""

    def __init__(self, api: ContainersApi, container: str) -> None:
        known = _hubs.setdefault(api, {})
        hub = known.get(container)
        if hub is None or hub.ended:
            hub = known[container] = _Hub(api, container)
        self._hub = hub
        self._forget = (known, container)
        self._position = hub.count
        hub.readers += 1

    async def open(self) -> None:
        """Open the stream, unless another reader has; a refusal is raised at once."""
        await self._hub.open()

    async def batch(self) -> list[ContainerStats]:
        """Return the next samples; none after the last."""
        samples = await self._hub.after(self._position, self)
        self._position = self._hub.count
        return samples

    def close(self) -> None:
        """Stop reading; the last reader closes the stream."""
        if not self._closed:
            self._closed = True
            self._hub.leave()
            known, container = self._forget
            if not self._hub.readers and known.get(container) is self._hub:
                del known[container]


class StatsStream(Stream["ContainerStats", "ContainerStats"]):
    """Statistics of a container: awaited one sample, iterated about one a second.

    All readers of a container in a client share one stream, which is closed with the last of them.

    Example:
        .. code-block:: python

            async with container.stats() as samples:
                async for sample in samples:
                    print(sample.figures.cpu_percent, sample.figures.memory, sample["pids_stats"])

    Args:
        api: The operations.
        container: Its id.
        one_shot: When awaited: do not wait a second for the sample before.
    """

    def __init__(self, api: ContainersApi, container: str, *, one_shot: bool = False) -> None:
        self._api = api
        self._container = container
        self._one_shot = one_shot
        super().__init__(self._join, one, name="containers.stats")

    async def _join(self) -> _Reader:
        reader = _Reader(self._api, self._container)
        try:
            await reader.open()
        except BaseException:
            reader.close()
            raise
        return reader

    async def _gather(self) -> ContainerStats:
        try:
            return await self._api.stats(self._container, stream=False, one_shot=self._one_shot or None)
        finally:
            self._finish()
