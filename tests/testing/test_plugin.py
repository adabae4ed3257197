"""The pytest plugin, in runs of pytest of its own."""

from __future__ import annotations

import pytest

USER_TESTS = """
import os
import docker
import pytest
import aiodockerpy
from aiodockerpy.testing import Process

async def serve(process: Process) -> int:
    process.stdout.write("listening\\n")
    await process.signal_event("SIGTERM").wait()
    return 0

def run(work):
    import asyncio
    return asyncio.run(work())

@pytest.mark.docker_engine(images=["shop:1"], api="1.44")
def test_async_client(docker_engine):
    docker_engine.program("shop:*", serve)
    async def work():
        async with aiodockerpy.from_env() as client:
            container = await client.containers.run("shop:1", detach=True, name="shop")
            assert (await client.version()).api_version == "1.44"
            await container.stop()
    run(work)
    assert docker_engine.container("shop").exit_code == 0
    docker_engine.assert_called("containers.stop", times=1)

def test_docker_py(docker_engine):
    assert os.environ["DOCKER_HOST"] == docker_engine.url
    client = docker.from_env()
    assert client.containers.run("busybox", "echo hello") == b"hello\\n"
    client.close()

def test_several(docker_engine, docker_engine_factory):
    with docker_engine_factory(images=["redis:8"]) as other:
        assert other.images == ["redis:8"]
        assert docker_engine.images == ["busybox:latest"]

def test_unused_fault(docker_engine):
    docker_engine.fail("containers.start", times=2)

def test_unexpected(docker_engine):
    client = docker.from_env()
    with pytest.raises(docker.errors.APIError):
        client.swarm.reload()
    client.close()

@pytest.mark.docker_engine(strict=False)
def test_tolerant(docker_engine):
    client = docker.from_env()
    with pytest.raises(docker.errors.APIError):
        client.swarm.reload()
    client.close()

@pytest.mark.docker_engine(image="busybox")
def test_misspelt(docker_engine):
    pass
"""
PLUGIN = ("-p", "pytest_aiodockerpy", "-p", "no:cacheprovider")


@pytest.mark.parametrize(
    "ways",
    [
        pytest.param((), id="without pytest-asyncio"),
        pytest.param(("-p", "pytest_asyncio.plugin"), id="with it"),
        pytest.param(("-p", "xdist.plugin", "-n", "1"), id="under xdist"),
    ],
)
def test_the_fixtures_work(pytester, ways):
    pytester.makepyfile(USER_TESTS)
    result = pytester.runpytest_subprocess(*PLUGIN, *ways, "-rA")
    result.assert_outcomes(passed=6, errors=3)
    result.stdout.fnmatch_lines_random([
        "*the fault fail('containers.start') never happened*",
        "*swarm.inspect (GET /swarm) was called, which the fake engine does not have*",
        "*the marker docker_engine takes images, api and strict, not image*",
    ])  # fmt: skip


def test_a_start_of_pytest_without_the_fixtures_imports_nothing(pytester):
    pytester.makepyfile(
        """
        import sys
        def test_nothing_is_imported():
            assert "pytest_aiodockerpy" in sys.modules
            assert not [name for name in sys.modules if name.partition(".")[0] in {"aiodockerpy", "pydantic", "aiohttp"}]
        """
    )
    pytester.runpytest_subprocess(*PLUGIN).assert_outcomes(passed=1)
