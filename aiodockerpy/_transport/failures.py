"""From aiohttp's exceptions to ours: the one table, so that none of theirs gets past the transport."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import aiohttp

from aiodockerpy import errors

if TYPE_CHECKING:
    from aiohttp import ClientHandlerType, ClientRequest, ClientResponse

__all__ = ["Cut", "cause", "only_idempotent", "translated"]

_SAFE = frozenset({"GET", "HEAD"})


class Cut(Exception):  # noqa: N818 - never leaves the transport
    """The connection ended before the answer to a request that must not be sent twice."""


async def only_idempotent(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Keep aiohttp from sending a request again, GET and HEAD excepted (it would for DELETE and PUT too)."""
    try:
        return await handler(request)
    except (aiohttp.ClientConnectorError, aiohttp.ServerTimeoutError):
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        if request.method in _SAFE:
            raise
        raise Cut(cause(error)) from None


@contextmanager
def translated(host: str, what: str, connect_timeout: float | None) -> Iterator[None]:
    """Turn what aiohttp raises inside the block into this library's errors.

    The originals are left out (``from None``): some of them show request headers, credentials included.

    Args:
        host: The engine's address, for the message.
        what: Method and path, for the message.
        connect_timeout: The limit to name when connecting took too long.
    """
    try:
        yield
    except aiohttp.ConnectionTimeoutError:
        raise errors.EngineUnreachable(
            f"no connection to the engine at {host} within {connect_timeout:g} s"
        ) from None
    except (aiohttp.ClientConnectorError, ssl.SSLError) as error:
        raise errors.EngineUnreachable(f"no connection to the engine at {host}: {cause(error)}") from None
    except Cut as error:
        raise errors.RequestMaybeSent(
            f"the connection to the engine at {host} ended before the answer to {what}: {error}; "
            "it may have been carried out"
        ) from None
    except (aiohttp.ClientPayloadError, aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise errors.StreamInterrupted(
            f"the connection to the engine at {host} ended during {what}: {cause(error)}"
        ) from None
    except aiohttp.ClientError as error:
        raise errors.ProtocolError(f"the answer of {host} to {what} is not HTTP: {type(error).__name__}") from None


def cause(error: BaseException) -> str:
    """Say in a few words what an error of the operating system or of aiohttp means; never shows a header."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return str(error.certificate_error)
    if isinstance(error, OSError) and error.strerror:
        hint = _hint(error)
        return f"{error.strerror}{hint}"
    return type(error).__name__ if isinstance(error, aiohttp.ClientError) else str(error) or type(error).__name__


def _hint(error: OSError) -> str:
    return " (does this user belong to the group of the socket?)" if error.errno == 13 else ""
