"""Work that is slow the first time only, such as importing modules and building models, done in a thread.

The first use of a model imports its module and builds its schema, which takes some ten milliseconds that no event loop
should be held for. A function that does such work runs in a worker thread until it was done once, and directly then.
It is known by its code: each place in the program that makes one counts by itself.
"""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Awaitable, Callable
from types import CodeType
from typing import Any, Final, TypeVar

from aiodockerpy._exhausted import reporting_exhaustion

R = TypeVar("R")
T = TypeVar("T")

_done: set[CodeType] = set()


async def first_in_thread(work: Callable[[], T], *, then: Callable[[T], object] | None = None) -> T:
    """Call a function, in a worker thread until it has been called there once.

    Args:
        work: A function or a lambda.
        then: Called with the result the first time, in the same thread.

    Raises:
        ConnectionFailed: The process has no file descriptor left for the modules.
    """
    code = _code(work)
    if code in _done:
        return work()
    result = await asyncio.to_thread(_first, work, then)
    _done.add(code)
    return result


async def meanwhile(
    work: Callable[[], T], awaited: Awaitable[R], *, then: Callable[[T], object] | None = None
) -> tuple[T, R]:
    """Call a function as `first_in_thread` does, while something else is awaited.

    An error of what is awaited is raised at once.
    """
    code = _code(work)
    if code in _done:
        return work(), await awaited
    working = asyncio.get_running_loop().run_in_executor(None, _first, work, then)
    try:
        found = await awaited
    except BaseException:
        working.add_done_callback(_ignore)
        raise
    result = await working
    _done.add(code)
    return result, found


def _first(work: Callable[[], T], then: Callable[[T], object] | None) -> T:
    with _collector, reporting_exhaustion():
        result = work()
        if then is not None:
            then(result)
    return result


class _PausedCollector:
    """Keeps the garbage collector from running while modules and models are made.

    They stay for ever, so that it would find nothing, and while it looks no thread runs, the event loop's included.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._was_enabled = False

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._was_enabled = gc.isenabled()
                gc.disable()
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside and self._was_enabled:
                gc.enable()


_collector: Final = _PausedCollector()


def _code(work: Callable[..., object]) -> CodeType:
    function: Any = work
    code: CodeType = function.__code__
    return code


def _ignore(working: asyncio.Future[T]) -> None:
    """Mark the error of abandoned work as retrieved; the next call raises it again."""
    if not working.cancelled():
        working.exception()
