"""Jobs on engines that are killed under them: no invented ending, nothing lost, nothing run twice, nothing left."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import pytest

import aiodockerpy
from tests.integration.conftest import GIVEN_HOST
from tests.lab.private import PrivateEngine

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(400),
    pytest.mark.parametrize("role", ["old", "new"]),
    pytest.mark.skipif(GIVEN_HOST is not None, reason="needs engines that may be killed"),
]
IMAGE = "busybox:1"
JOBS = {"old": 100, "new": 300}
"""Jobs that the engine is killed under; the newest makes up exit codes."""


async def until_begun(client, *jobs):
    for job in jobs:
        while not job.container_id or b"begun" not in await (await client.containers.get(job.container_id)).logs():
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("live_restore", [False, True])
async def test_how_jobs_end_whose_engine_was_killed(role, live_restore):
    async with PrivateEngine(role, live_restore=live_restore) as engine, aiodockerpy.DockerClient(engine.url) as client:
        async with client.jobs(concurrency=8, stop_grace=0) as jobs:

            async def submit(key, command, **options):
                return await jobs.submit(
                    IMAGE, ["sh", "-c", command], key=key, network_mode="none", init=True, **options
                )

            running = await submit("running", f"echo begun; sleep {20 if live_restore else 1000}; echo ended; exit 3")
            meanwhile = [await submit(code, f"echo begun; sleep 4; echo ended; exit {code}") for code in (0, 7)]
            await until_begun(client, running, *meanwhile)
            late = await submit("late", "echo begun; sleep 1000", timeout=4)
            await until_begun(client, late)
            await engine.kill()
            await asyncio.sleep(5)
            await engine.start()
            results = [await job for job in (running, *meanwhile, late)]
        assert await client.containers.list(all=True, sparse=True) == []
    endings = {result.key: (result.ending, result.exit_code) for result in results}
    if live_restore:
        assert endings["running"] == ("exited", 3)
        assert results[0].stdout == b"begun\nended\n"
    else:
        assert endings["running"] == ("engine_lost", None)
    assert endings["late"] == ("timed_out", None)  # the code may be the engine's own
    for code in (0, 7):  # an engine that has seen the end says so; one that has not makes up 255
        assert endings[code] in {("exited", code), ("engine_lost", None)}
        if role == "new":
            assert endings[code] == ("engine_lost", None)
    for result in results:
        assert result.stdout in {b"begun\n", b"begun\nended\n"}
        assert result.stdout.endswith(b"ended\n") or not result.output_complete
        assert not result.may_still_run


async def test_after_five_kills_every_job_is_accounted_for(role):
    """Each job writes its key into a volume when it has run."""
    count = JOBS[role]
    command = 'echo "$KEY" >> /ran/keys'
    async with PrivateEngine(role) as engine, aiodockerpy.DockerClient(engine.url) as client:
        await client.volumes.create("ran")
        stop = asyncio.Event()

        async def kill():
            for _ in range(5):
                await asyncio.sleep(random.uniform(1, count / 60))
                await engine.kill()
                await engine.start()
            stop.set()

        specs = (
            {
                "image": IMAGE,
                "command": ["sh", "-c", command],
                "environment": {"KEY": str(key)},
                "volumes": ["ran:/ran"],
                "network_mode": "none",
                "key": key,
            }
            for key in range(count)
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(kill())
            async with client.jobs(concurrency=8) as jobs:
                results = [result async for result in jobs.map(specs)]
            await stop.wait()
        left = await client.containers.list(all=True, sparse=True)
        written = await client.containers.run(IMAGE, ["cat", "/ran/keys"], volumes=["ran:/ran"], remove=True)
    assert left == []
    assert Counter(result.key for result in results) == Counter(range(count))
    ran = Counter(map(int, written.split()))
    assert max(ran.values()) == 1
    endings = Counter(result.ending for result in results)
    assert endings.keys() <= {"exited", "engine_lost", "not_started"}
    for result in results:
        if result.ending == "exited":
            assert (result.exit_code, ran[result.key]) == (0, 1)
        elif result.ending == "not_started":
            assert ran[result.key] == 0
    assert endings["exited"] > count // 2
