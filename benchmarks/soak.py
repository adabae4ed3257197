"""Use the library for long, under cancellation, cut connections and restarts of the engine: nothing may grow.

``python -m benchmarks.soak --minutes 20`` starts an engine of its own; it tells about memory, tasks, files and
containers. Each round opens 50 streams of all kinds, which are cancelled, left or cut, and cancels calls and runs.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import gc
import itertools
import os
import random
import sys
import time
import uuid
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import linear_regression, median
from typing import TYPE_CHECKING, Any

import aiodockerpy
from aiodockerpy.errors import DockerException
from tests.lab.faults import FaultProxy, Faults
from tests.lab.leaks import Snapshot, remaining
from tests.lab.private import PrivateEngine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from aiodockerpy.resources._processes.exec import ExecProcess
    from aiodockerpy.resources.container import Container
    from aiodockerpy.streams.stream import Stream

STREAMS = 50
LONGEST = 2.5  # seconds that a reader has: statistics come once a second
SETTLE = 0.05  # seconds until what was cut is closed
RESTARTS = 4
WARM_UP = 0.3  # of the time, in which caches fill
ALLOWED_GROWTH = 1024 * 1024 / 600
"""Bytes a second: 1 MiB in ten minutes."""
LONG = 600
"""Seconds after which a slope says something."""
ALLOWED_NOISE = 2 * 1024 * 1024
"""Bytes in less time than that: what the allocator keeps differs from moment to moment."""
ALLOWED_MORE = 2
"""Tasks, or files, by which the middle of the second half may differ from that of the first."""
KINDS = ("lines", "chunks", "attached", "stats", "exec", "archive", "events", "input")
_LIBC = ctypes.CDLL(None)
PAGE = os.sysconf("SC_PAGE_SIZE")
TALK = ["sh", "-c", "while :; do echo line; sleep 0.01; done"]


@dataclass(slots=True)
class Report:
    """What a soak found.

    Attributes:
        read: Items that were read, by kind of stream.
        samples: Seconds and resident bytes after each round.
        tasks: Most tasks between two rounds.
        files: Most open files between two rounds.
        restarts: Restarts of the engine.
        left: Tasks, files and threads at the end that were not there before.
        containers: Containers left in the engine.
    """

    read: Counter[str] = field(default_factory=Counter[str])
    samples: list[tuple[float, int]] = field(default_factory=list)
    tasks: list[int] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    restarts: int = 0
    left: list[str] = field(default_factory=list)
    containers: list[str] = field(default_factory=list)

    @property
    def slope(self) -> float:
        """Bytes a second by which memory grew after the warm-up: of the line with the least squares."""
        times, sizes = zip(*self._warm, strict=True)
        return linear_regression(times, sizes).slope

    @property
    def seconds(self) -> float:
        """For how long memory was watched."""
        return self._warm[-1][0] - self._warm[0][0]

    @property
    def _warm(self) -> list[tuple[float, int]]:
        end = self.samples[-1][0]
        return [sample for sample in self.samples if sample[0] >= end * WARM_UP]

    @property
    def faults(self) -> list[str]:
        """What is not as it should be."""
        found = [*self.left, *(f"container {name}" for name in self.containers)]
        found += [f"nothing was read of {name}" for name in KINDS if not self.read[name]]
        growth = self.slope * self.seconds
        if growth > (ALLOWED_GROWTH * self.seconds if self.seconds >= LONG else ALLOWED_NOISE):
            found.append(f"memory grew by {growth / 2**20:.1f} MiB in {self.seconds:.0f} s")
        for name, counts in (("tasks", self.tasks), ("files", self.files)):
            half = len(counts) // 2
            if half and median(counts[half:]) > median(counts[:half]) + ALLOWED_MORE:
                found.append(f"{name} grew from {median(counts[:half]):.0f} to {median(counts[half:]):.0f}")
        return found


def resident() -> int:
    """Return the resident memory of this process in bytes, without what the allocator keeps although nobody uses it."""
    gc.collect()
    if hasattr(_LIBC, "malloc_trim"):
        _LIBC.malloc_trim(0)
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE


class Readers:
    """Readers of each kind of stream, which are cancelled, leave or are cut.

    Args:
        client: Through the proxy that cuts.
        container: Of that client.
        read: Takes note of what was read, by kind.
    """

    def __init__(self, client: aiodockerpy.DockerClient, container: Container, read: Counter[str]) -> None:
        self._container = container
        self._read = read
        self._opened: dict[str, Callable[[], Stream[Any, Any]]] = {
            "lines": lambda: container.logs(follow=True),
            "chunks": lambda: container.logs(follow=True).chunks(),
            "attached": lambda: container.attach(logs=True),
            "stats": container.stats,
            "exec": lambda: container.exec_run(["seq", "1000"]),
            "archive": lambda: container.get_archive("/bin"),
            "events": client.events,
        }

    def start(self, group: asyncio.TaskGroup) -> None:
        """Start 50 of them."""
        for _, name in zip(range(STREAMS), itertools.cycle(KINDS), strict=False):
            group.create_task(self._input() if name == "input" else self._output(name))

    async def _output(self, name: str) -> None:
        with suppress(DockerException, TimeoutError):
            async with asyncio.timeout(random.uniform(0.01, LONGEST)), self._opened[name]() as items:
                async for _ in items:
                    self._read[name] += 1
                    if random.random() < 0.01:
                        break

    async def _input(self) -> None:
        """Have a process repeat its input."""
        with suppress(DockerException, TimeoutError):
            async with asyncio.timeout(random.uniform(0.01, LONGEST)), self._exec_cat() as process:
                for _ in range(20):
                    await process.stdin.write(b"line\n" * 1000)
                    self._read["input"] += len(await process.stdout.readexactly(5000)) // 5

    def _exec_cat(self) -> ExecProcess[Any]:
        return self._container.exec_run(["cat"], stdin=True)


async def call_and_be_cancelled(container: Container) -> None:
    """Make calls, and be cancelled in one of them."""
    with suppress(DockerException, TimeoutError):
        async with asyncio.timeout(random.uniform(0.001, 0.1)):
            while True:
                await container.reload()


async def run_and_be_cancelled(client: aiodockerpy.DockerClient, name: str) -> None:
    """Run a container and be cancelled at any moment, or not at all."""
    with suppress(DockerException, TimeoutError):
        async with asyncio.timeout(random.uniform(0.01, 2)):
            await client.containers.run("busybox:1", ["echo", "hello"], name=name, remove=True)


async def storm(direct: aiodockerpy.DockerClient, readers: Readers, watched: Container, prefix: str) -> None:
    """Open the streams, calls and runs of one round, and see them end."""
    async with asyncio.TaskGroup() as group:
        readers.start(group)
        for _ in range(STREAMS):
            group.create_task(call_and_be_cancelled(watched))
        for _ in range(STREAMS // 10):
            group.create_task(run_and_be_cancelled(direct, f"{prefix}{uuid.uuid4().hex}"))


async def rounds(
    engine: PrivateEngine, prefix: str, seconds: float, at_least: int, report: Report
) -> AsyncIterator[float]:
    """Work in rounds, and yield the seconds since the beginning after each."""
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
            readers = Readers(client, watched, report.read)
            while (passed := time.monotonic() - began) < seconds or len(report.samples) < at_least:
                if report.restarts < RESTARTS and passed > seconds * (report.restarts + 1) / (RESTARTS + 1):
                    await restart(engine, container, readers)
                    report.restarts += 1
                # Only streams are cut: a container whose removal is cut stays, and it is nobody's fault.
                proxy.faults = Faults(cut_after=random.choice([None, None, random.randrange(1, 20_000)]))
                await storm(direct, readers, watched, prefix)
                await proxy.cut_all()
                await asyncio.sleep(SETTLE)
                yield passed
        finally:
            await container.remove(force=True)


async def restart(engine: PrivateEngine, container: Container, readers: Readers) -> None:
    """Restart the engine while streams are read."""
    async with asyncio.TaskGroup() as group:
        readers.start(group)
        await engine.restart()
    await container.start()


async def soak(seconds: float, *, at_least: int = 0) -> Report:
    """Work for this long, and for at least this many rounds, on a private engine."""
    report, prefix = Report(), f"soak{uuid.uuid4().hex[:8]}-"
    before = Snapshot.take()
    async with PrivateEngine("new") as engine:
        async for passed in rounds(engine, prefix, seconds, at_least, report):
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
    print(f"{len(report.samples)} rounds of {STREAMS} streams, {report.restarts} restarts of the engine")
    print("read: " + ", ".join(f"{report.read[name]:,} {name}" for name in KINDS))
    slope = report.slope * 600 / 2**20
    print(f"memory {report.samples[-1][1] / 2**20:.1f} MiB; {slope:+.2f} MiB in 10 min, over {report.seconds:.0f} s")
    for name, counts in (("tasks", report.tasks), ("files", report.files)):
        half = len(counts) // 2
        print(
            f"{name} between rounds: {median(counts[:half]):.0f} in the first half, {median(counts[half:]):.0f} after"
        )
    print("wrong: " + ("; ".join(report.faults) or "nothing"))
    return int(bool(report.faults))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20)
    sys.exit(asyncio.run(main(parser.parse_args().minutes * 60)))
