"""Ordinary calls and uploads, by aiohttp: the only place beside `websocket` that talks to it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
from yarl import URL

from aiodockerpy import errors
from aiodockerpy._transport.base import Reply
from aiodockerpy._transport.content import Content, pieces
from aiodockerpy._transport.dial import PipeAddress, UnixAddress
from aiodockerpy._transport.failures import FOREIGN, SAFE, only_idempotent, translate
from aiodockerpy._transport.refusal import LONGEST_EXPLANATION, refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from aiodockerpy._transport.dial import Address
    from aiodockerpy._transport.encode import Prepared
    from aiodockerpy._transport.route import Route

__all__ = ["AiohttpBody", "HttpClient", "one_off_connector"]

_IDLE_SECONDS = 15
"""How long an unused connection is kept for the next call."""
_NO_REPEAT = (only_idempotent,)
_AUTOMATIC = frozenset({"Accept", "Accept-Encoding", "Content-Type", "User-Agent"})


class HttpClient:
    """Two aiohttp sessions over one route: pooled connections for calls, one-off connections for what may last.

    Args:
        route: How the engine is reached.
        headers: Sent with every request.
        connect_timeout: Seconds; ``None`` for none.
        read_timeout: Seconds that an ordinary call waits for its answer, and again for its body; ``None`` for none.
    """

    def __init__(
        self, route: Route, *, headers: Mapping[str, str], connect_timeout: float | None, read_timeout: float | None
    ) -> None:
        self._route = route
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._calls = self._session(headers, force_close=False)
        self._lasting = self._session(headers, force_close=True)

    def _session(self, headers: Mapping[str, str], *, force_close: bool) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=_connector(self._route.address, force_close=force_close),
            headers=headers,
            skip_auto_headers=_AUTOMATIC,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._connect_timeout, ceil_threshold=float("inf")),
            read_bufsize=1 << 18,
            max_line_size=1 << 16,
            max_field_size=1 << 16,
        )

    async def exchange(self, call: Prepared, *, check: bool = True) -> Reply:
        """Send a call and read its whole answer.

        Args:
            call: What is sent.
            check: Raise for a refusal; otherwise it is returned like any answer.
        """
        operation = call.call.operation
        session = self._lasting if operation.lasting else self._calls
        limit = None if operation.lasting else self._read_timeout
        deadline = asyncio.timeout(limit)
        try:
            async with deadline, self._send(session, call, call.body) as answer:
                if limit is not None and not answer.content.is_eof():  # small answers come with their head
                    deadline.reschedule(asyncio.get_running_loop().time() + limit)
                body = await answer.read()
        except FOREIGN as error:
            raise self._translated(error, call) from None
        except TimeoutError:
            if not deadline.expired():
                raise
            raise errors.DeadlineExceeded(
                f"the engine at {self._route.label} did not answer {call.method} {call.path} "
                f"within {limit:g} s (timeout)"
            ) from None
        if check and _refuses(answer.status):
            raise _refused(call, answer, body)
        return Reply(answer.status, answer.headers, body, operation.id)

    async def upload(self, call: Prepared, content: Content) -> AiohttpBody:
        """Send a call with a body of any size, and return when the head of the answer has come.

        An answer that comes while the body is still being sent ends the sending: the engine's reason to refuse
        an upload is told, not the broken pipe that follows.
        """
        try:
            answer = await self._send(self._lasting, call, pieces(content))
        except FOREIGN as error:
            raise self._translated(error, call) from None
        if _refuses(answer.status):
            raise _refused(call, answer, await _explanation(answer))
        return AiohttpBody(answer, lambda error: self._translated(error, call))

    def _translated(self, error: Exception, call: Prepared) -> errors.DockerException:
        return translate(error, self._route.label, f"{call.method} {call.path}", self._connect_timeout)

    def _send(
        self, session: aiohttp.ClientSession, call: Prepared, body: bytes | AsyncIterator[bytes] | None
    ) -> aiohttp.client._RequestContextManager:
        return session.request(
            call.method,
            URL(self._route.base + call.target, encoded=True),
            headers=call.headers or None,
            data=body,
            allow_redirects=False,
            middlewares=() if call.method in SAFE else _NO_REPEAT,
            ssl=self._route.ssl_context if self._route.ssl_context is not None else True,
            server_hostname=self._route.server_hostname,
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._calls.close()
        await self._lasting.close()


def one_off_connector(route: Route) -> aiohttp.BaseConnector:
    """Make a connector whose connections serve one request each."""
    return _connector(route.address, force_close=True)


def _connector(address: Address, *, force_close: bool) -> aiohttp.BaseConnector:
    """Make a connector without a limit of its own: the budget is counted by `Slots`."""
    idle = None if force_close else _IDLE_SECONDS
    if isinstance(address, UnixAddress):
        return aiohttp.UnixConnector(address.path, limit=0, force_close=force_close, keepalive_timeout=idle)
    if isinstance(address, PipeAddress):
        return aiohttp.NamedPipeConnector(address.path, limit=0, force_close=force_close, keepalive_timeout=idle)
    return aiohttp.TCPConnector(limit=0, force_close=force_close, keepalive_timeout=idle)


def _refuses(status: int) -> bool:
    """Whether a status is a refusal; a redirect is one too, since it leads to another path than was asked for."""
    return status >= 400 or 300 <= status < 304


async def _explanation(answer: aiohttp.ClientResponse) -> bytes:
    """Read the reason of a refusal; a connection that breaks meanwhile leaves what had come."""
    try:
        return await answer.content.read(LONGEST_EXPLANATION)
    except aiohttp.ClientError:
        return b""
    finally:
        answer.close()


def _refused(call: Prepared, answer: aiohttp.ClientResponse, body: bytes) -> errors.APIError:
    return refusal(
        answer.status,
        body,
        operation=call.call.operation.id,
        method=call.method,
        path=call.path,
        reason=answer.reason or "",
        headers=dict(answer.headers),
    )


class AiohttpBody:
    """The answer to an upload as a stream of bytes."""

    def __init__(
        self, answer: aiohttp.ClientResponse, translated: Callable[[Exception], errors.DockerException]
    ) -> None:
        self._answer = answer
        self._translated = translated
        self._reading = False
        self._closed = False
        self._given_up = False
        self.received = 0

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self._answer.status

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the answer."""
        return self._answer.headers

    @property
    def given_up(self) -> bool:
        """Whether `close` was called before the end had come."""
        return self._given_up

    @property
    def closed(self) -> bool:
        """Whether the connection was given up."""
        return self._closed

    async def read(self) -> bytes:
        """Return the next bytes; ``b""`` after the last, and after `close`."""
        if self._reading:
            raise RuntimeError("another task is reading this stream")
        self._reading = True
        try:
            data = await self._answer.content.readany()
        except FOREIGN as foreign:
            if self._closed:
                return b""
            error = self._translated(foreign)
            if isinstance(error, errors.StreamInterrupted):
                error.received = self.received
            raise error from None
        finally:
            self._reading = False
        self.received += len(data)
        return data

    def close(self) -> None:
        """Give the connection up."""
        if not self._closed:
            self._closed = True
            self._given_up = not self._answer.content.at_eof()
            self._answer.close()
