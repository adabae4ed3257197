"""For how long the first calls of a process hold the event loop, in CPU time, beside ``import pydantic``."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
import tempfile

from benchmarks.imports import ROUNDS, environment_with_bytecode, process_cpu
from benchmarks.report import OURS, Goal, Row
from benchmarks.watching import watch

BESIDE = "import pydantic"
CALLS = {
    "ping": "await client.ping()",
    "images.list": "await client.images.list()",
    "containers.run": 'await client.containers.run("busybox:1", ["true"], remove=True)',
    "images.load of an upload": 'await client.api.images.load(b"x" * 100_000)',
}
_PROGRAM = """
import asyncio, contextlib, json, sys, time
import aiodockerpy

{watch}
async def call(client):
    with contextlib.suppress(aiodockerpy.errors.DockerException):
        {call}

async def main(url, warm):
    async with aiodockerpy.DockerClient(url) as client:
        if warm:
            await client.warm()
        longest = [0.0]
        watching = asyncio.create_task(watch(longest))
        await asyncio.sleep(0.05)
        longest[0] = 0.0
        await call(client)
        await asyncio.sleep(0.05)
        watching.cancel()
        print(json.dumps(longest[0]))

asyncio.run(main(sys.argv[1], len(sys.argv) > 2))
"""


async def measure(url: str) -> list[Row]:
    """Measure each first call in new processes; the least of several, in turns with the import."""
    with tempfile.TemporaryDirectory() as folder:
        environment = environment_with_bytecode(folder)
        programs = {name: _PROGRAM.format(call=call, watch=inspect.getsource(watch)) for name, call in CALLS.items()}
        found: dict[str, float] = {}
        for turn in range(ROUNDS + 1):
            taken = {BESIDE: _pydantic(environment)}
            for name, program in programs.items():
                taken[name] = _longest(program, environment, url)
                taken[f"{name} after warm()"] = _longest(program, environment, url, "warm")
            if turn:  # the first writes the bytecode
                found = {name: min(value, found.get(name, value)) for name, value in taken.items()}
    pydantic = found.pop(BESIDE)
    return [
        Row("stalls", f"first {name}", "ms", {OURS: value, BESIDE: pydantic}, Goal(BESIDE, 0.33))
        for name, value in found.items()
    ]


def _longest(program: str, environment: dict[str, str], *arguments: str) -> float:
    command = [sys.executable, "-c", program, *arguments]
    return json.loads(subprocess.run(command, check=True, env=environment, capture_output=True).stdout) * 1000


def _pydantic(environment: dict[str, str]) -> float:
    return (process_cpu("import pydantic; pydantic.BaseModel", environment) - process_cpu("pass", environment)) * 1000
