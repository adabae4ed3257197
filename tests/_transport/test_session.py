"""The session manager with canned answers: negotiation and refusals."""

from __future__ import annotations

import asyncio
import copy
import gzip
import json
import pickle
import zlib

import pytest
import pytest_asyncio

import aiodockerpy
from aiodockerpy import errors
from tests.canned import Answer, canned
from tests.together import together

HOST = "unix:///nowhere/docker.sock"
ENVIRONMENT = {"HOME": "/nowhere"}


def client(url=HOST, **options):
    return aiodockerpy.DockerClient(url, environment=ENVIRONMENT, **options)


@pytest_asyncio.fixture
async def engine(tmp_path):
    async with canned(tmp_path) as made:
        yield made


async def test_the_version_is_asked_for_once_and_by_head(engine):
    engine.pong("1.51")
    engine.answer("GET /v1.51/info", Answer.of(payload={"ID": "a"}, headers={"Api-Version": "1.51"}))
    async with client(engine.url) as docker:
        infos = await asyncio.gather(docker.info(), docker.info(), docker.info())
    assert [info.id for info in infos] == ["a"] * 3
    assert engine.requests == [("HEAD", "/_ping"), *[("GET", "/v1.51/info")] * 3]


async def test_where_head_is_not_answered_get_is_asked(engine):
    engine.answer("HEAD /_ping", Answer.of(405))
    engine.answer("GET /_ping", Answer.of(200, b"OK", headers={"Api-Version": "1.44"}))
    async with client(engine.url) as docker:
        assert await docker.api_version() == "1.44"


async def test_an_engine_that_cannot_answer_a_ping_says_why(engine):
    engine.answer("HEAD /_ping", Answer.of(500))
    engine.answer("GET /_ping", Answer.of(500, b'{"message":"out of order"}'))
    async with client(engine.url) as docker:
        with pytest.raises(errors.ServerError, match="out of order"):
            await docker.info()


@pytest.mark.parametrize(
    ("options", "environment", "path"),
    [
        ({"version": "1.42"}, {}, "/v1.42/info"),
        ({}, {"DOCKER_API_VERSION": "1.43"}, "/v1.43/info"),
        ({"version": "1.42"}, {"DOCKER_API_VERSION": "1.43"}, "/v1.42/info"),
        ({"version": "auto"}, {"DOCKER_API_VERSION": "1.43"}, "/v1.43/info"),
    ],
)
async def test_a_version_that_is_given_is_not_negotiated(engine, options, environment, path):
    engine.answer(f"GET {path}", Answer.of(payload={}))
    async with aiodockerpy.DockerClient(engine.url, environment={**ENVIRONMENT, **environment}, **options) as docker:
        await docker.info()
    assert engine.requests == [("GET", path)]


async def test_an_engine_that_was_replaced_is_spoken_to_in_its_own_version(engine):
    engine.pong("1.51", "1.45")
    engine.answer(
        "GET /v1.51/info",
        Answer.of(payload={}, headers={"Api-Version": "1.51"}),
        Answer.of(400, payload={"message": "too new"}, headers={"Api-Version": "1.45"}),
    )
    engine.answer("GET /v1.45/info", Answer.of(payload={"ID": "replaced"}, headers={"Api-Version": "1.45"}))
    async with client(engine.url) as docker:
        await docker.info()
        info = await docker.info()
    assert info.id == "replaced"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.BadRequest),
        (401, errors.Unauthorized),
        (403, errors.Forbidden),
        (404, errors.NotFound),
        (409, errors.Conflict),
        (418, errors.APIError),
        (500, errors.ServerError),
        (501, errors.NotImplementedByEngine),
        (502, errors.ServiceUnavailable),
        (503, errors.ServiceUnavailable),
        (504, errors.ServiceUnavailable),
        (301, errors.APIError),
    ],
)
@pytest.mark.parametrize(
    ("body", "explanation"),
    [
        (json.dumps({"message": "no way"}), "no way"),
        ("page not found\n", "page not found"),
        ("", ""),
        ('{"message": 5}', '{"message": 5}'),
        ('{"broken', '{"broken … (the text was cut)'),
    ],
)
async def test_refusals(engine, status, kind, body, explanation):
    engine.pong("1.51")
    engine.answer("POST /v1.51/containers/web/pause", Answer.of(status, body.encode()))
    async with client(engine.url) as docker:
        with pytest.raises(errors.APIError) as caught:
            await docker.api.containers.pause("web")
    error = caught.value
    assert type(error) is kind
    assert error.status_code == error.response.status_code == status
    assert error.explanation == explanation
    assert error.operation == "ContainerPause"
    assert error.is_client_error() is (400 <= status < 500)
    assert error.is_server_error() is (status >= 500)
    assert str(error).startswith(f"{status} ")
    assert "POST /v1.51/containers/web/pause" in str(error)


async def test_nothing_listens_there():
    async with client() as docker:
        with pytest.raises(errors.EngineUnreachable, match=r"unix:///nowhere/docker\.sock \(base_url\).*No such file"):
            await docker.ping()


async def test_misuse_is_told():
    docker = client()
    await docker.aclose()
    await docker.aclose()
    with pytest.raises(RuntimeError, match="closed"):
        await docker.ping()


async def every(handle):
    async for _ in handle:
        pass


