"""Every public function, with about twenty wrong shapes for each of its parameters.

What is refused is refused before anything is sent, by a documented error that names the parameter; what is accepted
becomes a request with a valid path, query and body.
"""

from __future__ import annotations

import asyncio
import copy
import gc
import inspect
import io
import json
import re
import ssl
import sys
import warnings
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache, partial
from ipaddress import IPv4Address, IPv4Network
from itertools import product
from pathlib import PurePosixPath
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from aiodockerpy import (
    AuthConfig,
    ContextAPI,
    DockerClient,
    TLSConfig,
    buildkit,
    errors,
    models,
    progress,
    streams,
    testing,
    types,
    utils,
)
from aiodockerpy._arguments.annotations import kinds_of
from aiodockerpy._options.keywords import ContainerOptions, UpdateOptions
from aiodockerpy._options.services import ServiceOptions
from aiodockerpy._options.swarm import SwarmOptions
from aiodockerpy._protocol.unfit import Unfit
from aiodockerpy.api import Api
from aiodockerpy.buildkit import BuildOptions, BuildStep, Cache, Env, Output
from aiodockerpy.resources._builds.keywords import ImageBuildOptions
from aiodockerpy.types import ApiVersion
from tests._arguments.elsewhere import elsewhere
from tests._arguments.unwalked import NOT_WALKED, unwalked
from tests.api.fakes import FakeTransport

pytestmark = pytest.mark.filterwarnings("ignore:.*never awaited or iterated")


class Broken:
    """An object whose every text form fails."""

    def __repr__(self):
        raise ZeroDivisionError

    __str__ = __repr__


MISREAD = "NotItsValue"


class Word(str):
    """What an older enum of texts is: its text is not its value."""

    __slots__ = ()

    def __str__(self):
        return MISREAD

    def __format__(self, _):
        return MISREAD

    __repr__ = __str__


class Whole(int):
    """What an older enum of numbers is."""

    __str__ = __repr__ = Word.__str__
    __format__ = Word.__format__


class Array:
    """What NumPy's arrays are to a check: a comparison gives another one, which is neither true nor false."""

    def __eq__(self, other):
        return Array()

    __hash__ = None

    def __bool__(self):
        raise ValueError("the truth of an array is ambiguous")

    def __iter__(self):
        return iter(("a", 5))


