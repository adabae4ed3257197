"""Fan-out: many short containers, eight at once, with their output and exit code, each removed at its end."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import aiodocker
import docker

import aiodockerpy
from benchmarks.measure import cpu
from benchmarks.report import Goal, Row

JOBS = 500
AT_ONCE = 8
PART = 50
"""Jobs after which it is the next client's turn."""
IMAGE = "busybox:1"
COMMAND = ["echo", "x"]
HOST_CONFIG = {"NetworkMode": "none"}


async def ours(url: str, count: int) -> None:
    """By a pool of jobs."""
    async with aiodockerpy.DockerClient(url) as client, client.jobs(concurrency=AT_ONCE) as jobs:
        specs = ({"image": IMAGE, "command": COMMAND, "network_mode": "none"} for _ in range(count))
        async for result in jobs.map(specs):
            assert (result.ok, result.stdout) == (True, b"x\n")


def docker_py(url: str, count: int) -> None:
    """By ``containers.run`` in threads."""
    client = docker.DockerClient(url, max_pool_size=AT_ONCE)

    def run(_: int) -> bytes:
        return client.containers.run(IMAGE, COMMAND, network_mode="none", remove=True)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert set(pool.map(run, range(count))) == {b"x\n"}
    client.close()


async def with_aiodocker(url: str, count: int) -> None:
    """By tasks and a semaphore."""
    room = asyncio.Semaphore(AT_ONCE)
    config = {"Image": IMAGE, "Cmd": COMMAND, "HostConfig": HOST_CONFIG}
    async with aiodocker.Docker(url) as client:

        async def run() -> None:
            async with room:
                container = await client.containers.create(config)
                try:
                    await container.start()
                    exit = await container.wait()
                    output = await container.log(stdout=True, stderr=True)
                finally:
                    await container.delete(force=True)
            assert (exit["StatusCode"], output) == (0, ["x\n"])

        async with asyncio.TaskGroup() as group:
            for _ in range(count):
                group.create_task(run())


async def measure(url: str) -> list[Row]:
    """Run all jobs by each client, in turns, and return the CPU time and the time for each."""
    clients = {"aiodockerpy": ours, "docker-py": docker_py, "aiodocker": with_aiodocker}
    used = dict.fromkeys(clients, 0.0)
    took = dict.fromkeys(clients, 0.0)
    for run in clients.values():  # what is imported and made once is no matter of the jobs
        if running := run(url, AT_ONCE):
            await running
    for _ in range(JOBS // PART):
        for name, run in clients.items():
            begin, began = cpu(), time.perf_counter()
            if running := run(url, PART):
                await running
            used[name] += cpu() - begin
            took[name] += time.perf_counter() - began
    fastest = min(("docker-py", "aiodocker"), key=took.__getitem__)
    per_job = {name: seconds / JOBS * 1000 for name, seconds in used.items()}
    each = {name: seconds / JOBS * 1000 for name, seconds in took.items()}
    return [
        Row("jobs", f"{JOBS} jobs, CPU of a job", "ms", per_job, Goal("docker-py", 0.33)),
        Row("jobs", f"{JOBS} jobs, time of a job", "ms", each, Goal(fastest, 1)),
    ]
