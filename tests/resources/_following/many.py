"""Very many containers on a fake engine."""

from __future__ import annotations

import asyncio
import resource
import tracemalloc


async def start_many(client, count, **options):
    limit = asyncio.Semaphore(16)

    async def start(number):
        async with limit:
            await client.containers.run("busybox", ["x"], name=f"box{number}", detach=True, **options)

    async with asyncio.TaskGroup() as group:
        for number in range(count):
            group.create_task(start(number))


def allow_files(count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, hard), hard))


def held_by_streams():
    """Return the bytes that the transport and the followers hold, since ``tracemalloc`` was started."""
    parts = [tracemalloc.Filter(True, "*/aiodockerpy/_*"), tracemalloc.Filter(True, "*/_following/*")]
    return sum(stat.size for stat in tracemalloc.take_snapshot().filter_traces(parts).statistics("filename"))
