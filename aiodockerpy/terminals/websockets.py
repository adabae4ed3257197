"""Websockets of any framework: aiohttp's, Starlette's, and objects with the same methods. None of them is imported."""

# The frameworks' messages and methods have no common type.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Final, Protocol, runtime_checkable

from aiodockerpy._protocol.outside import read_int
from aiodockerpy._protocol.terminal import cut_reason

NO_CLOSE_FRAME: Final = 1006
"""The code of a connection that ended without a close frame (RFC 6455, section 7.4.1)."""
_CLOSE_SECONDS: Final = 5.0
"""Seconds that the browser has for its answer to a close frame."""
_CONTROL: Final = frozenset({"PONG", "CONTINUATION"})


@runtime_checkable
class WebSocket(Protocol):
    """What a websocket needs: aiohttp's ``WebSocketResponse`` and Starlette's and FastAPI's ``WebSocket`` have it.

    An object of your own returns texts and bytes from ``receive``, and ``None`` when the browser has left. If it also
    has ``close(code=..., reason=...)`` and ``ping()``, they are used.
    """

    async def receive(self) -> Any:
        """Return the next message."""
        ...

    async def send_bytes(self, data: bytes, /) -> Any:
        """Send a binary message; waits while the browser does not read."""
        ...


class BrowserLeftError(Exception):
    """The websocket is closed on the browser's side."""


class Peer:
    """The browser, over a websocket of any framework.

    Args:
        websocket: The websocket, after its handshake.

    Attributes:
        can_ping: Whether there is a method for pings: aiohttp has one, ASGI leaves them to the server.
        code: The close code that was received, or why there was none; 0 while the browser is there.
    """

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._ping = getattr(websocket, "ping", None)
        self.can_ping = callable(self._ping)
        self.code = 0

    async def receive(self) -> str | bytes:
        """Return the next message.

        Raises:
            BrowserLeftError: The browser has left.
        """
        while True:
            try:
                message = await self._websocket.receive()
            except _endings() as error:
                raise self._left(getattr(error, "code", None)) from None
            if isinstance(message, str | bytes):
                return message
            if message is None:
                raise self._left(None)
            found = self._of_asgi(message) if isinstance(message, Mapping) else await self._of_aiohttp(message)
            if found is not None:
                return found

    async def send(self, data: bytes) -> None:
        """Send a binary message; waits while the browser does not read.

        Raises:
            BrowserLeftError: The websocket is closed.
        """
        try:
            await self._websocket.send_bytes(data)
        except _endings() as error:
            raise self._left(getattr(error, "code", None)) from None

    async def ping(self) -> None:
        """Send a ping.

        Raises:
            BrowserLeftError: The websocket is closed.
        """
        try:
            if self._ping is not None:
                await self._ping()
        except _endings():
            raise self._left(None) from None

    async def close(self, code: int, reason: str) -> None:
        """Close the websocket, if the browser has not; waits no longer than five seconds for its answer."""
        close: Callable[..., Awaitable[object]] | None = getattr(self._websocket, "close", None)
        if self.code or close is None:
            return
        reason = cut_reason(reason)
        takes_message = "message" in inspect.signature(close).parameters  # aiohttp's
        with suppress(TimeoutError, *_endings()):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await (close(code=code, message=reason.encode()) if takes_message else close(code=code, reason=reason))

    def _of_asgi(self, message: Mapping[str, Any]) -> str | bytes | None:
        kind = message.get("type")
        if kind == "websocket.receive":
            text = message.get("text")
            return text if text is not None else message.get("bytes") or b""
        if kind == "websocket.disconnect":
            raise self._left(message.get("code"))
        raise RuntimeError(f"the websocket got {kind!r}: accept() it before it is given to bridge()")

    async def _of_aiohttp(self, message: Any) -> str | bytes | None:
        kind = getattr(getattr(message, "type", None), "name", None)
        if kind == "TEXT":
            return message.data if isinstance(message.data, str) else bytes(message.data).decode(errors="replace")
        if kind == "BINARY":
            return bytes(message.data)
        if kind == "CLOSE":
            raise self._left(message.data)
        if kind in {"CLOSING", "CLOSED", "ERROR"}:
            raise self._left(getattr(message.data, "code", None))  # of a message that aiohttp itself refused
        if kind == "PING":
            await self._websocket.pong(message.data)  # type: ignore[attr-defined]  # with autoping=False
        elif kind not in _CONTROL:
            found = f"receive() of {type(self._websocket).__name__} returned {type(message).__name__}"
            raise TypeError(f"{found}: it must return text, bytes, None, or a message of aiohttp or ASGI")
        return None

    def _left(self, code: object) -> BrowserLeftError:
        self.code = read_int(code, minimum=1000) or NO_CLOSE_FRAME
        return BrowserLeftError()


def _endings() -> tuple[type[Exception], ...]:
    """Return what methods of websockets raise when the connection is gone; Starlette's are not an OSError."""
    starlette = sys.modules.get("starlette.websockets")
    names = ("WebSocketDisconnect", "WebSocketDisconnected")
    found = [getattr(starlette, name, None) for name in names]
    return OSError, EOFError, *(kind for kind in found if isinstance(kind, type))