class Everything:
    """An object with every attribute and method, as mocks have."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_, **__):
        return self


def cyclic():
    """Make a mapping that holds itself."""
    made = {}
    made["a"] = made
    return made


JUNK = {
    "text": "some text",
    "empty text": "",
    "surrogate": "\ud800",
    "undecodable": "a\udcff",
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
    "unclosed quotation": 'sh -c "echo',
    "signs": "=:,/@",
    "parts": "a=b:c,type=d:5/e@f",
    "dots": "..",
    "digits": "5" * 5000,
    "broken URL": "http://[::1",
    "long": "x" * 40_000,
    "bytearray": bytearray(b"a"),
    "file": io.BytesIO(),
    "closed file": io.BytesIO(),
    "generator": (item for item in ()),
    "list of null": [None],
    "list of lists": [["a"], []],
    "list of mappings": [{"a": None}, {}],
    "mapping of lists": {"a": ["b", 5]},
    "mapping of texts": {"": "", "=": "a=b", "type": "x"},
    "time": datetime.now(UTC),
    "exception": ValueError("mine"),
    "array": Array(),
    "memoryview": memoryview(bytearray(b"a")),
    "mapping of itself": cyclic(),
    "mapping of huge numbers": {"a": 10**5000, 5: float("nan")},
    "first time": datetime.min,
    "mapping of functions": {"a": print, "Type": len},
    "function": lambda *_: 1 / 0,
    "word of an enum": Word("word"),
    "number of an enum": Whole(7),
    "words of an enum": [Word("word"), Whole(7)],
    "mapping of words": {Word("word"): Word("value"), "number": Whole(7)},
    "mapping of numbers": {Whole(80): Whole(8080)},
    "address": IPv4Address("127.0.0.1"),
    "network": IPv4Network("10.0.0.0/8"),
    "decimal": Decimal("1.5"),
    "ratio": Fraction(1, 3),
    "complex": 1j,
    "uuid": UUID(int=1),
    "range": range(3),
    "text file": io.StringIO("text"),
    "event": asyncio.Event(),
    "module": json,
    "type of a model": models.Ulimit,
    "exit": SystemExit(3),
    "everything": Everything(),
}
JUNK["closed file"].close()

SPECIAL = {
    "dt": datetime.now(UTC),
    "v1": "1.41",
    "v2": "1.41",
    "strategy": "spread",
    "port": 80,
    "ports": 80,
    "parts": "containers",
    "availability": "active",
    "target": "unix:///nowhere",
}

OPTIONS: dict[str, Any] = {
    "ContainerOptions": ContainerOptions,
    "UpdateOptions": UpdateOptions,
    "ServiceOptions": ServiceOptions,
    "SwarmOptions": SwarmOptions,
    "ImageBuildOptions": ImageBuildOptions,
}

ELSEWHERE = {"DockerClient.aclose", "DockerClient.close"}
"""Functions that end what the others are called on."""

FILES = {
    "FakeEngine", "Files",
    "ContextAPI", "build", "copy_in", "copy_out", "create_archive", "exclude_paths", "kwargs_from_env", "login", "logout", "mkbuildcontext", "parse_env_file", "save",
    "tar",
}  # fmt: skip
"""Functions that read files, which need not exist."""


OTHER_NAMES = (
    "the name of an image is needed",
    "is not a valid tag for this image",
    "auth_config: ",
    "outputs: ",
    "cache: ",
    "is not a valid pattern",
)
"""Messages with other words than the name of the parameter: those of docker-py, and of what is a part of something."""


STATES = (
    "can not be used",
    "is not started",
    "is not open",
    "is not running",
    "is not entered",
    "inside 'async with' only",
    "can be used once only",
    "leave one of them out",
    "needs a context",
)
"""Messages about what fits, but not now, or not together."""

CONTENT = {
    "ImageCollection.build": {"fileobj": b"FROM x"},
    "BuildOptions": {"dockerfile_text": "FROM x"},
    "Process.on_signal": {"name": "SIGTERM"},
    **{
        f"FakeEngine.{name}": {"operation": "containers.start"}
        for name in ("assert_called", "cut", "delay", "fail", "hang")
    },
}
"""What a build needs of several that it can be given, and what no sample fits."""


STRUCTURES = {"build", "transport", "websocket"}
"""Parameters that take everything with the right methods."""

FILE_ERRORS = (
    OSError
    | errors.InvalidConfigFile
    | errors.ContextException
    | errors.ContextNotFound
    | errors.ContextAlreadyExists
    | errors.MissingContextParameter
)
DOCUMENTED = {
    "Timestamp.parse": ValueError,
    "Timestamp.from_unix_nano": OverflowError,
    "ProcessOutput.readexactly": asyncio.IncompleteReadError,
    "TLSConfig": errors.TLSParameterError,
    "FakeContainer.exit": AssertionError,
    "FakeContainer.read": AssertionError,
    "FakeContainer.set_health": AssertionError,
    "FakeEngine.assert_called": AssertionError,
}


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
        assert MISREAD not in prepared.target
        if prepared.body is not None:
            json.loads(prepared.body, parse_constant=pytest.fail)
            assert MISREAD.encode() not in prepared.body
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


class TerminalSocket:
    """A websocket whose browser has left."""

    async def receive(self):
        return SimpleNamespace(type="websocket.disconnect", data=b"")

    async def send_bytes(self, data, /):
        """Send nothing."""


TRANSPORT, OWNERS = owners()


@cache
def samples():
    """Return values of which one fits each required parameter; they are made in the process that closes them."""
    client = OWNERS[0]
    plain = ["busybox", 1, True, b"data", ["a"], {"a": "b"}, [("a", "b")], timedelta(1), print, {}, [], None, "moby"]
    return [
        *plain, ssl.create_default_context(), TRANSPORT, client.buildkit, BuildOptions(dockerfile_text="FROM x"),
        client.images.build(fileobj=b"FROM x"), client.images.pull("x"), AuthConfig("me", "x"), ApiVersion(1, 41),
        testing.Node(0o100644), errors.APIError("x"), BuildStep("", ""), TerminalSocket(),
        client.containers.prepare_model({"Id": "1"}).exec_run("sh", stdin=True, kill_on_cancel=True),
    ]  # fmt: skip


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch, tmp_path):
    """Let what writes files write them into a folder of the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("DOCKER_CONFIG", raising=False)


