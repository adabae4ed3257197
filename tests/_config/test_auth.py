from __future__ import annotations

import base64

import pytest

from aiodockerpy._config.auth import (
    HUB_KEY,
    AuthConfig,
    convert_to_hostname,
    decode_auth,
    encode_auth,
    registry_key,
)
from aiodockerpy.errors import InvalidArgument
from tests._config.told import told
from tests.together import together


@together(
    ("registry", "key"),
    [
        (None, HUB_KEY),
        ("", HUB_KEY),
        ("docker.io", HUB_KEY),
        ("index.docker.io", HUB_KEY),
        ("https://index.docker.io/v1/", HUB_KEY),
        ("registry.example.com", "registry.example.com"),
        ("localhost:5000", "localhost:5000"),
        ("https://registry.example.com/v2/", "registry.example.com"),
        ("registry.example.com/v1/", "registry.example.com"),
        ("http://me@registry.example.com:5000", "registry.example.com:5000"),
        ("registry-1.docker.io", "registry-1.docker.io"),
    ],
)
def test_registry_key(registry, key):
    assert registry_key(registry) == key


@together(
    ("stored", "hostname"),
    [
        ("https://gcr.io", "gcr.io"),
        ("https://gcr.io:443/v2/x", "gcr.io:443"),
        ("gcr.io/v1", "gcr.io"),
        ("http://[::1]:5000/v1", "[::1]:5000"),
        ("http://[broken/v1", "[broken"),
        ("https://", "https:"),
    ],
)
def test_hostname(stored, hostname):
    assert convert_to_hostname(stored) == hostname


@pytest.mark.parametrize("pair", [("me", "secret"), ("me", "a:b"), ("mé", "ü"), ("me", "")])
def test_auth_round_trip(pair):
    assert decode_auth(encode_auth(*pair)) == pair


def test_auth_details():
    assert encode_auth("", "") == ""
    assert decode_auth(base64.b64encode(b"me:secret\x00\x00").decode()) == ("me", "secret")
    assert decode_auth("bWU6\nc2VjcmV0") == ("me", "secret")


@pytest.mark.parametrize(
    "auth",
    [
        "!",
        "bWU",
        base64.b64encode(b"hunter2").decode(),
        base64.b64encode(b":hunter2").decode(),
        base64.b64encode(b"me:hunter2\xff").decode(),
    ],
)
def test_a_malformed_auth_is_not_quoted(auth):
    with pytest.raises(ValueError) as caught:
        decode_auth(auth)
    assert "hunter2" not in told(caught.value)
    assert len(auth) < 3 or auth not in told(caught.value)


def test_of_takes_docker_pys_dictionaries():
    expected = AuthConfig("me", "secret", "id", "bearer", "reg", "me@x")
    given = {
        "username": "me",
        "Password": "secret",
        "IdentityToken": "id",
        "registrytoken": "bearer",
        "serveraddress": "reg",
        "email": "me@x",
    }
    assert AuthConfig.of(given) == expected
    assert AuthConfig.of(expected) is expected
    assert AuthConfig.of({"auth": encode_auth("me", "secret"), "email": None}) == AuthConfig("me", "secret")
    assert AuthConfig.of({"identity_token": "id"}) == AuthConfig(identity_token="id")


@pytest.mark.parametrize("given", [{"user": "me", "password": "hunter2"}, {"password": 2}, {"auth": "hunter2"}])
def test_of_refuses_what_it_does_not_know(given):
    with pytest.raises(InvalidArgument, match="auth_config") as caught:
        AuthConfig.of(given)
    assert "hunter2" not in told(caught.value)


def test_wire_form_leaves_out_what_is_empty():
    assert AuthConfig("me", "secret", server_address="reg").to_wire() == {
        "username": "me",
        "password": "secret",
        "serveraddress": "reg",
    }
    assert AuthConfig(identity_token="id").to_wire() == {"identitytoken": "id"}
    assert AuthConfig().to_wire() == {}


def test_truth_is_whether_there_is_anything():
    assert not AuthConfig(server_address="reg", email="x")
    assert AuthConfig(registry_token="x")


def test_secrets_are_in_no_repr():
    auth = AuthConfig("me", "canary-1", "canary-2", "canary-3", "reg", "canary-4")
    assert "canary" not in f"{auth!r} {auth} {[auth]} {auth!s}"
    assert "me" in repr(auth)
