"""Threads for reading files, which may block for ever: a FIFO without a writer, a file system that does not answer.

The end of an event loop and of a program waits for the threads of ``asyncio.to_thread``, but not for these, so that
Ctrl-C ends a program whatever they do.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from contextlib import suppress
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["OwnThread", "in_own_thread"]

P = ParamSpec("P")
T = TypeVar("T")

THREAD_NAME: Final = "aiodockerpy-files"


class OwnThread:
    """A thread that makes one call after the other, from the first one on until it is closed."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._started = False

    async def run(self, function: Callable[P, T], *args: P.args, **keywords: P.kwargs) -> T:
        """Call a function in the thread. If this is cancelled, the call goes on, and its result is dropped."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        context = contextvars.copy_context()

        def call() -> None:
            try:
                result = context.run(function, *args, **keywords)
            except BaseException as error:  # noqa: BLE001 - raised where the call is awaited
                _pass(loop, done, done.set_exception, error)
            else:
                _pass(loop, done, done.set_result, result)

        if not self._started:
            threading.Thread(target=_serve, args=(self._calls,), name=THREAD_NAME, daemon=True).start()
            self._started = True
        self._calls.put(call)
        return await done

    def close(self) -> None:
        """End the thread after the call that it is making."""
        self._calls.put(None)

    def __del__(self) -> None:
        self.close()


async def in_own_thread(function: Callable[P, T], *args: P.args, **keywords: P.kwargs) -> T:
    """Call a function in a thread that ends with it."""
    thread = OwnThread()
    try:
        return await thread.run(function, *args, **keywords)
    finally:
        thread.close()


def _serve(calls: SimpleQueue[Callable[[], None] | None]) -> None:
    while (call := calls.get()) is not None:
        call()
        del call  # it keeps alive what it has read


def _pass(loop: asyncio.AbstractEventLoop, done: asyncio.Future[T], act: Callable[[Any], None], value: object) -> None:
    """Pass what came of a call to the event loop, unless that was closed or nobody waits any more."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(lambda: None if done.done() else act(value))
