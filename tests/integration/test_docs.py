"""Every code block of README, tutorial, quickstart and how-tos runs on an engine, and prints what the page shows.

The engine is a private one, which pulls from a registry of the lab what the pages pull from the hub: images of busybox that
behave like those as far as the pages need it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

import aiodockerpy
from aiodockerpy.testing import FakeEngine
from tests.docs import blocks, hub, pictures
from tests.docs.running import Page, compiled
from tests.lab import rest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [
        ROOT / "README.md",
        *(page for folder in (".", "tutorial", "howto", "migrating") for page in ROOT.glob(f"docs/{folder}/*.md")),
    ]
)
ELSEWHERE = {
    "docs/howto/testing.md",  # tests/testing/test_project.py
    "docs/howto/podman.md",  # tests/integration/test_podman.py
    "docs/architecture.md",
    "docs/changelog.md",
}
pytestmark = pytest.mark.timeout(300)


def pages() -> list[Path]:
    return [page for page in PAGES if str(page.relative_to(ROOT)) not in ELSEWHERE and blocks.read(page)]


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def hub_engine(lab_up):
    """An engine whose hub is a registry of the lab."""
    lab_up("registry")
    async with hub.engine() as engine:
        yield engine


@pytest.fixture
def as_a_reader(hub_engine, monkeypatch, tmp_path):
    """The folder and the environment of a reader."""
    with tempfile.TemporaryDirectory() as home:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("DOCKER_HOST", hub_engine.url)
        monkeypatch.setenv("DOCKER_CONFIG", home)
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(ROOT / "examples")]))
        yield


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
async def test_what_a_page_shows(page, hub_engine, as_a_reader):
    try:
        async with aiodockerpy.DockerClient(hub_engine.url) as client:
            names: dict[str, Any] = {
                "__name__": "page",
                "asyncio": asyncio,
                "docker": aiodockerpy,
                "os": os,
                "Path": Path,
                "client": client,
            }
            runner = Page(str(page.relative_to(ROOT)), names)
            for block in blocks.read(page):
                if block.said("not run"):
                    if block.language == "python":
                        compiled(block.text, runner.name, block.line)
                else:
                    if names["client"].closed:  # a block has opened and closed one of its own
                        names["client"] = client
                    async with contextlib.AsyncExitStack() as stack:
                        if block.said("fake"):
                            await on_the_fake(stack, names)
                        await runner.run(block)
        await names["client"].aclose()
    finally:
        await asyncio.to_thread(remove_all, hub_engine.url)


async def test_the_recording_of_a_build_is_of_this_library(hub_engine):
    """``python -m tests.docs.pictures`` makes it anew."""
    async with aiodockerpy.DockerClient(hub_engine.url) as client:
        drawn = await pictures.build(client)
    assert pictures.words(drawn) == pictures.words((pictures.FOLDER / "build.svg").read_text())


async def on_the_fake(stack, names):
    """Let a block work on a fake engine."""
    engine = await stack.enter_async_context(FakeEngine(images=list(hub.IMAGES)))
    names["client"] = await stack.enter_async_context(aiodockerpy.DockerClient(engine.url))


def remove_all(url):
    """Remove what the blocks of a page have made, but for images of the hub: nothing is pulled twice."""
    if rest.ask(url, "GET", "/info")["Swarm"]["LocalNodeState"] != "inactive":
        rest.call(url, "POST", "/swarm/leave?force=1")
    for container in rest.ask(url, "GET", "/containers/json?all=1"):
        rest.call(url, "DELETE", f"/containers/{container['Id']}?force=1&v=1")
    for kind in ("networks", "volumes"):
        rest.call(
            url,
            "POST",
            f"/{kind}/prune?filters=%7B%22all%22%3A%5B%22true%22%5D%7D" if kind == "volumes" else f"/{kind}/prune",
        )
    for image in rest.ask(url, "GET", "/images/json"):
        if not hub.IMAGES.keys() & set(image["RepoTags"] or []):
            rest.call(url, "DELETE", f"/images/{image['Id']}?force=1")
