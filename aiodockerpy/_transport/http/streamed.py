"""Requests on a connection of their own: switched to bytes (attach, exec, session), or with a body read as it comes.

aiohttp is not used here: it hangs when a process ends without reading its input, loses bytes that came before a reset,
and its accounting for each chunk costs more than everything else when the engine sends one chunk for each log line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodockerpy import errors
from aiodockerpy._arguments import checked
from aiodockerpy._protocol.body import ChunkedDecoder, body_decoder
from aiodockerpy._protocol.http import ResponseHead
from aiodockerpy._transport.base import Closing
from aiodockerpy._transport.http.exchange import ask, head_of, interrupted, misread, receive
from aiodockerpy._transport.http.refusal import read_reason, refusal
from aiodockerpy._transport.sockets.connect import Connection, connect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiodockerpy._transport.http.prepare import Prepared
    from aiodockerpy._transport.route import Route


async def hijack(route: Route, call: Prepared) -> HijackedConnection:
    """Send a call on a new connection and take the connection over.

    Args:
        route: Where to.
        call: What is sent. The upgrade asked for is ``tcp`` unless its headers name another.

    Raises:
        APIError: The engine refused.
        EngineUnreachable: No connection; nothing was sent.
        RequestMaybeSent: The connection broke before the answer.
        ProtocolError: The answer does not switch protocols.
    """
    head = head_of(call, {**route.headers, "Connection": "Upgrade", "Upgrade": "tcp"})
    stream = await connect(route.target)
    return await switch(stream, call, head)


async def dial_raw(route: Route, protocol: str) -> HijackedConnection:
    """Open a connection on which another protocol is used from the first byte on.

    Args:
        route: Where to.
        protocol: Its ALPN name.

    Raises:
        EngineUnreachable: No connection.
    """
    context = await route.context_for(protocol)
    stream = await connect(route.target._replace(ssl_context=context))
    return HijackedConnection(stream, ResponseHead(101), protocol)


async def open_stream(route: Route, call: Prepared) -> StreamedBody:
    """Send a call on a new connection and return when the head of its answer has come.

    Args:
        route: Where to.
        call: What is sent.

    Raises:
        APIError: The engine refused.
        EngineUnreachable: No connection; nothing was sent.
        RequestMaybeSent: The connection broke before the answer.
        ProtocolError: The answer is not HTTP.
    """
    head = head_of(call, {**route.headers, "Connection": "close"})
    stream = await connect(route.target)
    return await receive_body(stream, call, head)


async def switch(stream: Connection, call: Prepared, head: bytes) -> HijackedConnection:
    """Send a request over an open connection, which is closed if this fails, and take the connection over.

    Args:
        stream: A connection on which nothing was exchanged.
        call: What is sent.
        head: The head of its request.

    Raises:
        APIError: The engine refused.
        RequestMaybeSent: The connection broke before the answer.
        ProtocolError: The answer does not switch protocols.
    """
    answer = await _ask(stream, call, head, refused_from=400)
    if answer.status != 101 and (answer.status != 200 or answer.chunked or answer.length is not None):
        stream.close()
        text = f"an answer of status {answer.status} that does not switch to a stream (a proxy in between?)"
        raise misread(errors.ProtocolError(text), stream.peer, call.what)
    return HijackedConnection(stream, answer, call.what)


async def receive_body(stream: Connection, call: Prepared, head: bytes) -> StreamedBody:
    """Send a request over an open connection, which is closed if this fails, and return its answer's body.

    Args:
        stream: A connection on which nothing was exchanged.
        call: What is sent.
        head: The head of its request.

    Raises:
        APIError: The engine refused.
        RequestMaybeSent: The connection broke before the answer.
        ProtocolError: The answer is not HTTP.
    """
    answer = await _ask(stream, call, head, refused_from=300)
    if answer.status == 101:
        stream.close()
        text = "the answer switches the protocol without being asked to"
        raise misread(errors.ProtocolError(text), stream.peer, call.what)
    return StreamedBody(stream, answer, call.what)


async def _ask(stream: Connection, call: Prepared, head: bytes, *, refused_from: int) -> ResponseHead:
    """Send a request and return the head of its answer; the connection is closed if it is refused, or this fails."""
    try:
        answer, surplus = await ask(stream, call, head)
    except BaseException:
        stream.close()
        raise
    stream.unread(surplus)
    if answer.status >= refused_from:
        raise await _refused(stream, answer, call)
    return answer


async def _refused(
    stream: Connection, answer: ResponseHead, call: Prepared
) -> errors.APIError | errors.EngineUnreachable:
    body = StreamedBody(stream, answer, call.what)
    try:
        text = await read_reason(body.read, (errors.StreamInterrupted, errors.ProtocolError))
    finally:
        stream.close()
    return refusal(call, answer.status, answer.headers, text, answer.reason)


class Answer(Closing):
    """What answers that are read as they come have in common.

    Args:
        status: The HTTP status.
        headers: The headers of the answer; names match in any case.
        peer: The engine's address with the reason for its choice, for messages.
        what: Method and path, for messages.

    Attributes:
        closed_early: Whether `close` was called before the end had come.
    """

    def __init__(self, status: int, headers: Mapping[str, str], peer: str, what: str) -> None:
        self.status = status
        self.headers = headers
        self.peer = peer
        self._what = what
        self.closed_early = False

    def read_ahead(self, limit: int) -> None:
        """Do nothing: what reads has a limit of its own."""

    def with_location(
        self, error: errors.ProtocolError | errors.StreamInterrupted
    ) -> errors.ProtocolError | errors.StreamInterrupted:
        """Add the connection to an error about what `read` returned."""
        if isinstance(error, errors.StreamInterrupted):
            return interrupted(self.peer, self._what, error.received, str(error))
        return misread(error, self.peer, self._what)


class _OwnAnswer(Answer):
    """An answer on a connection of this library's own."""

    def __init__(self, stream: Connection, answer: ResponseHead, what: str) -> None:
        super().__init__(answer.status, answer.headers, stream.peer, what)
        self._stream = stream
        self._ended = False

    @property
    def closed(self) -> bool:
        """Whether the connection was closed: by `close`, or at the end of the body."""
        return self._stream.closed

    def read_ahead(self, limit: int) -> None:
        """Limit the bytes buffered for a slow reader, roughly; with 0, nothing is taken until the next `read`."""
        self._stream.read_ahead(limit)

    def close(self) -> None:
        """Close the connection at once; a pending `read` returns ``b""``."""
        self.closed_early = self.closed_early or not self._ended
        self._stream.close()


