"""An event loop whose clock the test drives: what would take minutes is over at once, to the millisecond."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class DrivenLoop(asyncio.SelectorEventLoop):
    """Its time stands still until `advance`; sockets, threads and processes go on as ever.

    ``with asyncio.Runner(loop_factory=DrivenLoop) as runner: runner.run(main())``
    """

    def __init__(self) -> None:
        super().__init__()
        self._now = super().time()

    def time(self) -> float:
        """Return the time as far as it was driven."""
        return self._now

    async def advance(self, seconds: float) -> None:
        """Let so much time pass, and everything run that is due by then."""
        self._now += seconds
        for _ in range(20):
            await asyncio.sleep(0)


async def until(condition: Callable[[], object]) -> None:
    """Wait until the condition holds, by a clock that goes on by itself."""
    while not condition():
        await asyncio.to_thread(time.sleep, 0.005)


async def passes(seconds: float) -> None:
    """Let time pass on a loop whose clock is driven."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, DrivenLoop)
    await loop.advance(seconds)
