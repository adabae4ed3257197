"""Watch for how long the event loop is held, in CPU time."""

from __future__ import annotations

import asyncio
import time


async def watch(longest: list[float]) -> None:
    """Keep the longest time between two turns of the loop, as the item of a list."""
    last = time.process_time()
    while True:
        await asyncio.sleep(0.001)
        now = time.process_time()
        longest[0] = max(longest[0], now - last)
        last = now