class HijackedConnection(_OwnAnswer):
    """A connection that was switched from HTTP to bytes in both directions: a `Duplex`."""

    def __init__(self, stream: Connection, answer: ResponseHead, what: str) -> None:
        super().__init__(stream, answer, what)
        self.received = 0

    async def read(self) -> bytes:
        """Return the next bytes; ``b""`` when the engine has ended its direction, which ends the connection."""
        data = await receive(self._stream, self._what, self.received)
        self.received += len(data)
        if not data and not self.closed_early:
            self._ended = True
            self._stream.close()  # the engine waits for that: it keeps its end until ours is closed
        return data

    @checked
    async def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send all of the data; waits while the process does not read.

        Raises:
            StdinClosed: The process no longer reads, or an earlier write was cancelled half-way (``partial``).
        """
        await self._stream.write(data)

    async def write_eof(self) -> None:
        """Close the outgoing direction (half-close): the process sees end of file, its output continues."""
        await self._stream.write_eof()


class StreamedBody(_OwnAnswer):
    """The body of an answer as it comes: a `ByteStream`. The connection ends with the body."""

    def __init__(self, stream: Connection, answer: ResponseHead, what: str) -> None:
        super().__init__(stream, answer, what)
        self._body = body_decoder(answer, what.partition(" ")[0])
        self._encoded = False
        if self._body.complete:
            self._finish()

    @property
    def received(self) -> int:
        """How many bytes of the body have been decoded."""
        return self._body.received

    def hand_over_chunked(self) -> ChunkedDecoder | None:
        """Stop decoding chunks: from now on `read` returns the bytes as they came.

        Returns:
            The decoder to feed with them, or ``None`` if the body has no chunks, and `read` returns the body as before.
        """
        chunked = self._body if isinstance(self._body, ChunkedDecoder) else None
        self._encoded = chunked is not None
        return chunked

    async def read(self) -> bytes:
        """Return the next bytes; ``b""`` after the last, and after `close`.

        Raises:
            StreamInterrupted: The connection ended before the body did.
            ProtocolError: The body is not encoded as its headers say.
        """
        while not self._is_at_end():
            data = await receive(self._stream, self._what, self.received)
            if not data:
                self._end()
                return b""
            if self._encoded:
                return data
            if body := self._decode(data):
                return body
        return b""

    def _is_at_end(self) -> bool:
        """Return whether all of the body was returned.

        Raises:
            ProtocolError: What comes next is wrong.
        """
        if self._body.failure is not None and not self._ended:
            self._stream.close()
            raise self.with_location(self._body.failure)
        if self._body.complete:
            self._finish()
        return self._ended

    def _decode(self, data: bytes) -> bytes:
        try:
            body = self._body.feed(data)
        except errors.ProtocolError as error:
            raise self.with_location(error) from None
        if self._body.complete:
            self._finish()
        return body

    def _end(self) -> None:
        """Handle the end of the connection: it ends only a body without a length of its own."""
        if self._stream.closed:
            return
        if not self._body.end():
            raise interrupted(self.peer, self._what, self.received, "the answer is not complete")
        self._finish()

    def _finish(self) -> None:
        self._ended = True
        self._stream.close()

    def close(self) -> None:
        """Close the connection at once; a pending `read` returns ``b""``."""
        self._ended = self._ended or self._body.complete
        super().close()
