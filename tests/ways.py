"""Trace the way of four calls through the files of the library: ``python -m tests.ways`` prints it."""

from __future__ import annotations

import asyncio
import gc
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import aiodockerpy
from aiodockerpy.buildkit import BuildKit, _messages as pb
from aiodockerpy.testing import FakeEngine
from tests.buildkit.engine import FakeEngine as BuildKitEngine

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from types import FrameType

PACKAGE = Path(aiodockerpy.__file__).parent
CALLS = ("container.stop", "container.logs", "containers.run", "images.build")
"""The calls whose way `docs/architecture.md` shows."""


@contextmanager
def traced() -> Iterator[list[str]]:
    """Note each function of the library, as ``file:function``, when it is called first.

    The fake engine is left out, and so is the garbage of earlier calls and tests, whose finalizers would run at any moment.
    """
    steps: dict[str, None] = {}

    def note(frame: FrameType, event: str, _argument: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(str(PACKAGE)) and not code.co_name.startswith("<"):
            file = Path(code.co_filename).relative_to(PACKAGE)
            if file.parts[0] != "testing":
                steps[f"{file.as_posix()}:{code.co_qualname}"] = None

    found: list[str] = []
    gc.disable()
    sys.setprofile(note)
    try:
        yield found
    finally:
        sys.setprofile(None)
        gc.enable()
        found.extend(steps)


async def ways() -> dict[str, list[str]]:
    """Make each call once before it is traced, so that loading and connecting are no part of its way."""
    found: dict[str, list[str]] = {}
    with FakeEngine.in_thread() as engine:
        async with aiodockerpy.DockerClient(engine.url) as client:
            box = await client.containers.run("busybox", ["sleep", "60"], detach=True)
            await _trace(found, "container.stop", lambda: box.stop(timeout=0))
            await _trace(found, "container.logs", lambda: box.logs(tail=10))
            await _trace(found, "containers.run", lambda: client.containers.run("busybox", ["true"]))
    with tempfile.TemporaryDirectory() as place:
        Path(place, "Dockerfile").write_text("FROM busybox\n")
        async with BuildKitEngine(_solved) as buildkit, aiodockerpy.DockerClient("tcp://127.0.0.1:1") as client:
            client.api.transport = buildkit
            client.__dict__["buildkit"] = BuildKit(buildkit)
            await _trace(found, "images.build", lambda: client.images.build(path=place))
    return found


async def _solved(_engine: BuildKitEngine, _request: object) -> pb.SolveResponse:
    return pb.SolveResponse()


async def _trace(found: dict[str, list[str]], name: str, call: Callable[[], Awaitable[object]]) -> None:
    await call()
    with traced() as found[name]:
        await call()


def files(steps: list[str]) -> list[str]:
    """Return the files of a way, in the order in which it reaches them."""
    return list(dict.fromkeys(step.partition(":")[0] for step in steps))


if __name__ == "__main__":
    for name, steps in asyncio.run(ways()).items():
        print(f"{name}: {len(files(steps))} files, {len(steps)} functions")
        print("\n".join(f"  {step}" for step in steps))
