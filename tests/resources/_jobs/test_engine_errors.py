"""Jobs whose engine refuses one of their calls: each has a result, and what is left behind is said."""

from __future__ import annotations

import asyncio

import pytest

import aiodockerpy
from aiodockerpy.resources._jobs import ends, local
from aiodockerpy.testing import FakeEngine
from tests.together import together

IMAGE = "busybox:latest"
STATUSES = [403, 409, 500]
REFUSED = "a fault of the test"


@pytest.fixture(autouse=True)
def _little_patience(monkeypatch):
    monkeypatch.setattr(local, "PATIENCE", 0.5)
    for module, name in ((local, "STOPPED_SECONDS"), (local, "LOOK_SECONDS"), (ends, "PATIENCE")):
        monkeypatch.setattr(module, name, 0.1)


async def by_itself(_engine, jobs):
    return await jobs.submit(IMAGE, ["sh", "-c", "exit 3"])


async def out_of_time(_engine, jobs):
    return await jobs.submit(IMAGE, ["sleep", "60"], timeout=0.05)


async def cancelled(engine, jobs):
    job = await running(engine, jobs)
    job.cancel()
    return job


async def unseen(engine, jobs):
    """Its connections break, and it runs on."""
    job = await running(engine, jobs)
    await engine.restart(live_restore=True)
    while not job.done() and not any(call.operation == "containers.wait" for call in engine.calls):
        await asyncio.sleep(0.01)
    for name in engine.containers:  # unless it was given up
        engine.container(name).exit(3)
    return job


async def running(engine, jobs):
    """Return a job whose container runs."""
    job = await jobs.submit(IMAGE, ["sleep", "60"])
    while not (engine.containers and engine.container(engine.containers[0]).status == "running"):
        await asyncio.sleep(0.01)
    return job


@together(
    "way, operation, ending, exit_code",
    [
        (by_itself, "create", "not_started", None),
        (by_itself, "attach", "not_started", None),
        (by_itself, "start", "not_started", None),
        (by_itself, "remove", "exited", 3),
        (out_of_time, "stop", "timed_out", None),
        (out_of_time, "inspect", "engine_lost", None),
        (out_of_time, "remove", "timed_out", 137),
        (cancelled, "stop", "cancelled", None),
        (cancelled, "remove", "cancelled", None),
        (unseen, "inspect", "engine_lost", None),
        (unseen, "wait", "exited", 3),
        (unseen, "logs", "exited", 3),
        (unseen, "remove", "exited", 3),
    ],
)
@pytest.mark.parametrize("status", STATUSES)
async def test_a_job_has_a_result_whichever_call_is_refused(way, operation, ending, exit_code, status):
    async with FakeEngine(images=[IMAGE]) as engine, aiodockerpy.DockerClient(engine.url) as client:
        engine.fail(f"containers.{operation}", status=status, message=REFUSED)
        async with client.jobs(stop_grace=0) as jobs:
            result = await (await way(engine, jobs))
        assert (result.ending, result.exit_code) == (ending, exit_code)
        assert bool(engine.containers) == (operation == "remove")
        is_known = operation == "remove" and status != 409  # 409 is the answer while it is being removed
        assert (REFUSED in result.error) == (is_known or ending in {"not_started", "engine_lost"})
