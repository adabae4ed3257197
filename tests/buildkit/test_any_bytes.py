"""Every function that takes bytes or text of an engine: whatever it is given, it returns or raises what is documented."""

from __future__ import annotations

import inspect

import pytest
from hypothesis import given, strategies as st

from aiodockerpy import errors
from aiodockerpy.buildkit import _messages as pb
from aiodockerpy.buildkit._failure import build_error, read_details
from aiodockerpy.buildkit._place import line_of
from aiodockerpy.buildkit._rpc.frames import FrameSplitter
from aiodockerpy.buildkit._rpc.framing import (
    MessageSplitter,
    RpcError,
    read_metadata,
    read_status,
    status_trailers,
)
from aiodockerpy.buildkit._rpc.protobuf import Message
from aiodockerpy.buildkit._services.content import record_cache
from aiodockerpy.buildkit._services.ssh import AgentFilter
from aiodockerpy.buildkit.build import BuildResult
from aiodockerpy.buildkit.display import PlainLines
from aiodockerpy.buildkit.progress import BuildState
from aiodockerpy.models import JSONMessage
from aiodockerpy.resources._builds.build import _FromClassic
from tests.together import together

MESSAGES = [kind for _, kind in inspect.getmembers(pb, inspect.isclass) if Message in kind.__bases__]
TEXT = st.text(st.characters(exclude_categories=[]), max_size=60)
HEADER = st.tuples(
    st.sampled_from([b"grpc-status", b"grpc-message", b"grpc-status-details-bin", b"x"]),
    st.binary(max_size=20) | st.sampled_from(["²".encode(), b"9" * 5000, b"-1", b"%ff", b"e30", b"1_0", b" 1"]),
)
NAMES = st.sampled_from(
    ["info", "ranges", "start", "line", "data", "filename", "digest", "Code", "code", "manifests", "annotations"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | TEXT | st.just("²"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)
NUMBERS = st.sampled_from([0, 1, -1, 2**31 - 1, -(2**31), 2**63 - 1, -(2**63)]) | st.integers(-(2**63), 2**63 - 1)
STAMPS = st.none() | st.builds(pb.Timestamp, NUMBERS, NUMBERS)


@pytest.mark.parametrize("kind", MESSAGES)
@given(data=st.binary(max_size=100))
def test_a_message(kind, data: bytes) -> None:
    try:
        found = kind.decode(data)
    except errors.ProtocolError:
        return
    assert kind.decode(found.encode()) == found


@given(st.lists(HEADER, max_size=5))
def test_a_status(headers) -> None:
    error = read_status(read_metadata(headers))
    if error is not None:
        assert read_status(read_metadata(status_trailers(error))).code == error.code
        build_error(error, BuildState(), ("D", "FROM x"))


@given(st.binary(max_size=60), st.integers(1, 9))
def test_a_stream_of_messages(data: bytes, limit: int) -> None:
    splitter = MessageSplitter(limit=20)
    splitter.feed(data)
    try:
        while batch := splitter.take(limit):
            assert all(len(item) <= 20 for item in batch)
        splitter.close()
    except errors.ProtocolError:
        pass


@given(st.binary(max_size=80), st.booleans())
def test_a_stream_of_frames(data: bytes, preface: bool) -> None:
    try:
        list(FrameSplitter(lambda _: True, 50, preface=preface).feed(data))
    except errors.ProtocolError:
        pass


@given(
    st.sampled_from(["errdefs.Source", "errdefs.Vertex", "gatewayapi.ExitMessage"]),
    st.dictionaries(NAMES, JSON, max_size=4),
    st.binary(max_size=20)
    | st.sampled_from([b"[" * 100_000, b'{"Code":Infinity}', b'{"Code":1e999}', b'{"a":' * 9999]),
)
def test_details_of_an_error(name, value, raw) -> None:
    import json

    for content in (json.dumps(value).encode(), raw):
        data = pb.Status(details=[pb.Any(f"github.com/moby/buildkit/{name}+json", content)]).encode()
        found = read_details(data)
        assert isinstance(found.excerpt, str)
        assert isinstance(found.filename, str)
        assert found.exit_code is None or type(found.exit_code) is int


@given(TEXT, TEXT, TEXT)
def test_a_place(step: str, message: str, dockerfile: str) -> None:
    assert line_of(f"[1/1] {step}", message, dockerfile) >= 0
    build_error(RpcError(2, message), BuildState(), ("D", dockerfile))


@pytest.mark.parametrize(
    "message", ["exit code: ²", "exit code: " + "9" * 5000, "parse error line ²: x", "a" * 500_000]
)
def test_an_odd_message(message) -> None:
    error = build_error(RpcError(2, message), BuildState(), ("D", "FROM x"))
    assert (error.msg, error.exit_code) == (message, None)


def test_a_dockerfile_of_many_variables_takes_no_time() -> None:
    words = "a$A " * 20_000
    assert line_of("[1/1] RUN " + "a" * 20_000, "", f"RUN {words}b\n") == 0
    assert line_of("[1/1] RUN " + "a1 " * 20_000 + "b", "", f"FROM x\nRUN {words}b\n") == 2


ARRIVED = st.text(max_size=60)  # decoded with what is no UTF-8 replaced
STATUS = st.builds(
    pb.StatusResponse,
    st.lists(
        st.builds(pb.Vertex, ARRIVED, st.lists(ARRIVED, max_size=2), ARRIVED, st.booleans(), STAMPS, STAMPS, ARRIVED)
    ),
    st.lists(st.builds(pb.VertexStatus, ARRIVED, ARRIVED, ARRIVED, NUMBERS, NUMBERS, STAMPS, STAMPS), max_size=3),
    st.lists(st.builds(pb.VertexLog, ARRIVED, STAMPS, NUMBERS, st.binary(max_size=9)), max_size=3),
    st.lists(
        st.builds(
            pb.VertexWarning,
            ARRIVED,
            st.binary(max_size=9),
            st.lists(st.binary(max_size=9), max_size=2),
            ARRIVED,
            st.none() | st.builds(pb.SourceInfo, ARRIVED, st.binary(max_size=20)),
            st.lists(st.builds(pb.Range, st.none() | st.builds(pb.Position, NUMBERS)), max_size=2),
        ),
        max_size=3,
    ),
)


@given(st.lists(STATUS, max_size=3))
def test_progress(statuses) -> None:
    state, lines = BuildState(), PlainLines()
    for status in statuses:
        for item in state.feed(status):
            list(lines.feed(item))
            repr(item)
    build_error(RpcError(2, "x"), state)


@given(st.binary(max_size=40), TEXT, JSON)
def test_an_exporters_answer(data: bytes, text: str, value) -> None:
    import base64
    import json

    for answer in (text, json.dumps(value), base64.b64encode(data).decode()):
        assert set(BuildResult(None, exporter_response={"a": answer}).metadata) == {"a"}


@together("answer", ["[" * 100_000, '{"a":' * 100_000, "9" * 9999], ids=len)
def test_an_exporters_answer_without_end(answer) -> None:
    assert set(BuildResult(None, exporter_response={"a": answer}).metadata) == {"a"}


@given(JSON)
def test_a_caches_manifest(tmp_path_factory, value) -> None:
    import json

    directory = tmp_path_factory.mktemp("cache")
    for text in (json.dumps(value), "[" * 100_000, "{"):
        try:
            record_cache([directory], {"cache.manifest": text})
        except errors.ProtocolError:
            continue
        assert json.loads((directory / "index.json").read_text())["manifests"]


@given(st.lists(st.binary(max_size=30), max_size=5))
def test_requests_to_an_agent(pieces: list[bytes]) -> None:
    step = AgentFilter()
    try:
        for piece in pieces:
            step.feed(piece)
    except RpcError:
        pass


@given(st.lists(st.sampled_from(["Step ", "²", "/", " : ", "9" * 5000, "1", "RUN", " ---> Using cache"]), max_size=6))
def test_a_message_of_the_classic_builder(parts: list[str]) -> None:
    source = _FromClassic(None, BuildState())  # type: ignore[arg-type]  # nothing is read
    for item in source._items(JSONMessage(stream="".join(parts))):
        repr(item)
