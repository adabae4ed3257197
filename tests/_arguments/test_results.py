"""Functions of the caller that are async where a result is needed at once."""

from __future__ import annotations

import re

import pytest

import aiodockerpy
from aiodockerpy import errors, testing


async def condition(*_):
    """Hold, if it were awaited."""
    return True


CALLS = {
    "wait_until() look": lambda docker, box: box.wait_until(condition),
    "until() predicate": lambda docker, box: watched(docker),
    "on_progress() watcher": lambda docker, box: pulled(docker),
}


async def watched(docker):
    """Wait for a condition of a view."""
    async with docker.containers.watch() as view:
        await view.until(condition)


async def pulled(docker):
    """Pull, and have progress reported."""
    pull = docker.images.pull("busybox:1")
    pull.on_progress(condition)
    await pull


@pytest.mark.parametrize("parameter", CALLS)
async def test_an_async_function_is_refused_by_name_and_is_no_condition_that_holds(parameter, recwarn):
    async with testing.FakeEngine(images=["busybox:1"]) as engine, aiodockerpy.DockerClient(engine.url) as docker:
        box = await docker.containers.create("busybox:1", "sleep 100")
        with pytest.raises(errors.WrongType, match=f"^{re.escape(parameter)} must be a function that returns"):
            await CALLS[parameter](docker, box)
    assert not [warning for warning in recwarn if "never awaited" in str(warning.message)]


async def test_a_handle_or_a_coroutine_of_a_plain_function_is_refused_too():
    async with testing.FakeEngine(images=["busybox:1"]) as engine, aiodockerpy.DockerClient(engine.url) as docker:
        box = await docker.containers.create("busybox:1", "sleep 100")
        for look in (lambda seen: seen.exists("/nothing"), lambda seen: seen.logs()):
            with pytest.raises(errors.WrongType, match="look must be"):
                await box.wait_until(look)
