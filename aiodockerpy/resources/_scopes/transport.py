"""The transport of a scope: it adds labels to what is made, and keeps lists and removals to what has them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from aiodockerpy._protocol.operations import Call, call as make_call
from aiodockerpy._protocol.outside import JsonError, read_json_object
from aiodockerpy.errors import InvalidArgument, NotFound, UnexpectedResponse
from aiodockerpy.resources._scopes.kinds import KINDS, Kind
from aiodockerpy.resources._scopes.owner import ID, KIND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiodockerpy._protocol.versions import ApiVersion
    from aiodockerpy._transport.base import ByteStream, Duplex, Reply, Transport

_REMOVALS = {f"{kind.prefix}Delete": kind for kind in KINDS}
_FILTERED = {f"{kind.prefix}{verb}": kind.name for kind in KINDS for verb in ("List", "Prune")} | {
    "TaskList": "service"
}
_CREATIONS = {f"{kind.prefix}Create": kind for kind in KINDS if kind.name != "image"}
_IMAGE_CREATIONS = frozenset({"Grpc", "ImageBuild", "ImageCommit", "ImageCreate"})
REMEMBERED = 10_000
"""Ids of objects made through a scope that are known to be its own without asking."""


class ScopedTransport:
    """Sends calls for a scope.

    Args:
        inner: The transport of the client.
        name: The scope's name, for messages.
        labels: The labels of its owner; empty while the scope is not entered.

    Attributes:
        left: Whether its block was left, after which nothing may be made that would stay.
    """

    def __init__(self, inner: Transport, name: str, labels: Mapping[str, str]) -> None:
        self._inner = inner
        self.max_response_size = inner.max_response_size
        self._name = name
        self._labels = labels
        self.left = False
        self._own: dict[str, None] = {}

    async def version(self) -> ApiVersion:
        """Return the API version in use."""
        return await self._inner.version()

    async def request(self, call: Call) -> Reply:
        """Send a call and return its whole answer."""
        reply = await self._inner.request(await self._adapted(call))
        if call.operation.id in _CREATIONS:
            self._remember(reply)
        return reply

    async def open(self, call: Call) -> ByteStream:
        """Send a call and return when the head of its answer has come."""
        return await self._inner.open(await self._adapted(call))

    async def upgrade(self, call: Call) -> Duplex:
        """Send a call that switches its connection to bytes in both directions."""
        self._check_usable(call)
        return await self._inner.upgrade(call)

    async def dial(self, call: Call, protocol: str) -> Duplex:
        """Open a connection on which another protocol is used."""
        self._check_usable(call)
        return await self._inner.dial(call, protocol)

    async def websocket(self, call: Call) -> Duplex:
        """Send a call that switches its connection to a websocket."""
        self._check_usable(call)
        return await self._inner.websocket(call)

    def _check_usable(self, call: Call) -> None:
        """Refuse everything while the scope is not entered, and once it was left what would stay."""
        if not self._labels:
            raise RuntimeError(f"the scope {self._name!r} is not entered: use it inside 'async with'")
        if self.left and (call.operation.id in _CREATIONS or call.operation.id in _IMAGE_CREATIONS):
            raise RuntimeError(f"the scope {self._name!r} was left: nothing can be made in it")

    async def _adapted(self, call: Call) -> Call:
        """Return a call as the scope sends it."""
        id = call.operation.id
        self._check_usable(call)
        if id in _CREATIONS:
            return replace(call, json=self._labelled(call.json, _CREATIONS[id].name))
        if id in _FILTERED:
            return replace(call, query=self._filtered(call.query, _FILTERED[id]))
        if id == "ImageBuild":
            return replace(call, query=self._with_json(call.query, "labels", self.labels_of("image")))
        if id == "ImageCommit":
            return replace(call, query=(*call.query, *(("changes", text) for text in self._instructions())))
        if id == "ImageCreate" and any(name == "fromSrc" for name, _ in call.query):
            return replace(call, query=(*call.query, *(("changes", text) for text in self._instructions())))
        if id == "BuildPrune":
            raise InvalidArgument(f"build.prune: the build cache does not belong to the scope {self._name!r}")
        if id in _REMOVALS:
            await self._check_own(_REMOVALS[id], call)
        return call

    def labels_of(self, kind: str) -> dict[str, str]:
        """Return the labels of an object of a kind."""
        return {**self._labels, KIND: kind}

    def _labelled(self, request: Any, kind: str) -> Any:
        return request.model_copy(update={"labels": {**(request.labels or {}), **self.labels_of(kind)}})

    def _instructions(self) -> list[str]:
        return [f"LABEL {json.dumps(name)}={json.dumps(value)}" for name, value in self.labels_of("image").items()]

    def _filtered(self, query: tuple[tuple[str, str], ...], kind: str) -> tuple[tuple[str, str], ...]:
        given = dict(query).get("filters", "{}")
        labels: list[str] = read_json_object(given).get("label") or []
        return self._with_json(query, "filters", {"label": [*labels, f"{ID}={self._labels[ID]}", f"{KIND}={kind}"]})

    def _with_json(
        self, query: tuple[tuple[str, str], ...], name: str, more: Mapping[str, object]
    ) -> tuple[tuple[str, str], ...]:
        """Add members to the JSON object of a parameter."""
        given = read_json_object(dict(query).get(name, "{}"))
        text = json.dumps({**given, **more}, separators=(",", ":"), ensure_ascii=False)
        return (*((key, value) for key, value in query if key != name), (name, text))

    def _remember(self, reply: Reply) -> None:
        try:
            made = read_json_object(reply.body)
        except JsonError:
            return  # the operation that reads the answer reports it
        for name in ("Id", "ID", "Name"):
            if isinstance(made.get(name), str):
                self._own[made[name]] = None
        while len(self._own) > REMEMBERED:
            self._own.pop(next(iter(self._own)))

    async def _check_own(self, kind: Kind, call: Call) -> None:
        """Refuse to remove an object that does not belong to the scope.

        Raises:
            InvalidArgument: It does not.
        """
        id = unquote(call.path.removeprefix(kind.path + "/"))
        if id in self._own:
            return
        try:
            reply = await self._inner.request(make_call(f"{kind.prefix}Inspect", _part(kind, id)))
        except NotFound:
            return  # the removal reports it
        try:
            labels = kind.labels(read_json_object(reply.body))
        except JsonError as error:
            raise UnexpectedResponse(f"{kind.prefix}Inspect: {error}", body=reply.body) from None
        if labels.get(ID) != self._labels[ID] or not kind.is_own(labels):
            raise InvalidArgument(f"the {kind.name} {id!r} does not belong to the scope {self._name!r}: it stays")


def _part(kind: Kind, id: str) -> dict[str, str]:
    return {"id" if kind.name not in {"image", "volume"} else "name": id}
