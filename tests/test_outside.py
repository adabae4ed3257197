"""Every module that reads what others wrote: whatever it is given, it returns or raises what is documented.

BuildKit's have a walk of their own, in ``tests/buildkit/test_any_bytes.py``.
"""

from __future__ import annotations

import ast
import base64
import contextlib
import json
from functools import partial
from pathlib import Path
from types import SimpleNamespace

from hypothesis import given, settings, strategies as st

import aiodockerpy
from aiodockerpy import errors, models
from aiodockerpy._config.auth import decode_auth
from aiodockerpy._config.config_file import ConfigFile, parse_json_object
from aiodockerpy._config.context_store import ContextMetadata, natural_order
from aiodockerpy._config.credential_helper import CredentialHelper
from aiodockerpy._config.credentials import _parse_auth_variable
from aiodockerpy._config.hosts import parse_host
from aiodockerpy._protocol.archive import decode_json_header, decode_path_stat
from aiodockerpy._protocol.body import ChunkedDecoder, body_decoder
from aiodockerpy._protocol.comma_separated import fields
from aiodockerpy._protocol.frames import FramedBody, FrameDecoder
from aiodockerpy._protocol.http import ResponseHead, ResponseHeadParser
from aiodockerpy._protocol.jsonstream import JsonStreamDecoder
from aiodockerpy._protocol.lines import LineDecoder
from aiodockerpy._protocol.listening import listening
from aiodockerpy._protocol.operations import call
from aiodockerpy._protocol.outside import JsonError, read_int, read_json
from aiodockerpy._protocol.ping import Ping
from aiodockerpy._protocol.platforms import fits
from aiodockerpy._protocol.progress import ProgressReducer
from aiodockerpy._protocol.reference import Reference
from aiodockerpy._protocol.stats import figures
from aiodockerpy._protocol.terminal import BadResizeError, cut_reason, resize_in, unfinished_bytes
from aiodockerpy._protocol.timestamps import Timestamp
from aiodockerpy._protocol.versions import ApiVersion
from aiodockerpy._transport.base import Reply
from aiodockerpy._transport.http.refusal import explanation
from aiodockerpy._transport.ssh.login import LastWords
from aiodockerpy._transport.ssh.tunnel import _engine_socket
from aiodockerpy.api._part import Part
from aiodockerpy.api._results import _read_push, built_image, imported_image, loaded_images, push_result
from aiodockerpy.models import EventMessage, Task
from aiodockerpy.models._lists import list_from_wire, long_list_from_wire
from aiodockerpy.resources._base import created_id, part_of, version_of
from aiodockerpy.resources._builds.build import _FromClassic
from aiodockerpy.resources._builds.classic import _built, _explained
from aiodockerpy.resources._builds.log import _size
from aiodockerpy.resources._following.events import _key, _Past
from aiodockerpy.resources._following.merged.source import _subject
from aiodockerpy.resources._following.view import View
from aiodockerpy.resources._jobs.ends import Ends
from aiodockerpy.resources._jobs.tasks import Watched
from aiodockerpy.resources._processes.exec import code_in
from aiodockerpy.resources._pulls import _platform_of
from aiodockerpy.resources._readiness.attempts import ListeningWait
from aiodockerpy.resources._readiness.endpoint import Place, choose
from aiodockerpy.resources._readiness.watch import last_output
from aiodockerpy.resources._scopes.kinds import KINDS
from aiodockerpy.resources._scopes.owner import EXPIRES, ID, Owner
from aiodockerpy.resources._scopes.reap import _expired
from aiodockerpy.resources._scopes.transport import ScopedTransport
from aiodockerpy.streams.decoding import ArchiveBytes, JsonItems, ProgressItems
from aiodockerpy.terminals.websockets import BrowserLeftError, Peer

ROOT = Path(aiodockerpy.__file__).parent


def run(step):
    """Run a coroutine that never waits."""
    try:
        step.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("it waits")


def decode(decoder, data):
    """Feed a decoder in two pieces, and end it."""
    middle = len(data) // 2
    for piece in (data[:middle], data[middle:]):
        list(decoder.feed(piece))
    list(decoder.flush())
    decoder.close()


