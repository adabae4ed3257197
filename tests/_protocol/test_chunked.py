from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiodockerpy import errors
from aiodockerpy._protocol.chunked import ChunkedDecoder
from aiodockerpy._protocol.frames import FrameDecoder
from aiodockerpy._protocol.lines import LineDecoder

from .splits import PLACES, cut, ways


def encode(chunks, *, trailers=b""):
    return b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks if chunk) + b"0\r\n" + trailers + b"\r\n"


def run(pieces, *, join_lines=False):
    decoder = ChunkedDecoder(join_lines=join_lines)
    body = b""
    try:
        for piece in pieces:
            body += decoder.feed(piece)
        decoder.close()
    except errors.DockerException as error:
        return body, error, decoder
    return body, None, decoder


@given(st.lists(st.binary(max_size=40), max_size=10), st.binary(max_size=10), PLACES)
def test_any_split_gives_the_same_body(chunks, surplus, places):
    body, error, decoder = run(cut(encode(chunks) + surplus, places))
    assert (body, error) == (b"".join(chunks), None)
    assert (decoder.complete, decoder.surplus, decoder.received) == (True, surplus, len(body))


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (b"0\r\n\r\n", b""),
        (b"000\r\n\r\n", b""),
        (b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", b"hello world"),
        (b"A\r\n0123456789\r\na\r\n0123456789\r\n00a\r\n0123456789\r\n0\r\n\r\n", b"0123456789" * 3),
        (b'2;name=value\r\nab\r\n2 ; x="y"\r\ncd\r\n0;last\r\n\r\n', b"abcd"),
        (b"4\r\n\r\n\r\n\r\n0\r\n\r\n", b"\r\n\r\n"),
        (b"1\r\nx\r\n0\r\nA: b\r\nC:\r\n\r\n", b"x"),
    ],
)
def test_bodies(data, body):
    for pieces in ways(data):
        got, error, decoder = run(pieces)
        assert (got, error) == (body, None)
        assert decoder.complete
        assert decoder.surplus == b""


@pytest.mark.parametrize(
    ("bad", "message", "offset"),
    [
        (b"x\r\n", r"b'x' is no size of a chunk", 0),
        (b"\r\n", r"no size of a chunk", 0),
        (b"-5\r\nhello\r\n", r"no size", 0),
        (b"+5\r\nhello\r\n", r"no size", 0),
        (b"0x5\r\nhello\r\n", r"no size", 0),
        (b"1_0\r\nhello\r\n", r"no size", 0),
        (b" 5\r\nhello\r\n", r"no size", 0),
        (b"5\nhello\r\n", r"no size", 0),
        (b"1234567890abcdef\r\n", r"no size", 0),
        (b"HTTP/1.1 200 OK\r\n", r"no size", 0),
        (b"1\r\nabc\r\n", r"a chunk is not followed by a newline", 4),
        (b"1\r\na\rb", r"a chunk is not followed by a newline", 4),
        (b"1\r\na\n\n", r"a chunk is not followed by a newline", 4),
        (b"0\r\nno trailer\r\n\r\n", r"no trailers", 3),
    ],
)
def test_garbage_is_told_after_what_came_before(bad, message, offset):
    good = b"2\r\nok\r\n"
    for pieces in ways(good + bad):
        body, error, decoder = run(pieces)
        assert body.startswith(b"ok")
        with pytest.raises(errors.ProtocolError, match=message):
            raise error
        assert error.offset == len(good) + offset
        assert not decoder.complete
        assert decoder.failure is error
        with pytest.raises(errors.ProtocolError):
            decoder.feed(b"0\r\n\r\n")


@given(st.binary(max_size=40) | st.text("0123;:\r\nax", max_size=30).map(str.encode), PLACES)
def test_any_split_of_garbage_gives_the_same_body_and_error(data, places):
    body, error, _ = run([data])
    again, same, _ = run(cut(data, places))
    assert again == body
    assert (type(same), str(same)) == (type(error), str(error))


@given(st.lists(st.binary(min_size=1, max_size=20), min_size=1, max_size=5), st.integers(0, 1 << 20), PLACES)
def test_a_cut_body_is_told_with_what_came(chunks, place, places):
    whole = encode(chunks)
    body, error, decoder = run(cut(whole[: place % len(whole)], places))
    assert isinstance(error, errors.StreamInterrupted)
    assert b"".join(chunks).startswith(body)
    assert error.received == len(body) == decoder.received


@pytest.mark.parametrize(
    "data",
    [
        b"1" + b";" * 5000,
        b"0\r\na:" + b"b" * 5000,
        b"1;" + b"x" * 5000 + b"\r\na\r\n",
        b"0\r\nA:" + b"b" * 5000 + b"\r\n\r\n",
    ],
)
def test_lines_are_bounded(data):
    for step in (1, 1000, len(data)):
        _, error, _ = run([data[i : i + step] for i in range(0, len(data), step)])
        assert isinstance(error, errors.ProtocolError)


def test_trailers_are_bounded():
    _, error, _ = run([b"0\r\n" + b"a: b\r\n" * 20_000])
    assert isinstance(error, errors.ProtocolError)


def test_very_many_lengths():
    chunks = [b"x" * length for length in range(1, 5000)]
    data = encode(chunks)
    body, error, _ = run([data[i : i + 65536] for i in range(0, len(data), 65536)])
    assert (body, error) == (b"".join(chunks), None)


