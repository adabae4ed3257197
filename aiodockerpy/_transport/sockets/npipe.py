"""Connections of our own over a named pipe of Windows, by asyncio's proactor loop, which is the default there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from aiodockerpy._transport.sockets.loop_pump import ProtocolPump
from aiodockerpy.errors import EngineUnreachable

if TYPE_CHECKING:
    from aiodockerpy._transport.sockets.dial import PipeAddress


async def dial_pipe(address: PipeAddress) -> ProtocolPump:
    """Connect to a pipe. The loop itself waits while all instances of the pipe are busy.

    Its outgoing direction cannot be ended alone: ``write_eof`` raises `ConnectionFailed`.

    Raises:
        EngineUnreachable: No such pipe, or this loop does not support pipes.
    """
    loop = require_pipes(address)
    try:
        return await ProtocolPump.over_connection(
            lambda factory: loop.create_pipe_connection(factory, address.path), str(address)
        )
    except OSError as error:
        raise EngineUnreachable(f"no connection to the engine at {address}: {error.strerror or error}") from error


def require_pipes(address: PipeAddress) -> Any:
    """Return the running loop as one that supports named pipes.

    Raises:
        EngineUnreachable: It does not support them.
    """
    loop: Any = asyncio.get_running_loop()
    if not hasattr(loop, "create_pipe_connection"):
        raise EngineUnreachable(
            f"no connection to the engine at {address}: named pipes need Windows and asyncio's proactor loop"
        )
    return loop
