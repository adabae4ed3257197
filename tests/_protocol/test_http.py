from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from aiodockerpy import errors
from aiodockerpy._protocol.http import Headers, ResponseHead, ResponseHeadParser, header_lines, request_head
from tests.together import together

from .splits import PLACES, cut, ways


def parse(pieces):
    """Read a head like a connection does; what follows it is surplus."""
    parser = ResponseHeadParser()
    rest = list(pieces)
    while rest:
        head = parser.feed(rest.pop(0))
        if head is not None:
            return (head.status, head.reason, list(head.headers.items())), parser.surplus + b"".join(rest)
    return None, b""


def test_request_head():
    assert request_head("POST", "/v1.41/exec/a/start?x=%0D", {"Host": "docker", "X-A": "", "X-B": "ü\t1"}) == (
        b"POST /v1.41/exec/a/start?x=%0D HTTP/1.1\r\nHost: docker\r\nX-A: \r\nX-B: \xc3\xbc\t1\r\n\r\n"
    )


BAD = ["\r", "\n", "\0", "a\r\nX: y", "a\nb", "\x7f", "\x1b", "\ud800"]


@together("bad", [*BAD, "", " ", "a b"])
def test_no_part_of_a_request_ends_early(bad):
    with pytest.raises(errors.InvalidArgument, match="method or path"):
        request_head(bad, "/", {})
    with pytest.raises(errors.InvalidArgument, match="method or path"):
        request_head("GET", bad, {})
    with pytest.raises(errors.InvalidArgument, match="holds a character that no header may hold"):
        request_head("GET", "/", {bad: "value"})


@together("bad", BAD)
def test_values_of_headers_are_refused_without_being_shown(bad):
    with pytest.raises(errors.InvalidArgument) as caught:
        request_head("GET", "/", {"X-Registry-Auth": f"hunter2{bad}"})
    assert "X-Registry-Auth" in str(caught.value)
    assert "hunter2" not in repr(caught.value) + str(caught.value.__context__)


@given(st.text(), st.text(), st.text(), st.text())
def test_a_request_has_just_its_lines(method, target, name, value):
    try:
        head = request_head(method, target, {name: value})
    except errors.InvalidArgument:
        return
    assert head.count(b"\r\n") == 3
    assert head.count(b"\n") == head.count(b"\r") == 3
    assert b"\0" not in head


@together(
    ("data", "expected", "surplus"),
    [
        (b"HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\n\x01\0", (101, "UPGRADED", [("Upgrade", "tcp")]), b"\x01\0"),
        (b"HTTP/1.1 200 OK\r\n\r\n", (200, "OK", []), b""),
        (b"HTTP/1.0 404\r\n\r\nx", (404, "", []), b"x"),
        (b"HTTP/1.1 500 \r\nA:b\r\na: \t c d \t\r\n\r\n", (500, "", [("A", "b, c d")]), b""),
        (
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.1 204 No\r\n\r\n",
            (204, "No", []),
            b"",
        ),
        (b"HTTP/1.1 200 OK\r\nX: \xe9\r\n\r\n\r\n\r\n", (200, "OK", [("X", "é")]), b"\r\n\r\n"),
    ],
)
def test_heads(data, expected, surplus):
    for pieces in ways(data):
        assert parse(pieces) == (expected, surplus)


HEADERS = st.dictionaries(
    st.from_regex(r"x-[a-z]{1,6}", fullmatch=True),
    st.from_regex(r"([!-~]([ !-~]{0,8}[!-~])?)?", fullmatch=True),
    max_size=5,
)


@given(HEADERS, st.binary(max_size=20), PLACES)
def test_any_split_gives_the_same_head(headers, body, places):
    data = (
        b"HTTP/1.1 200 Fine\r\n"
        + "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode()
        + b"\r\n"
        + body
    )
    assert parse(cut(data, places)) == ((200, "Fine", list(headers.items())), body)


@together(
    "data",
    [
        b"\x15\x03\x01\0\x02\x02P",
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.2 200 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 600 OK\r\n\r\n",
        b"HTTP/1.1  200 OK\r\n\r\n",
        b"HTTP/1.1 +20 OK\r\n\r\n",
        b"HTTP/1.1 200 O\nK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n: b\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: b\rC: d\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: \0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1_0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\ncontent-length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/500\r\nContent-Length: 5\r\n\r\n",
    ],
)
def test_what_is_no_head(data):
    for pieces in ways(data):
        with pytest.raises(errors.ProtocolError):
            parse(pieces)


@pytest.mark.parametrize("status", [b"200 OK\r\nContent-Encoding: Identity", b"502 No\r\nContent-Encoding: gzip"])
def test_an_answer_that_is_not_encoded_and_a_refusal_in_whatever_encoding_are_read(status):
    head, _ = parse([b"HTTP/1.1 %b\r\n\r\n" % status])
    assert head[0] == int(status[:3])


def test_another_protocol_is_seen_at_its_first_byte():
    with pytest.raises(errors.ProtocolError, match=r"not HTTP/1\.1"):
        ResponseHeadParser().feed(b"S")
    with pytest.raises(errors.ProtocolError, match="this port uses TLS; pass tls="):
        ResponseHeadParser().feed(bytes.fromhex("15030100020246"))  # an alert: protocol version


def test_a_head_is_bounded():
    parser = ResponseHeadParser()
    assert parser.feed(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 10_000) is None
    with pytest.raises(errors.ProtocolError, match="longer than 65536"):
        parser.feed(b"A: b\r\n" * 1000)
    with pytest.raises(errors.ProtocolError, match="longer than 65536"):
        parse([b"HTTP/1.1 200 OK\r\nA: " + b"b" * 70_000 + b"\r\n\r\n"])
    head, surplus = parse([b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100_000])
    assert (head[0], len(surplus)) == (200, 100_000)


def test_headers_match_in_any_case():
    headers = Headers((("Content-Type", "a"), ("content-type", "b"), ("X", "1")))
    assert (headers["CONTENT-type"], headers.get("x"), headers.get("Y")) == ("a, b", "1", None)
    assert ("content-TYPE" in headers, 1 in headers, len(headers), list(headers)) == (
        True,
        False,
        2,
        ["Content-Type", "X"],
    )
    assert Headers({"A": "b"})["a"] == "b"
    assert "hunter2" not in repr(Headers({"A": "hunter2"}))


def test_the_length_of_the_body():
    head = ResponseHead(200, "OK", Headers({"CONTENT-LENGTH": "12"}))
    assert (head.length, head.chunked) == (12, False)
    assert (ResponseHead(200).length, ResponseHead(200).chunked) == (None, False)
    assert ResponseHead(200, "OK", Headers({"transfer-encoding": "Chunked"})).chunked


@pytest.mark.parametrize(
    ("data", "kept"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nconnection: Close\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\nConnection: foo\r\nConnection: close\r\n\r\n", False),
        (b"HTTP/1.0 200 OK\r\n\r\n", False),
    ],
)
def test_whether_the_connection_may_be_used_again(data, kept):
    assert ResponseHeadParser().feed(data).keeps_connection is kept


def test_lines_that_many_requests_share():
    lines = header_lines({"Host": "docker", "X": ""})
    assert lines == b"Host: docker\r\nX: \r\n"
    assert request_head("GET", "/", {"A": "b"}, lines=lines) == b"GET / HTTP/1.1\r\nHost: docker\r\nX: \r\nA: b\r\n\r\n"
