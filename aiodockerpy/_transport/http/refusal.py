"""Create the exception for an answer that refuses, in one place for every kind of call."""

from __future__ import annotations

import asyncio
import re
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING

from aiodockerpy import errors
from aiodockerpy._protocol.http import USE_TLS
from aiodockerpy._protocol.outside import read_json_object

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from aiodockerpy._transport.http.prepare import Prepared

EXPLANATION_SECONDS = 10.0
"""Seconds to wait for the body of a refused stream; without it the status alone is reported."""
LONGEST_EXPLANATION = 1 << 20
"""Bytes of a refusing body that are read; the engine's own texts are far shorter."""

# What ports for TLS say: those of Go's servers, such as the engine, and nginx.
_PLAIN = re.compile("(Client sent an|The plain) HTTP request (was sent )?to (an )?HTTPS (server|port)")
_GZIP_OR_ZLIB = 32 + 15
"""zlib's ``wbits`` for both formats."""

_ENDS = ("", "}", '"}')
"""What a JSON body may lack that was cut after its message, or inside it."""
_CUT = " … (the text was cut)"


async def read_reason(read: Callable[[], Awaitable[bytes]], broken: tuple[type[Exception], ...]) -> bytes:
    """Read as much of the body of a refused stream as comes in time, since the status alone is enough.

    Args:
        read: Returns the next bytes, none at the end.
        broken: What it raises for a connection that breaks.
    """
    body = bytearray()
    with suppress(TimeoutError, *broken):
        async with asyncio.timeout(EXPLANATION_SECONDS):
            while len(body) < LONGEST_EXPLANATION and (piece := await read()):
                body += piece
    return bytes(body)


def refusal(
    call: Prepared, status: int, headers: Mapping[str, str], body: bytes, reason: str = ""
) -> errors.APIError | errors.EngineUnreachable:
    """Create the exception for an answer that refuses.

    A port for TLS refuses plain HTTP with a page of its own; the request has not reached the engine then. An engine
    that passes on such a page of a registry sends JSON.

    Args:
        call: What was sent.
        status: The HTTP status: 400 or above, or a redirect.
        headers: The headers of the answer.
        body: Its body, or the beginning of it.
        reason: The text after the status; the usual one if empty.
    """
    response = errors.EngineResponse(status, reason or _reason(status), headers, call.method, call.path)
    text = explanation(body, headers.get("content-encoding", "identity"))
    if status == 400 and not body.startswith(b"{") and (said := _PLAIN.search(text)):
        return errors.EngineUnreachable(f"{said[0]}: {USE_TLS}")
    return errors.status_error(response, text, operation=call.call.operation.id)


def too_large(limit: int) -> errors.ResponseTooLarge:
    """Create the error for a body that is longer than the client collects."""
    return errors.ResponseTooLarge(
        f"the body of the answer is longer than {limit} bytes (max_response_size raises the limit)", limit=limit
    )


def explanation(body: bytes, encoding: str) -> str:
    """Return the engine's text: the ``message`` of a JSON body, as far as it came, or the body as text.

    A body that a proxy has compressed is decompressed up to `LONGEST_EXPLANATION`, as far as it came.
    """
    if body and encoding.lower() != "identity":
        try:
            body = zlib.decompressobj(_GZIP_OR_ZLIB).decompress(body, LONGEST_EXPLANATION)
        except zlib.error:
            return (
                f"the reason has the content encoding {encoding[:40]!r}, which was not asked for (a proxy in between?)"
            )
    text = body.decode("utf-8", "replace").strip()
    for missing in _ENDS if text.startswith("{") else ():
        with suppress(ValueError):
            message = read_json_object(text + missing).get("message")
            if isinstance(message, str):
                return f"{message}{_CUT if missing else ''}"
    return text + _CUT if text.startswith("{") and not text.endswith("}") else text


def _reason(status: int) -> str:
    try:
        from http import HTTPStatus

        return HTTPStatus(status).phrase
    except (ValueError, OSError):  # an unknown status, or no file descriptor left for the module
        return ""
