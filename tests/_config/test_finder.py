"""Where the engine is, and the headers of a client."""

from __future__ import annotations

import pytest

import aiodockerpy
from aiodockerpy import errors
from aiodockerpy._config.finder import EngineFinder
from aiodockerpy.testing import FakeEngine
from tests.together import together

CANARY = "hunter2"


def finder(home, **options):
    options = {"use_context": True, **options}
    return EngineFinder("unix:///nowhere.sock", None, home.environment, **options)


async def test_headers_of_the_program_replace_those_of_the_configuration(home):
    home.write_config({"HttpHeaders": {"x-team": "red", "X-Meta": "b"}})
    endpoint = await finder(home, headers={"X-TEAM": "blue", "traceparent": "00-a-b-01"}).load()
    assert endpoint.headers == {"X-Team": "blue", "X-Meta": "b", "Traceparent": "00-a-b-01"}


@together(
    ("headers", "reason"),
    [
        ({"X-A": f"{CANARY}\r\nX-B: c"}, "holds a character that no header may hold"),
        ({"X-A": f"{CANARY}\0"}, "holds a character that no header may hold"),
        ({"X-A": f"{CANARY}\ud800"}, "Unicode|no header may hold"),
        ({"X A": CANARY}, "not a valid name"),
        ({"X-A\r\nX-B": CANARY}, "not a valid name"),
        ({"": CANARY}, "not a valid name"),
        ({"X-A": [CANARY]}, "must be"),
        ({"X-A": CANARY.encode()}, "must be"),
        ([("X-A", CANARY)], "must be"),
        (CANARY, "must be"),
        *(
            ({name: CANARY}, "is set by the client itself")
            for name in (
                "host",
                "Content-Length",
                "transfer-encoding",
                "CONNECTION",
                "Upgrade",
                "Content-Type",
                "Accept",
                "X-Registry-Auth",
                "x-registry-config",
                "Sec-WebSocket-Key",
                "X-Docker-Expose-Session-Uuid",
            )
        ),
        ({"User-Agent": CANARY}, "user_agent="),
    ],
)
def test_headers_that_cannot_be_are_refused_without_their_value(headers, reason):
    with pytest.raises(errors.InvalidArgument, match=reason) as caught:
        aiodockerpy.DockerClient("unix:///nowhere.sock", headers=headers)
    assert "headers" in str(caught.value)
    assert CANARY not in str(caught.value)


async def test_they_are_in_every_request_and_in_no_repr():
    async with FakeEngine() as engine:
        environment = {"HOME": "/nowhere"}
        async with aiodockerpy.DockerClient(engine.url, environment=environment, headers={"x-team": CANARY}) as docker:
            await docker.info()
            with pytest.raises(errors.NotFound):
                await docker.api.containers.logs("none")
            with pytest.raises(errors.NotFound):
                await docker.api.containers.put_archive("none", "/", b"x")
            with pytest.raises(errors.NotFound):
                await docker.api.containers.attach("none").open()
            with pytest.raises(errors.NotFound):
                await docker.api.containers.attach_websocket("none")
            assert CANARY not in f"{docker!r} {docker.diagnostics()!r} {docker.host!r}"
        assert [call.headers["x-team"] for call in engine.calls] == [CANARY] * 6
