"""DATA frames by hand: any split gives the same, hyperframe reads what is made, and the windows add up."""

from __future__ import annotations

import pytest
from hyperframe.frame import DataFrame as Peers, Frame, GoAwayFrame, HeadersFrame, PingFrame, WindowUpdateFrame
from hypothesis import given, strategies as st

from aiodockerpy.buildkit._rpc.frames import (
    PREFACE,
    DataFrame,
    FrameSplitter,
    GoAway,
    Window,
    data_frames,
    end_of_stream,
    window_update,
)
from aiodockerpy.errors import ProtocolError

LIMIT = 16_384
APART = (Peers, GoAwayFrame)

data = st.builds(
    lambda stream, data, padding, last: Peers(
        stream,
        data,
        pad_length=padding or 0,
        flags=["END_STREAM"] * last + ["PADDED"] * (padding is not None),
    ),
    st.integers(1, 5),
    st.binary(max_size=40),
    st.none() | st.integers(0, 20),
    st.booleans(),
)
goodbyes = st.builds(GoAwayFrame, st.just(0), st.integers(0, 2**31 - 1), st.integers(0, 20), st.binary(max_size=9))
others = st.sampled_from([PingFrame(0, b"12345678"), HeadersFrame(3, b"block", flags=["END_HEADERS"])])


def split(wire: bytes, step: int, *, ours=lambda _: True, preface=False) -> list[DataFrame | bytes]:
    splitter = FrameSplitter(ours, LIMIT, preface=preface)
    return [part for at in range(0, len(wire), step) for part in splitter.feed(wire[at : at + step])]


def as_split(frame: Frame) -> DataFrame | GoAway | bytes:
    if isinstance(frame, GoAwayFrame):
        return GoAway(frame.last_stream_id, frame.error_code)
    if not isinstance(frame, Peers):
        return frame.serialize()
    return DataFrame(frame.stream_id, frame.data, frame.flow_controlled_length, "END_STREAM" in frame.flags)


@given(st.lists(data | others | goodbyes, max_size=20), st.integers(1, 200), st.booleans())
def test_any_split_gives_the_same_frames(frames: list[Frame], step: int, preface: bool) -> None:
    begin = b"P" * PREFACE if preface else b""
    parts = split(begin + b"".join(frame.serialize() for frame in frames), step, preface=preface)
    runs = b"".join(part for part in parts if isinstance(part, bytes))
    assert runs == begin + b"".join(frame.serialize() for frame in frames if not isinstance(frame, APART))
    assert [part for part in parts if not isinstance(part, bytes)] == [
        as_split(frame) for frame in frames if isinstance(frame, APART)
    ]


@pytest.mark.parametrize("wire", [GoAwayFrame(0).serialize()[:-1], b"\0\0\x08\7\0\0\0\0\1" + bytes(8)])
def test_a_malformed_goodbye_is_left_to_h2(wire: bytes) -> None:
    size = len(wire) - 9
    wire = size.to_bytes(3, "big") + wire[3:]
    assert split(wire, 100) == [wire]


@given(st.lists(data | others, max_size=20))
def test_the_order_is_kept_and_other_streams_stay_in_their_run(frames: list[Frame]) -> None:
    parts = split(b"".join(frame.serialize() for frame in frames), 1 << 20, ours=lambda stream: stream % 2 == 1)
    again = b"".join(part if isinstance(part, bytes) else b"#%d" % part.stream for part in parts)
    assert again == b"".join(
        b"#%d" % frame.stream_id if isinstance(frame, Peers) and frame.stream_id % 2 else frame.serialize()
        for frame in frames
    )


def test_what_a_run_brings_about_counts_for_what_follows() -> None:
    """Headers open a stream, and its first data come in the same read."""
    opened = set()
    splitter = FrameSplitter(opened.__contains__, LIMIT, preface=False)
    parts = splitter.feed(HeadersFrame(3, b"block").serialize() + Peers(3, b"data").serialize())
    assert next(parts) == HeadersFrame(3, b"block").serialize()
    opened.add(3)
    assert list(parts) == [DataFrame(3, b"data", 4, last=False)]


def test_a_frame_above_the_limit_is_handed_on_as_soon_as_it_is_seen() -> None:
    wire = Peers(1, bytes(LIMIT + 1)).serialize()
    assert split(wire[:100], 100) == [wire[:100]]


@pytest.mark.parametrize(("size", "padding"), [(0, 0), (1, 1), (5, 5), (5, 255)])
def test_padding_that_is_longer_than_its_frame(size: int, padding: int) -> None:
    wire = size.to_bytes(3, "big") + b"\0\x08\0\0\0\1" + bytes([padding] * size)
    with pytest.raises(ProtocolError, match="padded"):
        split(wire, 100)


@given(st.binary(min_size=1, max_size=500), st.integers(1, 100), st.integers(1, 0x7FFFFFFF))
def test_what_is_cut_is_read_by_hyperframe(content: bytes, limit: int, stream: int) -> None:
    wire = memoryview(b"".join(data_frames(stream, memoryview(content), limit)))
    read = b""
    while wire:
        frame, length = Frame.parse_frame_header(wire[:9])
        frame.parse_body(wire[9 : 9 + length])
        assert (type(frame), frame.stream_id, set(frame.flags)) == (Peers, stream, set())
        assert 0 < length <= limit
        read += frame.data
        wire = wire[9 + length :]
    assert read == content


def test_the_small_ones_are_those_of_hyperframe() -> None:
    assert end_of_stream(7) == Peers(7, flags=["END_STREAM"]).serialize()
    assert window_update(7, 70_000) == WindowUpdateFrame(7, window_increment=70_000).serialize()


class TestWindow:
    @given(st.lists(st.integers(0, 100), max_size=200))
    def test_who_reads_everything_never_runs_out(self, sizes: list[int]) -> None:
        window, peers = Window(200), 200
        for size in sizes:
            assert size <= peers
            window.take(size)
            peers += window.give(size) - size
            assert peers > 100

    def test_more_than_the_room_is_refused(self) -> None:
        window = Window(10)
        window.take(10)
        with pytest.raises(ProtocolError, match="window"):
            window.take(1)

    def test_little_is_gathered(self) -> None:
        window = Window(100)
        assert [window.give(20) for _ in range(4)] == [0, 0, 60, 0]
