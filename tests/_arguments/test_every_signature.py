"""Every public function, with about twenty wrong shapes for each of its parameters.

What is refused is refused before anything is sent, by a documented error that names the parameter; what is accepted
becomes a request with a valid path, query and body.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from types import SimpleNamespace
from typing import Any

import pytest

from aiodockerpy import DockerClient, errors, models, types, utils
from aiodockerpy._arguments.annotations import kinds_of
from aiodockerpy._options.keywords import ContainerOptions, UpdateOptions
from aiodockerpy._options.services import ServiceOptions
from aiodockerpy._options.swarm import SwarmOptions
from aiodockerpy._protocol.unfit import Unfit
from aiodockerpy.api import Api
from tests.api.fakes import FakeTransport


class Broken:
    """An object whose every text form fails."""

    def __repr__(self):
        raise ZeroDivisionError

    __str__ = __repr__


JUNK = {
    "text": "some text",
    "empty text": "",
    "surrogate": "\ud800",
    "control characters": "a\nb\0",
    "bytes": b"\xff",
    "number": 5,
    "negative": -5,
    "huge": 10**5000,
    "fraction": 0.5,
    "nan": float("nan"),
    "infinity": float("inf"),
    "true": True,
    "none": None,
    "list": ["a", 5],
    "nested": [[{"a": [object()]}]],
    "tuple": (),
    "set": {"b", "a"},
    "mapping": {"a": "b"},
    "deep mapping": {"a": {"b": {"c": [None]}}},
    "odd keys": {None: 1, 5: {}, ("a",): object()},
    "path": PurePosixPath("/some/path"),
    "duration": timedelta(days=-1, microseconds=1),
    "object": object(),
    "broken object": Broken(),
    "class": SimpleNamespace,
    "wrong model": models.Ulimit(name="nofile"),
}

SAMPLES = ["busybox", 1, True, b"data", ["a"], {"a": "b"}, [("a", "b")], timedelta(1), print, {}, [], None]
"""Values of which one fits each required parameter."""

SPECIAL = {
    "dt": datetime.now(UTC),
    "v1": "1.41",
    "v2": "1.41",
    "strategy": "spread",
    "ports": 80,
    "availability": "active",
}

OPTIONS: dict[str, Any] = {
    "ContainerOptions": ContainerOptions,
    "UpdateOptions": UpdateOptions,
    "ServiceOptions": ServiceOptions,
    "SwarmOptions": SwarmOptions,
}

ELSEWHERE = {"ImageCollection.build", "DockerClient.aclose", "DockerClient.close"}
"""Functions that are called with other arguments in a test of their own, or with none."""

FILES = {
    "copy_in", "copy_out", "create_archive", "exclude_paths", "kwargs_from_env", "mkbuildcontext", "parse_env_file", "tar",
}  # fmt: skip
"""Functions that read files, which need not exist."""


DOCKER_PYS_WORDS = ("the name of an image is needed", "is not a valid tag for this image")
"""Messages that have no name of a parameter: those of docker-py, and about references."""


class ReachedTheEngine(errors.DockerException):
    """The request was about to be sent; what would be answered does not matter here."""


class Nowhere(FakeTransport):
    """A transport that checks each request and sends none."""

    def _take(self, call, way):
        super()._take(call, way)
        prepared = self.last
        assert prepared.target.startswith("/")
        assert prepared.target.isascii()
        assert prepared.target.isprintable()
        assert " " not in prepared.target
        if prepared.body is not None:
            json.loads(prepared.body, parse_constant=pytest.fail)
        raise ReachedTheEngine


def owners():
    """Make one of each public thing that has methods."""
    client = DockerClient("unix:///nowhere.sock", environment={"DOCKER_CONFIG": "/nowhere", "HOME": "/nowhere"})
    transport = Nowhere()
    client.api = Api(transport)
    client._session.version = transport.version
    attrs = {"Id": "1234", "ID": "1234", "Name": "name", "Config": {}, "Spec": {}, "Version": {"Index": 1}}
    collections = [
        client.containers, client.images, client.networks, client.volumes, client.nodes, client.services, client.secrets,
        client.configs, client.plugins,
    ]  # fmt: skip
    parts = [getattr(client.api, name) for name in vars(Api) if not name.startswith("_")]
    objects = [collection.prepare_model(attrs) for collection in collections]
    return transport, [client, client.swarm, *collections, *objects, *parts]


TRANSPORT, OWNERS = owners()


@pytest.fixture(scope="module", autouse=True)
def _closed():
    """Close the client after the last test."""
    yield
    asyncio.run(OWNERS[0].aclose())


def functions():
    """Yield every public method and function, and every type of docker-py's."""
    for owner in OWNERS:
        for name, function in inspect.getmembers(type(owner), inspect.isfunction):
            if not name.startswith("_"):
                yield f"{type(owner).__name__}.{name}", function
    for name in utils.__all__:
        if inspect.isfunction(getattr(utils, name)):
            yield name, getattr(utils, name)
    for name in types.__all__:
        kind = getattr(types, name)
        if (
            inspect.isclass(kind)
            and issubclass(kind, models.Model)
            and kind.__module__.startswith("aiodockerpy.types.")
        ):
            yield name, kind


