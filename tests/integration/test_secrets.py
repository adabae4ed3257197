"""Nothing that is secret appears anywhere: canaries through every way that takes one, with all logs on."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import gc
import io
import json
import logging
import os
import traceback
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest

import aiodockerpy
from aiodockerpy import AuthConfig, errors, models
from tests.lab.faults import FaultProxy, Faults, garbling

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Awaitable, Callable, Iterator
    from pathlib import Path

CANARY = "Kan4rienv0gel"
IMAGE = "busybox:1"
DOCKERFILE = b"""FROM busybox:1
RUN --mount=type=secret,id=token test -s /run/secrets/token && exit 3
"""
HELPERS = {
    "failing": f"""echo '{{"Secret": "{CANARY}"}}'; echo {CANARY} >&2; exit 1""",
    "babbling": f"echo {CANARY}",
    "token": f"""echo '{{"Username": "<token>", "Secret": "{CANARY}"}}'""",
}
"""What credential helpers do, each for the registry of its name."""


def hidden_forms() -> list[str]:
    """The canary as it is, and the middle of it in base64 at each of its three alignments."""
    forms = [CANARY]
    for shift in range(3):
        encoded = base64.b64encode(b"x" * shift + CANARY.encode()).decode()
        forms.append(encoded[4:12])
    return forms


FORMS = hidden_forms()


def assert_clean(text: str, where: str) -> None:
    for form in FORMS:
        assert form not in text, f"{where}: {text[max(text.find(form) - 200, 0) : text.find(form) + 50]!r}"


def walk(value: object, seen: set[int], depth: int = 0) -> Iterator[str]:
    """Every string in an exception's attributes, causes and contexts."""
    if id(value) in seen or depth > 8:
        return
    seen.add(id(value))
    if isinstance(value, str | bytes):
        yield value if isinstance(value, str) else value.decode(errors="replace")
    elif isinstance(value, Mapping):
        for item in [*value.keys(), *value.values()]:
            yield from walk(item, seen, depth + 1)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from walk(item, seen, depth + 1)
    elif isinstance(value, BaseException):
        yield repr(value)
        parts = [value.args, vars(value), value.__cause__, value.__context__, getattr(value, "__notes__", [])]
        for part in parts:
            yield from walk(part, seen, depth + 1)
    elif dataclasses.is_dataclass(value):
        yield repr(value)
        for field in dataclasses.fields(value):
            yield from walk(getattr(value, field.name), seen, depth + 1)


