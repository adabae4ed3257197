"""What the caller's own content does to an upload: its exceptions come out as they are, and handles are content."""

from __future__ import annotations

import asyncio
import io
from itertools import product
from pathlib import Path

import pytest

import aiodockerpy
from aiodockerpy import errors
from tests.together import together


class Engine:
    """An engine on a unix socket: gives archives, takes uploads, and keeps what it was sent."""

    def __init__(self):
        self.requests = []
        self.body = b""

    async def serve(self, reader, writer):
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.requests.append(head.partition("\r\n")[0])
            if "/get" in head or "/export" in head:
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabcdef")
            else:
                self.body = await self._read(reader, head.lower())
                answer = b'{"stream":"Loaded image: a:1"}\r\n'
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(answer) + answer)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _read(self, reader, head):
        if "transfer-encoding: chunked" not in head:
            return await reader.readexactly(int(head.partition("content-length: ")[2].partition("\r\n")[0]))
        body = b""
        while size := int(await reader.readline() or b"0", 16):
            body += await reader.readexactly(size)
            await reader.readline()
        return body


@pytest.fixture
async def engine(tmp_path):
    made = Engine()
    server = await asyncio.start_unix_server(made.serve, tmp_path / "engine.sock")
    yield made
    server.close()


@pytest.fixture
async def client(tmp_path, engine):
    async with aiodockerpy.DockerClient(f"unix://{tmp_path}/engine.sock", version="1.51", environment={}) as client:
        yield client


def failing(pieces):
    yield from pieces
    raise ValueError("mine")


async def failing_later(pieces):
    for piece in pieces:
        yield piece
    raise LookupError("mine too")


UPLOADS = {
    "load": lambda client, content: client.api.images.load(content),
    "put_archive": lambda client, content: client.api.containers.put_archive("web", "/", content),
    "import": lambda client, content: client.api.images.import_image(content),
    "plugin": lambda client, content: client.api.plugins.create("name", content),
    "build": lambda client, content: client.api.build.build(content),
}
EVERY = pytest.mark.parametrize("upload", UPLOADS.values(), ids=UPLOADS)


@EVERY
@pytest.mark.parametrize(
    ("content", "kind", "text"),
    [
        (lambda: "/nope.tar", FileNotFoundError, "nope"),
        (lambda: Path("missing.tar"), FileNotFoundError, "missing"),
        (lambda: failing([]), ValueError, "^mine"),
        (lambda: failing_later([]), LookupError, "mine too"),
        (lambda: io.StringIO("text"), TypeError, "must give bytes, not str"),
        (lambda: ["text"], TypeError, "must give bytes, not str"),
        (lambda: [5], TypeError, "must give bytes, not int"),
        (lambda: read(io.BytesIO(b"abc")), errors.InvalidValue, r"content to upload is empty: .*seek\(0\)"),
        (lambda: read(iter([b"abc"])), errors.InvalidValue, "content to upload is empty: .*once only"),
        (lambda: failing_not([]), errors.InvalidValue, "content to upload is empty: .*once only"),
        (lambda: [b"", bytearray()], errors.InvalidValue, "content to upload is empty"),
    ],
)
async def test_content_that_cannot_be_read_raises_its_own_exception_and_nothing_is_sent(
    client, engine, upload, content, kind, text
):
    with pytest.raises(kind, match=text) as caught:
        await upload(client, content())
    assert "nothing was sent" in caught.value.__notes__[0]
    assert engine.requests == []


def read(source):
    """Read a file or an iterator to its end."""
    return source if list(source) else None


async def cancelled(pieces):
    for piece in pieces:
        yield piece
    task = asyncio.create_task(asyncio.sleep(60))
    task.cancel()
    await task


def cancelled_in_a_thread(pieces):
    yield from pieces
    raise asyncio.CancelledError


class Own(BaseException):
    """An exception of the program that is no ``Exception``."""


def ending(error):
    def content(pieces):
        yield from pieces
        raise error

    return content


def ending_in_the_loop(error):
    async def content(pieces):
        for piece in pieces:
            yield piece
        raise error

    return content


def reading(error):
    def content(pieces):
        rest = list(pieces)

        class File:
            def read(self, _size=-1):
                if rest:
                    return rest.pop(0)
                raise error

        return File()

    return content


