"""Ordinary calls: one inspection after the other, and many at once."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import aiodocker
import aiohttp
import docker

import aiodockerpy
from benchmarks.measure import compare, each
from benchmarks.report import Goal, Row, rows

INSPECTIONS = 400


async def inspect(url: str) -> list[Row]:
    """Inspect one container again and again, then many times at once."""
    path = url.removeprefix("unix://")
    async with (
        aiodockerpy.DockerClient(url) as ours,
        aiodocker.Docker(url) as theirs,
        aiohttp.ClientSession(connector=aiohttp.UnixConnector(path, limit=32)) as bare,
    ):
        container = await ours.containers.create("busybox:1", ["true"])
        blocking = docker.DockerClient(url, max_pool_size=32)
        entry = theirs.containers.container(container.id)
        address = f"http://docker/v{await ours.api_version()}/containers/{container.id}/json"

        async def bare_one() -> object:
            async with bare.get(address) as answer:
                return json.loads(await answer.read())

        try:
            one_by_one = await compare(
                {
                    "aiodockerpy": lambda: repeat(lambda: ours.api.containers.inspect(container.id)),
                    "aiohttp": lambda: repeat(bare_one),
                    "aiodocker": lambda: repeat(entry.show),
                    "docker-py": lambda: [blocking.api.inspect_container(container.id) for _ in range(INSPECTIONS)],
                }
            )
            with ThreadPoolExecutor(32) as pool:
                at_once = await compare(
                    {
                        "aiodockerpy": lambda: together(lambda: ours.api.containers.inspect(container.id)),
                        "aiohttp": lambda: together(bare_one),
                        "aiodocker": lambda: together(entry.show),
                        "docker-py": lambda: list(
                            pool.map(blocking.api.inspect_container, [container.id] * INSPECTIONS)
                        ),
                    }
                )
        finally:
            blocking.close()
            await container.remove()
    beside = Goal("aiohttp", 1.1)
    return [
        *rows("calls", "inspect, one after the other", "µs", each(one_by_one, INSPECTIONS), beside),
        *rows("calls", f"inspect, {INSPECTIONS} at once", "µs", each(at_once, INSPECTIONS), beside),
    ]


async def repeat(call):
    """Call one after the other."""
    for _ in range(INSPECTIONS):
        await call()


async def together(call):
    """Call all at once."""
    await asyncio.gather(*(call() for _ in range(INSPECTIONS)))
