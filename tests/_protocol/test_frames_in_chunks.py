"""Framed output in a chunked body: the decoder of one pass beside an obvious one that looks at one byte after another."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import given, strategies as st

from aiodockerpy import errors
from aiodockerpy._protocol.body import ChunkedDecoder
from aiodockerpy._protocol.frames import Chunk, FramedBody, FrameDecoder
from aiodockerpy._protocol.lines import LineDecoder

from .splits import PLACES, cut, ways

NUMBERS = {"stdout": 1, "stderr": 2}
STAMP = b"2026-01-02T03:04:05.000000000Z "


def frame(stream, data):
    return bytes([stream, 0, 0, 0]) + len(data).to_bytes(4, "big") + data


def encode(chunks, *, last=b"0\r\n\r\n"):
    return b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks if chunk) + last


SIZE = re.compile(rb"[0-9a-fA-F]{1,15}[ \t]*(;[^\x00-\x08\x0a-\x1f\x7f]*)?")


def body_of(wire):
    """Take the chunks off, the slow way; return the body, and where the encoding is wrong (or ``None``)."""
    body, at = b"", 0
    while b"\r\n" in wire[at:]:
        line = wire[at : wire.index(b"\r\n", at)]
        if not SIZE.fullmatch(line):
            return body, at
        at += len(line) + 2
        size = int(re.match(rb"\w+", line)[0], 16)
        if not size:
            return body, wrong_trailer(wire, at)
        body += wire[at : at + size]
        at += size
        if not b"\r\n".startswith(wire[at : at + 2]):
            return body, at
        at += 2
    return body, None


def wrong_trailer(wire, at):
    while b"\r\n" in wire[at:]:
        line = wire[at : wire.index(b"\r\n", at)]
        if not line or b":" not in line:
            return at if line else None
        at += len(line) + 2
    return None


def output_of(body):
    """Take the frames off, the slow way; return what each byte of output belongs to, and where a frame is wrong."""
    output, at = [], 0
    while at + 8 <= len(body):
        length = int.from_bytes(body[at + 4 : at + 8], "big")
        if body[at : at + 4] == b"\3\0\0\0" and at + 8 + length <= len(body):
            return output, "the engine's error"
        if body[at] > 3 or body[at + 1 : at + 4] != b"\0\0\0" or length > 16 << 20:
            return output, at
        output += [(body[at] or 1, byte) for byte in body[at + 8 : at + 8 + length] if body[at] != 3]
        at += 8 + length
    return output, None


def decode(pieces, *, join=True):
    """Decode by one pass; return the output, and where a chunk and a frame are wrong."""
    chunked = ChunkedDecoder()
    decoder = FramedBody(chunked, FrameDecoder(join=join), join=join)
    chunks = []
    for piece in pieces:
        if decoder.failure is None and chunked.failure is None:
            with suppress(errors.DockerException):  # as `failure` is
                chunks += decoder.feed(piece)
    chunks += decoder.flush()
    return chunks, chunked, decoder


def by_byte(chunks):
    return [(NUMBERS[stream], byte) for stream, data in chunks for byte in data]


DATA = st.sampled_from([b"", b"\n", b"a\n", b"bb\n", b"piece", STAMP + b"c\n", STAMP + b"piece", b"\n\r\n9\r\n\1\n"])
FRAMES = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 1, 1, 1, 2, 2]), DATA | st.integers(0, 300).map(lambda length: b"x" * length + b"\n")
    ),
    max_size=20,
)
ODD_CHUNKS = st.sampled_from([
    b"\1\0\0\0",  # less than a header
    b"\1\0\0\0\0\0\0\0",
    b"\1\0\0\0\0\0\0\5a\n",  # a frame that goes on in the next chunk
    b"xyz",  # which would be that
    frame(1, b"a\n") + frame(2, b"b\n"),
    frame(3, b"an error of the engine"),
    frame(9, b"a\n"),
    b"\1\0\0\0\xff\xff\xff\xff",
    b"text\n",
])  # fmt: skip
ODD_ENDS = st.text("0123;:\r\nax\1\0", max_size=30).map(str.encode)
BODIES = st.builds(
    lambda frames, odd, more, end: (
        encode([frame(*each) for each in [*frames]] + odd + [frame(*each) for each in more]).removesuffix(b"0\r\n\r\n")
        + end
    ),
    FRAMES,
    st.lists(ODD_CHUNKS, max_size=3),
    FRAMES,
    st.just(b"0\r\n\r\n") | st.just(b"") | ODD_ENDS,
)


@given(BODIES, PLACES, st.booleans())
def test_any_body_cut_anywhere_gives_what_the_obvious_decoder_gives(wire, places, join):
    body, wrong_chunk = body_of(wire)
    output, wrong_frame = output_of(body)
    chunks, chunked, decoder = decode(cut(wire, places), join=join)
    assert by_byte(chunks) == output
    if isinstance(wrong_frame, int):
        assert decoder.failure.offset == wrong_frame
    elif wrong_frame:
        assert isinstance(decoder.failure, errors.OperationFailed)
    else:
        assert decoder.failure is None
        assert chunked.received == len(body)
        assert getattr(chunked.failure, "offset", None) == wrong_chunk


@given(FRAMES, PLACES, st.booleans())
def test_lines_are_those_of_frames_taken_one_by_one(frames, places, stamped):
    wire = encode([frame(*each) for each in frames])
    body, _ = body_of(wire)
    expected = LineDecoder(FrameDecoder(), timestamps=stamped)
    chunked = ChunkedDecoder()
    framed = FramedBody(chunked, FrameDecoder(join=not stamped), join=not stamped)
    found = LineDecoder(framed, timestamps=stamped)
    lines = [line for piece in cut(wire, places) for line in found.feed(piece)] + found.flush()
    assert sorted(lines, key=lambda line: line.stream) == sorted(
        [*expected.feed(body), *expected.flush()], key=lambda line: line.stream
    )
    found.close()
    assert chunked.complete


def test_the_data_may_end_after_any_byte_of_what_stands_between_two_lines():
    """A frame's header at the end of the data reads like that of a line whose length has a digit more, cut short."""
    frames = [(1, b"\n"), (1, b"x" * 225 + b"\n"), (1, b"\n")]
    wire = encode([frame(*each) for each in frames])
    for place in range(1, len(wire)):
        chunks, chunked, _ = decode(cut(wire, [place]))
        assert b"".join(chunk.data for chunk in chunks) == b"\n" + b"x" * 225 + b"\n\n"
        assert chunked.received == len(body_of(wire)[0])


