"""Functions of the caller: async where a result is needed at once, or raising whatever they like."""

from __future__ import annotations

import asyncio
import re

import pytest

import aiodockerpy
from aiodockerpy import errors, testing


async def condition(*_):
    """Hold, if it were awaited."""
    return True


async def waited(function, docker):
    """Wait for a condition of a container."""
    box = await docker.containers.create("busybox:1", "sleep 100")
    await box.wait_until(function)


async def watched(function, docker):
    """Wait for a condition of a view."""
    async with docker.containers.watch() as view:
        await view.until(function)


async def pulled(function, docker):
    """Pull, and have progress reported."""
    pull = docker.images.pull("busybox:1")
    pull.on_progress(function)
    await pull


async def iterated(function, docker):
    """Pull, have progress reported, and read the messages."""
    pull = docker.images.pull("busybox:1")
    pull.on_progress(function)
    async for _ in pull:
        pass


async def snapshots(function, docker):
    """Pull, have progress reported, and read the states."""
    pull = docker.images.pull("busybox:1")
    pull.on_progress(function)
    async for _ in pull.snapshots():
        pass


async def tried_again(function, docker):
    """Run jobs whose failures a function decides about."""
    async with docker.jobs(retry=function) as pool:
        async for _ in pool.map([("busybox:1", ["false"])] * 3):
            pass


CALLS = {
    waited: "wait_until() look",
    watched: "until() predicate",
    pulled: "on_progress() watcher",
    iterated: "on_progress() watcher",
    snapshots: "on_progress() watcher",
    tried_again: "retry",
}


@pytest.fixture
async def docker():
    async with testing.FakeEngine(images=["busybox:1"]) as engine, aiodockerpy.DockerClient(engine.url) as client:
        yield client
        assert client.diagnostics().streams == ()
        assert client.diagnostics().pool_in_use == 0


@pytest.mark.parametrize("call", CALLS)
async def test_an_async_function_is_refused_by_name_and_is_no_condition_that_holds(docker, call, recwarn):
    with pytest.raises(errors.WrongType, match=f"^{re.escape(CALLS[call])} must be a function that returns"):
        await call(condition, docker)
    assert not [warning for warning in recwarn if "never awaited" in str(warning.message)]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "kind", [ZeroDivisionError, TimeoutError, asyncio.CancelledError, StopIteration, StopAsyncIteration, GeneratorExit]
)
async def test_what_a_function_raises_is_raised_and_never_taken_for_an_end(docker, call, kind):
    def raising(*_):
        raise kind("mine")

    with pytest.raises((kind, RuntimeError)) as caught:  # Python lets no generator raise what ends an iteration
        await call(raising, docker)
    assert type(caught.value) is kind or type(caught.value.__cause__) is kind


async def test_an_async_function_that_is_called_at_the_end_of_a_job_is_reported(docker):
    reported = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.set_result(context["exception"]))
    async with docker.jobs() as pool:
        job = await pool.submit("busybox:1", ["true"])
        job.add_done_callback(condition)
        assert (await job).ok
        with pytest.raises(errors.WrongType, match=r"^add_done_callback\(\) function must be"):
            raise await reported


async def test_a_handle_or_a_coroutine_of_a_plain_function_is_refused_too():
    async with testing.FakeEngine(images=["busybox:1"]) as engine, aiodockerpy.DockerClient(engine.url) as docker:
        box = await docker.containers.create("busybox:1", "sleep 100")
        for look in (lambda seen: seen.exists("/nothing"), lambda seen: seen.logs()):
            with pytest.raises(errors.WrongType, match="look must be"):
                await box.wait_until(look)
