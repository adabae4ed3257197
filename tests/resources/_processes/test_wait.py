"""Whether a container has ended after a moment, by a clock that is read across a slow connection."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from aiodockerpy.resources._processes.wait import ended_after


class System:
    """Answers some times late."""

    def __init__(self, late):
        self._late = late

    async def info(self):
        now = datetime.now(UTC)
        if self._late:
            self._late -= 1
            await asyncio.sleep(0.25)  # more than an end may be late
        return SimpleNamespace(system_time=now)


@pytest.mark.parametrize(
    ("late", "seconds", "expected"), [(0, 0, False), (2, 0, False), (0, 3600, True), (2, 3600, True), (1000, 0, True)]
)
async def test_an_answer_that_takes_long_is_not_exact(late, seconds, expected):
    state = SimpleNamespace(finished_at=datetime.now(UTC) + timedelta(seconds=seconds))
    at = asyncio.get_running_loop().time()
    assert await ended_after(SimpleNamespace(system=System(late)), state, at) is expected