def ways(client: aiodockerpy.DockerClient, registry: str, *, alone: bool) -> dict[str, Callable[[], Awaitable[object]]]:
    """Every call that takes a secret.

    Args:
        client: Who calls.
        registry: One that wants credentials.
        alone: Whether no engine gets the calls, so that they may do anything.
    """
    api, auth = client.api, AuthConfig(username="alice", password=CANARY)
    name = f"{registry}/adp-secret"
    found = {
        "pull": lambda: client.images.pull(name, "1", auth_config={"username": "alice", "password": CANARY}),
        "pull with a token": lambda: client.images.pull(name, "1", auth_config={"registrytoken": CANARY}),
        "pull with an identity": lambda: client.images.pull(name, "1", auth_config={"identitytoken": CANARY}),
        "push": lambda: client.images.push(IMAGE, auth_config=auth),
        "registry data": lambda: client.images.get_registry_data(name, auth_config=auth),
        "search": lambda: api.images.search("adp", auth=auth),
        "login": lambda: client.login("alice", CANARY, registry=registry),
        "build": lambda: api.build.build(b"", auth={registry: auth}),
        "service": lambda: api.services.create(models.ServiceCreateRequest(name="adp-secret"), auth=auth),
        "secret": lambda: api.secrets.create(models.SecretCreateRequest(name="adp-secret"), data=CANARY.encode()),
        "config": lambda: api.configs.create(models.ConfigCreateRequest(name="adp-secret"), data=CANARY.encode()),
        "unlock": lambda: api.swarm.unlock(CANARY),
        "plugin": lambda: api.plugins.privileges(name, auth=auth),
        "plugin install": lambda: api.plugins.pull(name, [], auth=auth),
        "a build's secret": lambda: client.images.build(
            fileobj=io.BytesIO(DOCKERFILE), secrets={"token": CANARY.encode()}, nocache=True
        ),
        "a helper that fails": lambda: client.images.pull("failing.test/a", "1"),
        "a helper that babbles": lambda: client.images.pull("babbling.test/a", "1"),
        "a helper's token": lambda: client.images.pull("token.test/a", "1"),
        "an identity of the file": lambda: client.images.pull("identity.test/a", "1"),
        "create with proxies": lambda: client.containers.create(IMAGE, name="adp secret"),
        "a stream with headers": lambda: client.api.containers.logs("adp-secret", stdout=True, follow=True, tty=True),
        "an upgrade with headers": lambda: all_of(api.containers.attach("adp-secret", stdout=True, tty=True)),
        "a websocket with headers": lambda: api.containers.attach_websocket("adp-secret", stdout=True),
        "wrong keys": lambda: client.images.pull(name, auth_config={"passwort": CANARY}),
        "wrong auth": lambda: client.images.pull(name, auth_config={"auth": CANARY}),
    }
    if alone:
        request = models.SwarmJoinRequest(listen_addr="0.0.0.0:1", remote_addrs=["x:1"], join_token=CANARY)
        found["join"] = lambda: api.swarm.join(request)
    return found


async def all_of(stream: AsyncIterable[object]) -> list[object]:
    return [item async for item in stream]


async def outcome(send: Callable[[], Awaitable[object]], limit: float) -> object:
    """Return what a call returns or raises."""
    try:
        async with asyncio.timeout(limit):
            return await send()
    except Exception as error:
        return error


def assert_objects_clean() -> None:
    """No object of this library that was made since the test began shows a secret."""
    for thing in gc.get_objects():
        if str(type(thing).__module__).startswith("aiodockerpy."):
            assert_clean(repr(thing), f"the repr of {type(thing)}")
            assert_clean(str(thing), f"the str of {type(thing)}")


def test_the_search_finds_what_it_looks_for():
    credentials = json.dumps({"username": "alice", "password": CANARY}).encode()
    seen = [
        f"x {CANARY} y",
        _auth("a"),
        _auth("bo"),
        _auth("eve"),
        base64.urlsafe_b64encode(credentials).decode(),
    ]
    assert CANARY in set(walk(errors.DockerException({"a": [CANARY.encode()]}), set()))
    for text in seen:
        with pytest.raises(AssertionError):
            assert_clean(text, "")


@pytest.fixture
def loud(caplog, capfd, recwarn) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    for name in ("aiohttp", "asyncio", "aiodockerpy", "asyncssh"):
        caplog.set_level(logging.DEBUG, logger=name)
    loop = asyncio.get_running_loop()
    loop.set_debug(True)
    loop.slow_callback_duration = 0  # every step of every task is logged, with what it is given
    gc.collect()
    gc.freeze()  # what there is already is not looked at
    yield
    gc.unfreeze()
    assert_clean(caplog.text, "logs")
    out, err = capfd.readouterr()
    assert_clean(out + err, "output")
    for warning in recwarn:
        assert_clean(str(warning.message), "warnings")


