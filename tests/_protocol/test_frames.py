from __future__ import annotations

import struct

import pytest
from hypothesis import given, strategies as st

from aiodockerpy import errors
from aiodockerpy._protocol.frames import MAX_FRAME, WHOLE_FRAME, Chunk, FrameDecoder, RawDecoder

from .splits import PLACES, cut, ways

NUMBERS = {"stdout": 1, "stderr": 2}


def frame(kind, data):
    return struct.pack(">BxxxL", kind, len(data)) + data


def stream_of(chunks):
    return b"".join(frame(NUMBERS[chunk.stream], chunk.data) for chunk in chunks)


def run(pieces, decoder=None):
    """Decode like a stream does: everything before an error is delivered, then the error."""
    decoder = decoder or FrameDecoder()
    chunks = []
    try:
        for piece in pieces:
            chunks += decoder.feed(piece)
        chunks += decoder.flush()
        decoder.close()
    except errors.DockerException as error:
        return chunks, error
    return chunks, None


CHUNKS = st.lists(st.builds(Chunk, st.sampled_from(sorted(NUMBERS)), st.binary(max_size=40)), max_size=12)


@given(CHUNKS, PLACES)
def test_any_split_gives_the_same_frames(chunks, places):
    assert run(cut(stream_of(chunks), places)) == (chunks, None)


def by_stream(chunks):
    """Join what follows each other in one stream."""
    joined = []
    for stream, data in chunks:
        if joined and joined[-1].stream == stream:
            joined[-1] = Chunk(stream, joined[-1].data + data)
        elif data:
            joined.append(Chunk(stream, data))
    return joined


@given(CHUNKS, PLACES)
def test_joined_frames_are_the_same_output(chunks, places):
    got, error = run(cut(stream_of(chunks), places), FrameDecoder(join=True))
    assert (by_stream(got), error) == (by_stream(chunks), None)


@given(st.binary(max_size=64), PLACES)
def test_joining_changes_no_error(data, places):
    chunks, error = run([data])
    joined, same = run(cut(data, places), FrameDecoder(join=True))
    assert by_stream(joined) == by_stream(chunks)
    assert (type(same), str(same)) == (type(error), str(error))


def test_frames_that_come_together_are_joined():
    data = stream_of([Chunk("stdout", b"a\n"), Chunk("stdout", b"b\n"), Chunk("stderr", b"c"), Chunk("stdout", b"d")])
    assert FrameDecoder(join=True).feed(data) == [
        Chunk("stdout", b"a\nb\n"),
        Chunk("stderr", b"c"),
        Chunk("stdout", b"d"),
    ]


def test_what_is_marked_as_input_is_output():
    assert run([frame(0, b"a") + frame(1, b"b")]) == ([Chunk("stdout", b"a"), Chunk("stdout", b"b")], None)


def test_every_single_split():
    chunks = [
        Chunk("stdout", b"a\n"),
        Chunk("stderr", b""),
        Chunk("stdout", b"\x01\0\0\0\0\0\0\1x"),
        Chunk("stdout", b"\xc3"),
    ]
    for pieces in ways(stream_of(chunks)):
        assert run(pieces) == (chunks, None)


@given(st.binary(max_size=64), PLACES)
def test_any_split_of_garbage_gives_the_same_chunks_and_error(data, places):
    chunks, error = run([data])
    again, same = run(cut(data, places))
    assert again == chunks
    assert (type(same), str(same)) == (type(error), str(error))


@given(CHUNKS, st.integers(0, 1 << 20), PLACES)
def test_a_cut_stream_keeps_its_bytes_and_tells(chunks, place, places):
    whole = stream_of(chunks)
    data = whole[: place % (len(whole) + 1)]
    edges = [0]
    for chunk in chunks:
        edges.append(edges[-1] + 8 + len(chunk.data))
    got, error = run(cut(data, places))
    payload = b"".join(chunk.data for chunk in got)
    assert b"".join(chunk.data for chunk in chunks).startswith(payload)
    if len(data) in edges:
        assert error is None
    else:
        assert isinstance(error, errors.StreamInterrupted)
        assert error.received == len(data)
        inside = max(edge for edge in edges if edge <= len(data))
        whole_before = sum(len(chunk.data) for chunk in chunks[: edges.index(inside)])
        assert len(payload) == whole_before + max(0, len(data) - inside - 8)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (b"\x04\0\0\0\0\0\0\x01x", r"not the header of a frame"),
        (b"\xff\0\0\0\0\0\0\x01x", r"not the header of a frame"),
        (b"\x01\0\0\x01\0\0\0\x01x", r"not the header of a frame"),
        (b"hello world\r\n", r"b'hello wo' is not the header of a frame"),
        (struct.pack(">BxxxL", 1, MAX_FRAME + 1), r"16777217 bytes is longer than the 16777216 allowed"),
    ],
)
def test_a_wrong_header_stops_the_stream_at_its_offset(bad, message):
    good = frame(1, b"good")
    for pieces in ways(good + bad):
        chunks, error = run(pieces)
        assert chunks == [Chunk("stdout", b"good")]
        with pytest.raises(errors.ProtocolError, match=message):
            raise error
        assert error.offset == len(good)
        assert f"(at byte {len(good)})" in str(error)


