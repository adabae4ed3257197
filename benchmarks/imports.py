"""How long importing takes, in fresh interpreters."""

from __future__ import annotations

import subprocess
import sys
import time

ROUNDS = 5


def imports() -> str:
    """Time ``import`` of each client, the least of several runs."""
    empty = _seconds("pass")
    lines = ["### Import", "", "| module | time |", "| --- | ---: |"]
    modules = ("aiodockerpy", "aiohttp", "aiodockerpy.models", "aiodocker", "docker")
    lines += [f"| {module} | {(_seconds(f'import {module}') - empty) * 1000:.0f} ms |" for module in modules]
    return "\n".join([*lines, ""])


def _seconds(code: str) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        best = min(best, time.perf_counter() - begin)
    return best
