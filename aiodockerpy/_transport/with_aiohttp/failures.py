"""Translate aiohttp's exceptions into this library's, so that none of them leaves the transport."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import aiohttp

from aiodockerpy import errors
from aiodockerpy._transport.sockets.tls import reason

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
    """Keep aiohttp from sending a request again, as it does for DELETE and PUT too."""
    try:
        return await handler(request)
    except (aiohttp.ClientConnectorError, aiohttp.ServerTimeoutError):
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        if tls_refusal(error) is not None:
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
        return errors.EngineUnreachable(f"no TLS session with the engine at {host}: {cause(error)}")
    if isinstance(error, aiohttp.ClientConnectorError):
        return errors.EngineUnreachable(f"no connection to the engine at {host}: {cause(error)}")
    if (refused := tls_refusal(error)) is not None:
        return errors.EngineUnreachable(f"the engine at {host} refused the TLS session: {reason(refused)}")
    if isinstance(error, Cut):
        return errors.RequestMaybeSent(
            f"the connection to the engine at {host} ended before the answer to {what}: {error}; "
            "it may have been carried out"
        )
    if isinstance(error, INTERRUPTIONS):
        text = f"{what}: the connection to the engine at {host} broke after {received} bytes: {cause(error)}"
        return errors.StreamInterrupted(text, received=received)
    return errors.ProtocolError(f"the answer of {host} to {what} is not HTTP: {type(error).__name__}")


def tls_refusal(error: Exception) -> ssl.SSLError | None:
    """Return the TLS alert that caused an error, if there is one: the request was not read then.

    In TLS 1.3 the engine judges a client's certificate only after the client's handshake is done, so that its refusal
    arrives instead of an answer.
    """
    alert = error.__cause__
    return alert if isinstance(alert, ssl.SSLError) and not isinstance(alert, ssl.SSLEOFError) else None


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
