"""Servers of this process that leave nothing behind."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncIterator, Awaitable, Callable

    Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(
    handler: Handler, *, host: str | None = None, path: str | os.PathLike[str] | None = None
) -> AsyncIterator[asyncio.Server]:
    """Serve connections at a free port of a host, or at the path of a unix socket.

    A connection is closed when its handler returns, or when the block is left, which asyncio's servers do not see to: a handler
    that waits would be collected as garbage in the middle of a later test. A peer that goes away is no failure of the handler.
    """
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await handler(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            tasks.discard(task)

    if path is not None:
        server = await asyncio.start_unix_server(handle, path)
    else:
        server = await asyncio.start_server(handle, host, 0)
    try:
        yield server
    finally:
        server.close()
        for _ in range(3):  # turns of the loop until a connection that was just taken has its handler
            await asyncio.sleep(0)
        ended = [*tasks]
        for task in ended:
            task.cancel()
        await asyncio.gather(*ended)
        await server.wait_closed()
