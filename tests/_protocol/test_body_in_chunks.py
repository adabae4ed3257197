from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from aiodockerpy import errors
from aiodockerpy._protocol.body import ChunkedDecoder
from tests.together import together

from .splits import PLACES, cut, ways


def encode(chunks, *, trailers=b""):
    return b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks if chunk) + b"0\r\n" + trailers + b"\r\n"


def run(pieces):
    decoder = ChunkedDecoder()
    body = b""
    try:
        for piece in pieces:
            body += decoder.feed(piece)
    except errors.DockerException as error:
        return body, error, decoder
    return body, decoder.failure, decoder


@given(st.lists(st.binary(max_size=40), max_size=10), st.binary(max_size=10), PLACES)
def test_any_split_gives_the_same_body(chunks, surplus, places):
    body, error, decoder = run(cut(encode(chunks) + surplus, places))
    assert (body, error) == (b"".join(chunks), None)
    assert (decoder.complete, decoder.surplus, decoder.received) == (True, surplus, len(body))


@together(
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


@together(
    ("bad", "message", "offset"),
    [
        (b"x\r\n", r"b'x' is not the size of a chunk", 0),
        (b"\r\n", r"not the size of a chunk", 0),
        (b"-5\r\nhello\r\n", r"not the size", 0),
        (b"+5\r\nhello\r\n", r"not the size", 0),
        (b"0x5\r\nhello\r\n", r"not the size", 0),
        (b"1_0\r\nhello\r\n", r"not the size", 0),
        (b" 5\r\nhello\r\n", r"not the size", 0),
        (b"5\nhello\r\n", r"not the size", 0),
        (b"1234567890abcdef\r\n", r"not the size", 0),
        (b"HTTP/1.1 200 OK\r\n", r"not the size", 0),
        (b"1\r\nabc\r\n", r"a chunk is not followed by a newline", 4),
        (b"1\r\na\rb", r"a chunk is not followed by a newline", 4),
        (b"1\r\na\n\n", r"a chunk is not followed by a newline", 4),
        (b"0\r\nno trailer\r\n\r\n", r"not a trailer section", 3),
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
def test_a_cut_body_is_not_complete(chunks, place, places):
    whole = encode(chunks)
    body, error, decoder = run(cut(whole[: place % len(whole)], places))
    assert error is None
    assert not decoder.end()
    assert b"".join(chunks).startswith(body)
    assert decoder.received == len(body)


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
