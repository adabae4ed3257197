"""Run comparisons on the newest engine of the test lab, or on the one of ``DOCKER_HOST``: all, or the groups named."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import aiodockerpy
from benchmarks import calls, copies, fake, growth, imports, jobs, lists, logs, many_logs, stalls, streams, terminals
from benchmarks.report import Row, save, table

Benchmark = Callable[[str], Awaitable[list[Row]]]

GROUPS: dict[str, tuple[Benchmark, ...]] = {
    "start": (imports.measure,),
    "stalls": (stalls.measure,),
    "calls": (calls.inspect,),
    "lists": (lists.lists,),
    "logs": (logs.logs, streams.logs, many_logs.many_logs),
    "streams": (streams.streams,),
    "archives": (streams.archives,),
    "copies": (copies.copies,),
    "terminals": (terminals.measure,),
    "jobs": (jobs.measure,),
    "growth": (growth.growth,),
    "fake": (fake.measure,),
}
"""The tables of the results, and what measures their rows. A row's group is the name here."""


def engine() -> str:
    """Return the engine to measure on."""
    if host := os.environ.get("DOCKER_HOST"):
        return host
    from tests.lab import state

    return state.load().engine("new").url


async def about(url: str) -> dict[str, str]:
    """Return the versions of what is measured, and the date."""
    async with aiodockerpy.DockerClient(url) as client:
        found = {"Docker Engine": str((await client.version()).version), "Python": platform.python_version()}
    found |= {name: version(name) for name in ("aiohttp", "pydantic", "docker", "aiodocker")}
    return found | {"date": datetime.now(tz=UTC).date().isoformat()}


async def main(groups: list[str], path: Path | None) -> None:
    """Print the results as Markdown, and write them."""
    url = engine()
    measured: list[Row] = []
    for name in groups or GROUPS:
        found = [row for measure in GROUPS[name] for row in await measure(url)]
        print(f"### {name}\n\n{table(found)}", flush=True)
        measured += found
    if path is not None:
        save(path, measured, await about(url))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("groups", nargs="*", choices=[*GROUPS, []], metavar="GROUP", help=", ".join(GROUPS))
    parser.add_argument("--json", type=Path, help="write the rows to this file; other groups in it stay as they are")
    given = parser.parse_args()
    asyncio.run(main(given.groups, given.json))
