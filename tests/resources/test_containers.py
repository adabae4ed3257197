"""Containers as objects."""

from __future__ import annotations

import re

import pytest

import aiodockerpy
from aiodockerpy import errors
from aiodockerpy._options.containers import container_keywords
from aiodockerpy.api import Api
from aiodockerpy.api._paths import LONGEST
from tests.resources.conftest import not_found, query, sent
from tests.together import together

ID = "0123456789abcdef" * 4


@pytest.fixture
async def container(client, fake):
    fake.answers = {
        "ContainerInspect": {"Id": ID, "Name": "/web", "Config": {"Image": "x"}, "Image": "sha256:1"},
        "ImageInspect": {"Id": "sha256:1"},
    }
    return await client.containers.get("web")


async def test_objects_are_made_of_what_operations_return(client, fake):
    """docker-py: ``collection.prepare_model(attrs)``."""
    full = client.containers.prepare_model({"Id": ID, "Name": "/web"})
    assert (full.name, full.sparse, full.attrs) == ("web", False, {"Id": ID, "Name": "/web"})
    listed = client.containers.prepare_model({"Id": ID, "Names": ["/web"]})
    assert (listed.name, listed.sparse) == ("web", True)
    assert listed == full == client.containers.prepare_model(full.info)
    assert client.images.prepare_model({"Id": "sha256:1", "RepoTags": ["a:1"]}).tags == ["a:1"]
    assert client.networks.prepare_model({"Id": "n", "Name": "net"}).name == "net"
    assert client.volumes.prepare_model({"Name": "v"}).id == "v"
    assert fake.calls == []


async def test_a_list_leaves_out_what_vanished_and_changes_no_argument(client, fake):
    fake.answers = {
        "ContainerList": [{"Id": "a"}, {"Id": "b"}],
        "ContainerInspect": lambda call: not_found() if "/a/" in call.path else {"Id": "b"},
    }
    filters = {"status": "running"}
    found = await client.containers.list(
        all=True, before="x", since="y", limit=5, filters=filters, ignore_removed=False
    )
    assert [container.id for container in found] == ["b"]
    assert filters == {"status": "running"}
    assert query(fake.calls[0])["limit"] == "5"
    assert all(name in query(fake.calls[0])["filters"] for name in ("before", "since", "status"))


async def test_a_sparse_list_is_one_request(connected, engine):
    await connected.containers.run("busybox", ["sleep", "9"], name="web", labels={"x": "y"}, detach=True)
    before = len(engine.calls)
    [found] = await connected.containers.list(sparse=True)
    assert (found.name, found.labels, found.status, found.ports) == ("web", {"x": "y"}, "running", {})
    assert found.attrs["State"] == "running"
    with pytest.raises(errors.InvalidArgument, match="reload"):
        _ = found.info
    assert len(engine.calls) == before + 1


async def test_no_change_is_an_empty_list(connected):
    assert await (await connected.containers.create("busybox")).diff() == []


async def test_commit_sends_everything(fake, container):
    fake.answers["ImageCommit"] = {"Id": "sha256:1"}
    image = await container.commit(
        "repo", "tag", message="m", author="a", pause=False, changes="ENV A=b", conf={"Labels": {"x": "y"}}
    )
    assert image.id == "sha256:1"
    [call] = fake.named("ImageCommit")
    assert (
        query(call)
        == {
            "container": ID,
            "repo": "repo",
            "tag": "tag",
            "comment": "m",
            "author": "a",
            "pause": "false",
            "changes": "ENV A=b",
        }
        or query(call)["pause"] == "0"
    )
    assert sent(call) == {"Labels": {"x": "y"}}
    await container.commit(changes=["ENV A=b", "CMD x"])
    assert query(fake.named("ImageCommit")[1])["changes"] == ["ENV A=b", "CMD x"]


async def test_the_image_is_awaited(connected):
    container = await connected.containers.create("busybox")
    assert "busybox:latest" in (await container.image).tags


async def test_whether_a_path_exists(connected):
    container = await connected.containers.create("busybox")
    assert await container.exists("/x") is False
    with pytest.raises(errors.NotFound, match="no such path in the container: /x"):
        await container.stat("/x")
    await container.remove()
    with pytest.raises(errors.NotFound, match="No such container"):
        await container.exists("/x")


async def test_create_refuses_at_the_call(client, fake):
    with pytest.raises(TypeError, match=r"create\(\) got an unexpected keyword argument 'foo'"):
        client.containers.create("busybox", foo=1)
    with pytest.raises(TypeError, match="is not callable"):
        client.containers()
    with pytest.raises(errors.NullResource):
        await client.containers.get("")
    assert fake.calls == []


