"""Ordinary calls: one inspection after the other, a thousand at once, a list of a thousand."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import aiodocker
import aiohttp
import docker

import aiodockerpy
from benchmarks.canned import CannedEngine
from benchmarks.measure import compare, each
from benchmarks.report import Goal, Row, rows

INSPECTIONS = 400
LISTED = 1000


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


async def listing(url: str) -> list[Row]:
    """List a thousand containers; the answer is made of real ones and served by a process of its own."""
    async with aiodockerpy.DockerClient(url) as real:
        container = await real.containers.create("busybox:1", ["true"], labels={"a": "b"})
        entry = next(item for item in await real.api.containers.list(all=True) if item.id == container.id).to_dict()
        await container.remove()
    body = json.dumps([{**entry, "Id": f"{number:064x}"} for number in range(LISTED)]).encode()
    with CannedEngine(body) as engine:
        path = engine.url.removeprefix("unix://")
        blocking = docker.DockerClient(engine.url, version="1.45")
        async with (
            aiodockerpy.DockerClient(engine.url) as ours,
            aiodocker.Docker(engine.url, api_version="v1.45") as theirs,
            aiohttp.ClientSession(connector=aiohttp.UnixConnector(path)) as bare,
        ):

            async def bare_list() -> object:
                async with bare.get("http://docker/v1.45/containers/json?all=1") as answer:
                    return json.loads(await answer.read())

            results = await compare(
                {
                    "aiodockerpy": lambda: ours.api.containers.list(all=True),
                    "aiohttp": bare_list,
                    "aiodocker": lambda: theirs.containers.list(all=True),
                    "docker-py": lambda: blocking.containers.list(all=True, sparse=True),
                }
            )
        blocking.close()
    return rows("lists", f"list of {LISTED} containers", "ms", each(results, 1, 1e3), Goal("docker-py", 1.0))