def ended(value):
    ends = Ends(None, "a=b")
    ends.watch("x")
    for action in ("kill", "die"):
        ends._note(EventMessage.from_value({"Type": "container", "Action": action, "Actor": value}))


def newest(value):
    versions = [{"Index": value}, {"Index": 1}, value]
    Watched(0).note([Task.from_value({"ID": "x", "Version": version}) for version in versions], 0)


def scoped(data):
    """Have a scope read the answer of a creation, and that of the inspection before a removal."""

    class Inner:
        max_response_size = 1 << 20

        async def request(self, call):
            return Reply(200, {}, data)

    transport = ScopedTransport(Inner(), "ci", {ID: "1"})
    transport._remember(Reply(201, {}, data))
    run(transport._check_own(KINDS[1], call("ContainerDelete", {"id": "x"})))


def published_at(data):
    """Have an endpoint chosen from the inspection of a container."""
    address, _, port = text_of(data).partition("|")
    value = value_of(data)
    found = [value] if isinstance(value, dict) else []
    bindings = {"NetworkSettings": {"Ports": {"80/tcp": [{"HostIp": address, "HostPort": port}]}}}
    for inspection in (bindings, *found):
        choose(models.ContainerInspect.from_value(inspection), "80/tcp", None, Place())


def value_of(data):
    try:
        return read_json(data)
    except JsonError:
        return None


def text_of(data):
    return data.decode(errors="surrogateescape")


class Given:
    """A source of one batch."""

    def __init__(self, data):
        self._batches = [[models.JSONMessage.from_wire(data)], []]

    async def batch(self):
        return self._batches.pop(0)


class Answering:
    def __init__(self, data):
        self._data = data

    async def request(self, _call):
        return SimpleNamespace(body=self._data)

    async def run(self, _command):
        return 0, self._data


CALL = SimpleNamespace(operation=SimpleNamespace(id="X"))


def body(data):
    head, _, rest = data.partition(b"|")
    head = ResponseHeadParser().feed(b"HTTP/1.1 200 OK\r\n%b\r\n\r\n" % head)
    if isinstance(head, ResponseHead):
        decoder = body_decoder(head, "GET")
        decoder.feed(rest)
        decoder.end()


def results(data):
    for collect in (built_image, imported_image, loaded_images, push_result):
        run(collect(Given(data)))
    _read_push(text_of(data))


def event(data):
    found = models.EventMessage.from_wire(data)
    _Past().sort([found, found])
    return found.at, found.id, found.status, found.from_, _key(found), repr(found)


def classic(data):
    message = models.JSONMessage.from_wire(data)
    _FromClassic._items(SimpleNamespace(_step=SimpleNamespace(number=1, state="")), message)  # type: ignore[arg-type]


def progress(data):
    reducer = ProgressReducer()
    reducer.feed(models.JSONMessage.from_wire(data))
    reducer.snapshot()


def config_file(data):
    config = ConfigFile(Path("/config.json"), parse_json_object(data, "config.json"))
    config.proxies_for("unix:///x")


async def browser_sends(key, value):
    message = {"type": "websocket.disconnect", "code": None} | {key: value}
    with contextlib.suppress(BrowserLeftError, RuntimeError):
        await Peer(Browser([message])).receive()


class Browser:
    def __init__(self, messages):
        self._messages = messages

    async def receive(self):
        return self._messages.pop() if self._messages else None

    async def send_bytes(self, data):
        raise AssertionError


def timestamp(data):
    Timestamp.parse(text_of(data))