@pytest.mark.parametrize("image", ["", " "])
def test_nothing_is_no_image(client, fake, image):
    for make in (client.containers.create, client.containers.run):
        with pytest.raises(errors.NullResource, match="image must be the name or the id of an image"):
            make(image)
    assert fake.calls == []


@pytest.mark.parametrize("detach", [False, True])
async def test_create_notes_whether_somebody_will_attach(client, fake, detach):
    fake.answers = {"ContainerCreate": {"Id": "c"}, "ContainerInspect": {"Id": "c"}}
    await client.containers.create("busybox", stdin_open=True, detach=detach)
    body = sent(fake.named("ContainerCreate")[0])
    assert body["AttachStdout"] is body["AttachStderr"] is body["AttachStdin"] is body["StdinOnce"] is (not detach)


async def test_what_cannot_be_connected_on_an_old_engine_is_removed(fake, tmp_path):
    """Below API 1.44 the further networks are joined after the creation."""
    fake.answers = {"ContainerCreate": {"Id": "c"}, "NetworkConnect": not_found("network b not found")}
    environment = {"DOCKER_CONFIG": str(tmp_path)}
    async with aiodockerpy.DockerClient("unix:///nowhere.sock", version="1.41", environment=environment) as old:
        old.api = Api(fake)
        with pytest.raises(errors.NotFound, match="network b"):
            await old.containers.create("x", networks={"a": None, "b": {"aliases": ["www"]}})
    created, connected, removed = fake.calls
    assert list(sent(created)["NetworkingConfig"]["EndpointsConfig"]) == ["a"]
    assert sent(connected) == {"Container": "c", "EndpointConfig": {"Aliases": ["www"]}}
    assert removed.operation.id == "ContainerDelete"


LONG = "/" + "x" * LONGEST


@together(
    ("name", "options"),
    [
        ("working_dir", {"working_dir": LONG}),
        ("command[0]", {"command": [LONG], "entrypoint": [""]}),
        ("entrypoint[0]", {"entrypoint": [LONG]}),
        ("volumes", {"volumes": {"/a": {"bind": LONG}}}),
        ("mounts", {"mounts": [f"/a:{LONG}"]}),
    ],
)
async def test_a_path_that_is_too_long_is_refused_by_the_name_of_its_keyword(client, fake, name, options):
    for function in client.containers.create, client.containers.run:
        with pytest.raises(errors.InvalidValue, match=f"^{re.escape(name)}.* must be a path of up to"):
            await function("busybox", **options)
    assert fake.calls == []


@together("detach", [False, True])
def test_the_workdir_of_a_command_is_refused_at_the_call(client, fake, detach):
    container = client.containers.prepare_model({"Id": ID})
    with pytest.raises(errors.InvalidValue, match=r"^workdir must be a path of up to"):
        container.exec_run("ls", workdir=LONG, detach=detach)
    assert fake.calls == []


COMMANDS = {
    "exec_run cmd": lambda client, box, command: box.exec_run(command),
    "wait_exec command": lambda client, box, command: box.wait_exec(command, timeout=1),
    "run command": lambda client, box, command: client.containers.run("busybox", command),
    "create command": lambda client, box, command: client.containers.create("busybox", command),
    "run entrypoint": lambda client, box, command: client.containers.run("busybox", entrypoint=command),
    "healthcheck test": lambda client, box, command: client.containers.run("busybox", healthcheck={"test": command}),
    "service command": lambda client, box, command: client.services.create("busybox", command),
    "service args": lambda client, box, command: client.services.create("busybox", args=command),
}


@pytest.mark.parametrize("call", COMMANDS)
@pytest.mark.parametrize("command", [{"-l", "ls"}, frozenset({"ls"}), {"ls": 1}.keys()], ids=["set", "frozen", "keys"])
async def test_a_command_without_an_order_is_refused(client, fake, call, command):
    box = client.containers.prepare_model({"Id": "1"})
    sent = len(fake.calls)
    with pytest.raises(errors.WrongType, match=rf"{call.split()[1]} must be a list, since the order counts, not "):
        await COMMANDS[call](client, box, command)
    assert len(fake.calls) == sent


@pytest.mark.parametrize("call", ["exec_run cmd", "wait_exec command"])
@pytest.mark.parametrize("command", ["", " ", [], ()], ids=repr)
async def test_nothing_is_no_command_of_an_exec(client, fake, call, command):
    box = client.containers.prepare_model({"Id": "1"})
    sent = len(fake.calls)
    with pytest.raises(errors.InvalidValue, match=f"{call.split()[1]} must be the name of a program, .*, not \\[\\]"):
        await COMMANDS[call](client, box, command)
    assert len(fake.calls) == sent


@together("command", ["", " ", [], None])
def test_nothing_is_the_command_of_the_image(command):
    assert not container_keywords("busybox", command, {}).request().cmd
