from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from aiodockerpy import errors
from aiodockerpy._protocol.body import body_decoder
from aiodockerpy._protocol.http import Headers, ResponseHead
from tests.together import together

from .splits import PLACES, cut, ways

SIZED = {"Content-Length": "5"}
CHUNKED = {"Transfer-Encoding": "chunked"}


def decoder(headers, *, status=200, method="GET"):
    return body_decoder(ResponseHead(status, "", Headers(headers)), method)


def decode(made, pieces):
    body = b"".join([made.feed(piece) for piece in pieces])
    return body, made.complete, made.surplus


@together(
    ("headers", "data", "expected"),
    [
        (SIZED, b"12345", (b"12345", True, b"")),
        (SIZED, b"1234", (b"1234", False, b"")),
        (SIZED, b"12345678", (b"12345", True, b"678")),
        (CHUNKED, b"3\r\n123\r\n2\r\n45\r\n0\r\n\r\n", (b"12345", True, b"")),
        (CHUNKED, b"3\r\n123\r\n0\r\n\r\nHTTP", (b"123", True, b"HTTP")),
        (CHUNKED, b"3\r\n123\r\n0\r\n", (b"123", False, b"")),
        ({}, b"12345", (b"12345", False, b"")),
    ],
)
def test_bodies(headers, data, expected):
    for pieces in ways(data):
        assert decode(decoder(headers), pieces) == expected


@together("headers", [SIZED, CHUNKED, {}])
@together(("status", "method"), [(204, "GET"), (304, "POST"), (200, "HEAD")])
def test_answers_without_a_body(headers, status, method):
    made = decoder(headers, status=status, method=method)
    assert made.complete
    assert made.feed(b"x") == b""
    assert made.surplus == b"x"


def test_a_length_of_zero_is_complete_at_once():
    assert decoder({"Content-Length": "0"}).complete


@pytest.mark.parametrize(("headers", "complete"), [(SIZED, False), (CHUNKED, False), ({}, True)])
def test_only_a_body_without_an_end_of_its_own_ends_with_the_connection(headers, complete):
    made = decoder(headers)
    assert made.end() is made.complete is complete


def test_what_came_before_a_failure_is_returned():
    made = decoder(CHUNKED)
    assert made.feed(b"3\r\n123\r\nx\r\n") == b"123"
    assert isinstance(made.failure, errors.ProtocolError)
    with pytest.raises(errors.ProtocolError):
        made.feed(b"")
    assert decoder(SIZED).failure is None


@given(st.binary(min_size=5, max_size=5), st.binary(max_size=9), PLACES)
def test_any_split_gives_the_same(body, surplus, places):
    assert decode(decoder(SIZED), cut(body + surplus, places)) == (body, True, surplus)
