"""What programs of docker-py, aiodocker and asyncio write that does not exist here: the error says what does."""

from __future__ import annotations

import gc
import inspect
import re
from functools import partial

import pytest

import aiodockerpy as docker
from aiodockerpy import DockerClient, resources
from aiodockerpy.resources._following.view import View
from aiodockerpy.resources._jobs.specs import Results
from aiodockerpy.testing import FakeEngine, FaultProxy
from tests.together import together

pytestmark = pytest.mark.filterwarnings("ignore:.*was never awaited or iterated:RuntimeWarning")


@pytest.fixture(scope="module", autouse=True)
def _collected():
    """Collect the handles that nobody uses here, once: in a process with all tests that takes long."""
    yield
    gc.collect()


@pytest.fixture
async def client(tmp_path):
    async with DockerClient("unix:///nowhere.sock", environment={"HOME": str(tmp_path)}) as client:
        yield client


@pytest.fixture
def container(client):
    return client.containers.prepare_model({"Id": "1234", "Config": {"Tty": False}})


RUN = {
    "publish": "ports",
    "p": "ports",
    "env": "environment",
    "e": "environment",
    "v": "volumes",
    "rm": "remove",
    "it": "stdin_open=True, tty=True",
    "interactive": "stdin_open",
    "d": "detach",
    "w": "working_dir",
    "m": "mem_limit",
    "cmd": "command",
    "args": "command",
    "shell": "command=['sh', '-c', …]",
    "memory_swap": "memswap_limit",
    "log_driver": "log_config",
    "pid": "pid_mode",
    "userns": "userns_mode",
    "ip": "networks={name: {'ipv4_address': …}}",
    "network_alias": "networks={name: {'aliases': […]}}",
    "host_config": "'mem_limit', 'volumes'",
    "restart": "restart_policy",
    "net": "network",
}
"""Keywords of ``run`` that the docker CLI and other libraries have, and what they are here."""
EXEC = {
    "env": "environment",
    "cwd": "workdir",
    "w": "workdir",
    "it": "stdin=True, tty=True",
    "interactive": "stdin",
    "input": "communicate(data)",
    "u": "user",
    "d": "detach",
    "command": "cmd",
}
BUILD = {
    "file": "dockerfile",
    "f": "dockerfile",
    "t": "tag",
    "tags": "tag",
    "context": "path",
    "build_args": "buildargs",
    "no_cache": "nocache",
    "output": "outputs",
    "build_context": "contexts",
    "stream": "'async for item",
}


def run(client, container, **keywords):
    """Run a container."""
    client.containers.run("x", **keywords)


def execute(client, container, **keywords):
    """Run a command; it is given by a keyword if one means it."""
    container.exec_run(*([] if "command" in keywords else ["ls"]), **keywords)


def build(client, container, **keywords):
    """Build an image."""
    client.images.build(path=".", **keywords)