@pytest.fixture(scope="module", autouse=True)
def _closed():
    """Close the client after the last test, and the handles that were not used."""
    yield
    for sample in samples():
        if isinstance(sample, streams.Stream):
            sample.close()
    with warnings.catch_warnings(action="ignore"):
        gc.collect()
    asyncio.run(OWNERS[0].aclose())


def handles():
    """Yield what makes a handle, for each kind of handles, and the methods of it that take arguments."""
    client = OWNERS[0]
    container, image = client.containers.prepare_model({"Id": "1"}), client.images.prepare_model({"Id": "1"})
    yield "run", lambda: client.containers.run("x"), ["lines"]
    yield "exec_run", lambda: container.exec_run("x", stdin=True), ["hang_up", "resize", "send_signal", "terminate"]
    yield "attach", lambda: container.attach(stdin=True), ["communicate", "hang_up", "lines", "resize", "write"]
    yield "image", image.save, ["save"]
    yield "pull", lambda: client.images.pull("x"), ["on_progress"]
    yield "jobs", client.jobs, ["map"]
    yield "watch", client.containers.watch, ["until"]


CONSTRUCTED = (AuthConfig, BuildOptions, Cache, DockerClient, Env, Output, TLSConfig)
WITH_CLASSMETHODS = (
    AuthConfig,
    Cache,
    ContextAPI,
    DockerClient,
    Output,
    TLSConfig,
    models.Timestamp,
    types.ApiVersion,
)


def functions():
    """Yield every public function as it is written, and what makes the function to call."""
    for owner in OWNERS:
        for name, function in inspect.getmembers(type(owner), inspect.isfunction):
            if not name.startswith("_"):
                yield f"{type(owner).__name__}.{name}", function, partial(getattr, owner, name)
    for name, make, methods in handles():
        kind = kind_of_handle(make())
        for method in methods:
            yield (
                f"{name}.{method}",
                getattr(kind, method),
                partial(lambda make, method: getattr(make(), method), make, method),
            )
    for owner in WITH_CLASSMETHODS:
        for name, method in inspect.getmembers(owner, inspect.ismethod):
            if not name.startswith("_") and method.__func__.__module__.startswith("aiodockerpy."):
                yield f"{owner.__name__}.{name}", method.__func__, partial(getattr, owner, name)
    alone = {name: getattr(utils, name) for name in utils.__all__ if inspect.isfunction(getattr(utils, name))}
    alone |= {kind.__name__: kind for kind in CONSTRUCTED}
    alone |= {name: kind for name, kind in vars_of(types) if kind.__module__.startswith("aiodockerpy.types.")}
    alone |= {"buildkit.show": buildkit.show, "buildkit.solve": buildkit.solve, "progress.show": progress.show}
    for name, function in alone.items():
        yield name, function, partial(lambda function: function, function)
    yield from elsewhere(OWNERS[0])


def kind_of_handle(handle):
    """Return the type of a handle, which is not used."""
    if hasattr(handle, "close"):
        handle.close()
    return type(handle)


def vars_of(module):
    """Yield the models of docker-py's that a module has."""
    for name in module.__all__:
        if inspect.isclass(kind := getattr(module, name)) and issubclass(kind, models.Model):
            yield name, kind


FUNCTIONS = {path: (function, made) for path, function, made in functions()}
TESTED = sorted(FUNCTIONS.keys() - ELSEWHERE)
OWNED = {path.partition(".")[0] for path in TESTED}


