from __future__ import annotations

import json

import pytest
from hypothesis import given, strategies as st

from aiodockerpy import errors
from aiodockerpy._protocol.jsonstream import JsonStreamDecoder
from tests.together import together

from .splits import PLACES, cut, ways


def run(pieces, decoder=None):
    decoder = decoder or JsonStreamDecoder()
    messages = []
    try:
        for piece in pieces:
            messages += decoder.feed(piece)
        messages += decoder.flush()
        decoder.close()
    except errors.DockerException as error:
        return messages, error
    return messages, None


A = b'{"a":1}'
B = b'{"b":"}{ \\"\\\\"}'
C = b'{"c":[{"d":{}},"]","{"]}'


@together(
    ("data", "expected"),
    [
        (b"", []),
        (b"\r\n\n \r\n", []),
        (A + b"\n", [A]),
        (A + b"\r\n" + B + b"\r\n", [A, B]),
        (A + b"\n" + B, [A, B]),
        (A + B + C, [A, B, C]),
        (A + B + b"\n" + C + b"\n", [A, B, C]),
        (A + b" \t" + B + b"  " + C, [A, B, C]),
        (b"\x1e" + A + b"\n\x1e" + B + b"\n", [A, B]),
        (b"\x1e" + A + b"\x1e" + B, [A, B]),
        (b"  " + B + b"  \n", [B]),
        (b"{}{}\n{}", [b"{}", b"{}", b"{}"]),
        (b'{"a":"\\\\"}{"b":"\\\\\\""}', [b'{"a":"\\\\"}', b'{"b":"\\\\\\""}']),
        (b"null\n1", [b"null", b"1"]),
        (b"no json at all\n" + A + b"\n", [b"no json at all", A]),
    ],
)
def test_messages(data, expected):
    for pieces in ways(data):
        assert run(pieces) == (expected, None)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["}{", "\\", '"', "}\n{", "\x1e"]),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=4), children, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(st.text(max_size=4), VALUES, max_size=4)
SEPARATORS = st.sampled_from([b"\n", b"\r\n", b"", b" ", b"\x1e", b"\n\x1e", b"\n\n", b"\r"])


@given(st.lists(st.tuples(OBJECTS, st.booleans(), SEPARATORS), max_size=8), PLACES)
def test_any_split_gives_the_same_messages(items, places):
    encoded = [json.dumps(value, ensure_ascii=ascii).encode() for value, ascii, _ in items]
    data = b"".join(message + item[2] for message, item in zip(encoded, items, strict=True))
    assert run(cut(data, places)) == (encoded, None)


@pytest.mark.parametrize("separator", [b"\n", b"\r\n", b""])
def test_a_message_is_delivered_as_soon_as_it_is_whole(separator):
    decoder = JsonStreamDecoder()
    assert decoder.feed(A[:3]) == []
    assert decoder.feed(A[3:]) == [A]
    assert decoder.feed(separator) == []
    assert decoder.feed(separator + B + C[:5]) == [B]
    assert decoder.feed(C[5:] + A + B[:4]) == [C, A]
    assert decoder.feed(B[4:]) == [B]
    decoder.close()


@given(OBJECTS.filter(bool), PLACES, st.integers(0, 1 << 20))
def test_a_cut_message_is_told(value, places, place):
    whole = A + b"\n" + json.dumps(value).encode()
    end = len(A) + 2 + place % (len(whole) - len(A) - 2)
    messages, error = run(cut(whole[:end], places))
    assert messages == [A]
    assert isinstance(error, errors.StreamParseError)
    assert error.offset == end


def test_the_cut_text_is_not_in_the_error():
    _, error = run([b'{"password":"hunter2'])
    assert "hunter2" not in str(error) + repr(error)
    assert "after 20 bytes of it" in str(error)


def test_a_long_message_in_thousands_of_pieces():
    body = json.dumps({"aux": ["}" * 10, {"x": "{"}] * 20_000}).encode()
    for step in (61, 4096):
        messages, error = run([body[i : i + step] for i in range(0, len(body), step)] + [b"\r\n"])
        assert messages == [body]
        assert error is None


def test_pieces_that_end_in_braces_are_looked_at_once(monkeypatch):
    seen = 0
    from aiodockerpy._protocol import jsonstream

    original = jsonstream._Scanner.scan

    def counting(self, data):
        nonlocal seen
        seen += len(data)
        return original(self, data)

    monkeypatch.setattr(jsonstream._Scanner, "scan", counting)
    body = b'{"a":[' + b",".join([b'{"b":{}}'] * 5000) + b"]}"
    pieces = [piece + b"}" for piece in body.split(b"}")[:-1]]
    assert run(pieces) == ([body], None)
    assert len(pieces) > 10_000
    assert seen <= 2 * len(body)


@pytest.mark.parametrize("tail", [b"\n", b"\r\n", b""])
def test_a_limit_is_kept_for_every_split(tail):
    long = b'{"a":"' + b"x" * 20 + b'"}'
    assert all(
        run(pieces, JsonStreamDecoder(len(long))) == ([A, long], None) for pieces in ways(A + b"\n" + long + tail)
    )
    for pieces in ways(A + b"\n" + long + tail + A + b"\n"):
        messages, error = run(pieces, JsonStreamDecoder(len(long) - 1))
        assert messages == [A]
        assert isinstance(error, errors.StreamParseError)
        assert "longer than 27 bytes" in str(error)


def test_an_endless_message_is_stopped_at_the_limit():
    decoder = JsonStreamDecoder(1000)
    assert isinstance(run([b'{"aaaaaa'] * 200, decoder)[1], errors.StreamParseError)
    assert decoder.failure is not None
    for call in (decoder.close, lambda: decoder.feed(A)):
        with pytest.raises(errors.StreamParseError):
            call()
    assert decoder.flush() == []


def test_deep_nesting_does_not_recurse():
    deep = b'{"a":' * 20_000 + b"1" + b"}" * 20_000
    assert run([deep]) == ([deep], None)
    _, error = run([deep[:-1]])
    assert isinstance(error, errors.StreamParseError)
