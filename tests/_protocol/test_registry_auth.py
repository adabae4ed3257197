from __future__ import annotations

import base64
import json
import re
import traceback

import docker.auth
import pytest
from hypothesis import given, strategies as st

from aiodockerpy._protocol.registry_auth import auth_header, config_header


def decode(header):
    return json.loads(base64.urlsafe_b64decode(header))


@pytest.mark.parametrize("empty", [None, {}, {"username": None, "password": ""}])
def test_nothing(empty):
    assert auth_header(empty) == "e30="
    assert decode("e30=") == {}


@pytest.mark.parametrize(
    ("credentials", "wire"),
    [
        ({"username": "u", "password": "p"}, {"username": "u", "password": "p"}),
        (
            {"identitytoken": "t", "serveraddress": "ghcr.io", "username": ""},
            {"identitytoken": "t", "serveraddress": "ghcr.io"},
        ),
        ({"username": "ü", "password": '"\\\n'}, {"username": "ü", "password": '"\\\n'}),
    ],
)
def test_encode_auth(credentials, wire):
    before = dict(credentials)
    assert decode(auth_header(credentials)) == wire
    assert credentials == before


@given(
    st.dictionaries(
        st.sampled_from(["username", "password", "auth", "serveraddress", "identitytoken", "registrytoken"]),
        st.text(min_size=1),
    )
)
def test_headers_are_url_safe_with_padding(credentials):
    header = auth_header(credentials)
    assert re.fullmatch(r"[A-Za-z0-9_-]+={0,2}", header)
    assert len(header) % 4 == 0
    assert decode(header) == credentials


def test_the_engine_reads_what_docker_py_sends():
    credentials = {"username": "user", "password": "pass>>>???"}
    assert decode(auth_header(credentials)) == decode(docker.auth.encode_header(credentials))


def test_encode_config():
    config = {
        "https://index.docker.io/v1/": {"username": "a", "password": "b"},
        "ghcr.io": {"identitytoken": "c", "email": None},
    }
    assert decode(config_header(config)) == {
        "https://index.docker.io/v1/": {"username": "a", "password": "b"},
        "ghcr.io": {"identitytoken": "c"},
    }
    assert config_header({}) == "e30="


@pytest.mark.parametrize(
    ("credentials", "message"),
    [
        ({"password": b"hunter2"}, "password of credentials is a str, not bytes"),
        ({"password": ["hunter2"]}, "not list"),
    ],
)
def test_mistakes_are_told_without_secrets(credentials, message):
    for call in (lambda: auth_header(credentials), lambda: config_header({"a": credentials})):
        with pytest.raises(TypeError, match=message) as caught:
            call()
        assert "hunter2" not in "".join(traceback.format_exception_only(caught.value))
