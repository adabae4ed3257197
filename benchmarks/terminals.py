"""The bridge of terminals beside the bare handle of the process, on an engine that costs nothing to wait for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiodockerpy
from aiodockerpy.terminals import bridge
from benchmarks.canned import Answer, CannedEngine
from benchmarks.logs import drain
from benchmarks.measure import compare, each
from benchmarks.report import OURS, Goal, Row

if TYPE_CHECKING:
    from aiodockerpy.resources import Container, ExecProcess

OUTPUT = 256 * 1024 * 1024
TEXT = "Ein Rüde läuft über die Straße, 5 € in der Tasche.\r\n".encode() * 1200  # 64 KiB, so that reads end anywhere


class Browser:
    """A websocket that takes everything and never types."""

    async def receive(self) -> None:
        await asyncio.Event().wait()

    def __init__(self) -> None:
        self.shown = 0

    async def send_bytes(self, data: bytes) -> None:
        self.shown += len(data)


async def measure(_url: str) -> list[Row]:
    """Read the output of a terminal by its handle, and through the bridge."""
    answers = {"start": Answer(TEXT, OUTPUT // len(TEXT), kind="vnd.docker.raw-stream")}
    with CannedEngine(answers=answers) as engine:
        async with aiodockerpy.DockerClient(engine.url) as client:
            container = await client.containers.get("x")
            results = await compare(
                {OURS: lambda: _bridged(container), "the handle": lambda: _bare(container)},
                rounds=9,
            )
    figures = each(results, OUTPUT / 1_000_000)
    return [Row("terminals", "a MB through the bridge to a websocket", "µs", figures, Goal("the handle", 1.3))]


async def _bare(container: Container) -> None:
    async with _process(container) as process:
        await drain(process)


async def _bridged(container: Container) -> None:
    browser = Browser()
    await bridge(_process(container), browser, keep=True)
    if browser.shown != OUTPUT // len(TEXT) * len(TEXT):
        raise RuntimeError(f"only {browser.shown} bytes were shown")


def _process(container: Container) -> ExecProcess[bytes]:
    return container.exec_run("sh", stdin=True, tty=True)
