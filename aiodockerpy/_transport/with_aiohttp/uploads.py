"""Requests with a body of any size, by aiohttp, which only this module and `websocket` use."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

import aiohttp
from yarl import URL

from aiodockerpy import errors
from aiodockerpy._protocol.http import Headers, check_as_asked_for
from aiodockerpy._transport.http.exchange import misread
from aiodockerpy._transport.http.refusal import read_reason, refusal
from aiodockerpy._transport.http.streamed import Answer
from aiodockerpy._transport.sockets.dial import PipeAddress, UnixAddress, dial
from aiodockerpy._transport.with_aiohttp.failures import FOREIGN, Unconnected, only_idempotent, translate
from aiodockerpy.streams.content import Content, Pieces, pieces

if TYPE_CHECKING:
    from aiohttp.client_proto import ResponseHandler

    from aiodockerpy._transport.http.prepare import Prepared
    from aiodockerpy._transport.route import Route

_AUTOMATIC = frozenset({"Accept", "Accept-Encoding", "Content-Type", "User-Agent"})


class Uploads:
    """An aiohttp session over a route, for requests that each have a connection of their own.

    Args:
        route: How the engine is reached.
    """

    def __init__(self, route: Route) -> None:
        self._route = route
        self._session = aiohttp.ClientSession(
            connector=one_off_connector(route),
            headers=route.call_headers,
            skip_auto_headers=_AUTOMATIC,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=route.target.timeout, ceil_threshold=float("inf")),
            middlewares=(only_idempotent,),
            read_bufsize=1 << 18,
            max_line_size=1 << 16,
            max_field_size=1 << 16,
            max_headers=1 << 11,
        )

    async def upload(self, call: Prepared, content: Content | Pieces) -> UploadBody:
        """Send a call with a body of any size, and return when the head of the answer has come.

        An answer that comes while the body is still being sent ends the sending: the error is then the
        engine's reason to refuse, not the broken pipe that follows.
        """
        data = pieces(content) if not isinstance(content, Pieces) else content
        if isinstance(data, Pieces):
            await data.begin()
            call.call.content = data  # if the engine could not be reached, another attempt goes on with the piece read
        try:
            answer = await self._send(call, data)
        except FOREIGN as error:
            failure = self._translated(error, call, data)
            raise failure from failure.__cause__
        if (problem := await self._unfit(call, answer)) is not None:
            if isinstance(data, Pieces):
                await data.aclose()
            raise problem
        return UploadBody(
            answer, lambda error, received: self._translated(error, call, data, received), self._route.label, call.what
        )

    async def _unfit(self, call: Prepared, answer: aiohttp.ClientResponse) -> errors.DockerException | None:
        """Create the error for an answer that is no success, or cannot be read, and close the connection."""
        if 300 <= answer.status < 600:  # no upload is answered with 304
            return await refused(call, answer)
        try:
            headers = headers_of(answer)
            headers.check_framing()
            check_as_asked_for(answer.status, headers)
        except errors.ProtocolError as unreadable:
            problem = unreadable
        else:
            if 200 <= answer.status < 300:
                return None
            switched = "the answer switches the protocol without being asked to"
            problem = errors.ProtocolError(
                switched if answer.status == 101 else f"the answer has status {answer.status}"
            )
        answer.close()
        return misread(problem, self._route.label, call.what)

    def _translated(self, error: Exception, call: Prepared, data: bytes | Pieces, received: int = 0) -> BaseException:
        if isinstance(data, Pieces) and (own := data.cut(call.what)) is not None:
            return own
        return translate(error, self._route.label, call.what, self._route.target.timeout, received=received)

    def _send(self, call: Prepared, data: bytes | Pieces) -> aiohttp.client._RequestContextManager:
        return self._session.request(
            call.method,
            URL(self._route.base + call.target, encoded=True),
            headers=call.headers or None,
            data=_Sent(data) if isinstance(data, Pieces) else data,
            allow_redirects=False,
            ssl=self._route.target.ssl_context or True,
            server_hostname=self._route.target.server_hostname,
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._session.close()


class _Sent(AsyncIterator[bytes]):
    """The pieces as aiohttp's own task reads them.

    An exception of the caller's that is not an ``Exception`` would end that task, or the loop.
    """

    def __init__(self, content: Pieces) -> None:
        self._content = content

    async def __anext__(self) -> bytes:
        try:
            return await anext(self._content)
        except BaseException as error:
            if isinstance(error, Exception) or error is not self._content.failure:
                raise
            raise RuntimeError("the content to upload cannot be read") from None


class _UnixConnector(aiohttp.UnixConnector):
    """Waits while the backlog is full, which asyncio takes for a connection: its first use would fail."""

    def __init__(self, address: UnixAddress) -> None:
        super().__init__(address.path, limit=0, force_close=True)
        self._address = address

    async def _create_connection(
        self,
        req: aiohttp.ClientRequest,  # noqa: ARG002
        traces: object,  # noqa: ARG002
        timeout: aiohttp.ClientTimeout,
    ) -> ResponseHandler:
        """Connect; this is the one method that a connector must have."""
        try:
            sock = await dial(self._address, timeout=timeout.sock_connect)
        except errors.EngineUnreachable as error:
            raise Unconnected(error) from None
        try:
            _, protocol = await self._loop.create_unix_connection(self._factory, sock=sock)
        except BaseException:
            sock.close()
            raise
        return protocol


def one_off_connector(route: Route) -> aiohttp.BaseConnector:
    """Create a connector whose connections serve one request each, without a limit of its own."""
    address = route.target.address
    if isinstance(address, UnixAddress):
        return _UnixConnector(address)
    if isinstance(address, PipeAddress):
        return aiohttp.NamedPipeConnector(address.path, limit=0, force_close=True)
    return aiohttp.TCPConnector(limit=0, force_close=True)


async def refused(call: Prepared, answer: aiohttp.ClientResponse) -> errors.APIError | errors.EngineUnreachable:
    """Create the exception for an error status, with as much of its reason as came in time; close the connection."""
    try:
        body = await read_reason(answer.content.readany, (aiohttp.ClientError,))
    finally:
        answer.close()
    return refusal(call, answer.status, headers_of(answer), body, _readable(answer.reason or ""))


def headers_of(answer: aiohttp.ClientResponse) -> Headers:
    """Return the headers of an answer as every other answer has them."""
    return Headers(tuple((name, _readable(value)) for name, value in answer.headers.items()))


def _readable(text: str) -> str:
    """Replace what aiohttp makes of bytes that are not UTF-8, which cannot be encoded, by Latin-1."""
    return text if text.isascii() else text.encode(errors="surrogateescape").decode("latin-1")


class UploadBody(Answer):
    """The answer to an upload as a stream of bytes."""

    def __init__(
        self,
        answer: aiohttp.ClientResponse,
        translated: Callable[[Exception, int], BaseException],
        host: str,
        what: str,
    ) -> None:
        super().__init__(answer.status, headers_of(answer), host, what)
        self._answer = answer
        self._translated = translated
        self._reading = False
        self.closed = False
        self.received = 0

    async def read(self) -> bytes:
        """Return the next bytes; ``b""`` after the last, and after `close`."""
        if self._reading:
            raise RuntimeError("another task is reading this stream")
        self._reading = True
        try:
            data = await self._answer.content.readany()
        except FOREIGN as foreign:
            if self.closed:
                return b""
            raise self._translated(foreign, self.received) from None
        finally:
            self._reading = False
        self.received += len(data)
        return data

    def close(self) -> None:
        """Drop the connection."""
        if not self.closed:
            self.closed = True
            self.closed_early = not self._answer.content.at_eof()
            self._answer.close()