def test_a_failed_stream_stays_failed():
    decoder = FrameDecoder()
    assert decoder.feed(frame(1, b"a") + b"garbage!" + frame(1, b"b")) == [Chunk("stdout", b"a")]
    assert isinstance(decoder.failure, errors.ProtocolError)
    for call in (lambda: decoder.feed(frame(1, b"c")), decoder.close, lambda: decoder.feed(b"")):
        with pytest.raises(errors.ProtocolError):
            call()


def test_a_longer_limit_can_be_asked_for():
    assert run([frame(1, b"1234")], FrameDecoder(max_frame=4)) == ([Chunk("stdout", b"1234")], None)
    assert isinstance(run([frame(1, b"12345")], FrameDecoder(max_frame=4))[1], errors.ProtocolError)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"Error grabbing logs: gone\n", "Error grabbing logs: gone"),
        (b"", "the engine reported an error without a text"),
        (b"\xff", "\ufffd"),
    ],
)
def test_an_error_of_the_engine_is_raised_with_its_text(text, message):
    for pieces in ways(frame(1, b"a") + frame(3, text)):
        chunks, error = run(pieces)
        assert chunks == [Chunk("stdout", b"a")]
        assert isinstance(error, errors.OperationFailed)
        assert error.explanation == message


def test_nothing_is_decoded_after_an_error_of_the_engine():
    chunks, error = run([frame(3, b"no") + frame(1, b"after"), frame(1, b"later")])
    assert chunks == []
    assert isinstance(error, errors.OperationFailed)


def test_a_cut_error_of_the_engine_is_a_cut_stream():
    chunks, error = run([frame(3, b"Error")[:-2]])
    assert chunks == []
    assert isinstance(error, errors.StreamInterrupted)


def test_a_long_frame_comes_in_the_pieces_in_which_it_arrives():
    body = bytes(range(256)) * (WHOLE_FRAME // 256 + 1)
    data = frame(2, body) + frame(1, b"end")
    decoder = FrameDecoder()
    got = []
    for start in range(0, len(data), 1000):
        new = decoder.feed(data[start : start + 1000]) + decoder.feed(b"")
        assert sum(len(chunk.data) for chunk in new) <= 1000
        got += new
    decoder.close()
    assert got[-1] == Chunk("stdout", b"end")
    assert {chunk.stream for chunk in got[:-1]} == {"stderr"}
    assert b"".join(chunk.data for chunk in got[:-1]) == body
    assert len(got) > 60


def test_a_frame_of_usual_length_stays_whole():
    body = b"x" * WHOLE_FRAME
    data = frame(1, body)
    assert run([data[i : i + 777] for i in range(0, len(data), 777)]) == ([Chunk("stdout", body)], None)


def test_decoding_is_linear_in_the_number_of_pieces():
    data = frame(1, b"x" * WHOLE_FRAME) * 4
    chunks, error = run([data[i : i + 1] for i in range(len(data))])
    assert (len(chunks), error) == (4, None)


def test_a_chunk_is_a_tuple_with_names():
    stream, data = FrameDecoder().feed(frame(2, b"x"))[0]
    assert (stream, data) == ("stderr", b"x")
    assert repr(Chunk("stdout", b"x")) == "Chunk(stream='stdout', data=b'x')"


@given(st.lists(st.binary(max_size=10)))
def test_raw(pieces):
    chunks, error = run(pieces, RawDecoder())
    assert error is None
    assert [chunk.data for chunk in chunks] == [piece for piece in pieces if piece]
    assert {chunk.stream for chunk in chunks} <= {"stdout"}