READERS = {
    "_config.auth": [lambda data: decode_auth(text_of(data))],
    "_config.config_file": [config_file],
    "_config.context_store": [
        lambda data: ContextMetadata.parse(data, "here"),
        lambda data: natural_order(text_of(data)),
    ],
    "_config.credential_helper": [lambda data: CredentialHelper("x", environment={})._parse(data, "get")],
    "_config.credentials": [lambda data: _parse_auth_variable(text_of(data))],
    "_config.hosts": [lambda data: parse_host(text_of(data))],
    "_protocol.archive": [lambda data: decode_path_stat(text_of(data)), lambda data: decode_json_header(text_of(data))],
    "_protocol.body": [body, lambda data: ChunkedDecoder().feed(data)],
    "_protocol.frames": [
        lambda data: decode(FrameDecoder(), data),
        lambda data: decode(FrameDecoder(join=True), data),
        lambda data: decode(FramedBody(ChunkedDecoder(), FrameDecoder(join=True), join=True), data),
    ],
    "_protocol.http": [lambda data: ResponseHeadParser().feed(data)],
    "_protocol.jsonstream": [lambda data: decode(JsonStreamDecoder(100), data)],
    "_protocol.comma_separated": [lambda data: fields(text_of(data))],
    "_protocol.listening": [listening, lambda data: listening(b"local_address\n" + data)],
    "_protocol.lines": [lambda data: decode(LineDecoder(FrameDecoder(), timestamps=True, details=True), data)],
    "_protocol.outside": [read_json, lambda data: read_int(text_of(data))],
    "_protocol.ping": [lambda data: Ping.from_headers({"Api-Version": text_of(data), "Swarm": text_of(data)})],
    "_protocol.progress": [progress],
    "_protocol.reference": [lambda data: Reference.parse(text_of(data))],
    "_protocol.stats": [lambda data: figures(models.ContainerStats.from_wire(data))],
    "_protocol.terminal": [
        lambda data: resize_in(text_of(data)),
        lambda data: resize_in('{"type":"resize",' + text_of(data)),
        lambda data: unfinished_bytes(data),
        lambda data: cut_reason(text_of(data)),
    ],
    "_protocol.timestamps": [timestamp],
    "_protocol.versions": [lambda data: ApiVersion.parse(text_of(data))],
    "_transport.http.refusal": [partial(explanation, encoding=name) for name in ("identity", "gzip", "deflate", "br")],
    "_transport.ssh.login": [lambda data: (words := LastWords(), words.add(data), str(words))],
    "_transport.ssh.tunnel": [lambda data: run(_engine_socket(Answering(data)))],
    "api._results": [results],
    "api._part": [lambda data: run(Part(Answering(data))._fetch_text(CALL))],
    "models._base": [
        models.Volume.from_wire,
        lambda data: list_from_wire(models.Volume, data),
        lambda data: long_list_from_wire(models.Volume, data),
    ],
    "models._lazy": [models.ContainerInspect.from_wire, lambda data: list_from_wire(models.ContainerSummary, data)],
    "models.events": [event],
    "resources._base": [
        lambda data: created_id(models.Volume.from_wire(data)),
        lambda data: version_of(models.Service.from_wire(data)),
        lambda data: part_of(models.Service.from_wire(data), "Spec", models.ServiceSpec),
    ],
    "resources._builds.build": [classic],
    "resources._builds.classic": [
        lambda data: _built([models.JSONMessage.from_wire(data)]),
        lambda data: _explained(errors.BuildError("x"), [models.JSONMessage.from_wire(data)]),
    ],
    "resources._builds.log": [lambda data: _size(models.JSONMessage.from_wire(data))],
    "resources._following.events": [event],
    "resources._processes.exec": [lambda data: code_in(models.EventMessage.from_wire(data), "x")],
    "resources._following.merged.source": [lambda data: _subject(models.EventMessage.from_wire(data))],
    "resources._following.view": [
        lambda data: View._subject(SimpleNamespace(_kind="container"), models.EventMessage.from_wire(data))  # type: ignore[arg-type]
    ],
    "resources._jobs.ends": [lambda data: ended(value_of(data))],
    "resources._jobs.tasks": [lambda data: newest(value_of(data))],
    "resources._pulls": [lambda data: fits(text_of(data), *_platform_of(models.ImageInspect.from_wire(data)))],
    "resources._readiness.attempts": [lambda data: ListeningWait(None, [text_of(data)])],
    "resources._readiness.endpoint": [published_at],
    "resources._readiness.watch": [
        lambda data: last_output(SimpleNamespace(info=models.ContainerInspect.from_wire(data)))  # type: ignore[arg-type]
    ],
    "resources._scopes.owner": [lambda data: Owner.parse(text_of(data)).life(Owner.here())],
    "resources._scopes.reap": [lambda data: _expired({EXPIRES: text_of(data)})],
    "resources._scopes.transport": [lambda data: scoped(data)],
    "terminals.websockets": [
        lambda data: [run(browser_sends(kind, value_of(data))) for kind in ("type", "code", "text")]
    ],
    "streams.decoding": [
        lambda data: decode(JsonItems(models.EventMessage, "X"), data),
        lambda data: decode(ProgressItems("X"), data),
        lambda data: decode(ArchiveBytes("ImageGet"), data),
    ],
}
DOCUMENTED = {
    "_config.auth": ValueError,
    "_config.credentials": ValueError,
    "_protocol.comma_separated": ValueError,
    "_protocol.outside": JsonError,
    "_protocol.terminal": BadResizeError,
    "_protocol.timestamps": ValueError,
}
"""What is raised for others of this library to translate; anything else raises its own errors."""
READ = {"read_json", "read_json_object", "read_int", "read_text", "from_json"}

