"""Clients of a fake engine, and of a transport that answers from a script: for answers that no engine gives on request."""

from __future__ import annotations

import json

import pytest
import pytest_asyncio

import aiodockerpy
from aiodockerpy import errors
from aiodockerpy._protocol.versions import ApiVersion
from aiodockerpy._transport.base import Reply
from aiodockerpy.api import Api
from aiodockerpy.models._base import to_wire
from aiodockerpy.streams.content import pieces
from aiodockerpy.testing import FakeEngine

_DONE = {key: [{"status": "Done"}] for key in ("PluginPull", "PluginPush", "PluginUpgrade")}


class Body:
    """The body of an answer, piece by piece; it counts as open until it is closed."""

    def __init__(self, data, headers=None):
        self._pieces = [data] if isinstance(data, bytes) else list(data)
        self.headers = headers or {}
        self.status = 200
        self.received = 0
        self.closed = False

    @property
    def closed_early(self):
        return self.closed and bool(self._pieces)

    async def read(self):
        if self.closed or not self._pieces:
            return b""
        piece = self._pieces.pop(0)
        if isinstance(piece, Exception):
            raise piece
        self.received += len(piece)
        return piece

    def with_location(self, error):
        return error

    def close(self):
        self.closed = True


class Engine:
    """What the engine would answer: ``engine.answers["NetworkInspect"] = [...]``, one for each call, the last one again and again.

    An answer is JSON, bytes, a list of bytes inside a `Body`, an exception, or a function of the call that returns one of these.
    """

    max_response_size = 1 << 20

    def __init__(self):
        self.answers = {}
        self.calls = []
        self.bodies = []

    def named(self, operation):
        return [call for call in self.calls if call.operation.id == operation]

    async def version(self):
        return ApiVersion.parse("1.51")

    def _answer(self, call):
        self.calls.append(call)
        known = self.answers.get(call.operation.id, _DONE.get(call.operation.id, b""))
        found = known
        if isinstance(known, Script):
            found = known.next()
        if callable(found):
            found = found(call)
        if isinstance(found, Exception):
            raise found
        return found

    async def request(self, call):
        if call.content is not None:
            self.bodies.append(await collected(call.content))
        found = self._answer(call)
        if isinstance(found, Reply):
            return found
        return Reply(200, {}, found if isinstance(found, bytes) else json.dumps(found).encode(), call.operation.id)

    async def open(self, call):
        if call.content is not None:
            self.bodies.append(await collected(call.content))
        found = self._answer(call)
        if isinstance(found, Body):
            return found
        if isinstance(found, bytes):
            return Body(found)
        messages = found if isinstance(found, list) else [found]
        return Body([json.dumps(message).encode() + b"\r\n" for message in messages])


class Script:
    """Answers in turn; the last one stays."""

    def __init__(self, *answers):
        self._answers = list(answers)

    def next(self):
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


async def collected(content):
    found = pieces(content)
    if isinstance(found, bytes):
        return found
    return b"".join([piece async for piece in found])


def not_found(text="No such thing", operation=""):
    return errors.status_error(errors.EngineResponse(404, "Not Found", {}, "GET", "/x"), text, operation=operation)


def sent(call):
    """The JSON body of a call."""
    return to_wire(call.json)


def query(call):
    """The query of a call; a parameter given several times is a list."""
    values = {}
    for name, value in call.query:
        values[name] = (
            [*values[name], value]
            if isinstance(values.get(name), list)
            else ([values[name], value] if name in values else value)
        )
    return values


@pytest.fixture
def fake():
    """The scripted engine."""
    return Engine()


@pytest.fixture
def client(fake, tmp_path):
    """A client of the scripted engine, without any configuration of the docker CLI."""
    made = aiodockerpy.DockerClient("unix:///nowhere.sock", environment={"DOCKER_CONFIG": str(tmp_path / "none")})
    made.api = Api(fake)
    return made


@pytest_asyncio.fixture
async def engine():
    """A fake engine."""
    async with FakeEngine() as running:
        yield running


@pytest_asyncio.fixture
async def connected(engine, tmp_path):
    """A client of the fake engine."""
    async with aiodockerpy.DockerClient(engine.url, environment={"DOCKER_CONFIG": str(tmp_path)}) as opened:
        yield opened
