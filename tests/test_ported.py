"""What docker-py's programs say that has another form here: they are told the form, or it just works."""

from __future__ import annotations

import inspect

import docker
import docker.api.client
import docker.credentials.errors
import docker.errors
import pytest
import requests

import aiodockerpy
from aiodockerpy import DockerClient
from aiodockerpy._docker_py import MOVED
from aiodockerpy.resources import Container, Image, Volume
from tests.together import together


@pytest.fixture
async def client(tmp_path):
    async with DockerClient("unix:///nowhere.sock", environment={"HOME": str(tmp_path)}) as client:
        yield client


@pytest.fixture
def container(client):
    return client.containers.prepare_model({"Id": "1234", "Config": {"Tty": False}})


def closed(handle):
    """Whether a call returned a handle; it is closed, as nobody uses it."""
    handle.close()
    return True


REFUSED = [
    (lambda client, container: container.logs(stream=True), "'async for line in container.logs(follow=True)'"),
    (lambda client, container: container.logs(stream=True, follow=True), "no keyword 'stream'"),
    (lambda client, container: container.attach(demux=True), "chunk.stream"),
    (lambda client, container: container.exec_run("ls", stream=True), "'async for chunk in container.exec_run"),
    (lambda client, container: container.exec_run("ls", stream=True, demux=True), "no keyword 'stream'"),
    (lambda client, container: container.exec_run("ls", socket=True), "'async with container.exec_run"),
    (lambda client, container: container.stats(decode=False), "samples are decoded"),
    (lambda client, container: client.containers.run("x", stream=True), "'async for chunk in client.containers.run"),
    (lambda client, container: client.containers.run("x", detach=True, stream=True), "no keyword 'stream'"),
    (lambda client, container: client.events(decode=False), "events are decoded"),
    (lambda client, container: DockerClient(num_pools=5), "max_pool_size"),
]


@pytest.mark.parametrize(("call", "form"), REFUSED)
async def test_the_refusal_names_the_new_form(client, container, call, form):
    with pytest.raises(TypeError) as refusal:
        call(client, container)
    assert form in str(refusal.value)


HARMLESS = [
    lambda client, container: container.logs(stream=False),
    lambda client, container: container.attach(stream=True, demux=False),
    lambda client, container: container.exec_run("ls", stream=False, socket=False),
    lambda client, container: container.stats(stream=False),
    lambda client, container: container.stats(decode=True, stream=True),
    lambda client, container: client.containers.run("x", stream=False),
    lambda client, container: client.containers.run("x", "ls", True, True, True),
    lambda client, container: client.events(decode=True),
    lambda client, container: client.images.pull("busybox", stream=True, decode=True),
    lambda client, container: client.images.push("busybox", stream=True, decode=True),
]


@pytest.mark.parametrize("call", HARMLESS)
async def test_what_asks_for_what_happens_anyway_is_accepted(client, container, call):
    assert closed(call(client, container))


async def test_keywords_that_never_existed_are_refused_as_ever(client, container):
    with pytest.raises(TypeError, match="unexpected keyword argument 'flow'"):
        container.logs(flow=True)
    with pytest.raises(TypeError, match="unexpected keyword argument 'flow'"):
        client.containers.run("x", flow=True)


def test_signatures_stay_readable():
    assert "stream" not in inspect.signature(Container.logs).parameters
    assert "follow" in inspect.signature(Container.logs).parameters
    assert Container.logs.__name__ == "logs"
    assert Container.logs.__doc__


@pytest.mark.parametrize("name", ["containers", "images", "networks", "volumes", "services", "nodes", "plugins"])
async def test_a_collection_is_not_called(client, name):
    with pytest.raises(TypeError, match=r"object is not callable: it is a collection"):
        getattr(client, name)()


async def test_flat_methods_are_told_where_they_are(client):
    with pytest.raises(AttributeError, match=r"APIClient\.create_container is client\.api\.containers\.create here"):
        _ = client.create_container
    with pytest.raises(AttributeError, match=r"'Api' object .* client\.api\.exec\.create here"):
        _ = client.api.exec_create
    with pytest.raises(AttributeError, match=r"^'DockerClient' object has no attribute 'nothing'$"):
        _ = client.nothing
    with pytest.raises(AttributeError, match="docker-py's APIClient is the 'api' of a DockerClient"):
        _ = aiodockerpy.APIClient


async def test_a_raw_socket_is_told_what_to_use(container):
    with pytest.raises(AttributeError, match=r"'async with container\.attach"):
        _ = container.attach_socket
    with pytest.raises(AttributeError, match=r"^'Container' object has no attribute 'nothing'$"):
        _ = container.nothing


def test_every_flat_method_of_docker_py_is_known(client):
    flat = {
        name
        for name in dir(docker.api.client.APIClient)
        if not name.startswith("_") and not hasattr(requests.Session, name)
    }
    assert flat - MOVED.keys() == {name for name in flat if hasattr(type(client.api), name)}
    assert MOVED.keys() <= flat


def test_short_forms_by_position():
    assert list(inspect.signature(Volume.remove).parameters) == ["self", "force"]
    assert list(inspect.signature(Image.remove).parameters) == ["self", "force", "noprune"]


async def test_variables_for_credential_helpers_reach_them(tmp_path):
    helper = tmp_path / "docker-credential-told"
    helper.write_text('#!/bin/sh\ncat >/dev/null\nprintf \'{"Username": "%s", "Secret": "x"}\' "$WHO"\n')
    helper.chmod(0o755)
    (tmp_path / "config.json").write_text('{"credsStore": "told"}')
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "DOCKER_CONFIG": str(tmp_path)}
    async with DockerClient.from_env(environment=environment, credstore_env={"WHO": "me"}) as client:
        found = await client.credentials.resolve("registry.example.com")
    assert found is not None
    assert found.username == "me"


ERRORS = [
    kind
    for module in (docker.errors, docker.credentials.errors)
    for kind in vars(module).values()
    if inspect.isclass(kind) and kind.__module__ == module.__name__
]


@together("theirs", ERRORS, ids=[kind.__name__ for kind in ERRORS])
def test_every_exception_of_docker_py_is_here_and_caught_by_the_same_clauses(theirs):
    ours = getattr(aiodockerpy.errors, theirs.__name__)
    bases = {base.__name__ for base in theirs.__mro__ if base.__module__.startswith("docker.")}
    assert bases <= {base.__name__ for base in ours.__mro__}
    assert issubclass(ours, aiodockerpy.errors.DockerException)
    assert issubclass(ours, ValueError) == issubclass(theirs, ValueError)


MADE = [
    ("APIError", ("text",), {"explanation": "why"}),
    ("NotFound", ("text", None, "why"), {}),
    ("ContainerError", ("container", 3, ["ls"], "image", b"err"), {}),
    ("BuildError", ("reason", [{"stream": "x"}]), {}),
    ("MissingContextParameter", ("host",), {}),
    ("ContextAlreadyExists", ("name",), {}),
    ("ContextException", ("msg",), {}),
    ("ContextNotFound", ("name",), {}),
    ("InvalidArgument", ("text",), {}),
]


@together(("name", "args", "keywords"), MADE)
def test_exceptions_take_docker_pys_arguments_and_have_its_attributes(name, args, keywords):
    theirs = getattr(docker.errors, name)(*args, **keywords)
    ours = getattr(aiodockerpy.errors, name)(*args, **keywords)
    for attribute, value in vars(theirs).items():
        if attribute not in {"request", "response"}:  # those of requests
            assert getattr(ours, attribute) == value
    assert str(ours)
