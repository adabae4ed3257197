"""Statistics of containers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodockerpy._transport.answers import one
from aiodockerpy._transport.streams import Source, Stream
from aiodockerpy.models import ContainerStats

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["StatsStream"]


class StatsStream(Stream[ContainerStats, ContainerStats]):
    """Statistics: awaited one sample, iterated about one a second.

    Args:
        live: Opens the stream of samples.
        single: Takes one sample.
    """

    def __init__(
        self, live: Callable[[], Awaitable[Source[ContainerStats]]], single: Callable[[], Awaitable[ContainerStats]]
    ) -> None:
        self._single = single
        super().__init__(live, one, name="containers.stats")

    async def _gather(self) -> ContainerStats:
        try:
            return await self._single()
        finally:
            self._finish()
