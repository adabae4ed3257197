"""Run every comparison on the newest engine of the test lab, or on the one of ``DOCKER_HOST``."""

from __future__ import annotations

import asyncio
import os

from benchmarks.calls import inspect, listing
from benchmarks.fake import fake, plugin
from benchmarks.imports import imports
from benchmarks.logs import logs
from benchmarks.streams import streams


def engine() -> str:
    """Return the engine to measure on."""
    if host := os.environ.get("DOCKER_HOST"):
        return host
    from tests.lab import state

    return state.load().engine("new").url


async def main() -> None:
    """Print the results as Markdown."""
    url = engine()
    print(imports())
    print(plugin())
    for comparison in (inspect, listing, logs, streams, fake):
        print(await comparison(url))


if __name__ == "__main__":
    asyncio.run(main())
