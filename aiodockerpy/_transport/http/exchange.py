"""A request and its answer on a connection of our own: what calls, streams and hijacked connections share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodockerpy import errors
from aiodockerpy._protocol.http import ResponseHead, ResponseHeadParser, request_head
from aiodockerpy._transport.sockets.tls import no_session, refuses_client

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiodockerpy._transport.http.prepare import Prepared
    from aiodockerpy._transport.sockets.connect import Connection


def head_of(call: Prepared, headers: Mapping[str, str], *, lines: bytes = b"") -> bytes:
    """Build the head of a call's request.

    Args:
        call: What is sent.
        headers: Of the connection.
        lines: More of them, ready to be sent.

    Raises:
        InvalidArgument: A header holds a line break or the like.
    """
    sent = {**headers, **call.headers}
    if call.body is not None or call.method in {"POST", "PUT"}:
        sent["Content-Length"] = str(len(call.body or b""))
    return request_head(call.method, call.target, sent, lines=lines)


async def ask(stream: Connection, call: Prepared, head: bytes) -> tuple[ResponseHead, bytes]:
    """Send a request and return the head of its answer, and what came after it so far.

    Args:
        stream: The connection.
        call: What is sent.
        head: The head of its request.

    Raises:
        RequestMaybeSent: The connection broke before the answer.
        EngineUnreachable: The engine refused the client's certificate; it did not read the request.
        ProtocolError: The answer is not HTTP.
    """
    try:  # noqa: SIM105 - three calls more for each request
        await stream.write(head + (call.body or b""))
    except errors.StdinClosed:
        pass  # refused before it was read to the end: the answer has the reason
    parser = ResponseHeadParser()
    while True:
        try:
            data = await stream.read()
        except errors.StreamInterrupted as error:
            raise _unanswered(stream, call.what, parser.received, error) from error
        if not data:
            raise _unanswered(stream, call.what, parser.received, None)
        try:
            answer = parser.feed(data)
        except errors.ProtocolError as error:
            raise misread(error, stream.peer, call.what) from None
        if answer is not None:
            return answer, parser.surplus


async def receive(stream: Connection, what: str, received: int) -> bytes:
    """Return the next bytes of an answer; an interruption has the byte count of this answer.

    Args:
        stream: The connection.
        what: Method and path, for messages.
        received: Bytes of the answer's body so far.

    Raises:
        StreamInterrupted: The connection broke.
    """
    try:
        return await stream.read()
    except errors.StreamInterrupted as error:
        reason = getattr(error.__cause__, "strerror", None) or str(error)
        raise interrupted(stream.peer, what, received, reason) from error.__cause__


def interrupted(peer: str, what: str, received: int, reason: str) -> errors.StreamInterrupted:
    """Create the error for an answer that ends too early; the arguments are those of `misread` and `receive`."""
    text = f"{what}: the connection to {peer} broke after {received} bytes: {reason}"
    return errors.StreamInterrupted(text, received=received)


def misread(error: errors.ProtocolError, peer: str, what: str) -> errors.ProtocolError:
    """Add the connection to an error about what came over it.

    Args:
        error: What is wrong.
        peer: The other end.
        what: Method and path, for messages.
    """
    if isinstance(error, errors.UnexpectedResponse):  # it names the operation and the field
        return error
    if isinstance(error, errors.ResponseTooLarge):
        return errors.ResponseTooLarge(f"{what}: the engine at {peer}: {error.message}", limit=error.limit)
    text = f"{what}: the engine at {peer} sent what cannot be read: {error.message}"
    return type(error)(text, offset=error.offset)


def _unanswered(
    stream: Connection, what: str, received: int, error: errors.StreamInterrupted | None
) -> errors.ConnectionFailed:
    cause = error.__cause__ if error is not None else None
    if cause is not None and refuses_client(cause):
        return no_session(stream.peer, cause)
    reason = f": {getattr(cause, 'strerror', None) or cause}" if cause is not None else ""
    place = f"after {received} bytes of the head of" if received else "before"
    text = f"the connection to {stream.peer} ended {place} the answer to {what}"
    return errors.RequestMaybeSent(f"{text}{reason}; it may have been carried out")
