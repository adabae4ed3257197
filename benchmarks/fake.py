"""What the fake engine costs: a start of pytest with its plugin, and a whole run beside the same on a real engine."""

from __future__ import annotations

import subprocess
import sys
import time

import aiodockerpy
from aiodockerpy.testing import FakeEngine

ROUNDS = 10
IMAGE = "busybox:latest"


def plugin() -> str:
    """Time ``import pytest`` with and without the plugin, the least of several runs in turns."""
    best = {"import pytest": float("inf"), "import pytest, pytest_aiodockerpy": float("inf")}
    for _ in range(ROUNDS):
        for code, least in best.items():
            begin = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            best[code] = min(least, time.perf_counter() - begin)
    without, with_it = best.values()
    lines = ["### Start of pytest", "", "| | time | ratio |", "| --- | ---: | ---: |"]
    lines.append(f"| without the plugin | {without * 1000:.1f} ms | 1.00 |")
    lines.append(f"| with it | {with_it * 1000:.1f} ms | {with_it / without:.3f} |")
    return "\n".join([*lines, ""])


async def fake(url: str) -> str:
    """Time an engine, a client and a run on the fake, and a client and a run on a real engine."""
    best = {"fake engine + client + run": float("inf"), "client + run on a real engine": float("inf")}
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        async with FakeEngine() as engine:
            await _run(engine.url)
        between = time.perf_counter()
        await _run(url)
        end = time.perf_counter()
        for name, seconds in zip(best, (between - begin, end - between), strict=True):
            best[name] = min(best[name], seconds)
    first = next(iter(best.values()))
    lines = ["### A test on the fake engine", "", "| | time | ratio |", "| --- | ---: | ---: |"]
    lines += [f"| {name} | {seconds * 1000:.1f} ms | {seconds / first:.2f} |" for name, seconds in best.items()]
    return "\n".join([*lines, ""])


async def _run(url: str) -> None:
    async with aiodockerpy.DockerClient(url) as client:
        assert await client.containers.run(IMAGE, ["echo", "x"], remove=True) == b"x\n"
