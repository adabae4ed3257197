"""The limit on ordinary calls at once. Streams do not count, so that a thousand followers never delay a ping."""

from __future__ import annotations

import asyncio

from aiodockerpy._cancelling import within
from aiodockerpy.errors import PoolTimeout


class Slots:
    """A counted number of calls at once; entering waits for a free one.

    Args:
        limit: Calls at once.
        timeout: Seconds a call waits for its turn; ``None`` waits for ever.
    """

    def __init__(self, limit: int, timeout: float | None) -> None:
        self.limit = limit
        self.timeout = timeout
        self.waiting = 0
        self._free = asyncio.Semaphore(limit)
        self.in_use = 0

    async def __aenter__(self) -> None:
        if self._free.locked():
            await self._wait()
        else:
            await self._free.acquire()
        self.in_use += 1

    async def __aexit__(self, *_: object) -> None:
        self.in_use -= 1
        self._free.release()

    async def _wait(self) -> None:
        self.waiting += 1
        try:
            async with within(self.timeout, self._too_late, PoolTimeout):
                await self._free.acquire()
        finally:
            self.waiting -= 1

    def _too_late(self) -> str:
        return (
            f"no free connection within {self.timeout:g} s: all {self.limit} slots are in use, "
            f"{self.waiting} calls are waiting (max_pool_size raises the limit)"
        )
