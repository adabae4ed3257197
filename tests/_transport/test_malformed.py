"""A table of malformed answers against every kind of call: nothing but documented errors, and nothing hangs."""

from __future__ import annotations

import asyncio
import json

import pytest
import pytest_asyncio

import aiodockerpy
from aiodockerpy import errors
from tests.canned import Answer, canned

DEEP = b"[" * 100_000


def plain(body: bytes, *, status: str = "200 OK", extra: bytes = b"") -> bytes:
    """Make an answer with a length."""
    return b"HTTP/1.1 %b\r\nContent-Length: %d\r\n%b\r\n%b" % (status.encode(), len(body), extra, body)


def chunked(rest: bytes) -> bytes:
    """Make an answer whose chunks are given."""
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + rest


BODIES = {
    "nothing": b"",
    "blank": b" \r\n\t",
    "null": b"null",
    "a number": b"5",
    "a text": b'"x"',
    "true": b"true",
    "a list of null": b"[null]",
    "a list of lists": b"[[[]]]",
    "an object of the wrong shapes": b'{"Id":[],"ID":{},"Containers":"x","stream":7,"status":[],"progressDetail":"x","time":"x"}',
    "an event with a text for its time": b'{"timeNano":"x","time":{}}',
    "an event with a float for its time": b'{"timeNano":1.5,"time":1e300}',
    "an event with a huge time": b'{"timeNano":' + b"9" * 4000 + b',"time":-1}',
    "an actor that is a list": b'{"Type":"container","Actor":[1]}',
    "an error that is a list": b'{"error":[1],"errorDetail":[2]}',
    "an error detail with odd numbers": b'{"error":"e","errorDetail":{"code":"\xc2\xb2","message":5}}',
    "an error code beyond numbers": b'{"error":"e","errorDetail":{"code":1e999,"message":"m"}}',
    "cut JSON": b'{"Id": "abc',
    "JSON twice": b"{}{}",
    "trailing garbage": b'{"Id":"a"} x',
    "deeply nested lists": DEEP,
    "deeply nested objects": b'{"a":' * 50_000,
    "a deep message": b'{"message":' + DEEP,
    "nested 500 deep": b"[" * 500 + b"]" * 500,
    "nested 190 deep": b'{"x":' + b"[" * 190 + b"]" * 190 + b"}",
    "NaN": b'{"Id": NaN}',
    "Infinity": b'{"Code": Infinity}',
    "a number of thousands of digits": b'{"Size": ' + b"9" * 5000 + b"}",
    "an exponent": b'{"Size": 1e999}',
    "half a surrogate pair": rb'{"Id": "\ud800"}',
    "duplicate keys": b'{"Id":"a","Id":"b"}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "bytes that are no UTF-8": b'{"Id":"\xff\xfe"}',
    "UTF-16": '{"Id":"a"}'.encode("utf-16"),
    "an HTML page": b"<html><h1>502 Bad Gateway</h1></html>",
    "a record separator": b"\x1e\x1e{}\x1e",
    "a frame without end": b"\1\0\0\0\0\0\0\x10abc",
    "a frame of four gigabytes": b"\1\0\0\0\xff\xff\xff\xffabc",
    "a frame of an unknown stream": b"\7\0\0\0\0\0\0\1a",
    "a frame of the engine's error": b"\3\0\0\0\0\0\0\3\xff\xfe\xfd",
    "half a header of a frame": b"\1\0\0",
    "zeros": bytes(1024),
    "many tiny messages": b"{}" * 10_000,
}
ANSWERS = {
    **{name: plain(body) for name, body in BODIES.items()},
    **{f"{name}, refused": plain(body, status="400 Bad Request") for name, body in BODIES.items()},
    "closed at once": b"",
    "one byte": b"H",
    "no HTTP": b"SSH-2.0-x\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a status that is not a number": "HTTP/1.1 2\u00b20 OK\r\n\r\n".encode(),
    "a status of 999": b"HTTP/1.1 999 No\r\n\r\n",
    "no reason": b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n{}",
    "a reason that is no ASCII": b"HTTP/1.1 500 \xff\xfe\r\nContent-Length: 0\r\n\r\n",
    "a header without a colon": b"HTTP/1.1 200 OK\r\nnothing\r\n\r\n",
    "a header with a zero byte": b"HTTP/1.1 200 OK\r\nA: \0\r\n\r\n",
    "a header that is no ASCII": b"HTTP/1.1 200 OK\r\nApi-Version: \xff\r\nContent-Length: 2\r\n\r\n{}",
    "a folded header": b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
    "a huge head": b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 20_000 + b"\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "a negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}",
    "a length with a sign": b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\n{}",
    "a length with an underscore": b"HTTP/1.1 200 OK\r\nContent-Length: 1_0\r\n\r\n{}",
    "a length in other digits": "HTTP/1.1 200 OK\r\nContent-Length: \u00b2\r\n\r\n{}".encode("latin-1"),
    "a length beyond numbers": b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n{}",
    "a length and chunks": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "an unknown encoding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n{}",
    "a body that is too short": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}",
    "chunks without a size": chunked(b"zz\r\n{}\r\n"),
    "chunks with a negative size": chunked(b"-2\r\n{}\r\n"),
    "chunks without a newline": chunked(b"2\r\n{}xx"),
    "chunks that end early": chunked(b"2\r\n{}\r\n"),
    "chunks with endless extensions": chunked(b"2;" + b"a" * 10_000),
    "trailers that are none": chunked(b"2\r\n{}\r\n0\r\nnothing\r\n\r\n"),
    "interim answers only": b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000,
    "an unasked switch": b"HTTP/1.1 101 UPGRADED\r\nUpgrade: x\r\n\r\n\xff\xff\xff\xff",
    "a switch to malformed frames": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\xff\xff",
    "a redirect": b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\nContent-Length: 0\r\n\r\n",
    "a proxy's page": plain(BODIES["an HTML page"], status="502 Bad Gateway"),
    "an archive's broken header": plain(b"", extra=b"X-Docker-Container-Path-Stat: \xff=\r\n"),
}


