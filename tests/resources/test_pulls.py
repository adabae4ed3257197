"""Which callers of ``images.ensure`` share a pull."""

from __future__ import annotations

import asyncio
import base64
import json

import pytest

from aiodockerpy import errors
from aiodockerpy._config.auth import AuthConfig
from tests.resources.conftest import not_found

NAME = "registry.example.com/app:1"
MINE = AuthConfig(username="me", password="mine", server_address="registry.example.com")


async def test_callers_with_other_credentials_pull_for_themselves(client, fake):
    pulled = []

    def pull(call):
        pulled.append(json.loads(base64.urlsafe_b64decode(call.headers["X-Registry-Auth"]))["password"])
        if pulled[-1] != "mine":
            return errors.status_error(errors.EngineResponse(403, "", {}, "POST", "/images/create"), "denied")
        return {"status": "pulled"}

    fake.answers = {
        "ImageCreate": pull,
        "ImageInspect": lambda _call: {"Id": "sha256:1"} if "mine" in pulled else not_found(operation="ImageInspect"),
    }
    theirs = {"username": "me", "password": "wrong", "serveraddress": "registry.example.com"}
    given = [theirs, MINE, theirs, {"username": "me", "password": "mine", "serveraddress": "registry.example.com"}]
    results = await asyncio.gather(
        *(client.images.ensure(NAME, "always", auth_config=one) for one in given), return_exceptions=True
    )
    assert sorted(pulled) == ["mine", "wrong"]
    assert [isinstance(result, errors.Forbidden) for result in results] == [True, False, True, False]
    assert results[1].id == results[3].id == "sha256:1"


def test_credentials_that_do_not_fit_are_refused_at_once(client, fake):
    with pytest.raises(errors.InvalidArgument):
        client.images.ensure(NAME, auth_config={"user": "me"})
    assert fake.calls == []