@pytest.mark.parametrize("mode", ["answered", "cut", "garbled", "silent", "gone"])
async def test_promise_37_no_secret_is_seen(engine, lab_up, tmp_path, mode, request):
    if engine.role == "given":
        pytest.skip("needs the registries of the lab")
    registry = lab_up("registry-basic").registries["basic"].address
    configure(tmp_path, registry)
    faults = {"cut": Faults(execute_then_cut=True), "silent": Faults(stall_after=0)}.get(mode)
    async with FaultProxy(engine.url, faults) as proxy, garbling(tmp_path / "garbled") as nonsense:
        url = {"gone": f"unix://{tmp_path}/nobody", "garbled": nonsense}.get(mode, proxy.url)
        environment = {
            "DOCKER_HOST": url,
            "DOCKER_CONFIG": str(tmp_path),
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "DOCKER_AUTH_CONFIG": json.dumps({"auths": {"x": {"auth": _auth("al"), "password": CANARY}}}),  # is ignored
        }
        version = None if mode == "answered" else "1.41"
        request.getfixturevalue("loud")
        async with aiodockerpy.from_env(environment=environment, version=version, timeout=1) as client:
            raised = 0
            for what, send in ways(client, registry, alone=mode in {"gone", "silent", "garbled"}).items():
                answer = await outcome(send, 0.1 if mode == "silent" else 30)
                if isinstance(answer, Exception):
                    raised += 1
                    assert isinstance(answer, errors.DockerException | TimeoutError), what
                    assert_clean("".join(traceback.format_exception(answer)), f"the traceback of {what}")
                for text in walk(answer, set()):
                    assert_clean(text, f"an attribute of the error of {what}")
                assert_clean(repr(answer) + str(answer), f"the answer to {what}")
                del answer
                assert_objects_clean()
            assert raised > 5
            assert_clean(repr(client.diagnostics()) + repr(client), "the client")


async def test_promise_37_credentials_that_are_right_are_not_seen_either(engine, lab_up, tmp_path, request, prefix):
    """The registry's own password is too short to be looked for: it is in an identity that goes unused."""
    if engine.role == "given":
        pytest.skip("needs the registries of the lab")
    registry = lab_up("registry-basic").registries["basic"]
    environment = {"DOCKER_HOST": engine.url, "DOCKER_CONFIG": str(tmp_path)}
    request.getfixturevalue("loud")
    name = f"{registry.address}/{prefix}a"
    given = {"username": registry.username, "password": registry.password, "email": CANARY}
    async with aiodockerpy.from_env(environment=environment) as client:
        await (await client.images.get(IMAGE)).tag(name, "1")
        async for step in client.images.push(name, "1", auth_config=given):
            assert_clean(repr(step), "progress")
        await client.images.pull(name, "1", auth_config=given)
        answer = await client.login(registry.username, registry.password, email=CANARY, registry=registry.address)
        assert_clean(repr(answer), "the answer to login")
        assert_objects_clean()


@pytest.mark.parametrize(
    "url",
    [f"ssh://me:{CANARY}@host", f"tcp://me:{CANARY}@host:1", f"https://{CANARY}@host", f"tcp://host/?token={CANARY}"],
)
def test_promise_37_a_secret_in_a_url_is_refused_and_not_shown(url):
    with pytest.raises(errors.InvalidArgument) as caught:
        aiodockerpy.DockerClient(url)
    assert_clean("".join(traceback.format_exception(caught.value)), "the traceback")
    for text in walk(caught.value, set()):
        assert_clean(text, "an attribute of the error")


def configure(folder: Path, registry: str) -> None:
    """Write a configuration with a secret in every place that may have one, and the helpers that it names."""
    config = {
        "HttpHeaders": {"X-Meta": CANARY},
        "auths": {registry: {"auth": _auth("bob")}, "identity.test": {"identitytoken": CANARY}},
        "credHelpers": {f"{name}.test": name for name in HELPERS},
        "proxies": {"default": {"httpProxy": f"http://me:{CANARY}@proxy:1"}},
    }
    (folder / "config.json").write_text(json.dumps(config))
    for name, script in HELPERS.items():
        program = folder / f"docker-credential-{name}"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)


def _auth(user: str) -> str:
    return base64.b64encode(f"{user}:{CANARY}".encode()).decode()