async def value(docker):
    json.dumps((await docker.info()).to_dict())


async def listed(docker):
    for item in await docker.api.containers.list():
        item.model_dump_json()
        repr(item)


async def events(docker):
    async with docker.events(since=1, until=2, resume=False) as stream:
        async for event in stream:
            _ = event.at, event.id, event.action, repr(event)


async def statistics(docker):
    async for sample in docker.api.containers.stats("web"):
        _ = sample.figures, repr(sample)


async def progress(docker):
    async with docker.api.images.create(from_image="x", tag="y") as stream:
        async for message in stream:
            _ = stream.progress.fraction, repr(message)


async def build(docker):
    await docker.api.build.build(b"tar")


async def logs(docker):
    async for line in docker.api.containers.logs("web", tty=False, timestamps=True, details=True):
        _ = line.text, line.time


async def whole_logs(docker):
    await docker.api.containers.logs("web", tty=False)


async def archive(docker):
    async with docker.api.containers.archive("web", path="/x") as stream:
        async for _ in stream:
            pass
        _ = stream.stat


async def stat(docker):
    await docker.api.containers.archive_info("web", path="/x")


async def upload(docker):
    await docker.api.containers.put_archive("web", "/x", b"tar" * 1000)


async def load(docker):
    await docker.api.images.load(b"tar" * 1000)


async def wait(docker):
    await docker.api.containers.wait("web")


async def hijack(docker):
    async with docker.api.exec.start("1", tty=False) as attached:
        async for _ in attached:
            pass


async def websocket(docker):
    async with await docker.api.containers.attach_websocket("web", stream=True, stdout=True) as connection:
        while await connection.read():
            pass


async def ping(docker):
    await docker.ping()


KINDS = [
    value,
    listed,
    events,
    statistics,
    progress,
    build,
    logs,
    whole_logs,
    archive,
    stat,
    upload,
    load,
    wait,
    hijack,
    websocket,
    ping,
]


@pytest_asyncio.fixture
async def engine(tmp_path):
    async with canned(tmp_path) as made:
        yield made


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
async def test_nothing_but_documented_errors(engine, kind):
    wrong = {}
    for name, data in ANSWERS.items():
        engine.default = Answer(data, end=True)
        async with aiodockerpy.DockerClient(engine.url, environment={}, version="1.51", timeout=5) as docker:
            try:
                async with asyncio.timeout(10):
                    await kind(docker)
            except errors.DockerException as error:
                str(error).encode()
            except BaseException as error:
                wrong[name] = ascii(error)
    assert not wrong