@cache
def parameters(function):
    """Return the parameters of a function as written, each with its annotation; keywords of a typed mapping one by one."""
    function = inspect.unwrap(function.__init__ if inspect.isclass(function) else function)
    found = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if name in {"self", "cls"} or parameter.kind is parameter.VAR_KEYWORD:
            unpacked = re.fullmatch(r"Unpack\[(?:resources\.)?(\w+)\]", str(parameter.annotation))
            mapping = OPTIONS[unpacked[1]] if unpacked else None
            keyword = inspect.Parameter("key", inspect.Parameter.KEYWORD_ONLY, default=None)
            found |= dict.fromkeys(getattr(mapping, "__annotations__", {}), keyword)
        else:
            found[name] = parameter
    return found


BY_PLACE = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.VAR_POSITIONAL)


@cache
def placed(function):
    """Return the names of the parameters that are not given by name."""
    return [name for name, parameter in parameters(function).items() if parameter.kind in BY_PLACE]


def takes_any_keyword(function):
    """Whether a function has keywords with no names of ours."""
    return str(inspect.signature(function).parameters.get("attrs", "")).startswith("**")


def sample(function, name, annotation):
    """Find a value that fits a parameter."""
    if name in SPECIAL:
        return SPECIAL[name]
    module = vars(sys.modules[function.__module__])
    kind = kinds_of({name: annotation}, module)[name]
    for value in samples():
        try:
            kind.read(value)
        except (Unfit, errors.NullResource):
            continue
        return value
    return pytest.fail(f"no sample fits {name}: {annotation}")


async def outcome(call, positional, keywords, after=None):
    """Call a function and use the handle it returns; return the exception, if there was one."""
    try:
        result = call(*positional, **keywords)
        if after is not None:
            after()
        async with asyncio.timeout(5):
            if hasattr(result, "__aenter__"):
                async with result:
                    pass
            elif inspect.isawaitable(result):
                result = await result
    except Exception as error:
        return error
    finally:
        if isinstance(handle := getattr(call, "__self__", None), streams.Stream):
            handle.close()
    if isinstance(result, DockerClient):
        await result.aclose()
    elif hasattr(result, "close"):
        result.close()
    return None


def is_fine(path, name, junk, error, sent):
    """Whether an outcome is one that is documented."""
    if error is None or isinstance(error, ReachedTheEngine | errors.EngineUnreachable):
        return True
    if junk is JUNK["everything"] and name in STRUCTURES:
        return isinstance(error, TypeError)
    if isinstance(error, FILE_ERRORS) and not FILES.isdisjoint(path.split(".")):
        return True
    if sent or isinstance(error, errors.InvalidRepository | errors.InvalidVersion):
        return not sent
    if isinstance(error, DOCUMENTED.get(path, ())):
        return True
    text = str(error)
    plain = text.lower().replace("_", "").replace("-", "")
    named = name.replace("_", "") in plain or any(words in text for words in OTHER_NAMES)
    clash = type(error) in {RuntimeError, errors.InvalidArgument} and any(words in text for words in STATES)
    return clash or (named and isinstance(error, TypeError | errors.InvalidArgument | errors.ProtocolError))


