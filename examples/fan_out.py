"""Run many jobs with deadlines, and print how they ended.

usage: python examples/fan_out.py [--swarm] [--jobs 500] [--concurrency 8] [--image busybox:1]
"""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

import aiodockerpy as docker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aiodockerpy.resources import JobResult


def specs(image: str, count: int) -> Iterator[dict[str, object]]:
    """Yield the keywords of each job. They are taken as there is room, so a million of them cost no memory."""
    for number in range(count):
        match number % 50:
            case 17:
                command = "exit 3"
            case 34:
                command = "exec sleep 1000"  # longer than its deadline
            case _:
                command = f"echo {number}"
        yield {"image": image, "command": ["sh", "-c", command], "key": number, "timeout": 5}


@contextmanager
def progress(count: int) -> Iterator[Callable[[], object]]:
    """Yield a function to call for each result: a bar where rich is installed, nothing where it is not."""
    try:
        from rich.progress import Progress
    except ImportError:
        yield lambda: None
        return
    with Progress() as bar:
        task = bar.add_task("jobs", total=count)
        yield lambda: bar.advance(task)


async def main(arguments: argparse.Namespace) -> None:
    endings: Counter[str] = Counter()
    failed: list[JobResult] = []
    async with docker.from_env() as client:
        make = client.swarm_jobs if arguments.swarm else client.jobs
        async with make(concurrency=arguments.concurrency, stop_grace=1) as jobs:
            with progress(arguments.jobs) as step:
                async for result in jobs.map(specs(arguments.image, arguments.jobs)):
                    endings[result.ending] += 1
                    if not result.ok:
                        failed.append(result)
                    step()
    print(", ".join(f"{count} {ending}" for ending, count in endings.most_common()))
    for result in failed[:3]:
        print(f"job {result.key}: {result.ending}, exit code {result.exit_code}, ran on {result.where}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--swarm", action="store_true", help="run on the nodes of the swarm")
    parser.add_argument("--jobs", type=int, default=500)
    parser.add_argument("--concurrency", type=int, default=8)
    parser.add_argument("--image", default="busybox:1")
    asyncio.run(main(parser.parse_args()))
