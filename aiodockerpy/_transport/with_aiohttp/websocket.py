"""A process attached over a websocket, by aiohttp's client: binary frames as a `Duplex`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
from yarl import URL

from aiodockerpy import errors
from aiodockerpy._arguments import checks_methods
from aiodockerpy._transport.http.exchange import misread
from aiodockerpy._transport.http.streamed import Answer
from aiodockerpy._transport.with_aiohttp.failures import FOREIGN, only_idempotent, translate
from aiodockerpy._transport.with_aiohttp.uploads import headers_of, one_off_connector, refused

if TYPE_CHECKING:
    from aiohttp.connector import Connection

    from aiodockerpy._transport.http.prepare import Prepared
    from aiodockerpy._transport.route import Route

_FRAME = 1 << 18
"""Bytes sent in one frame, so that the next one waits while the peer does not read."""
_CLOSING = frozenset({aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.CLOSED})


async def connect_websocket(route: Route, call: Prepared) -> WebSocketConnection:
    """Open a websocket on a connection of its own.

    Args:
        route: Where to.
        call: What is sent.

    Raises:
        APIError: The engine refused.
        EngineUnreachable: No connection.
        ProtocolError: The answer does not switch to a websocket.
    """
    answer = _Answer(call, route.label)
    session = aiohttp.ClientSession(
        connector=one_off_connector(route),
        headers={**route.headers, **call.headers},
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=route.target.timeout, ceil_threshold=float("inf")),
        middlewares=(answer.watch, only_idempotent),
        request_class=_Request,
    )
    try:
        socket = await session.ws_connect(
            URL(route.base + call.target, encoded=True),
            ssl=route.target.ssl_context or True,
            server_hostname=route.target.server_hostname,
        )
    except FOREIGN as error:
        await session.close()
        translated = translate(error, route.label, call.what, route.target.timeout)
        raise translated from translated.__cause__
    except BaseException:
        await session.close()
        raise
    session.detach()  # from here on the connection belongs to the websocket alone
    return WebSocketConnection(socket, answer.response, route.label, call.what)


class _Request(aiohttp.ClientRequest):
    """Asks for a websocket; a refusal of no given length is read up to the end of its connection, not left unread."""

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        if conn.protocol is not None:
            conn.protocol.set_response_params(read_until_eof=True, auto_decompress=False)
        return await super().send(conn)


class _Answer:
    """Looks at the answer before aiohttp does, which would discard the reason of a refusal."""

    def __init__(self, call: Prepared, host: str) -> None:
        self._call = call
        self._host = host
        self.response: aiohttp.ClientResponse

    async def watch(self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        self.response = await handler(request)
        status = self.response.status
        if status >= 400:
            raise await refused(self._call, self.response)
        if status != 101:  # aiohttp would follow a redirect
            self.response.close()
            text = f"an answer of status {status} that does not switch to a websocket"
            raise misread(errors.ProtocolError(text), self._host, self._call.what)
        return self.response


@checks_methods
class WebSocketConnection(Answer):
    """A process on the other end of a websocket: a `Duplex` whose directions can only be closed together."""

    def __init__(
        self, socket: aiohttp.ClientWebSocketResponse, response: aiohttp.ClientResponse, host: str, what: str
    ) -> None:
        super().__init__(response.status, headers_of(response), host, what)
        self._socket = socket
        self._response = response
        self.received = 0
        self.closed = False
        self._write_lock = asyncio.Lock()
        self._partial = False

    async def read(self) -> bytes:
        """Return the next bytes; ``b""`` after the last, and after `close`.

        Raises:
            StreamInterrupted: The connection ended without a closing frame of the engine.
            RuntimeError: Another task is reading.
        """
        while not self.closed:
            message = await self._socket.receive()
            if message.type is aiohttp.WSMsgType.CLOSE:
                self._end()
            elif message.type in {aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT}:
                data: bytes = message.data if isinstance(message.data, bytes) else str(message.data).encode()
                self.received += len(data)
                if data:
                    return data
            elif not self.closed:
                self._end()
                raise self._broken(message)
        return b""

    def _broken(self, message: aiohttp.WSMessage) -> errors.DockerException:
        """Create the error for a connection that ended without a closing frame, or with malformed frames."""
        if isinstance(message.data, aiohttp.WebSocketError):
            text = f"a websocket frame is malformed: {message.data}"
            return self.with_location(errors.ProtocolError(text, offset=self.received))
        text = f"{self._what}: the websocket to {self.peer} broke after {self.received} bytes"
        return errors.StreamInterrupted(text, received=self.received)

    async def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send all of the data; waits while the process does not read.

        Raises:
            StdinClosed: The connection has ended, or an earlier write was cancelled half-way (``partial``).
        """
        async with self._write_lock:
            with memoryview(data) as view:
                for start in range(0, len(view), _FRAME):
                    await self._send(bytes(view[start : start + _FRAME]), partial=start > 0)

    async def _send(self, frame: bytes, *, partial: bool) -> None:
        if self.closed:
            raise errors.StdinClosed(f"{self._what}: the websocket is closed")
        if self._partial:
            text = f"{self._what}: an earlier write was cancelled after part of its data had gone out"
            raise errors.StdinClosed(text, partial=True)
        try:
            await self._socket.send_bytes(frame)
        except (aiohttp.ClientError, ConnectionError):
            raise errors.StdinClosed(f"{self._what}: the process no longer reads", partial=partial) from None
        except asyncio.CancelledError:
            self._partial = True
            raise

    async def write_eof(self) -> None:
        """Refuse: a websocket has no end of one direction only.

        Raises:
            RuntimeError: Always; attach without a websocket to end the standard input alone.
        """
        raise RuntimeError("a websocket cannot end the standard input alone: attach() without a websocket can")

    def close(self) -> None:
        """Close both directions at once; a pending `read` ends with ``b""``."""
        self.closed_early = self.closed_early or not self.closed
        self._end()

    def _end(self) -> None:
        if not self.closed:
            self.closed = True
            self._response.close()
