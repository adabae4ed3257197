"""The protobuf codec: recorded bytes, round trips, and bytes that are cut, unknown or wrong."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, strategies as st

from aiodockerpy.buildkit import _messages as pb
from aiodockerpy.buildkit._rpc.protobuf import Message, text, varint
from aiodockerpy.errors import ProtocolError
from tests.together import together

# What protoc's own runtime writes for these values.
RECORDED = [
    (pb.Timestamp(1700000000, 5), "0880e2cfaa061005"),
    (pb.Timestamp(-1, 0), "08ffffffffffffffffff01"),
    (pb.Packet(), ""),
    (pb.Packet(type=pb.PACKET_REQ, id=300), "080118ac02"),
    (pb.Packet(stat=pb.Stat(path="a", mode=0o644, size=3)), "12080a016110a4032803"),
    (pb.SolveRequest(ref="r", cache=pb.CacheOptions()), "0a01724200"),
    (pb.SolveRequest(frontend_attrs={"k": "v"}), "3a060a016b120176"),
    (pb.Exporter("moby", {"name": "a,b"}), "0a046d6f6279120b0a046e616d651203612c62"),
    (pb.Stat(path="x", xattrs={"user.a": b"\xff"}), "0a0178520b0a06757365722e611201ff"),
    (pb.Vertex(inputs=["a", ""], cached=True), "1201611200" + "2001"),
]


@together(("message", "octets"), RECORDED)
def test_recorded(message: Message, octets: str) -> None:
    assert message.encode().hex() == octets
    assert type(message).decode(bytes.fromhex(octets)) == message


texts = st.text(st.characters(exclude_categories=["Cs"]))
stamps = st.builds(pb.Timestamp, st.integers(-(2**63), 2**63 - 1), st.integers(-(2**31), 2**31 - 1))
vertexes = st.builds(
    pb.Vertex, digest=texts, inputs=st.lists(texts), name=texts, cached=st.booleans(),
    started=st.none() | stamps, completed=st.none() | stamps, error=texts,
)  # fmt: skip
statuses = st.builds(
    pb.StatusResponse,
    vertexes=st.lists(vertexes, max_size=3),
    logs=st.lists(st.builds(pb.VertexLog, vertex=texts, stream=st.integers(0, 2), msg=st.binary()), max_size=3),
    warnings=st.lists(st.builds(pb.VertexWarning, detail=st.lists(st.binary(), max_size=3)), max_size=2),
)
stats = st.builds(
    pb.Stat, path=texts, mode=st.integers(0, 2**32 - 1), size=st.integers(0, 2**63 - 1),
    mod_time=st.integers(-(2**63), 2**63 - 1), xattrs=st.dictionaries(texts, st.binary(), max_size=3),
)  # fmt: skip


@given(statuses | stats)
def test_round_trip(message: Message) -> None:
    assert type(message).decode(message.encode()) == message


@given(st.binary().map(lambda data: data.decode("utf-8", "surrogateescape")))
def test_a_file_name_comes_back_byte_for_byte(path: str) -> None:
    assert pb.Stat.decode(pb.Stat(path=path).encode()).path == path


@given(statuses, st.data())
def test_truncation_is_told_or_gives_fewer_fields(message: pb.StatusResponse, data: st.DataObject) -> None:
    whole = message.encode()
    cut = whole[: data.draw(st.integers(0, len(whole)))]
    with contextlib.suppress(ProtocolError):
        part = pb.StatusResponse.decode(cut)
        assert len(part.vertexes) <= len(message.vertexes)
        assert part.vertexes == message.vertexes[: len(part.vertexes)]


@given(st.binary(max_size=200))
def test_noise_is_read_or_refused(noise: bytes) -> None:
    for kind in (pb.StatusResponse, pb.Packet, pb.Status, pb.UsageRecord):
        with contextlib.suppress(ProtocolError):
            kind.decode(noise)


unknown = st.one_of(
    st.tuples(st.integers(100, 2000), st.integers(0, 2**64 - 1)).map(lambda x: varint(x[0] << 3) + varint(x[1])),
    st.tuples(st.integers(100, 2000), st.binary()).map(lambda x: varint(x[0] << 3 | 2) + varint(len(x[1])) + x[1]),
    st.tuples(st.integers(100, 2000), st.binary(min_size=8, max_size=8)).map(lambda x: varint(x[0] << 3 | 1) + x[1]),
    st.tuples(st.integers(100, 2000), st.binary(min_size=4, max_size=4)).map(lambda x: varint(x[0] << 3 | 5) + x[1]),
)


@given(stats, st.lists(unknown), st.lists(unknown))
def test_unknown_fields_are_skipped(message: pb.Stat, before: list[bytes], after: list[bytes]) -> None:
    assert pb.Stat.decode(b"".join(before) + message.encode() + b"".join(after)) == message


def test_a_known_number_with_another_wire_type_is_skipped() -> None:
    assert pb.Stat.decode(varint(1 << 3) + varint(7)) == pb.Stat()


@together("noise", ["0b", "0f", "08", "ff" * 11, "0a05ab", "09ab", "0dab"])
def test_refused(noise: str) -> None:
    with pytest.raises(ProtocolError):
        pb.Stat.decode(bytes.fromhex(noise))


def test_a_message_may_be_declared_anywhere() -> None:
    class Mine(Message):
        word: str = text(16)

    assert Mine("ä").encode() == b"\x82\x01\x02\xc3\xa4"


def test_credentials_are_not_shown() -> None:
    assert "hunter2" not in repr(pb.CredentialsResponse("me", "hunter2"))
