"""Uploads, which go by aiohttp, with canned answers."""

from __future__ import annotations

import inspect
from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest import mock

import aiohttp
import pytest
from aioresponses import aioresponses

import aiodockerpy
from aiodockerpy import errors
from tests import canned as engines

if TYPE_CHECKING:
    from collections.abc import Iterator

TARGET = "http://docker.example.com/v1.51/containers/web/archive?path=%2F"
"""What requests over a socket are addressed to."""


@contextmanager
def canned() -> Iterator[aioresponses]:
    """Answer requests without a connection.

    aioresponses does not give the ``stream_writer`` that newer versions of aiohttp ask of a response.
    """
    original = aiohttp.ClientResponse.__init__
    names = inspect.signature(original).parameters

    def patched(self: aiohttp.ClientResponse, *arguments: object, **options: object) -> None:
        if "stream_writer" in names:
            options.setdefault("stream_writer", mock.Mock(output_size=0))
        original(self, *arguments, **options)  # type: ignore[arg-type]

    with mock.patch.object(aiohttp.ClientResponse, "__init__", patched), aioresponses() as answers:
        yield answers


async def upload():
    async with aiodockerpy.DockerClient("unix:///nowhere/docker.sock", version="1.51", environment={}) as client:
        return await client.api.containers.put_archive("web", "/", b"an archive")


@pytest.mark.parametrize(
    ("status", "kind"),
    [(301, errors.APIError), (403, errors.Forbidden), (404, errors.NotFound), (500, errors.ServerError)],
)
async def test_refusals(status, kind):
    with canned() as answers:
        answers.put(TARGET, status=status, payload={"message": "no way"})
        with pytest.raises(kind, match="no way") as caught:
            await upload()
    assert caught.value.operation == "PutContainerArchive"


@pytest.mark.parametrize(
    ("head", "kind", "text"),
    [
        (
            b"101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade",
            errors.ProtocolError,
            "without being asked to",
        ),
        (b"304 Not Modified\r\nContent-Length: 0", errors.APIError, "304"),
        (b"099 Odd\r\nContent-Length: 0", errors.ProtocolError, "the answer has status 99"),
        (b"600 Odd\r\nContent-Length: 0", errors.ProtocolError, "the answer has status 600"),
        (b"200 OK\r\nTransfer-Encoding: gzip", errors.ProtocolError, "the unknown transfer encoding 'gzip'"),
        (b"206 Partial Content", errors.ProtocolError, "a part of the content"),
        (
            b"200 OK\r\nno header",
            errors.ProtocolError,
            r"the engine at \S+ .* sent what .* is not HTTP/1\.1 \(Invalid header token\)$",
        ),
    ],
    ids=["101", "304", "099", "600", "gzip", "206", "no header"],
)
@pytest.mark.parametrize("content", [b"small", bytes(1 << 20)], ids=["small", "large"])
async def test_what_only_a_proxy_answers_is_no_success(tmp_path, head, kind, text, content):
    async with engines.canned(tmp_path) as engine:
        engine.default = engines.Answer(b"HTTP/1.1 %b\r\n\r\n" % head, end=True)
        async with aiodockerpy.DockerClient(engine.url, version="1.51", environment={}) as client:
            for upload in (
                client.api.images.load,
                lambda content: client.api.containers.put_archive("web", "/", content),
            ):
                with pytest.raises(kind, match=text):
                    await upload(content)


async def test_an_answer_may_have_many_headers(tmp_path):
    async with engines.canned(tmp_path) as engine:
        lines = b"".join(b"A%d: b\r\n" % number for number in range(1000))
        engine.default = engines.Answer(b"HTTP/1.1 200 OK\r\n%bContent-Length: 2\r\n\r\n{}" % lines)
        async with aiodockerpy.DockerClient(engine.url, version="1.51", environment={}) as client:
            await client.api.containers.put_archive("web", "/", b"x")


async def test_what_is_sent():
    with canned() as answers:
        answers.put(TARGET, status=200)
        await upload()
    (((method, url), (request,)),) = answers.requests.items()
    assert (method, url.path, dict(url.query)) == ("PUT", "/v1.51/containers/web/archive", {"path": "/"})
    assert request.kwargs["data"] == b"an archive"
    assert request.kwargs["headers"]["Content-Type"] == "application/x-tar"
    assert request.kwargs["allow_redirects"] is False


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (aiohttp.ServerDisconnectedError(), errors.StreamInterrupted, "PUT .* broke after 0 bytes: the answer is not"),
        (aiohttp.ConnectionTimeoutError(), errors.EngineUnreachable, "within 10 s"),
        (aiohttp.ClientPayloadError(), errors.StreamInterrupted, "PUT .* broke after 0 bytes: the answer is not"),
        (aiohttp.InvalidURL("x"), errors.ProtocolError, r"is not HTTP/1\.1$"),
    ],
)
async def test_no_error_of_aiohttp_comes_through(error, kind, text):
    with canned() as answers:
        answers.put(TARGET, exception=error)
        with pytest.raises(kind, match=text):
            await upload()


@pytest.mark.parametrize("arrived", [0, 3, 4])
async def test_how_much_of_the_answer_came_before_it_was_cut(tmp_path, arrived):
    async with engines.canned(tmp_path) as engine:
        body = b"3\r\n{}\n\r\n3\r\n{}\n"[: {0: 0, 3: 8, 4: 12}[arrived]]
        engine.default = engines.Answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body, end=True)
        async with aiodockerpy.DockerClient(engine.url, version="1.51", environment={}) as client:
            text = (
                rf"POST /v1\.51/images/load: the connection .*{engine.url}.* broke after {arrived} bytes: the answer is"
            )
            with pytest.raises(errors.StreamInterrupted, match=text) as caught:
                await client.api.images.load(b"an archive")
    assert caught.value.received == arrived


async def test_a_connection_that_ends_before_the_answer(tmp_path):
    async with engines.canned(tmp_path) as engine:
        engine.default = engines.Answer(b"HTTP/1.1 200 OK\r\nTransfer-", end=True)
        async with aiodockerpy.DockerClient(engine.url, version="1.51", environment={}) as client:
            text = r"ended before the answer to POST /v1\.51/images/load: the answer is not complete; it may have been"
            with pytest.raises(errors.RequestMaybeSent, match=text):
                await client.api.images.load(b"an archive")


async def test_nobody_is_there():
    """The words are those of every other call, and nothing of aiohttp's stands behind them."""
    with pytest.raises(errors.EngineUnreachable, match=r"unix:///nowhere.*\(is the engine running\?\)") as caught:
        await upload()
    assert isinstance(caught.value.__cause__, FileNotFoundError)
