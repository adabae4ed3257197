"""Use the library for long, under cancellation, cut connections and restarts of the engine: nothing may grow.

``python -m benchmarks.soak --minutes 20`` starts an engine of its own; it tells about memory, tasks, files and
containers.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import aiodockerpy
from aiodockerpy.errors import DockerException
from tests.lab.faults import FaultProxy, Faults
from tests.lab.leaks import Snapshot, remaining
from tests.lab.private import PrivateEngine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiodockerpy.resources.containers import Container

STREAMS = 50
RESTARTS = 4
WARM_UP = 0.3  # of the time, in which caches fill
ALLOWED_GROWTH = 1024 * 1024 / 600
"""Bytes a second: 1 MiB in ten minutes."""
ALLOWED_NOISE = 4 * 1024 * 1024
"""Bytes: what the allocator keeps differs from moment to moment."""
PAGE = os.sysconf("SC_PAGE_SIZE")
TALK = ["sh", "-c", "while :; do echo line; sleep 0.01; done"]


@dataclass(slots=True)
class Report:
    """What a soak found.

    Attributes:
        samples: Seconds and resident bytes after each round.
        tasks: Most tasks between two rounds.
        files: Most open files between two rounds.
        restarts: Restarts of the engine.
        left: Tasks, files and threads at the end that were not there before.
        containers: Containers left in the engine.
    """

    samples: list[tuple[float, int]] = field(default_factory=list)
    tasks: list[int] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    restarts: int = 0
    left: list[str] = field(default_factory=list)
    containers: list[str] = field(default_factory=list)

    @property
    def growth(self) -> tuple[float, float]:
        """Bytes by which memory grew after the warm-up, by medians of the first and last third; and seconds."""
        end = self.samples[-1][0]
        warm = [sample for sample in self.samples if sample[0] >= end * WARM_UP] or self.samples
        third = max(1, len(warm) // 3)
        return _median(warm[-third:]) - _median(warm[:third]), warm[-1][0] - warm[0][0]

    @property
    def faults(self) -> list[str]:
        """What is not as it should be."""
        growth, seconds = self.growth
        found = [*self.left, *(f"container {name}" for name in self.containers)]
        if growth > ALLOWED_NOISE + ALLOWED_GROWTH * seconds:
            found.append(f"memory grew by {growth / 2**20:.1f} MiB in {seconds:.0f} s")
        for name, counts in (("tasks", self.tasks), ("files", self.files)):
            half = len(counts) // 2
            if half and min(counts[half:]) > max(counts[:half]):
                found.append(f"{name} grew from {max(counts[:half])} to {min(counts[half:])}")
        return found


def _median(samples: list[tuple[float, int]]) -> float:
    return sorted(size for _, size in samples)[len(samples) // 2]


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


async def storm(direct: aiodockerpy.DockerClient, watched: Container, prefix: str) -> None:
    """Open the streams and the runs of one round, and see them end."""
    async with asyncio.TaskGroup() as group:
        for number in range(STREAMS):
            group.create_task(read_for_a_while(watched))
            if number % 10 == 0:
                group.create_task(run_and_be_cancelled(direct, f"{prefix}{uuid.uuid4().hex}"))


async def rounds(engine: PrivateEngine, prefix: str, seconds: float, report: Report) -> AsyncIterator[float]:
    """Work in rounds, and tell the time after each."""
    began = time.monotonic()
    async with (
        aiodockerpy.DockerClient(engine.url) as direct,
        FaultProxy(engine.url) as proxy,
        aiodockerpy.DockerClient(proxy.url) as client,
    ):
        container = await direct.containers.run(
            "busybox:1", TALK, name=f"{prefix}talks", detach=True, stop_signal="SIGKILL"
        )
        try:
            watched = await client.containers.get(container.id)
            while (passed := time.monotonic() - began) < seconds:
                if passed > seconds * (report.restarts + 1) / (RESTARTS + 1):
                    await restart(engine, container, watched)
                    report.restarts += 1
                # Only streams are cut: a container whose removal is cut stays, and it is nobody's fault.
                proxy.faults = Faults(cut_after=random.choice([None, None, random.randrange(1, 20_000)]))
                await storm(direct, watched, prefix)
                yield passed
        finally:
            await container.remove(force=True)


async def restart(engine: PrivateEngine, container: Container, watched: Container) -> None:
    """Restart the engine while streams are read."""
    async with asyncio.TaskGroup() as group:
        for _ in range(STREAMS):
            group.create_task(read_for_a_while(watched))
        await engine.restart()
    await container.start()


async def soak(seconds: float) -> Report:
    """Work for so long, on an engine of its own."""
    report, prefix = Report(), f"soak{uuid.uuid4().hex[:8]}-"
    before = Snapshot.take()
    async with PrivateEngine("new") as engine:
        async for passed in rounds(engine, prefix, seconds, report):
            report.samples.append((passed, resident()))
            now = Snapshot.take()
            report.tasks.append(len(now.tasks))
            report.files.append(len(now.files))
        async with aiodockerpy.DockerClient(engine.url) as client:
            report.containers = [item.name for item in await client.containers.list(all=True)]
    report.left = await remaining(before)
    return report


async def main(seconds: float) -> int:
    """Return 1 if something grows or is left behind."""
    report = await soak(seconds)
    growth, measured = report.growth
    print(f"{len(report.samples)} rounds of {STREAMS} streams, {report.restarts} restarts of the engine")
    print(f"memory {report.samples[-1][1] / 2**20:.1f} MiB, {growth / 2**20:+.2f} MiB in the last {measured:.0f} s")
    print(f"most tasks between rounds {max(report.tasks)}, most files {max(report.files)}")
    print("wrong: " + ("; ".join(report.faults) or "nothing"))
    return int(bool(report.faults))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20)
    sys.exit(asyncio.run(main(parser.parse_args().minutes * 60)))
