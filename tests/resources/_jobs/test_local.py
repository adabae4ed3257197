"""Jobs on a fake engine that is away, and jobs that are cancelled at any moment."""

from __future__ import annotations

import asyncio

import pytest

import aiodockerpy
from aiodockerpy.resources._jobs.local import _Attempt
from aiodockerpy.testing import FakeEngine

IMAGE = "busybox:latest"


@pytest.fixture
async def engine():
    async with FakeEngine(images=[IMAGE]) as running:
        yield running


@pytest.fixture
async def client(engine):
    async with aiodockerpy.DockerClient(engine.url) as opened:
        yield opened


@pytest.mark.parametrize("keep", ["never", "failed"])
async def test_an_engine_that_is_away_is_waited_for_before_a_job_is_started(engine, client, keep):
    async with client.jobs(concurrency=2, keep=keep) as jobs:
        await engine.restart(down=0.5)
        results = [result async for result in jobs.map({"image": IMAGE, "command": ["true"]} for _ in range(20))]
    assert {(result.ending, result.exit_code) for result in results} == {("exited", 0)}
    assert engine.containers == []


async def test_a_pull_keeps_no_other_job_from_being_started(engine, client):
    engine.hang("images.pull")
    async with client.jobs(starts=1) as jobs:
        waiting = await jobs.submit("missing:1", ["true"])
        while not any(call.operation == "images.create" for call in engine.calls):
            await asyncio.sleep(0.01)
        assert (await (await jobs.submit(IMAGE, ["true"]))).ok
        assert not waiting.done()


async def test_a_job_whose_container_others_restart_has_ended(engine, client):
    async with client.jobs() as jobs:
        job = await jobs.submit(IMAGE, ["sleep", "60"])
        while not (engine.containers and engine.container(engine.containers[0]).status == "running"):
            await asyncio.sleep(0.01)
        await client.api.containers.restart(job.container_id, stop_timeout=0)
        result = await job
    assert (result.ending, result.exit_code, result.may_still_run) == ("signalled", 137, False)
    assert engine.containers == []


async def test_a_client_that_is_closed_inside_the_block_leaves_a_result_that_says_what_stays(engine, client):
    async with client.jobs() as jobs:
        job = await jobs.submit(IMAGE, ["sleep", "60"])
        while not (engine.containers and engine.container(engine.containers[0]).status == "running"):
            await asyncio.sleep(0.01)
        await client.aclose()
    result = await job
    assert (result.ending, result.may_still_run, result.container_id) == ("cancelled", True, job.container_id)
    assert "it is left behind: the client was closed inside the block of its jobs" in result.error
    (left,) = engine.containers
    assert engine.container(left).status == "running"


async def test_a_result_is_not_lost_if_the_client_is_closed_before_the_container_is_removed(engine, client):
    engine.hang("containers.remove")
    async with client.jobs() as jobs:
        job = await jobs.submit(IMAGE, ["sh", "-c", "exit 3"])
        while not any(call.operation == "containers.remove" for call in engine.calls):
            await asyncio.sleep(0.01)
        await client.aclose()
        result = await job
    assert (result.ending, result.exit_code) == ("exited", 3)
    assert "it is left behind" in result.error


@pytest.mark.parametrize("status", ["removing", "dead"])
async def test_a_container_that_others_remove_is_seen_at_every_stage_of_it(engine, client, monkeypatch, status):
    """An inspection may find it before it is gone, and read its state when all else of it is."""
    look = _Attempt._look

    async def late(attempt):
        found = await look(attempt)
        found.state.status = status
        return found

    monkeypatch.setattr(_Attempt, "_look", late)
    async with client.jobs() as jobs:
        job = await jobs.submit(IMAGE, ["sleep", "60"])
        while not (engine.containers and engine.container(engine.containers[0]).status == "running"):
            await asyncio.sleep(0.01)
        await client.api.containers.kill(job.container_id)
        result = await job
    assert (result.ending, result.exit_code) == ("removed", None)


def by_its_pool(job):
    job.cancel()


def by_others(job):
    """Cancel as ``asyncio.run`` does when the program ends."""
    for task in asyncio.all_tasks():
        if "_Entry." in task.get_coro().__qualname__ and not task.cancelling():
            task.cancel()


@pytest.mark.parametrize("cancel", [by_its_pool, by_others])
async def test_a_job_may_be_cancelled_at_any_moment(engine, client, cancel):
    endings, steps = set(), 0
    async with client.jobs(stop_grace=0) as jobs:
        while "exited" not in endings:  # on a busy machine a job takes more turns of the loop
            job = await jobs.submit(IMAGE, ["true"])
            for _ in range(steps):
                await asyncio.sleep(0)
            while not job.done():
                cancel(job)
                await asyncio.sleep(0)
            try:
                endings.add((await job).ending)
            except asyncio.CancelledError:
                endings.add("cancelled")
            steps += 3 + steps // 20
    assert endings == {"cancelled", "exited"}
    assert engine.containers == []
