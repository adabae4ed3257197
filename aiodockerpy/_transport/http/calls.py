"""Ordinary calls: the whole answer to a request whose body, if any, is in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodockerpy import errors
from aiodockerpy._protocol.body import ChunkedDecoder, PlainDecoder, body_decoder
from aiodockerpy._protocol.http import ResponseHead, header_lines, refuses
from aiodockerpy._transport.base import Reply
from aiodockerpy._transport.http.connections import Connections
from aiodockerpy._transport.http.deadlines import Deadlines
from aiodockerpy._transport.http.exchange import ask, head_of, interrupted, misread, receive
from aiodockerpy._transport.http.refusal import LONGEST_EXPLANATION, refusal, too_large

if TYPE_CHECKING:
    from aiodockerpy._transport.http.prepare import Prepared
    from aiodockerpy._transport.route import Route
    from aiodockerpy._transport.sockets.connect import Connection


class Calls:
    """Exchanges with an engine over connections that are kept for the next call.

    Args:
        route: How the engine is reached.
        read_timeout: Seconds that an ordinary call waits for its answer, and again for its body; ``None`` for none.
        max_size: Bytes of a body that are collected at most.
    """

    def __init__(self, route: Route, *, read_timeout: float | None, max_size: int) -> None:
        self._label = route.label
        self._headers = route.call_headers
        self._lines = header_lines(self._headers)
        self._connections = Connections(route.target)
        self._max_size = max_size
        self._deadlines = Deadlines(read_timeout)
        self._no_deadlines = Deadlines(None)

    async def exchange(self, call: Prepared, *, new: bool = False, check: bool = True) -> Reply:
        """Send a call and read its whole answer.

        Args:
            call: What is sent.
            new: Use no connection that was used before.
            check: Raise for a refusal; otherwise it is returned like any answer.

        Raises:
            APIError: The engine refused.
            ConnectionFailed: No connection could be made, or it broke.
            DeadlineExceeded: No answer in time.
            ProtocolError: The answer is not HTTP.
        """
        answer, body = await self._once(call, new=new)
        if check and refuses(answer.status):
            raise refusal(call, answer.status, answer.headers, body, answer.reason)
        return Reply(answer.status, answer.headers, body, call.call.operation.id)

    async def _once(self, call: Prepared, *, new: bool) -> tuple[ResponseHead, bytes]:
        """Make a call on one connection, which is closed unless the whole answer was read."""
        head = self._head(call)
        deadlines = self._no_deadlines if call.call.operation.lasting else self._deadlines
        stream = await self._connections.take(new=new)
        try:
            answer, body, clean = await _carry_out(stream, call, head, deadlines, self._max_size)
        except BaseException:
            self._connections.drop(stream)
            if deadlines.end(stream):
                raise self._too_late(call) from None
            raise
        deadlines.end(stream)
        if clean and answer.keeps_connection:
            self._connections.give_back(stream)
        else:
            self._connections.drop(stream)
        return answer, body

    def _head(self, call: Prepared) -> bytes:
        if call.call.watch is None:
            return head_of(call, {}, lines=self._lines)
        return head_of(call, self._headers)  # hooks may have replaced some of them

    def _too_late(self, call: Prepared) -> errors.DeadlineExceeded:
        return errors.DeadlineExceeded(
            f"the engine at {self._label} did not answer {call.what} within {self._deadlines.seconds:g} s (timeout)"
        )

    def close(self) -> None:
        """Close every connection; calls that wait for an answer fail."""
        self._deadlines.close()
        self._connections.close()


async def _carry_out(
    stream: Connection, call: Prepared, head: bytes, deadlines: Deadlines, max_size: int
) -> tuple[ResponseHead, bytes, bool]:
    """Send a request and read the whole of its answer.

    Returns:
        The head of the answer, its body, and whether that was all that came.
    """
    what = call.what
    deadlines.begin(stream)
    answer, surplus = await ask(stream, call, head)
    if answer.status == 101:
        text = "the answer switches the protocol without being asked to"
        raise misread(errors.ProtocolError(text), stream.peer, what)
    refused = refuses(answer.status)
    decoder = body_decoder(answer, call.method)
    pieces: list[bytes] = []
    deadlines.begin(stream)
    try:
        await _read_body(stream, decoder, surplus, pieces, what, LONGEST_EXPLANATION if refused else max_size)
        if decoder.received > max_size and not refused:
            raise too_large(max_size)
    except errors.StreamInterrupted:
        if not refused:  # its status is known, and the part of the reason that has arrived is enough
            raise
    except errors.ProtocolError as error:
        if not refused:
            raise misread(error, stream.peer, what) from error.__cause__
    return answer, b"".join(pieces), decoder.complete and not decoder.surplus


async def _read_body(
    stream: Connection, decoder: PlainDecoder | ChunkedDecoder, data: bytes, pieces: list[bytes], what: str, limit: int
) -> None:
    """Read a body to its end, or until it is longer than the limit."""
    pieces.append(decoder.feed(data))
    while not decoder.complete and decoder.received <= limit:
        if decoder.failure is not None:
            raise decoder.failure
        data = await receive(stream, what, decoder.received)
        if not data:
            if stream.closed or not decoder.end():  # a connection closed by this side is never the end of a body
                reason = "it was closed here" if stream.closed else "the answer is not complete"
                raise interrupted(stream.peer, what, decoder.received, reason)
            return
        pieces.append(decoder.feed(data))
