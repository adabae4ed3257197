"""The service's tests: all pass on the fake, and those without faults on a real engine, too."""

from __future__ import annotations

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer
from service import make

pytestmark = [pytest.mark.asyncio, pytest.mark.docker_engine(images=["busybox:latest"])]


@pytest_asyncio.fixture
async def web(docker_engine):
    async with TestClient(TestServer(make())) as client:
        yield client


async def test_a_job_runs_and_shows_its_output(web, docker_engine):
    answer = await web.post("/jobs", json={"name": "job-service-a", "command": "echo out; exit 3"})
    assert answer.status == 201
    shown = await (await web.get("/jobs/job-service-a?wait=1")).json()
    assert shown == {"status": "exited", "exit_code": 3, "output": "out\n"}
    assert docker_engine.container("job-service-a").labels == {"job-service": "1"}
    docker_engine.assert_called("containers.create", times=1)


async def test_two_jobs_cannot_have_one_name(web, docker_engine):
    for status in (201, 409):
        answer = await web.post("/jobs", json={"name": "job-service-b", "command": "sleep 100"})
        assert answer.status == status
    assert docker_engine.container("job-service-b").status == "running"
    assert docker_engine.containers == ["job-service-b"]


async def test_a_job_that_is_not_there_is_404(web):
    assert (await web.get("/jobs/job-service-none")).status == 404


async def test_jobs_that_have_ended_are_cleaned_away(web, docker_engine):
    await web.post("/jobs", json={"name": "job-service-c", "command": "true"})
    await web.get("/jobs/job-service-c?wait=1")
    assert await (await web.delete("/jobs")).json() == {"removed": 1}
    assert docker_engine.leftovers() == []


async def test_an_engine_without_space_is_503(web, docker_engine):
    docker_engine.fail("containers.create", status=500, message="no space left on device", times=1)
    answer = await web.post("/jobs", json={"name": "job-service-d", "command": "true"})
    assert (answer.status, await answer.text()) == (503, "no space left on device")


async def test_a_job_that_is_killed_for_its_memory_is_shown(web, docker_engine):
    await web.post("/jobs", json={"name": "job-service-e", "command": "sleep 100"})
    docker_engine.container("job-service-e").oom_kill()
    assert (await (await web.get("/jobs/job-service-e")).json())["exit_code"] == 137