BROKEN = [(b"\x07\0\0\0\0\0\0\x02x\n", errors.ProtocolError, 0)]
BROKEN += [
    (b"\x01\0\0\0\xff\xff\xff\xff", errors.ProtocolError, 0),
    (b"\x01\0\0\0\0\0\0\x05x\n", errors.StreamInterrupted, 10),
]


@given(FRAMES, st.sampled_from(BROKEN), FRAMES, PLACES)
def test_a_broken_frame_has_its_place_in_the_body(before, broken, after, places):
    good = [frame(*each) for each in before]
    header, kind, offset = broken
    wire = encode([*good, header, *([frame(*each) for each in after] if not offset else [])])
    _, _, decoder = decode(cut(wire, places))
    with pytest.raises(kind) as caught:
        decoder.close()
    place = caught.value.received if kind is errors.StreamInterrupted else caught.value.offset
    assert place == sum(map(len, good)) + offset


@pytest.mark.parametrize("count", [1, 2, 300])
def test_lines_of_one_stream_that_come_together_are_one_chunk(count):
    line = b"x" * 99 + b"\n"
    decoder = FramedBody(ChunkedDecoder(), FrameDecoder(join=True), join=True)
    assert decoder.feed(encode([frame(1, line)] * count, last=b"")) == [Chunk("stdout", line * count)]


@pytest.mark.parametrize("join", [True, False])
def test_lines_of_two_streams_keep_their_order(join):
    frames = [(1, b"a\n"), (2, b"b\n"), (2, b"c\n"), (1, b"d\n")]
    chunks, _, _ = decode([encode([frame(*each) for each in frames])], join=join)
    assert by_byte(chunks) == [(stream or 1, byte) for stream, data in frames for byte in data]
    assert len(chunks) == (3 if join else 4)


def test_what_comes_before_an_error_in_the_same_data_comes_first():
    for pieces in ways(encode([frame(1, b"a\n"), b"\x07\0\0\0\0\0\0\0"])):
        decoder = FramedBody(ChunkedDecoder(), FrameDecoder(join=True), join=True)
        chunks = []
        for piece in pieces:
            if decoder.failure is None:
                try:
                    chunks += decoder.feed(piece)
                except errors.ProtocolError:
                    assert chunks == [Chunk("stdout", b"a\n")]
        assert chunks == [Chunk("stdout", b"a\n")]
        assert decoder.failure.offset == 10
