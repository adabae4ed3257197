"""Translate aiohttp's exceptions into this library's, so that none of them leaves the transport."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import aiohttp

from aiodockerpy import errors
from aiodockerpy._transport.http.exchange import misread
from aiodockerpy._transport.sockets.tls import no_session, reason, refuses_client

if TYPE_CHECKING:
    from aiohttp import ClientHandlerType, ClientRequest, ClientResponse


class Cut(Exception):  # noqa: N818 - never leaves the transport
    """The connection ended before the answer to a request that must not be sent twice."""


class Unconnected(Exception):  # noqa: N818 - never leaves the transport
    """Carries an `EngineUnreachable` through aiohttp, which would treat that ``OSError`` as its own."""

    def __init__(self, error: errors.EngineUnreachable) -> None:
        super().__init__(str(error))
        self.error = error


FOREIGN = (aiohttp.ClientError, Cut, Unconnected, ssl.SSLError)
"""What `translate` takes."""

INTERRUPTIONS = (aiohttp.ClientPayloadError, aiohttp.ClientOSError, aiohttp.ServerDisconnectedError)
"""What aiohttp raises when a connection ends before the answer does."""


async def only_idempotent(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Keep aiohttp from sending a request again, as it does for DELETE and PUT too; the answer is missing then."""
    try:
        return await handler(request)
    except (aiohttp.ClientConnectorError, aiohttp.ServerTimeoutError):
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        if refuses_client(error.__cause__):
            raise
        raise Cut(cause(error)) from None


def translate(
    error: Exception, host: str, what: str, connect_timeout: float | None, *, received: int = 0
) -> errors.DockerException:
    """Translate what aiohttp raised into an error of this library.

    Raise it ``from`` its own ``__cause__``, which is usually ``None``. The original becomes its ``__context__``, so the
    request's headers, which may hold credentials, are removed from it.

    Args:
        error: One of `FOREIGN`.
        host: The engine's address, for the message.
        what: Method and path, for the message.
        connect_timeout: The limit to name when connecting took too long.
        received: Bytes of the answer that have come.
    """
    if isinstance(error, Unconnected):
        return error.error
    if isinstance(error, aiohttp.ClientResponseError):
        no_headers: Any = {}
        bare = aiohttp.RequestInfo(error.request_info.url, error.request_info.method, no_headers)
        error.request_info, error.args = bare, (bare, ())
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return errors.EngineUnreachable(f"no connection to the engine at {host} within {connect_timeout:g} s")
    if isinstance(error, (aiohttp.ClientSSLError, ssl.SSLError)):
        return no_session(host, error.__cause__ or error)
    if isinstance(error, aiohttp.ClientConnectorError):
        return errors.EngineUnreachable(f"no connection to the engine at {host}: {cause(error)}")
    if (refusal := error.__cause__) is not None and refuses_client(refusal):
        return no_session(host, refusal)
    if isinstance(error, Cut):
        return errors.RequestMaybeSent(
            f"the connection to the engine at {host} ended before the answer to {what}: {error}; "
            "it may have been carried out"
        )
    if isinstance(error, INTERRUPTIONS):
        text = f"{what}: the connection to the engine at {host} broke after {received} bytes: {cause(error)}"
        return errors.StreamInterrupted(text, received=received)
    return misread(errors.ProtocolError(f"the answer is not HTTP/1.1{_problem(error)}"), host, what)


def _problem(error: Exception) -> str:
    """Return what aiohttp found wrong with an answer, without the bytes that it quotes."""
    text = error.message if isinstance(error, aiohttp.ClientResponseError) else ""
    problem = text.replace("400, message:", "").strip().partition(":")[0]
    return f" ({problem[:80]})" if problem else ""


def cause(error: BaseException) -> str:
    """Describe in a few words what an error of the operating system or of aiohttp means; never shows a header."""
    original = error.__cause__ if isinstance(error.__cause__, ssl.SSLError) else error
    if isinstance(original, ssl.SSLError):
        return reason(original)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, INTERRUPTIONS):
        return "the answer is not complete"
    return type(error).__name__ if isinstance(error, aiohttp.ClientError) else str(error) or type(error).__name__
