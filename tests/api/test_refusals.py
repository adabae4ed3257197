"""Every status on every kind of answer, through the real session manager, over a socket."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager

import docker.errors
import pytest

import aiodockerpy
from aiodockerpy import errors
from tests.together import together

STATUSES = {
    400: errors.BadRequest,
    401: errors.Unauthorized,
    403: errors.Forbidden,
    404: errors.NotFound,
    405: errors.APIError,
    406: errors.APIError,
    409: errors.Conflict,
    418: errors.APIError,
    429: errors.APIError,
    500: errors.ServerError,
    501: errors.NotImplementedByEngine,
    502: errors.ServiceUnavailable,
    503: errors.ServiceUnavailable,
    504: errors.ServiceUnavailable,
    599: errors.ServerError,
}
BODIES = {
    "json": (b"application/json", json.dumps({"message": "the reason"}).encode(), "the reason"),
    "other json": (b"application/json", b'{"cause":"the reason"}', '{"cause":"the reason"}'),
    "text": (b"text/plain", b"the reason\n", "the reason"),
    "raw stream": (b"application/vnd.docker.raw-stream", b"the reason", "the reason"),
    "not utf-8": (b"text/html", b"reason \xff", "reason \ufffd"),
    "empty": (b"application/json", b"", None),
}


async def drained(handle):
    return [item async for item in handle]


async def entered(handle):
    async with handle:
        pass


KINDS = {
    "one object": lambda api: api.containers.inspect("web"),
    "list": lambda api: api.images.list(),
    "nothing": lambda api: api.containers.kill("web"),
    "json body": lambda api: api.networks.connect("n", "web"),
    "lasting": lambda api: api.containers.stop("web"),
    "upload": lambda api: api.containers.put_archive("web", "/", b"x" * 100_000),
    "upload of a stream": lambda api: api.plugins.create("p", iter([b"x"] * 1000)),
    "upload with progress": lambda api: api.images.load(b"x" * 100_000),
    "progress, awaited": lambda api: api.images.pull("a"),
    "progress, iterated": lambda api: drained(api.images.push("a")),
    "json stream": lambda api: drained(api.system.events()),
    "bytes, awaited": lambda api: api.images.get("a"),
    "bytes, entered": lambda api: entered(api.containers.archive("web", "/")),
    "logs, awaited": lambda api: api.containers.logs("web"),
    "logs, iterated": lambda api: drained(api.containers.logs("web")),
    "hijack, awaited": lambda api: api.containers.attach("web"),
    "hijack, entered": lambda api: entered(api.exec.start("e")),
    "duplex": lambda api: api.build.grpc(),
    "websocket": lambda api: api.containers.attach_websocket("web"),
}


@asynccontextmanager
async def engine(path, answer):
    """Serve one answer to everything but the ping."""

    async def serve(reader, writer):
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                if b" /_ping " in head.partition(b"\r\n")[0]:
                    writer.write(b"HTTP/1.1 200 OK\r\nApi-Version: 1.51\r\nContent-Length: 0\r\n\r\n")
                    await writer.drain()
                    continue
                writer.write(answer)
                await writer.drain()
                writer.write_eof()
                while await reader.read(1 << 16):
                    pass
                return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_unix_server(serve, path)
    try:
        async with aiodockerpy.DockerClient(f"unix://{path}", environment={"HOME": "/nowhere"}) as client:
            yield client
    finally:
        server.close()
        await server.wait_closed()


def head(status, kind, length):
    lines = [b"HTTP/1.1 %d Whatever" % status, b"Content-Type: " + kind, b"Connection: close"]
    if length is not None:
        lines.append(b"Content-Length: %d" % length)
    return b"\r\n".join([*lines, b"", b""])


@pytest.mark.parametrize("kind", KINDS)
@together("status", STATUSES)
async def test_every_status_on_every_kind_of_answer(tmp_path, kind, status):
    content, body, explanation = BODIES["json"]
    async with engine(tmp_path / "s", head(status, content, len(body)) + body) as client:
        with pytest.raises(STATUSES[status]) as refused:
            await KINDS[kind](client.api)
    error = refused.value
    assert isinstance(error, STATUSES[status])
    assert (error.status_code, error.explanation, error.response.reason) == (status, explanation, "Whatever")
    assert error.is_error() == (status >= 400)
    assert error.is_client_error() == (400 <= status < 500)
    assert error.is_server_error() == (status >= 500)
    assert error.operation
    assert error.response.method in str(error)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_redirect_is_never_followed(tmp_path, kind):
    """It leads to another path than was asked for: a proxy's, or the engine's answer to ``//``."""
    answer = b"HTTP/1.1 301 Moved\r\nLocation: /v1.51/info\r\nContent-Length: 0\r\n\r\n"
    async with engine(tmp_path / "s", answer) as client:
        with pytest.raises((errors.APIError, errors.ProtocolError), match="301"):
            await KINDS[kind](client.api)


@together("length", [True, False])
@together("body", BODIES)
@pytest.mark.parametrize("kind", KINDS)
async def test_every_form_of_a_reason_on_every_kind_of_answer(tmp_path, kind, body, length):
    content, text, explanation = BODIES[body]
    answer = head(409, content, len(text) if length else None) + text
    async with engine(tmp_path / "s", answer) as client:
        with pytest.raises(errors.Conflict) as refused:
            await KINDS[kind](client.api)
    assert refused.value.explanation == (explanation or "")
    assert "Whatever" in str(refused.value)


async def test_head_has_no_reason(tmp_path):
    async with engine(tmp_path / "s", head(404, b"application/json", 100)) as client:
        with pytest.raises(errors.NotFound) as refused:
            await client.api.containers.archive_info("web", "/nowhere")
    assert (refused.value.status_code, refused.value.explanation) == (404, "")


@pytest.mark.parametrize(
    ("kind", "text", "error"),
    [
        (lambda api: api.images.inspect("a"), "No such image: a", errors.ImageNotFound),
        (lambda api: api.distribution.inspect("a"), "manifest unknown", errors.ImageNotFound),
        (lambda api: api.images.pull("a"), "pull access denied", errors.ImageNotFound),
        (lambda api: api.containers.inspect("a"), "No such container: a", errors.NotFound),
        (lambda api: api.networks.inspect("a"), "network a not found", errors.NotFound),
    ],
)
async def test_which_404_is_about_an_image(tmp_path, kind, text, error):
    body = json.dumps({"message": text}).encode()
    async with engine(tmp_path / "s", head(404, b"application/json", len(body)) + body) as client:
        with pytest.raises(errors.NotFound) as refused:
            await kind(client.api)
    assert type(refused.value) is error


def test_the_classes_are_those_of_docker_py():
    for name in ("APIError", "NotFound", "ImageNotFound"):
        ours, theirs = getattr(errors, name), getattr(docker.errors, name)
        assert [one.__name__ for one in ours.__mro__ if hasattr(docker.errors, one.__name__)] == [
            one.__name__ for one in theirs.__mro__ if hasattr(docker.errors, one.__name__)
        ]