@pytest.mark.parametrize("owner", sorted(OWNED))
async def test_wrong_shapes_are_refused_by_name_before_anything_is_sent(owner, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")  # "." and ".." are folders that some functions read
    wrong = [text for path in TESTED if path.partition(".")[0] == owner for text in await wrong_outcomes(path)]
    assert not wrong, "\n".join(wrong)


def needed(path):
    """Return values for what a function cannot be called without."""
    function, _ = FUNCTIONS[path]
    return {
        name: sample(function, name, parameter.annotation)
        for name, parameter in parameters(function).items()
        if parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD
    } | CONTENT.get(path, {})


async def outcome_of(path, arguments, after=None):
    """Call a function with these arguments, by name where it takes names; ``after`` is called before it is awaited."""
    function, made = FUNCTIONS[path]
    by_name = dict(arguments)
    positional = [by_name.pop(name) for name in placed(function) if name in by_name]
    TRANSPORT.sent.clear()
    return await outcome(made(), positional, by_name, after)


async def wrong_outcomes(path):
    """Call a function with every wrong shape for each of its parameters; return what comes of it and is not documented."""
    given = needed(path)
    wrong = []
    for name in parameters(FUNCTIONS[path][0]):
        for shape, junk in JUNK.items():
            error = await outcome_of(path, {**given, name: junk})
            str(error).encode()
            if not is_fine(path, name, junk, error, TRANSPORT.sent):
                wrong.append(f"{path}: {name}={shape}: {type(error).__name__}: {error}")
    return wrong


async def test_an_unknown_keyword_is_refused():
    taken = []
    for path in TESTED:
        function, made = FUNCTIONS[path]
        if takes_any_keyword(function):
            continue  # its further keywords are attributes of BuildKit's
        error = await outcome(made(), [], {"no_such_keyword": 1})
        named = "no_such_keyword" in str(error) or "missing" in str(error)
        if not (named and isinstance(error, TypeError | errors.InvalidArgument)):
            taken.append(f"{path}: {error!r}")
    assert taken == []


def test_every_public_function_is_walked_or_stands_on_a_list_with_its_reason():
    found = unwalked(function for function, _ in FUNCTIONS.values())
    assert sorted(set(found.values()) ^ NOT_WALKED.keys()) == []


MISTAKEN = {
    r"tail: ": ("x", "ALL", "", " 5", "1.5"),
    r"\w+: Seconds\b": (9223372037, sys.maxsize, timedelta.max),
    r"\w+: Owner\b": (2**32 - 1, 2**32, 2**32 + 7, -1, "root"),
}
"""By parameters' names and types, values that engines silently take for others: all lines, no time at all, and root."""


@pytest.mark.parametrize("pattern", MISTAKEN)
async def test_what_engines_would_take_for_something_else_is_refused(pattern):
    found = [
        (path, name)
        for path in TESTED
        for name, parameter in parameters(FUNCTIONS[path][0]).items()
        if re.match(pattern, f"{name}: {parameter.annotation}")
    ]
    assert len(found) > 5
    for (path, name), value in product(found, MISTAKEN[pattern]):
        error = await outcome_of(path, {**needed(path), name: value})
        assert isinstance(error, errors.InvalidValue), (path, value, error)
        assert name in str(error)
        assert TRANSPORT.sent == []


# ---- values of the moment of the call


FORMS = (["a"], {"a": "b"}, {"Name": "always"}, {"test": ["a"]}, [{"Target": "/a", "Source": "/b", "Type": "bind"}])
"""Forms that parameters have, each with something inside."""
SENDING = {type(owner).__name__ for owner in OWNERS[1:]}


def change(value):
    """Change everything inside a list or a mapping."""
    for key, item in list(value.items() if isinstance(value, dict) else enumerate(value)):
        if isinstance(item, dict | list):
            change(item)
        else:
            value[key] = f"{item}x" if isinstance(item, str) else item + 1
    if isinstance(value, list):
        value.append(value[0])
    else:
        value["other"] = "new"


async def sent(path, arguments, after=None):
    """Return what a function sends with these arguments; nothing if it refuses them."""
    error = await outcome_of(path, arguments, after)
    accepted = error is None or isinstance(error, ReachedTheEngine)
    return [(one.target, one.body, one.headers) for one in TRANSPORT.sent] if accepted else []


async def test_what_is_changed_after_the_call_is_not_sent():
    """A program may change its lists and mappings before it awaits."""
    taken, late = set(), []
    for path in (path for path in TESTED if path.partition(".")[0] in SENDING):
        others = needed(path)
        for name, form in product(parameters(FUNCTIONS[path][0]), FORMS):
            given = {**others, name: copy.deepcopy(form)}
            at_once = await sent(path, given)
            if at_once:
                taken.add(f"{path} {name}")
                if await sent(path, given, partial(change, given[name])) != at_once:
                    late.append(f"{path}: {name}={form}")
    assert late == []
    assert {"Container.update restart_policy", "ServiceCollection.create labels", "Swarm.init labels"} <= taken
