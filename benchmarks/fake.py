"""What the fake engine costs: a start of pytest with its plugin, and a whole run beside the same on a real engine."""

from __future__ import annotations

import subprocess
import sys
import time

import aiodockerpy
from aiodockerpy.testing import FakeEngine
from benchmarks.report import OURS, Goal, Row

ROUNDS = 10
IMAGE = "busybox:latest"


async def measure(url: str) -> list[Row]:
    """Time the start of pytest with the plugin, and a test on the fake engine."""
    return [_plugin(), await _fake(url)]


def _plugin() -> Row:
    """Time ``import pytest`` with and without the plugin, the least of several runs in turns."""
    best = {"import pytest, pytest_aiodockerpy": float("inf"), "import pytest": float("inf")}
    for _ in range(ROUNDS):
        for code, least in best.items():
            begin = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            best[code] = min(least, time.perf_counter() - begin)
    figures = dict(zip((OURS, "without it"), (seconds * 1000 for seconds in best.values()), strict=True))
    return Row("fake", "start of pytest with the plugin", "ms", figures, Goal("without it", 1.05))


async def _fake(url: str) -> Row:
    """Time an engine, a client and a run on the fake, and a client and a run on a real engine."""
    best = {OURS: float("inf"), "real engine": float("inf")}
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        async with FakeEngine() as engine:
            await _run(engine.url)
        between = time.perf_counter()
        await _run(url)
        end = time.perf_counter()
        for name, seconds in zip(best, (between - begin, end - between), strict=True):
            best[name] = min(best[name], seconds * 1000)
    return Row("fake", "fake engine, client and run", "ms", best, Goal("real engine"))


async def _run(url: str) -> None:
    async with aiodockerpy.DockerClient(url) as client:
        assert await client.containers.run(IMAGE, ["echo", "x"], remove=True) == b"x\n"