NAMES = st.sampled_from(
    [
        "Id",
        "Name",
        "Spec",
        "Version",
        "Index",
        "status",
        "stream",
        "error",
        "errorDetail",
        "message",
        "code",
        "progressDetail",
        "current",
        "total",
        "id",
        "aux",
        "ID",
        "Digest",
        "timeNano",
        "time",
        "Type",
        "Action",
        "Actor",
        "Attributes",
        "cpu_stats",
        "cpu_usage",
        "total_usage",
        "memory_stats",
        "usage",
        "auths",
        "credHelpers",
        "proxies",
        "Metadata",
        "Endpoints",
        "docker",
        "Host",
        "Username",
        "Secret",
        "mode",
        "size",
        "mtime",
        "units",
    ]
)
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["²", "9" * 5000])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=10,
)
JSON = VALUES.map(lambda value: json.dumps(value).encode())
SYNTAX = st.lists(
    st.sampled_from(
        [
            *(bytes([byte]) for byte in b'{}[]"\\,:;\n\x1e\0\xff0|Z=/%'),
            *(
                b"\r\n",
                b"\1\0\0\0\0\0\0\1",
                b"1e999",
                b"NaN",
                b"\\ud800",
                b"HTTP/1.1 ",
                b"200",
                "²".encode(),
                b"1_0",
                b"-1",
            ),
            *(
                b"Content-Length: ",
                b"[" * 300,
                b"2026-01-02T03:04:05.",
                b"+99:99",
                b"tcp://",
                b"[::1",
                b"v1.",
                b"@sha256:",
            ),
            *(b"Step 1/", b"9" * 5000),
        ]
    ),
    max_size=12,
).map(b"".join)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=5).map(lambda value: json.dumps(value).encode())
DATA = st.binary(max_size=60) | SYNTAX | JSON | OBJECTS | OBJECTS.map(base64.b64encode)


@given(data=DATA)
@settings(max_examples=4 * settings.default.max_examples)
def test_only_documented_errors(data):
    """All read the same: to make it up takes longer than to read it."""
    for module, readers in READERS.items():
        for read in readers:
            try:
                read(data)
            except errors.DockerException as error:
                str(error)
            except DOCUMENTED.get(module, ()):
                pass
            except Exception as error:
                error.add_note(f"reading in {module}")
                raise


def _modules(*words):
    """Parse the modules in which one of the words stands."""
    for path in ROOT.rglob("*.py"):
        text = path.read_text()
        if any(word in text for word in words):
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts), ast.parse(text)


def test_no_module_that_reads_is_forgotten():
    reading = {
        name
        for name, tree in _modules(*READ)
        if any(isinstance(node, ast.alias) and node.name in READ for node in ast.walk(tree))
    }
    assert {name for name in reading if not name.startswith(("buildkit.", "testing."))} <= READERS.keys()


def _uses(*names):
    """Find the modules that use attributes of these names, but for the fake engine's."""
    return {
        name
        for name, tree in _modules(*names)
        if any(isinstance(node, ast.Attribute) and node.attr in names for node in ast.walk(tree))
        and not name.startswith("testing.")
    }


def test_json_is_parsed_in_one_place():
    assert _uses("loads", "JSONDecoder", "raw_decode") == {"_protocol.outside"}


def test_digits_are_judged_in_one_place():
    with_rules_of_their_own = {"_protocol.tar", "_protocol.units", "_protocol.platforms"}
    assert _uses("isdigit", "isdecimal", "isnumeric") == with_rules_of_their_own
