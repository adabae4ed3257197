"""The proxies of ``config.json`` reach containers and builds."""

from __future__ import annotations

import asyncio
import io
import json

import pytest

import aiodockerpy
from aiodockerpy.api import Api
from aiodockerpy.resources._processes.run import RunStream, run_detached, run_spec
from tests.classic import classic
from tests.resources.conftest import query, sent

PROXIES = {
    "default": {"httpProxy": "http://proxy:3128", "noProxy": "localhost"},
    "unix:///other.sock": {"httpsProxy": "http://other:3128"},
}
VARIABLES = {
    "HTTP_PROXY": "http://proxy:3128",
    "http_proxy": "http://proxy:3128",
    "NO_PROXY": "localhost",
    "no_proxy": "localhost",
}


@pytest.fixture
def proxied(fake, tmp_path):
    """Makes a client whose configuration has proxies."""
    (tmp_path / "config.json").write_text(json.dumps({"proxies": PROXIES}))

    def make(url="unix:///some.sock"):
        made = aiodockerpy.DockerClient(url, environment={"DOCKER_CONFIG": str(tmp_path)})
        made.api = Api(fake)
        return made

    return make


@pytest.fixture(autouse=True)
def answers(fake):
    fake.answers = {
        "ContainerCreate": {"Id": "c"},
        "ContainerInspect": {"Id": "c"},
        "ImageBuild": [{"aux": {"ID": "sha256:1"}}],
        "ImageInspect": {"Id": "sha256:1"},
    }


def environment(fake):
    env = sent(fake.named("ContainerCreate")[0]).get("Env")
    return dict(entry.split("=", 1) for entry in env) if env is not None else None


async def test_containers_learn_of_them(proxied, fake):
    await proxied().containers.create("busybox")
    assert environment(fake) == VARIABLES


async def test_what_the_caller_says_goes_first_and_is_not_changed(proxied, fake):
    given = {"HTTP_PROXY": "mine", "X": "y"}
    await proxied().containers.run("busybox", environment=given, detach=True)
    assert environment(fake) == {**VARIABLES, "HTTP_PROXY": "mine", "X": "y"}
    assert given == {"HTTP_PROXY": "mine", "X": "y"}


async def test_an_engine_may_have_its_own(proxied, fake):
    await proxied("unix:///other.sock").containers.create("busybox")
    assert environment(fake) == {"HTTPS_PROXY": "http://other:3128", "https_proxy": "http://other:3128"}


async def test_they_are_left_out_on_demand(proxied, fake):
    await proxied().containers.create("busybox", use_config_proxy=False)
    assert environment(fake) is None


async def test_builds_learn_of_them(proxied, fake):
    given = {"HTTP_PROXY": "mine"}
    await classic(proxied(), fileobj=io.BytesIO(b"FROM x"), buildargs=given)
    assert json.loads(query(fake.named("ImageBuild")[0])["buildargs"]) == {**VARIABLES, "HTTP_PROXY": "mine"}
    assert given == {"HTTP_PROXY": "mine"}
    await classic(proxied(), fileobj=io.BytesIO(b"FROM x"), use_config_proxy=False)
    assert "buildargs" not in query(fake.named("ImageBuild")[1])


class Unread:
    """A client whose configuration is on a file system that does not answer."""

    def __init__(self, client):
        self._client = client
        self.asked = asyncio.Event()

    def __getattr__(self, name):
        return getattr(self._client, name)

    async def proxies(self):
        self.asked.set()
        await asyncio.Event().wait()


@pytest.mark.parametrize("make", [run_detached, RunStream])
async def test_reading_them_can_be_cancelled(proxied, fake, make):
    client = Unread(proxied())

    async def run():
        await make(client, run_spec("busybox", None, {}))

    task = asyncio.create_task(run())
    await client.asked.wait()
    task.cancel()
    await asyncio.wait({task}, timeout=5)
    assert task.cancelled()
    assert fake.named("ContainerCreate") == []