def test_what_follows_the_body_is_kept_whole():
    decoder = ChunkedDecoder()
    assert decoder.feed(encode([b"a"]) + b"next") == b"a"
    assert decoder.feed(b" answer") == b""
    assert decoder.surplus == b"next answer"


# ---- lines joined


STAMP = b"2026-01-02T03:04:05.000000000Z "
FRAMES = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 1, 1, 1, 2, 2]),
        st.sampled_from([b"", b"\n", b"a\n", b"bb\n", b"piece", STAMP + b"c\n", STAMP + b"piece", b"\n\r\n9\r\n\x01\n"])
        | st.integers(0, 300).map(lambda length: b"x" * length + b"\n"),
    ),
    max_size=20,
)


def framed(frames):
    return [bytes([stream, 0, 0, 0]) + len(data).to_bytes(4, "big") + data for stream, data in frames]


def through(decoder, pieces, *, join_lines):
    """Decode a body on its way from the chunks; return the items and how many bytes of the body came."""
    body = ChunkedDecoder(join_lines=join_lines)
    items = [item for piece in pieces if (data := body.feed(piece)) for item in decoder.feed(data)]
    items += decoder.flush()
    decoder.close()
    body.close()
    return items, body.received


@given(FRAMES, PLACES, st.booleans())
def test_joined_lines_are_the_same_output(frames, places, stamped):
    bodies = framed(frames)
    pieces = cut(encode(bodies), places)
    plain, received = through(FrameDecoder(join=True), [encode(bodies)], join_lines=False)
    joined, same = through(FrameDecoder(join=True), pieces, join_lines=True)
    assert received == same == sum(map(len, bodies))
    assert merged(joined) == merged(plain)
    plain, _ = through(LineDecoder(FrameDecoder(), timestamps=stamped), [encode(bodies)], join_lines=False)
    joined, _ = through(LineDecoder(FrameDecoder(), timestamps=stamped), pieces, join_lines=True)
    assert joined == plain


def test_the_data_may_end_after_any_byte_of_what_stands_between_two_lines():
    """A frame's header at the end of the data reads like that of a line whose length has a digit more, cut short."""
    frames = framed([(1, b"\n"), (1, b"x" * 225 + b"\n"), (1, b"\n")])
    wire = encode(frames)
    for place in range(1, len(wire)):
        joined, received = through(FrameDecoder(join=True), cut(wire, [place]), join_lines=True)
        assert merged(joined) == [["stdout", b"\n" + b"x" * 225 + b"\n\n"]]
        assert received == sum(map(len, frames))


BROKEN = [(b"\x07\0\0\0\0\0\0\x02x\n", 0), (b"\x01\0\0\0\xff\xff\xff\xff", 0), (b"\x01\0\0\0\0\0\0\x05x\n", 10)]


@given(FRAMES, st.sampled_from(BROKEN), FRAMES, PLACES)
def test_a_broken_frame_has_its_place_in_what_was_sent(before, broken, after, places):
    chunks = [*framed(before), broken[0], *(framed(after) if not broken[1] else [])]
    body, frames = ChunkedDecoder(join_lines=True), FrameDecoder(join=True)
    with pytest.raises(errors.ProtocolError) as caught:
        for piece in cut(encode(chunks), places):
            if data := body.feed(piece):
                frames.feed(data)
                if frames.failure is not None:
                    raise frames.failure
        frames.close()
    assert body.place(caught.value.offset) == sum(map(len, framed(before))) + broken[1]


def merged(chunks):
    """Join neighbours of the same stream: where a chunk begins has no meaning."""
    found = []
    for stream, data in chunks:
        if found and found[-1][0] == stream:
            found[-1][1] += data
        elif data:
            found.append([stream, data])
    return found


@pytest.mark.parametrize("count", [1, 2, 300])
def test_lines_that_come_together_are_one_frame_and_the_last(count):
    decoder = ChunkedDecoder(join_lines=True)
    body = decoder.feed(encode(framed([(1, b"x" * 99 + b"\n")]) * count))
    assert len(body) == 100 * count + 8 * min(count, 2)


@pytest.mark.parametrize(
    "chunk",
    [
        b"\x01\0\0\0",  # less than a header
        b"\x01\0\0\0\0\0\0\0",
        b"\x01\0\0\0\0\0\0\x05a\n",  # a frame that goes on in the next chunk
        b"\x03\0\0\0\0\0\0\x02a\n",  # an error of the engine
        b"\x09\0\0\0\0\0\0\x02a\n",
        b"text\n",
    ],
)
def test_other_chunks_are_left_as_they_are(chunk):
    whole = encode([chunk] * 4)
    for pieces in ways(whole):
        decoder = ChunkedDecoder(join_lines=True)
        assert b"".join(map(decoder.feed, pieces)) == chunk * 4
        assert decoder.received == len(chunk) * 4


@given(st.text("0123;:\r\nax\1\0", max_size=30).map(str.encode), PLACES)
def test_joining_changes_no_error(data, places):
    data = encode(framed([(1, b"x\n")] * 2)).removesuffix(b"0\r\n\r\n") + data
    _, error, plain = run([data])
    _, same, joined = run(cut(data, places), join_lines=True)
    assert (type(same), str(same)) == (type(error), str(error))
    assert joined.received == plain.received
