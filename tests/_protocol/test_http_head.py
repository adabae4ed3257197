from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiodockerpy import errors
from aiodockerpy._protocol.http_head import HeadParser, ResponseHead, request_head

from .splits import PLACES, cut, ways


def parse(pieces):
    """Read a head like a connection does; what follows it is surplus."""
    parser = HeadParser()
    rest = list(pieces)
    while rest:
        head = parser.feed(rest.pop(0))
        if head is not None:
            return head, parser.surplus + b"".join(rest)
    return None, b""


def test_request_head():
    assert request_head("POST", "/v1.41/exec/a/start?x=%0D", [("Host", "docker"), ("X-A", ""), ("X-B", "ü\t1")]) == (
        b"POST /v1.41/exec/a/start?x=%0D HTTP/1.1\r\nHost: docker\r\nX-A: \r\nX-B: \xfc\t1\r\n\r\n"
    )


BAD = ["\r", "\n", "\0", "a\r\nX: y", "a\nb", "\x7f", "\x1b", "€"]


@pytest.mark.parametrize("bad", [*BAD, "", " ", "a b"])
def test_no_part_of_a_request_ends_early(bad):
    with pytest.raises(errors.InvalidArgument, match="HTTP method"):
        request_head(bad, "/", [])
    with pytest.raises(errors.InvalidArgument, match="target"):
        request_head("GET", bad, [])
    with pytest.raises(errors.InvalidArgument, match="name of a header"):
        request_head("GET", "/", [(bad, "value")])


@pytest.mark.parametrize("bad", BAD)
def test_values_of_headers_are_refused_without_being_shown(bad):
    with pytest.raises(errors.InvalidArgument) as caught:
        request_head("GET", "/", [("X-Registry-Auth", f"hunter2{bad}")])
    assert "X-Registry-Auth" in str(caught.value)
    assert "hunter2" not in repr(caught.value) + str(caught.value.__context__)


@given(st.text(), st.text(), st.text(), st.text())
def test_a_request_has_just_its_lines(method, target, name, value):
    try:
        head = request_head(method, target, [(name, value)])
    except errors.InvalidArgument:
        return
    assert head.count(b"\r\n") == 3
    assert head.count(b"\n") == head.count(b"\r") == 3
    assert b"\0" not in head


@pytest.mark.parametrize(
    ("data", "expected", "surplus"),
    [
        (
            b"HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\n\x01\0",
            ResponseHead(101, "UPGRADED", (("Upgrade", "tcp"),)),
            b"\x01\0",
        ),
        (b"HTTP/1.1 200 OK\r\n\r\n", ResponseHead(200, "OK", ()), b""),
        (b"HTTP/1.0 404\r\n\r\nx", ResponseHead(404, "", (), 0), b"x"),
        (b"HTTP/1.1 500 \r\nA:b\r\nA: \t c d \t\r\n\r\n", ResponseHead(500, "", (("A", "b"), ("A", "c d"))), b""),
        (
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.1 204 No\r\n\r\n",
            ResponseHead(204, "No", ()),
            b"",
        ),
        (b"HTTP/1.1 200 OK\r\nX: \xe9\r\n\r\n\r\n\r\n", ResponseHead(200, "OK", (("X", "é"),)), b"\r\n\r\n"),
    ],
)
def test_heads(data, expected, surplus):
    for pieces in ways(data):
        assert parse(pieces) == (expected, surplus)


@given(
    st.lists(
        st.tuples(
            st.from_regex(r"[A-Za-z-]{1,8}", fullmatch=True),
            st.from_regex(r"([!-~]([ !-~]{0,8}[!-~])?)?", fullmatch=True),
        ),
        max_size=5,
    ),
    st.binary(max_size=20),
    PLACES,
)
def test_any_split_gives_the_same_head(headers, body, places):
    headers = [(name, value) for name, value in headers if name.lower() not in {"content-length", "transfer-encoding"}]
    data = (
        b"HTTP/1.1 200 Fine\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers).encode() + b"\r\n" + body
    )
    assert parse(cut(data, places)) == (ResponseHead(200, "Fine", tuple(headers)), body)


@pytest.mark.parametrize(
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
    ],
)
def test_what_is_no_head(data):
    for pieces in ways(data):
        with pytest.raises(errors.ProtocolError):
            parse(pieces)


def test_another_protocol_is_seen_at_its_first_byte():
    with pytest.raises(errors.ProtocolError, match=r"begins with b'S': this is no HTTP"):
        HeadParser().feed(b"S")


def test_a_head_is_bounded():
    line = b"A: " + b"b" * 1000 + b"\r\n"
    parser = HeadParser()
    parser.feed(b"HTTP/1.1 200 OK\r\n")
    with pytest.raises(errors.ProtocolError, match="longer than 65536"):
        [parser.feed(line) for _ in range(70)]
    with pytest.raises(errors.ProtocolError, match="longer than 65536"):
        parse([b"HTTP/1.1 100 Continue\r\n\r\n" * 4000])
    head, surplus = parse([b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100_000])
    assert (head.status, len(surplus)) == (200, 100_000)


def test_a_cut_head_is_told():
    parser = HeadParser()
    assert parser.feed(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 2") is None
    with pytest.raises(errors.StreamInterrupted, match="after 35 bytes") as caught:
        parser.close()
    assert caught.value.received == 35


def test_headers_match_in_any_case():
    head = ResponseHead(200, "OK", (("Content-Type", "a"), ("content-type", "b"), ("CONTENT-LENGTH", "12")))
    assert (head.get("CONTENT-type"), head.get_all("content-Type")) == ("a", ["a", "b"])
    assert (head.get("X"), head.get("X", "none")) == ("", "none")
    assert (head.content_length, head.chunked) == (12, False)
    assert ResponseHead(200, "OK", ()).content_length is None
    chunked = ResponseHead(200, "OK", (("transfer-encoding", "Chunked"),))
    assert (chunked.chunked, chunked.content_length) == (True, None)
