"""The fake refuses what the newest engine refuses, in its words; ``test_fake_engine.py`` asks the engine itself."""

from __future__ import annotations

import json

import pytest

from aiodockerpy.testing import FakeEngine
from tests.lab import rest
from tests.testing.refused import REFUSED
from tests.together import together


@pytest.fixture(scope="module")
def fake():
    with FakeEngine.in_thread(images=["busybox:1"]) as engine:
        yield engine


def refusal(url: str, method: str, path: str, value: object) -> tuple[int, object]:
    body = None if value is None else json.dumps(value).encode()
    headers = {"Content-Type": "application/json"} if body is not None else {}
    status, _, answer = rest.call(url, method, "/v1.51" + path, body=body, headers=headers)
    return status, json.loads(answer)


@together("method, path, value, status, text", REFUSED)
def test_what_the_newest_engine_refuses_is_refused_in_its_words(fake, method, path, value, status, text):
    assert refusal(fake.url, method, path, value) == (status, {"message": text})
    assert (fake.containers, fake.networks) == ([], [])
