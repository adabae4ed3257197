"""Copies into and out of containers beside ``docker cp``: one file of 250 MB, and 5,000 files of 10 kB."""

from __future__ import annotations

import os
import resource
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import aiodockerpy
from benchmarks.measure import cpu
from benchmarks.report import Goal, Row
from tests.lab import state

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiodockerpy.resources import Container

ROUNDS = 3
LARGE = 250_000_000
FILES, SIZE = 5_000, 10_240


async def copies(url: str) -> list[Row]:
    """Copy by turns; the figures are the CPU time of the clients, the least of several rounds."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        _fill(root)
        async with aiodockerpy.DockerClient(url) as client:
            container = await client.containers.create("busybox:1", ["true"])
            try:
                return await _measured(url, container, root)
            finally:
                await container.remove()


def _fill(root: Path) -> None:
    (root / "large").write_bytes(os.urandom(1 << 20) * (LARGE >> 20))
    (root / "many").mkdir()
    for number in range(FILES):
        (root / "many" / f"f{number}").write_bytes(os.urandom(SIZE))


async def _measured(url: str, container: Container, root: Path) -> list[Row]:
    out = root / "out"
    out.mkdir()
    works: dict[str, tuple[Callable[[], Awaitable[object]], str, str, Goal]] = {
        "copy_in, 250 MB": (
            lambda: container.copy_in(root / "large", "/tmp"),
            str(root / "large"),
            f"{container.id}:/tmp",
            Goal("docker CLI", 1.3),
        ),
        "copy_in, 5,000 files": (
            lambda: container.copy_in(root / "many", "/tmp"),
            str(root / "many"),
            f"{container.id}:/tmp",
            Goal("docker CLI", 1.0),
        ),
        "copy_out, 250 MB": (
            lambda: container.copy_out("/tmp/large", out),
            f"{container.id}:/tmp/large",
            str(out),
            Goal("docker CLI", 1.2),
        ),
        "copy_out, 5,000 files": (
            lambda: container.copy_out("/tmp/many", out),
            f"{container.id}:/tmp/many",
            str(out),
            Goal("docker CLI"),
        ),
    }
    return [
        Row("copies", name, "ms", await _compared(url, ours, source, target), goal)
        for name, (ours, source, target, goal) in works.items()
    ]


async def _compared(url: str, ours: Callable[[], Awaitable[object]], source: str, target: str) -> dict[str, float]:
    best = {"aiodockerpy": float("inf"), "docker CLI": float("inf")}
    for _ in range(ROUNDS):
        begin = cpu()
        await ours()
        best["aiodockerpy"] = min(best["aiodockerpy"], (cpu() - begin) * 1000)
        begin = _children()
        subprocess.run(
            [state.load().engine("new").docker_cli, "--host", url, "cp", "--quiet", source, target],
            check=True,
            capture_output=True,
        )
        best["docker CLI"] = min(best["docker CLI"], (_children() - begin) * 1000)
    return best


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
