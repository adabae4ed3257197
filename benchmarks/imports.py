"""What a new process costs: importing, and the first calls, as CPU time of the whole process."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile

import aiodockerpy
from benchmarks.report import OURS, Goal, Row

ROUNDS = int(os.environ.get("ROUNDS", "7"))

_OURS = """
import asyncio, sys
import aiodockerpy
async def main(url, container):
    async with aiodockerpy.DockerClient(url) as client:
        {}
asyncio.run(main(*sys.argv[1:]))
"""
_THEIRS = """
import asyncio, sys
import aiodocker
async def main(url, container):
    async with aiodocker.Docker(url) as client:
        {}
asyncio.run(main(*sys.argv[1:]))
"""
_BLOCKING = """
import sys
import docker
url, container = sys.argv[1:]
client = docker.DockerClient(url)
{}
client.close()
"""

# What a new process does, by each client.
_WORK = {
    "import": {
        OURS: "import aiodockerpy",
        "docker-py": "import docker",
        "aiodocker": "import aiodocker",
        "aiohttp": "import aiohttp",
    },
    "import and first ping": {
        OURS: _OURS.format("await client.ping()"),
        "docker-py": _BLOCKING.format("client.ping()"),
        "aiodocker": _THEIRS.format(
            "await client.system.ping() if hasattr(client.system, 'ping') else await client.version()"
        ),
    },
    "import, version, an inspection and a list": {
        OURS: _OURS.format(
            "await client.version(); await client.containers.get(container); await client.containers.list(all=True)"
        ),
        "docker-py": _BLOCKING.format(
            "client.version(); client.containers.get(container); client.containers.list(all=True)"
        ),
        "aiodocker": _THEIRS.format(
            "await client.version(); await client.containers.get(container); await client.containers.list(all=True)"
        ),
    },
}
_GOALS = {
    "import and first ping": Goal("docker-py", 1.1),
    "import, version, an inspection and a list": Goal("docker-py", 1.7),
}


async def measure(url: str) -> list[Row]:
    """Run each in new processes, in turns; the least of several."""
    async with aiodockerpy.DockerClient(url) as client:
        container = await client.containers.create("busybox:1", ["true"])
        try:
            return [_row(work, codes, url, container.id) for work, codes in _WORK.items()]
        finally:
            await container.remove()


def _row(work: str, codes: dict[str, str], *arguments: str) -> Row:
    best = dict.fromkeys(codes, float("inf"))
    with tempfile.TemporaryDirectory() as folder:
        environment = environment_with_bytecode(folder)
        for turn in range(ROUNDS + 1):
            for name, code in codes.items():
                milliseconds = process_cpu(code, environment, *arguments) * 1000
                best[name] = min(best[name], milliseconds if turn else float("inf"))  # the first writes the bytecode
    return Row("start", work, "ms", best, _GOALS.get(work))


def environment_with_bytecode(folder: str) -> dict[str, str]:
    """Return the environment of processes that keep their bytecode: an installed package is compiled only once."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": folder}


def process_cpu(code: str, environment: dict[str, str], *arguments: str) -> float:
    """Run a program and return the seconds of CPU that it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code, *arguments], check=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
