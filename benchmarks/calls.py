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
from benchmarks.measure import compare, table

INSPECTIONS = 400
LISTED = 1000


async def inspect(url: str) -> str:
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
                    "aiodockerpy, typed": lambda: repeat(lambda: ours.api.containers.inspect(container.id)),
                    "bare aiohttp, json.loads": lambda: repeat(bare_one),
                    "aiodocker, dict": lambda: repeat(entry.show),
                    "docker-py, dict": lambda: [
                        blocking.api.inspect_container(container.id) for _ in range(INSPECTIONS)
                    ],
                }
            )
            with ThreadPoolExecutor(32) as pool:
                at_once = await compare(
                    {
                        "aiodockerpy, typed": lambda: together(lambda: ours.api.containers.inspect(container.id)),
                        "bare aiohttp, json.loads": lambda: together(bare_one),
                        "aiodocker, dict": lambda: together(entry.show),
                        "docker-py, dict, 32 threads": lambda: list(
                            pool.map(blocking.api.inspect_container, [container.id] * INSPECTIONS)
                        ),
                    }
                )
        finally:
            blocking.close()
            await container.remove()
    return table("Inspect, one after the other", one_by_one, INSPECTIONS, "call") + table(
        f"Inspect, {INSPECTIONS} at once", at_once, INSPECTIONS, "call"
    )


async def repeat(call):
    """Call one after the other."""
    for _ in range(INSPECTIONS):
        await call()


async def together(call):
    """Call all at once."""
    await asyncio.gather(*(call() for _ in range(INSPECTIONS)))


async def listing(url: str) -> str:
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
                    "aiodockerpy, typed": lambda: ours.api.containers.list(all=True),
                    "bare aiohttp, json.loads": bare_list,
                    "aiodocker": lambda: theirs.containers.list(all=True),
                    "docker-py, sparse": lambda: blocking.containers.list(all=True, sparse=True),
                }
            )
        blocking.close()
    return table(f"List of {LISTED}", results, 1, "list")
