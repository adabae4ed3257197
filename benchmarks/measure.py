"""CPU time of competing pieces of work, measured in turns so that a noisy machine disturbs all of them alike."""

from __future__ import annotations

import inspect
import resource
from collections.abc import Awaitable, Callable

Work = Callable[[], Awaitable[object] | object]


def cpu() -> float:
    """Seconds of CPU that this process has used."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def compare(work: dict[str, Work], rounds: int = 5) -> dict[str, float]:
    """Run each piece of work in turns and return the least CPU time of each."""
    best: dict[str, float] = {}
    for _ in range(rounds):
        for name, piece in work.items():
            begin = cpu()
            result = piece()
            if inspect.isawaitable(result):
                await result
            best[name] = min(best.get(name, float("inf")), cpu() - begin)
    return best


def each(results: dict[str, float], count: float, scale: float = 1e6) -> dict[str, float]:
    """Divide the seconds of each client by what was done, in microseconds unless another scale is given."""
    return {name: seconds / count * scale for name, seconds in results.items()}
