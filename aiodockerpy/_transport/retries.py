"""The rules by which a call is sent a second time."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiodockerpy import errors
from aiodockerpy._exhausted import reporting_exhaustion

T = TypeVar("T")

_log = logging.getLogger("aiodockerpy.transport")

SAFE = frozenset({"GET", "HEAD"})
"""Methods that only read."""


async def send_again_if_safe(
    send: Callable[[bool], Awaitable[T]],
    *,
    method: str,
    may_go_on: Callable[[], bool] = lambda: True,
    reopen: Callable[[], bool] = lambda: False,
    replaced: Callable[[errors.APIError], bool] = lambda _: False,
) -> T:
    """Send a call, and once more for each of these reasons, where that cannot carry it out twice.

    - Nothing listened at the near end of a tunnel, so that nothing was sent: once the tunnel is open again.
    - The connection ended before any answer, and the call only reads: on a new connection.
    - The engine was replaced by one of another version, and the call only reads: in the version negotiated with it.

    Args:
        send: Sends the call; on a new connection if its argument is true.
        method: The HTTP method.
        may_go_on: Returns whether the client is still open.
        reopen: Marks a broken tunnel for reopening, and returns whether there was one.
        replaced: Notes the version in a refusal, and returns whether another engine answers now.

    Raises:
        ConnectionFailed: The process has no file descriptor left; nothing was sent.
    """
    new = reopened = renegotiated = False
    while True:
        try:
            return await send(new)
        except errors.EngineUnreachable:
            if reopened or not reopen():
                raise
            reopened = True
            _log.info("the tunnel to the engine is opened again")
        except errors.RequestMaybeSent:
            if new or method not in SAFE or not may_go_on():
                raise
            new = True
            _log.info("the connection was lost before the answer to a %s; it is sent again on a new one", method)
        except errors.APIError as error:
            if not replaced(error) or renegotiated or method not in SAFE:
                raise
            renegotiated = True
            _log.info("another engine answers now; the API version is negotiated again")
        except OSError:
            with reporting_exhaustion():
                raise