def uses(docker):
    """One use of each kind of call."""
    box = docker.containers.prepare_model({"Id": "web", "State": {"Running": True}})
    return {
        "a value": docker.info,
        "a list": docker.api.volumes.list,
        "a change": box.stop,
        "one item": lambda: docker.api.containers.wait("web"),
        "a sample": lambda: docker.api.containers.stats("web", stream=False),
        "a stream": lambda: docker.api.images.pull("x"),
        "an upload": lambda: docker.api.containers.put_archive("web", "/", b"x"),
        "an upload with progress": lambda: docker.images.load(b"x"),
        "a hijacked stream": lambda: docker.api.exec.start("a", tty=False),
        "a websocket": lambda: docker.api.containers.attach_websocket("web"),
        "events": lambda: every(docker.events()),
        "a view": lambda: docker.containers.watch().__aenter__(),
        "BuildKit": lambda: docker.images.build(fileobj=b"FROM x"),
    }


@together("kind", uses(client()))
async def test_closing_ends_calls_before_their_answers(tmp_path_factory, kind):
    async with canned(tmp_path_factory.mktemp("engine")) as engine:
        engine.answer("HEAD /_ping", Answer.of(headers={"Api-Version": "1.51", "Builder-Version": "2"}))
        engine.default = Answer(b"", stall=True)
        docker = client(engine.url)
        await docker.api_version()
        task = asyncio.create_task(awaited(uses(docker)[kind]()))
        async with asyncio.timeout(5):
            while len(engine.requests) < 2:
                await asyncio.sleep(0.005)
            await docker.aclose()
            with pytest.raises(RuntimeError, match=r"the client (was|is) closed"):
                await task


async def awaited(what):
    return await what


@pytest.mark.parametrize("one", ["wait", "stats"])
async def test_closing_is_no_empty_answer(engine, one):
    engine.pong("1.51")
    engine.default = Answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", stall=True)
    docker = client(engine.url)
    task = asyncio.create_task(awaited(getattr(docker.api.containers, one)("web")))
    while len(engine.requests) < 2:
        await asyncio.sleep(0.005)
    await asyncio.sleep(0.05)
    await docker.aclose()
    with pytest.raises(RuntimeError, match="closed before the answer"):
        await task


async def test_what_may_have_been_carried_out_is_said_of_calls_that_change_something(engine):
    engine.pong("1.51")
    engine.default = Answer(b"", stall=True)
    docker = client(engine.url)
    tasks = [asyncio.create_task(awaited(call)) for call in (docker.info(), docker.api.containers.stop("web"))]
    while len(engine.requests) < 3:
        await asyncio.sleep(0.005)
    await docker.aclose()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [str(result) for result in results] == [
        "the client was closed before system.info was answered",
        "the client was closed before containers.stop was answered; it may have been carried out",
    ]


@pytest.mark.parametrize("make", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_client_is_not_copied(make):
    with pytest.raises(TypeError, match="make one in each process"):
        make(client())


def test_a_client_belongs_to_one_loop():
    docker = client()

    async def ask():
        with pytest.raises(errors.EngineUnreachable):
            await docker.ping()

    async def ask_again():
        with pytest.raises(RuntimeError, match="another event loop"):
            await docker.ping()
        await docker.aclose()

    asyncio.run(ask())
    asyncio.run(ask_again())


@pytest.mark.parametrize("host", ["ftp://x", "tcp://a:b:c", "unix://" + "/long" * 40])
def test_a_host_that_cannot_be_is_refused_at_once(host):
    with pytest.raises(errors.InvalidArgument):
        aiodockerpy.DockerClient(host)


@pytest.mark.parametrize("agent", ["a\r\nX-Other: 1", "a\n", "\0", "\x7f"])
def test_a_user_agent_that_cannot_be_sent_is_refused_when_the_client_is_made(agent):
    with pytest.raises(
        errors.InvalidArgument, match="the header 'User-Agent' holds a character that no header may hold"
    ):
        aiodockerpy.DockerClient("tcp://127.0.0.1:1", user_agent=agent)


WAYS = {
    "call": lambda docker: docker.api.containers.pause("web"),
    "stream": lambda docker: docker.api.containers.logs("web"),
    "hijacked": lambda docker: docker.api.exec.start("1"),
    "upload": lambda docker: docker.api.containers.put_archive("web", "/", b"an archive"),
    "websocket": lambda docker: docker.api.containers.attach_websocket("web"),
}
REASON = b'{"message":"no way, ' + b"never " * 30 + b'"}'


@pytest.mark.parametrize("way", WAYS)
async def test_the_reason_of_a_refusal_that_a_proxy_has_encoded(engine, way):
    engine.pong("1.51")
    cases = [
        ("gzip", gzip.compress(REASON), "no way, never"),
        ("X-GZIP", gzip.compress(REASON), "no way, never"),
        ("deflate", zlib.compress(REASON), "no way, never"),
        ("gzip", gzip.compress(REASON)[:-8], "no way, never"),  # its end is missing
        ("gzip", gzip.compress(bytes(5 << 20)), "\0"),
        ("br", b"\x1b\x0f\xff", "the reason has the content encoding 'br', which was not asked for"),
        ("gzip", b"no way", "the reason has the content encoding 'gzip'"),
        ("gzip", b"", ""),
    ]
    async with client(engine.url) as docker:
        for encoding, body, expected in cases:
            engine.default = Answer.of(404, body, headers={"Content-Encoding": encoding})
            with pytest.raises(errors.NotFound) as caught:
                await WAYS[way](docker)
            assert caught.value.explanation.startswith(expected), (encoding, body[:20])
            assert len(caught.value.explanation) <= 1 << 20


@pytest.mark.parametrize("way", ["call", "stream", "upload"])
async def test_an_answer_that_a_proxy_has_encoded_is_refused(engine, way):
    engine.pong("1.51")
    engine.default = Answer.of(200, gzip.compress(b"{}"), headers={"Content-Encoding": "gzip"})
    async with client(engine.url) as docker:
        with pytest.raises(errors.ProtocolError, match="content encoding 'gzip', which was not asked for"):
            await WAYS[way](docker)
        assert docker.diagnostics().streams == ()