FUNCTIONS = dict(functions())


def bound(path):
    """Return a function, or a method of an object."""
    owner, _, method = path.partition(".")
    return getattr(next(one for one in OWNERS if type(one).__name__ == owner), method) if method else FUNCTIONS[path]


def parameters(function):
    """Return the parameters of a function as written, each with its annotation; keywords of a typed mapping one by one."""
    function = inspect.unwrap(function.__init__ if inspect.isclass(function) else function)
    found = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if name == "self" or parameter.kind is parameter.VAR_KEYWORD:
            mapping = OPTIONS.get(str(parameter.annotation).removeprefix("Unpack[").removesuffix("]"))
            keyword = inspect.Parameter("key", inspect.Parameter.KEYWORD_ONLY, default=None)
            found |= dict.fromkeys(getattr(mapping, "__annotations__", {}), keyword)
        else:
            found[name] = parameter
    return found


def sample(function, name, annotation):
    """Find a value that fits a parameter."""
    if name in SPECIAL:
        return SPECIAL[name]
    module = vars(sys.modules[function.__module__])
    kind = kinds_of({name: annotation}, module)[name]
    for value in SAMPLES:
        try:
            kind.read(value)
        except (Unfit, errors.NullResource):
            continue
        return value
    return pytest.fail(f"no sample fits {name}: {annotation}")


async def outcome(call, positional, keywords):
    """Call a function and use the handle it returns; return the exception, if there was one."""
    try:
        result = call(*positional, **keywords)
        async with asyncio.timeout(5):
            if hasattr(result, "__aenter__"):
                async with result:
                    pass
            elif inspect.isawaitable(result):
                result = await result
    except Exception as error:
        return error
    if hasattr(result, "close"):
        result.close()
    return None


def is_fine(function, name, error, sent):
    """Whether an outcome is one that is documented."""
    if error is None or isinstance(error, ReachedTheEngine | errors.EngineUnreachable):
        return True
    if isinstance(error, OSError) and function in FILES:
        return True
    if sent or isinstance(error, errors.InvalidRepository | errors.InvalidVersion):
        return not sent
    text = str(error)
    named = name.replace("_", "") in text.lower().replace("_", "") or any(words in text for words in DOCKER_PYS_WORDS)
    clash = type(error) is RuntimeError and "can not be used" in str(error)
    return clash or (named and isinstance(error, TypeError | errors.InvalidArgument | errors.ProtocolError))


@pytest.mark.parametrize("path", sorted(FUNCTIONS.keys() - ELSEWHERE))
async def test_wrong_shapes_are_refused_by_name_before_anything_is_sent(path):
    function, call = FUNCTIONS[path], bound(path)
    known = parameters(function)
    needed = {
        name: sample(function, name, parameter.annotation)
        for name, parameter in known.items()
        if parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD
    }
    wrong = []
    for name, parameter in known.items():
        for shape, junk in JUNK.items():
            TRANSPORT.sent.clear()
            arguments = {**needed, name: junk}
            by_place = (parameter.POSITIONAL_ONLY, parameter.VAR_POSITIONAL)
            positional = [arguments.pop(one) for one in known if one in arguments and known[one].kind in by_place]
            error = await outcome(call, positional, arguments)
            str(error).encode()
            if not is_fine(path.rpartition(".")[2], name, error, TRANSPORT.sent):
                wrong.append(f"{name}={shape}: {type(error).__name__}: {error}")
    assert wrong == []


@pytest.mark.parametrize("path", sorted(FUNCTIONS.keys() - ELSEWHERE))
async def test_an_unknown_keyword_is_refused(path):
    error = await outcome(bound(path), [], {"no_such_keyword": 1})
    assert isinstance(error, TypeError | errors.InvalidArgument)
    assert "no_such_keyword" in str(error) or "missing" in str(error)
