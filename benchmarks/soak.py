"""Use the library for long, under cancellation and cut connections: its memory, tasks and files must not grow.

``SOAK_SECONDS`` says how long (20 minutes if not given), ``DOCKER_HOST`` on which engine (the newest of the test lab).
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import aiodockerpy
from aiodockerpy.errors import DockerException
from benchmarks.__main__ import engine
from tests.lab.faults import FaultProxy, Faults
from tests.lab.leaks import Snapshot, remaining

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiodockerpy.resources.containers import Container

SECONDS = float(os.environ.get("SOAK_SECONDS", "1200"))
WARM_UP = 0.25  # of the time, in which caches fill
STREAMS = 50
ALLOWED_GROWTH = 1024 * 1024 / 600  # bytes per second: 1 MiB in ten minutes
ALLOWED_NOISE = 2 * 1024 * 1024
PAGE = os.sysconf("SC_PAGE_SIZE")


def resident() -> int:
    """Return the resident memory of this process in bytes."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE


async def read_for_a_while(container: Container) -> None:
    """Follow the logs, and be cancelled or leave."""
    with suppress(DockerException, TimeoutError):
        async with asyncio.timeout(random.uniform(0.01, 1)), container.logs(follow=True) as lines:
            async for _ in lines:
                if random.random() < 0.01:
                    break


async def run_and_be_cancelled(client: aiodockerpy.DockerClient, name: str) -> None:
    """Run a container and be cancelled at any moment, or not at all."""
    with suppress(DockerException, TimeoutError):
        async with asyncio.timeout(random.uniform(0.01, 2)):
            await client.containers.run("busybox:1", ["echo", "hello"], name=name, remove=True)


async def rounds(url: str, prefix: str) -> AsyncIterator[float]:
    """Work in rounds, and tell the time after each."""
    began = time.monotonic()
    async with FaultProxy(url) as proxy, aiodockerpy.DockerClient(url) as direct:
        script = "while :; do echo line; sleep 0.01; done"
        container = await direct.containers.run(
            "busybox:1", ["sh", "-c", script], name=f"{prefix}talks", detach=True, stop_signal="SIGKILL"
        )
        try:
            async with aiodockerpy.DockerClient(proxy.url) as client:
                watched = await client.containers.get(container.id)
                while (passed := time.monotonic() - began) < SECONDS:
                    # Only streams are cut: a container whose removal is cut stays, and it is nobody's fault.
                    proxy.faults = Faults(cut_after=random.choice([None, None, random.randrange(1, 20_000)]))
                    async with asyncio.TaskGroup() as group:
                        for number in range(STREAMS):
                            group.create_task(read_for_a_while(watched))
                            if number % 10 == 0:
                                group.create_task(run_and_be_cancelled(direct, f"{prefix}{uuid.uuid4().hex}"))
                    yield passed
        finally:
            await container.remove(force=True)


async def main() -> int:
    """Return 1 if something grows or is left behind."""
    url, prefix = engine(), f"soak{uuid.uuid4().hex[:8]}-"
    before = Snapshot.take()
    samples: list[tuple[float, int]] = []
    shown = -60.0
    async for passed in rounds(url, prefix):
        samples.append((passed, resident()))
        if passed - shown >= 60:
            print(
                f"{passed:6.0f} s: {samples[-1][1] / 2**20:.1f} MiB resident, {len(asyncio.all_tasks())} tasks",
                flush=True,
            )
            shown = passed
    left = await remaining(before)
    async with aiodockerpy.DockerClient(url) as client:
        containers = await client.containers.list(all=True, filters={"name": prefix})
    warm = [sample for sample in samples if sample[0] >= SECONDS * WARM_UP]
    growth, seconds = warm[-1][1] - warm[0][1], warm[-1][0] - warm[0][0]
    print(f"{len(samples)} rounds; {growth / 2**20:+.2f} MiB in {seconds:.0f} s")
    print(f"left behind: {left or 'nothing'}; {len(containers)} containers")
    return int(bool(left or containers) or growth > ALLOWED_NOISE + ALLOWED_GROWTH * seconds)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