@pytest.mark.parametrize(
    ("use", "hint"),
    [
        (lambda client, container: client.api.headers, "HttpHeaders"),
        (lambda client, container: client.api.base_url, "client.host.url"),
        (lambda client, container: client.api.create_container, "client.api.containers.create here"),
        (lambda client, container: container.show, "reload"),
        (lambda client, container: container.delete, "remove()"),
        (lambda client, container: container.log, "container.logs()"),
        (lambda client, container: container.exec, "exec_run"),
        (lambda client, container: container.logs().decode, "(await handle).decode"),
        (lambda client, container: container.exec_run("ls").output, "(await handle).output"),
        (lambda client, container: container.exec_run("ls").read, "process.stdout.read()"),
        (lambda client, container: client.containers.run("busybox").strip, "(await handle).strip"),
        (lambda client, container: client.images.pull("busybox").tags, "(await handle).tags"),
        (lambda client, container: client.containers.ls, "list()"),
        (
            lambda client, container: client.containers.stop,
            "get the container first, '(await client.containers.get(id)).stop()'",
        ),
        (lambda client, container: client.containers.rm, "(await client.containers.get(id)).remove"),
        (lambda client, container: client.containers.exec, "(await client.containers.get(id)).exec_run"),
        (lambda client, container: client.images.inspect, "get(id)"),
        (lambda client, container: client.images.history, "(await client.images.get(id)).history"),
        (lambda client, container: client.run, "client.containers.run"),
        (lambda client, container: client.build, "client.images.build"),
        (lambda client, container: client.container, "client.containers"),
        (lambda client, container: client.system, "client.info()"),
        (lambda client, container: client.disk_usage, "client.df()"),
        (lambda client, container: client.api.ping, "client.api.system.ping"),
        (lambda client, container: container.state, "info.state, after reload()"),
        (lambda client, container: container.exit_code, "(await container.wait()).status_code"),
        (lambda client, container: container.ip, "info.network_settings"),
        (lambda client, container: container.cp, "copy_out(path, target)"),
        (lambda client, container: container.exec_create, "exec_run(command)"),
        (lambda client, container: container.events, "client.events(filters={'container': container.id})"),
        (lambda client, container: container.rm, "remove()"),
        (lambda client, container: docker.Client, "aiodockerpy.DockerClient"),
        (lambda client, container: docker.containers, "aiodockerpy.from_env().containers"),
        (lambda client, container: docker.tls.TLSConfig, "aiodockerpy.TLSConfig"),
        (lambda client, container: docker.context.ContextAPI, "aiodockerpy.Context and ContextAPI"),
        (lambda client, container: docker.auth, "client.credentials"),
        (lambda client, container: docker.credentials, "client.credentials"),
        (lambda client, container: docker.constants, "DockerClient"),
        (lambda client, container: docker.transport, "ssh://me@server"),
    ],
)
async def test_an_attribute_that_does_not_exist_says_what_is_meant(client, container, use, hint):
    with pytest.raises(AttributeError) as caught:
        use(client, container)
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("use", "hint"),
    [
        (lambda client, container: client.api.containers(all=True), "await client.api.containers.list()"),
        (lambda client, container: client.api.swarm(), "client.api.swarm"),
        (lambda client, container: list(container.logs()), "use 'async for', or await"),
        (lambda client, container: b"".join(container.export()), "use 'async for', or await"),
        (lambda client, container: b"".join(container.get_archive("/")), "use 'async for', or await"),
        (lambda client, container: client.containers.run("busybox", memory="1g"), "mem_limit"),
        (lambda client, container: client.containers.run("busybox", volume="/a:/b"), "volumes"),
        (lambda client, container: client.containers.run("busybox", timeout=5), "asyncio.timeout"),
        (lambda client, container: client.containers.run(None), "run() image must be text or an Image, not None"),
        (lambda client, container: container.exec_run("ls", timeout=5), "kill_after"),
        (lambda client, container: client.containers.run("busybox", environmnt=[]), "'environment'"),
        (lambda client, container: container.stop(timout=5), "'timeout'"),
        (lambda client, container: client.api.containers.list(al=True), "'all'"),
        *((partial(run, **{wrong: 1}), right) for wrong, right in RUN.items()),
        *((partial(execute, **{wrong: 1}), right) for wrong, right in EXEC.items()),
        *((partial(build, **{wrong: 1}), right) for wrong, right in BUILD.items()),
        (lambda client, container: client.api.containers.create(image="x"), "ContainerCreateRequest(image=…)"),
        (lambda client, container: client.api.volumes.create(name="x"), "request, a model with that name"),
        (lambda client, container: client.api.build.build(path="."), "client.images.build(path=…)"),
        (lambda client, container: client.api.images.pull("x", stream=True), "'async for item in …:'"),
        (lambda client, container: client.api.images.push("x", decode=True), "'async for item in …:'"),
        (lambda client, container: client.api.containers.logs("x", stream=True), "'async for item in …:'"),
        (lambda client, container: client.api.containers.stats("x", decode=True), "'async for item in …:'"),
        (lambda client, container: client.api.system.events(decode=True), "'async for item in …:'"),
        (lambda client, container: client.api.exec.start("x", detach=True), "client.api.exec.start_detached(id)"),
        (lambda client, container: client.api.containers.stop("x", timeout=5), "stop_timeout"),
        (lambda client, container: client.api.containers.restart("x", timeout=5), "stop_timeout"),
        (lambda client, container: client.containers.create("x", rm=True), "auto_remove"),
        (lambda client, container: client.containers.create("x", cmd="ls"), "command"),
        (lambda client, container: client.containers.list(a=True), "all"),
        (lambda client, container: client.containers.list(filter={}), "filters"),
        (lambda client, container: client.containers.list(name="x"), "filters={'name': …}"),
        (lambda client, container: client.images.pull(image="x"), "repository"),
        (lambda client, container: client.images.push("x", auth={}), "auth_config"),
        (lambda client, container: client.ping(timeout=5), "asyncio.timeout"),
        (lambda client, container: client.networks.create("x", subnet="10.0.0.0/8"), "ipam=IPAMConfig"),
        (lambda client, container: container.logs(f=True), "follow"),
        (lambda client, container: container.logs(n=5), "tail"),
        (lambda client, container: container.stop(t=5), "timeout"),
        (lambda client, container: container.remove(f=True), "force"),
        (lambda client, container: docker.DockerClient(url="x"), "base_url"),
        (lambda client, container: docker.from_env(base_url="x"), "DockerClient(base_url)"),
        (lambda client, container: client.containers["x"], "await its get('x')"),
        (lambda client, container: container.logs() + b"", "await the handle first"),
        (lambda client, container: client.__enter__(), "'async with'"),
        (lambda client, container: container.logs().__enter__(), "'async with'"),
        (lambda client, container: container.logs()[0], "not subscriptable: await the handle first"),
        (lambda client, container: container.exec_run("ls")[0], "not subscriptable: await the handle first"),
        (lambda client, container: len(container.logs()), "has no length: await the handle first"),
        (lambda client, container: len(View(client.api.system, "container", None)), "len(view.items)"),
    ],
)
async def test_a_call_that_cannot_be_says_what_is_meant(client, container, use, hint):
    with pytest.raises(TypeError) as caught:
        called = use(client, container)
        if inspect.iscoroutine(called):
            await called
    assert hint in str(caught.value)