@EVERY
@together(
    ("kind", "content", "pieces"),
    product(
        (Own, GeneratorExit, KeyboardInterrupt, SystemExit),
        (ending, ending_in_the_loop, reading),
        ([], [b"some", b"thing"]),
    ),
)
async def test_content_that_raises_what_is_no_exception_raises_it_where_the_call_is_awaited(
    client, engine, upload, pieces, content, kind
):
    own = kind("mine")
    with pytest.raises(kind) as caught:
        await upload(client, content(own)(pieces))
    assert caught.value is own
    assert ("cut off after 9 bytes" if pieces else "nothing was sent") in own.__notes__[0]
    assert await asyncio.sleep(0, "the loop goes on")


@EVERY
@pytest.mark.parametrize("content", [cancelled, cancelled_in_a_thread])
@pytest.mark.parametrize("pieces", [[], [b"some", b"thing"]])
async def test_content_that_waits_for_what_was_cancelled_is_not_the_fault_of_the_engine(
    client, upload, content, pieces
):
    with pytest.raises(asyncio.CancelledError):
        await upload(client, content(pieces))


@EVERY
@pytest.mark.parametrize("content", [failing, failing_later])
async def test_content_that_fails_midway_raises_its_own_exception_with_how_far_it_came(client, engine, upload, content):
    with pytest.raises((ValueError, LookupError), match="mine") as caught:
        await upload(client, content([b"some", b"thing"]))
    assert "cut off after 9 bytes" in caught.value.__notes__[0]
    assert len(engine.requests) <= 1  # the server may not have come to read it


@EVERY
@pytest.mark.parametrize("content", [None, 5, {"a": b"b"}, object(), io.BytesIO])
async def test_what_is_no_content_is_refused_by_name(client, engine, upload, content):
    if content is None and upload is UPLOADS["build"]:
        content = 5.0  # a build may have no context
    with pytest.raises(TypeError, match=r"\w+\(\) (content|source|data) must be bytes, a path, a binary file"):
        await upload(client, content)
    assert engine.requests == []


@EVERY
@pytest.mark.parametrize("content", ["", Path("a\0b"), "a\ud800"])
async def test_a_path_that_names_no_file_is_refused_by_name(client, engine, upload, content):
    with pytest.raises(errors.InvalidValue, match=r"\w+\(\) (content|source|data) must be .*a path"):
        await upload(client, content)
    assert engine.requests == []


@EVERY
@pytest.mark.parametrize(
    "content",
    [
        lambda client: client.api.images.get("a"),
        lambda client: client.api.containers.export("web"),
        lambda client: failing_not([b"abc", b"", b"def"]),
        lambda client: [b"abc", bytearray(b""), memoryview(b"def")],
        lambda client: io.BytesIO(b"abcdef"),
        lambda client: memoryview(b"a-b-c-d-e-f-")[::2],
    ],
    ids=["image", "export", "async generator", "list", "file", "strided"],
)
async def test_handles_and_iterables_are_content(client, engine, upload, content):
    await upload(client, content(client))
    assert engine.body == b"abcdef"


async def test_no_bytes_and_an_empty_file_are_sent(client, engine, tmp_path):
    (tmp_path / "empty").touch()
    for content in (b"", tmp_path / "empty"):
        await client.api.images.import_image(content)
    assert len(engine.requests) == 2


@pytest.mark.parametrize("content", [memoryview(bytes(2**20))[::2], memoryview(bytes(2**20)).cast("I")])
async def test_views_of_any_shape_are_sent_as_their_bytes(client, engine, content):
    await client.api.images.load(content)
    assert engine.body == bytes(content)


async def failing_not(pieces):
    for piece in pieces:
        yield piece


async def test_a_handle_that_was_used_already_is_refused(client, engine):
    handle = client.api.images.get("a")
    await handle
    with pytest.raises(RuntimeError, match="can be used once only"):
        await client.api.images.load(handle)


async def test_content_is_kept_while_nobody_can_be_reached(tmp_path):
    async with aiodockerpy.DockerClient(f"unix://{tmp_path}/none.sock", version="1.51", environment={}) as client:
        with pytest.raises(errors.EngineUnreachable):
            await client.api.images.load([b"abc"])
