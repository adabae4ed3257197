"""From a whole answer to a model, and from a stream of JSON to a handle: the verbs that the operations end in."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from aiodockerpy._protocol.outside import read_json
from aiodockerpy.errors import UnexpectedResponse
from aiodockerpy.models._base import Model, list_from_wire, long_list_from_wire
from aiodockerpy.streams.decoding import JsonItems, ProgressItems
from aiodockerpy.streams.progress import ProgressStream
from aiodockerpy.streams.source import Source, each
from aiodockerpy.streams.stream import DecodedSource, Stream

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiodockerpy._protocol.operations import Call
    from aiodockerpy._transport.base import ByteStream, Reply, Transport
    from aiodockerpy.models import JSONMessage
    from aiodockerpy.streams.stream import Decoder

__all__ = ["fetch", "fetch_list", "fetch_text", "json_stream", "last", "one", "progress_stream", "send"]

M = TypeVar("M", bound=Model)
T = TypeVar("T")
R = TypeVar("R")

LARGE = 2 * 1024 * 1024
"""Bytes of a body above which it is read in a thread, so that the loop goes on."""


async def fetch(transport: Transport, call: Call, kind: type[M]) -> M:
    """Send a call whose answer is one JSON object."""
    reply = await transport.request(call)
    if len(reply.body) > LARGE:
        return await asyncio.to_thread(kind.from_wire, reply.body, operation=call.operation.id)
    return kind.from_wire(reply.body, operation=call.operation.id)


async def fetch_list(transport: Transport, call: Call, kind: type[T]) -> list[T]:
    """Send a call whose answer is a JSON list; ``null`` is the empty list."""
    reply = await transport.request(call)
    if len(reply.body) > LARGE:
        return await asyncio.to_thread(long_list_from_wire, kind, reply.body, operation=call.operation.id)
    return list_from_wire(kind, reply.body, operation=call.operation.id)


async def fetch_text(transport: Transport, call: Call) -> str:
    """Send a call whose answer is one JSON string.

    Raises:
        UnexpectedResponse: It is something else.
    """
    reply = await transport.request(call)
    try:
        value: object = read_json(reply.body)
    except ValueError:
        value = None
    if not isinstance(value, str):
        raise UnexpectedResponse(f"the answer of {call.operation.id} is not a text", body=reply.body)
    return value


async def send(transport: Transport, call: Call) -> Reply:
    """Send a call whose answer has no body to speak of."""
    return await transport.request(call)


def json_stream(
    transport: Transport, call: Call, kind: type[M], collect: Callable[[Source[M]], Awaitable[R]]
) -> Stream[M, R]:
    """Make the handle of a call that answers with JSON messages."""
    return _stream(transport, call, lambda: JsonItems(kind, call.operation.id, transport.max_response_size), collect)


def progress_stream(
    transport: Transport,
    call: Call,
    collect: Callable[[Source[JSONMessage]], Awaitable[R]],
    failure: Callable[..., Exception] | None = None,
) -> ProgressStream[R]:
    """Make the handle of a call that answers with messages of progress; the one of failure is raised."""

    async def start() -> Source[JSONMessage]:
        return DecodedSource(
            await transport.open(call), ProgressItems(call.operation.id, failure, transport.max_response_size)
        )

    return ProgressStream(start, collect, name=call.operation.name)


def _stream(
    transport: Transport, call: Call, decoder: Callable[[], Decoder[T]], collect: Callable[[Source[T]], Awaitable[R]]
) -> Stream[T, R]:
    async def start() -> Source[T]:
        stream: ByteStream = await transport.open(call)
        return DecodedSource(stream, decoder())

    return Stream(start, collect, name=call.operation.name)


async def last(source: Source[T]) -> T | None:
    """Read to the end and return the last item."""
    item: T | None = None
    async for item in each(source):  # noqa: B007 - the last one is wanted
        pass
    return item


async def one(source: Source[T]) -> T:
    """Return the first item.

    Raises:
        UnexpectedResponse: There is none.
    """
    for item in await source.batch():
        return item
    raise UnexpectedResponse("the answer is empty")
