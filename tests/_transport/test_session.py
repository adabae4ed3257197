"""The session manager with canned answers: negotiation and refusals."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest

import aiodockerpy
from aiodockerpy import errors
from tests.canned import BASE, canned

HOST = "unix:///nowhere/docker.sock"
ENVIRONMENT = {"HOME": "/nowhere"}


def client(**options):
    return aiodockerpy.DockerClient(HOST, environment=ENVIRONMENT, **options)


def pong(answers, version="1.51", **options):
    answers.head(f"{BASE}/_ping", headers={"Api-Version": version}, **options)


async def test_the_version_is_asked_for_once_and_by_head():
    with canned() as answers:
        pong(answers)
        answers.get(f"{BASE}/v1.51/info", payload={"ID": "a"}, headers={"Api-Version": "1.51"}, repeat=True)
        async with client() as docker:
            infos = await asyncio.gather(docker.info(), docker.info(), docker.info())
    assert [info.id for info in infos] == ["a"] * 3
    assert [method for method, _ in answers.requests] == ["HEAD", "GET"]
    assert len(answers.requests["HEAD", answers_url("/_ping")]) == 1


def answers_url(path):
    return aiohttp.client.URL(BASE + path)


async def test_where_head_is_not_answered_get_is_asked():
    with canned() as answers:
        answers.head(f"{BASE}/_ping", status=405)
        answers.get(f"{BASE}/_ping", headers={"Api-Version": "1.44"}, body="OK")
        async with client() as docker:
            assert await docker.api_version() == "1.44"


async def test_an_engine_that_cannot_answer_a_ping_says_why():
    with canned() as answers:
        answers.head(f"{BASE}/_ping", status=500)
        answers.get(f"{BASE}/_ping", status=500, body=b'{"message":"out of order"}')
        async with client() as docker:
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
async def test_a_version_that_is_given_is_not_negotiated(options, environment, path):
    with canned() as answers:
        answers.get(BASE + path, payload={})
        async with aiodockerpy.DockerClient(HOST, environment={**ENVIRONMENT, **environment}, **options) as docker:
            await docker.info()


async def test_an_engine_that_was_replaced_is_spoken_to_in_its_own_version():
    with canned() as answers:
        pong(answers, "1.51")
        answers.get(f"{BASE}/v1.51/info", payload={}, headers={"Api-Version": "1.51"})
        answers.get(f"{BASE}/v1.51/info", status=400, headers={"Api-Version": "1.45"}, payload={"message": "too new"})
        pong(answers, "1.45")
        answers.get(f"{BASE}/v1.45/info", payload={"ID": "replaced"}, headers={"Api-Version": "1.45"})
        async with client() as docker:
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
        (503, errors.ServiceUnavailable),
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
        ('{"broken', '{"broken'),
    ],
)
async def test_refusals(status, kind, body, explanation):
    with canned() as answers:
        pong(answers)
        answers.post(f"{BASE}/v1.51/containers/web/pause", status=status, body=body.encode())
        async with client() as docker:
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


async def test_a_request_that_may_have_been_carried_out_is_not_sent_again():
    sent = 0

    def cut(*_, **__):
        nonlocal sent
        sent += 1
        raise aiohttp.ServerDisconnectedError

    with canned() as answers:
        pong(answers)
        answers.post(f"{BASE}/v1.51/containers/web/pause", callback=cut, repeat=True)
        async with client() as docker:
            with pytest.raises(errors.ConnectionFailed):
                await docker.api.containers.pause("web")
    assert sent == 1


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