def entered(thing):
    with thing:
        pass


@together(
    ("make", "use", "hint"),
    [
        (lambda client, container: client, entered, "'DockerClient' object is entered with 'async with'"),
        (lambda client, container: client.scope("ci"), entered, "'Scope' object is entered with 'async with'"),
        (lambda client, container: client.jobs(), entered, "'JobPool' object is entered with 'async with'"),
        (lambda client, container: client.swarm_jobs(), entered, "'JobPool' object is entered with 'async with'"),
        (lambda client, container: client.containers.watch(), entered, "'View' object is entered with 'async with'"),
        (lambda client, container: client.containers.stats(), entered, "object is entered with 'async with'"),
        (lambda client, container: container.logs(), entered, "'LogStream' object is entered with 'async with'"),
        (lambda client, container: FakeEngine(), entered, "'FakeEngine' object is entered with 'async with'"),
        (lambda client, container: FaultProxy("unix:///nowhere"), entered, "object is entered with 'async with'"),
        (lambda client, container: client.containers.watch(), list, "'View' object is not iterable: use 'async for'"),
        (
            lambda client, container: Results(client.jobs().submit, [], 1),
            list,
            "'Results' object is not iterable: use 'async for'",
        ),
        (lambda client, container: container.exec_run("ls").stdout, list, "object is not iterable: use 'async for'"),
        (lambda client, container: container.logs(), list, "not iterable: use 'async for', or await it for the whole"),
        (lambda client, container: container.export(), b"".join, "use 'async for', or await it for the whole"),
    ],
)
async def test_what_needs_async_says_so(client, container, make, use, hint):
    made = make(client, container)
    with pytest.raises(TypeError, match=re.escape(hint)):
        use(made)


# The commands of the docker CLI by the group that they stand in.
COMMANDS = {
    "containers": "attach commit cp create diff exec export inspect kill logs ls pause port prune ps rename restart rm run "
    "start stats stop top unpause update wait",
    "images": "build history import inspect load ls prune pull push rm rmi save tag",
    "networks": "connect create disconnect inspect ls prune rm",
    "volumes": "create inspect ls prune rm",
    "services": "create inspect logs ls ps rm rollback scale update",
    "nodes": "demote inspect ls promote ps rm update",
    "secrets": "create inspect ls rm",
    "configs": "create inspect ls rm",
    "plugins": "create disable enable inspect install ls push rm set upgrade",
    "swarm": "init join join_token leave unlock unlock_key update inspect",
    "": "attach build commit cp create diff events exec export history images import info inspect kill load login logout logs "
    "pause port ps pull push rename restart rm rmi run save search start stats stop tag top unpause update version wait "
    "config container context image network node plugin prune secret service swarm system volume",
}


@together(("group", "command"), [(group, name) for group, names in COMMANDS.items() for name in names.split()])
def test_every_command_of_the_cli_is_there_or_names_what_is(client, group, command):
    owner = getattr(client, group) if group else client
    try:
        getattr(owner, command)
    except AttributeError as error:
        hint = str(error).partition(f"{command!r}: ")[2]
        named = set(re.findall(r"(?<=\.)\w+|\w+(?=\()", hint.partition(" is ")[2] or hint))
        assert named
        assert named <= known(client)


def known(client):
    """Every name of the client, its collections and their objects, and of the operations."""
    owners = [
        docker,
        client.swarm,
        client.api,
        *(getattr(client.api, name) for name in dir(client.api) if not name.startswith("_")),
    ]
    return {name for owner in (client, *owners, *vars(resources).values()) for name in dir(owner)}


async def test_what_nobody_means_gets_no_hint(client, container):
    for owner in (client, client.api, client.containers, container, container.exec_run("ls")):
        with pytest.raises(AttributeError, match=r"^'\w+' object has no attribute 'nothing'$"):
            _ = owner.nothing
