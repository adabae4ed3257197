"""The base of the classes that hold the operations of a tag: what their methods end in."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from aiodockerpy import models
from aiodockerpy._loading import first_in_thread, meanwhile
from aiodockerpy._protocol.outside import read_json
from aiodockerpy.errors import UnexpectedResponse
from aiodockerpy.streams.decoding import JsonItems, ProgressItems
from aiodockerpy.streams.source import Source, all_items
from aiodockerpy.streams.stream import DecodedSource, Stream

if TYPE_CHECKING:
    from aiodockerpy._protocol.operations import Call
    from aiodockerpy._transport.base import Transport
    from aiodockerpy.models._base import Model
    from aiodockerpy.streams.progress import ProgressStream

M = TypeVar("M", bound="Model")
T = TypeVar("T")
R = TypeVar("R")

LARGE = 2 * 1024 * 1024
"""Bytes of a body above which it is read in a thread, so that the loop goes on."""


class Part:
    """The operations on one kind of object."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    if not TYPE_CHECKING:

        def __call__(self, *_: object, **__: object) -> None:
            """Raise for docker-py's ``client.api.containers(…)``, naming the method that lists."""
            kind = type(self).__name__
            part = re.sub("Api$", "", kind).lower()
            hint = f"await client.api.{part}.list()" if hasattr(self, "list") else f"call a method of client.api.{part}"
            raise TypeError(f"{kind!r} object is not callable: {hint}")

    async def _fetch(self, call: Call, kind: Callable[[], type[M]]) -> M:
        """Send a call whose answer is one JSON object.

        Args:
            call: The request.
            kind: A function that imports the model; it is called in a thread, while the engine is being asked, until
                the model is built.
        """
        found, reply = await meanwhile(kind, self._transport.request(call), then=_built)
        if len(reply.body) > LARGE:
            return await asyncio.to_thread(found.from_wire, reply.body, operation=call.operation.id)
        return found.from_wire(reply.body, operation=call.operation.id)

    async def _fetch_list(self, call: Call, kind: Callable[[], type[T]]) -> list[T]:
        """Send a call whose answer is a JSON list; ``null`` is the empty list. The arguments are those of `_fetch`."""
        found, reply = await meanwhile(kind, self._transport.request(call), then=_built_list)
        if len(reply.body) > LARGE:
            return await asyncio.to_thread(_long_list_from_wire, found, reply.body, operation=call.operation.id)
        return list_from_wire(found, reply.body, operation=call.operation.id)

    async def _fetch_text(self, call: Call) -> str:
        """Send a call whose answer is one JSON string.

        Raises:
            UnexpectedResponse: It is something else.
        """
        reply = await self._transport.request(call)
        try:
            value: object = read_json(reply.body)
        except ValueError:
            value = None
        if not isinstance(value, str):
            raise UnexpectedResponse(f"the answer of {call.operation.id} is not a text", body=reply.body)
        return value

    def _json_stream(
        self, call: Call, kind: Callable[[], type[M]], collect: Callable[[Source[M]], Awaitable[R]]
    ) -> Stream[M, R]:
        """Create the handle of a call that answers with JSON messages."""
        transport = self._transport
        max_size = transport.max_response_size if collect is all_items else None

        async def start() -> Source[M]:
            found = await first_in_thread(kind, then=_built)
            items = JsonItems(found, call.operation.id, transport.max_response_size)
            return DecodedSource(await transport.open(call), items)

        return Stream(start, collect, name=call.operation.name, max_size=max_size)

    def _progress_stream(
        self,
        call: Call,
        collect: Callable[[Source[models.JSONMessage]], Awaitable[R]],
        failure: Callable[..., Exception] | None = None,
    ) -> ProgressStream[R]:
        """Create the handle of a call that answers with progress messages; an error message is raised."""
        from aiodockerpy.streams.progress import ProgressStream

        transport = self._transport

        async def start() -> Source[models.JSONMessage]:
            await first_in_thread(lambda: models.JSONMessage, then=_built)
            items = ProgressItems(call.operation.id, failure, transport.max_response_size)
            return DecodedSource(await transport.open(call), items)

        return ProgressStream(start, collect, name=call.operation.name, opens_at_once=call.content is None)


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
