"""How long a new process takes: importing, and the first calls."""

from __future__ import annotations

import subprocess
import sys
import time

from benchmarks.report import Row

ROUNDS = 5


async def measure(url: str) -> list[Row]:
    """Time ``import`` of each client, the least of several runs."""
    del url
    empty = _seconds("pass")
    modules = {"aiodockerpy": "aiodockerpy", "docker-py": "docker", "aiodocker": "aiodocker", "aiohttp": "aiohttp"}
    figures = {name: (_seconds(f"import {module}") - empty) * 1000 for name, module in modules.items()}
    return [Row("start", "import", "ms", figures)]


def _seconds(code: str) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        best = min(best, time.perf_counter() - begin)
    return best
