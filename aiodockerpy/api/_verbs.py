"""From a whole answer to a model, and from a stream of JSON to a handle: the verbs that the operations end in."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from aiodockerpy import models
from aiodockerpy._loading import first_in_thread, meanwhile
from aiodockerpy._protocol.outside import read_json
from aiodockerpy.errors import UnexpectedResponse
from aiodockerpy.streams.decoding import JsonItems, ProgressItems
from aiodockerpy.streams.source import Source, all_items, each
from aiodockerpy.streams.stream import DecodedSource, Stream

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiodockerpy._protocol.operations import Call
    from aiodockerpy._transport.base import Transport
    from aiodockerpy.models import JSONMessage
    from aiodockerpy.models._base import Model
    from aiodockerpy.streams.progress import ProgressStream

M = TypeVar("M", bound="Model")
T = TypeVar("T")
R = TypeVar("R")

LARGE = 2 * 1024 * 1024
"""Bytes of a body above which it is read in a thread, so that the loop goes on."""


async def fetch(transport: Transport, call: Call, kind: Callable[[], type[M]]) -> M:
    """Send a call whose answer is one JSON object.

    Args:
        transport: What sends it.
        call: The request.
        kind: A function that imports the model; it is called in a thread, while the engine is being asked, until the
            model is built.
    """
    found, reply = await meanwhile(kind, transport.request(call), then=_built)
    if len(reply.body) > LARGE:
        return await asyncio.to_thread(found.from_wire, reply.body, operation=call.operation.id)
    return found.from_wire(reply.body, operation=call.operation.id)


async def fetch_list(transport: Transport, call: Call, kind: Callable[[], type[T]]) -> list[T]:
    """Send a call whose answer is a JSON list; ``null`` is the empty list. The arguments are those of `fetch`."""
    found, reply = await meanwhile(kind, transport.request(call), then=_built_list)
    if len(reply.body) > LARGE:
        return await asyncio.to_thread(_long_list_from_wire, found, reply.body, operation=call.operation.id)
    return list_from_wire(found, reply.body, operation=call.operation.id)


def list_from_wire(kind: type[T], body: bytes, *, operation: str) -> list[T]:
    """Read a list, by the models, which are loaded when there is one."""
    from aiodockerpy.models._lists import list_from_wire

    return list_from_wire(kind, body, operation=operation)


def _long_list_from_wire(kind: type[T], body: bytes, *, operation: str) -> list[T]:
    from aiodockerpy.models._lists import long_list_from_wire

    return long_list_from_wire(kind, body, operation=operation)


def _built(kind: type[M]) -> None:
    kind.build_reader()


def _built_list(kind: type[object]) -> None:
    from aiodockerpy.models._lists import build_reader

    build_reader(kind)


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


def json_stream(
    transport: Transport, call: Call, kind: Callable[[], type[M]], collect: Callable[[Source[M]], Awaitable[R]]
) -> Stream[M, R]:
    """Create the handle of a call that answers with JSON messages."""
    max_size = transport.max_response_size if collect is all_items else None

    async def start() -> Source[M]:
        found = await first_in_thread(kind, then=_built)
        items = JsonItems(found, call.operation.id, transport.max_response_size)
        return DecodedSource(await transport.open(call), items)

    return Stream(start, collect, name=call.operation.name, max_size=max_size)


def progress_stream(
    transport: Transport,
    call: Call,
    collect: Callable[[Source[JSONMessage]], Awaitable[R]],
    failure: Callable[..., Exception] | None = None,
) -> ProgressStream[R]:
    """Create the handle of a call that answers with progress messages; an error message is raised."""
    from aiodockerpy.streams.progress import ProgressStream

    async def start() -> Source[JSONMessage]:
        await first_in_thread(lambda: models.JSONMessage, then=_built)
        items = ProgressItems(call.operation.id, failure, transport.max_response_size)
        return DecodedSource(await transport.open(call), items)

    return ProgressStream(start, collect, name=call.operation.name)


async def last(source: Source[T]) -> T | None:
    """Read to the end and return the last item."""
    item: T | None = None
    async for item in each(source):  # noqa: B007 - the last one is wanted
        pass
    return item


async def one(source: Source[T]) -> T:
    """Return the first item.

    Raises:
        UnexpectedResponse: The answer is empty.
    """
    for item in await source.batch():
        return item
    raise UnexpectedResponse("the answer is empty")
