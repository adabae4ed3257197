"""An engine whose hub is a registry of the lab: it has images of busybox that behave like those which the pages name."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from tests.lab import images, parts, state
from tests.lab.private import PrivateEngine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FOREVER = ("sh", "-c", "trap exit TERM; while :; do sleep 0.2; done")
IMAGES = {
    "alpine:latest": ("sh",),
    "busybox:1": ("sh",),
    "busybox:latest": ("sh",),
    "nginx:1.29": ("web-server",),
    "nginx:1.30": ("web-server",),
    "postgres:17": FOREVER,
    "python:3.13-slim": ("sh",),
    "redis:8": FOREVER,
}
"""What the pages pull from the hub, and the commands of these images."""
PROGRAMS = {
    "bin/pg_isready": "#!/bin/sh\nexit 0\n",
    "bin/redis-cli": "#!/bin/sh\necho PONG\n",
    "bin/web-server": "#!/bin/sh\nmkdir -p /www; echo hello >/www/index.html\necho ready for connections\n"
    "trap exit TERM QUIT\nhttpd -f -p 80 -h /www &\nwait\n",
}


@asynccontextmanager
async def engine() -> AsyncIterator[PrivateEngine]:
    """Run a new engine that pulls these images."""
    await asyncio.to_thread(parts.up, ["registry"])
    registry = f"http://{state.load().registries['open'].address}"
    layers = [images.busybox_tar(), images.layer_of(PROGRAMS)]
    for name, command in IMAGES.items():
        repository, _, tag = name.partition(":")
        await asyncio.to_thread(images.push, registry, f"library/{repository}", tag, layers, command=command)
    async with PrivateEngine("new", extra_args=[f"--registry-mirror={registry}"], busybox=False) as running:
        yield running
