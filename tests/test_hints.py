"""What programs of docker-py, aiodocker and asyncio write that does not exist here: the error says what does."""

from __future__ import annotations

import gc

import pytest

from aiodockerpy import DockerClient
from aiodockerpy.resources._following.view import View

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
        (lambda client, container: container.logs()[0], "not subscriptable: await the handle first"),
        (lambda client, container: container.exec_run("ls")[0], "not subscriptable: await the handle first"),
        (lambda client, container: len(container.logs()), "has no length: await the handle first"),
        (lambda client, container: len(View(client.api.system, "container", None)), "len(view.items)"),
    ],
)
async def test_a_call_that_cannot_be_says_what_is_meant(client, container, use, hint):
    with pytest.raises(TypeError) as caught:
        use(client, container)
    assert hint in str(caught.value)


async def test_what_nobody_means_gets_no_hint(client, container):
    for owner in (client, client.api, container, container.exec_run("ls")):
        with pytest.raises(AttributeError, match=r"^'\w+' object has no attribute 'nothing'$"):
            _ = owner.nothing
