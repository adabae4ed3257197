"""Threads for reading files, which may block for ever: a FIFO without a writer, a file system that does not answer.

The end of an event loop and of a program waits for the threads of ``asyncio.to_thread``, but not for these, so that
Ctrl-C ends a program whatever they do.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing, suppress
from queue import SimpleQueue
from typing import Final, ParamSpec, TypeVar

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
        context = contextvars.copy_context()
        made: asyncio.Future[None] = loop.create_future()
        outcome: Future[T] = Future()  # asyncio's own takes no StopIteration, and a task ends by its GeneratorExit

        def call() -> None:
            try:
                outcome.set_result(context.run(function, *args, **keywords))
            except BaseException as error:  # noqa: BLE001 - raised where the call is awaited
                outcome.set_exception(error)
            with suppress(RuntimeError):  # the loop was closed
                loop.call_soon_threadsafe(_wake, made)

        if not self._started:
            threading.Thread(target=_serve, args=(self._calls,), name=THREAD_NAME, daemon=True).start()
            self._started = True
        self._calls.put(call)
        await made
        return outcome.result()

    def close(self, last: Callable[[], None] | None = None) -> None:
        """End the thread after the call that it is making, and after a last one that is not waited for."""
        if last is not None:
            self._calls.put(last)
        self._calls.put(None)

    def __del__(self) -> None:
        self.close()


class UntilClosed:
    """One call at a time, from whichever thread, until the last one.

    What is written in a thread goes on after its task was cancelled, and may even begin then. The last call waits for
    it, and calls after that do nothing.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._closed = False

    def run(self, function: Callable[P, T], *args: P.args, **keywords: P.kwargs) -> T | None:
        """Call a function; ``None`` after the last call."""
        with self._lock:
            return None if self._closed else function(*args, **keywords)

    def last(self, function: Callable[[], None]) -> None:
        """Call a function as the last one."""
        with self._lock:
            self._closed = True
            function()


async def in_own_thread(function: Callable[P, T], *args: P.args, **keywords: P.kwargs) -> T:
    """Call a function in a thread that ends with it."""
    with closing(OwnThread()) as thread:
        return await thread.run(function, *args, **keywords)


def _serve(calls: SimpleQueue[Callable[[], None] | None]) -> None:
    while (call := calls.get()) is not None:
        call()
        del call  # it keeps alive what it has read


def _wake(made: asyncio.Future[None]) -> None:
    if not made.done():  # unless the waiting was cancelled
        made.set_result(None)
