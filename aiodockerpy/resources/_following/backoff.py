"""Pauses between attempts to reach an engine that is away."""

from __future__ import annotations

import asyncio
import random

FIRST = 0.2
LONGEST = 30.0
HEALTHY = 120.0
"""Seconds after which a connection counts as healthy, so that the next failure begins with the first pause again."""


class Backoff:
    """Pauses that double from 0.2 to 30 seconds; each is cut to a random part, so that clients do not come in step.

    Attributes:
        failures: Attempts that failed since the last healthy time.
    """

    def __init__(self) -> None:
        self.failures = 0
        self._since: float | None = None

    def connected(self) -> None:
        """Record that a connection is open."""
        self._since = asyncio.get_running_loop().time()

    def lost(self) -> None:
        """Record that it does not any more, or that an attempt failed."""
        if self._since is not None and asyncio.get_running_loop().time() - self._since > HEALTHY:
            self.failures = 0
        self._since = None

    def next_pause(self) -> float:
        """Return the seconds until the next attempt, which counts as a failure until it is known better."""
        longest = min(LONGEST, FIRST * 2.0 ** min(self.failures, 16))
        self.failures += 1
        return random.uniform(0, longest)  # noqa: S311 - nothing secret about it

    async def pause(self) -> None:
        """Wait until the next attempt."""
        await asyncio.sleep(self.next_pause())
