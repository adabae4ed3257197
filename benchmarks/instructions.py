"""Count the instructions of calls with valgrind, which other work on the machine does not disturb.

``python -m benchmarks.instructions`` counts those of this checkout, and ``python -m benchmarks.instructions FOLDER``
those of another one too, for example of a worktree of an earlier commit. Each piece of work is done in two processes,
a few times and many times, on an engine that only plays back; the difference is divided by how often more it was done,
so that the start of the process is in neither.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.canned import Answer, CannedEngine
from benchmarks.streams import EVENT, EVENTS_IN_CHUNK, LINE, LINES_IN_CHUNK, frame, line

HERE = Path(__file__).parent.parent
_LINES = 3_000
_EVENTS = 640
_INSPECTED = {
    "Id": "f" * 64, "Name": "/web", "Image": "sha256:" + "a" * 64, "Created": "2026-01-01T00:00:00.123456789Z",
    "State": {"Status": "running", "Running": True, "Pid": 4711, "ExitCode": 0}, "RestartCount": 0,
    "Config": {"Image": "busybox:1", "Env": ["PATH=/bin"] * 8, "Labels": {f"com.example.{n}": "x" for n in range(12)}},
    "HostConfig": {"NetworkMode": "bridge", "Memory": 0, "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0}},
    "NetworkSettings": {"Networks": {"bridge": {"IPAddress": "172.17.0.2", "Gateway": "172.17.0.1"}}},
}  # fmt: skip
_PROGRAM = """
import asyncio, sys
import aiodockerpy

async def main(url, times):
    async with aiodockerpy.DockerClient(url) as client:
        for _ in range(times):
            {work}

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""
_READ = "async for item in {}: pass"
_FRAMED = "vnd.docker.multiplexed-stream"


@dataclass(frozen=True, slots=True)
class Case:
    """A piece of work.

    Attributes:
        name: What one of the counted things is.
        count: How many of them are in each repetition.
        times: How often it is repeated in the longer process.
        work: The repetition, as code.
        answers: What the engine answers, by the end of the path.
    """

    name: str
    count: int
    times: int
    work: str
    answers: dict[str, Answer]


_LOGS = 'client.api.containers.logs("x", tty=False)'
_EACH = {"logs": Answer(frame(LINE), _LINES, chunked=True, kind=_FRAMED)}
_IN_TURN = {"logs": Answer((frame(LINE, 1), frame(LINE, 2)), _LINES // 2, chunked=True, kind=_FRAMED)}
_PACKED = {"logs": Answer(frame(LINE) * LINES_IN_CHUNK, _LINES // LINES_IN_CHUNK, chunked=True, kind=_FRAMED)}
_HAPPENED = {"events": Answer(line(EVENT) * EVENTS_IN_CHUNK, _EVENTS // EVENTS_IN_CHUNK, chunked=True)}
CASES = (
    Case("an inspection", 1, 200, 'await client.api.containers.inspect("x")', {}),
    Case("a line of logs, awaited", _LINES, 20, f"await {_LOGS}", _EACH),
    Case("a line of logs, each an HTTP chunk", _LINES, 20, _READ.format(_LOGS), _EACH),
    Case("a line of logs, stdout and stderr in turn", _LINES, 20, _READ.format(_LOGS), _IN_TURN),
    Case("a line of logs, frames packed together", _LINES, 20, _READ.format(_LOGS), _PACKED),
    Case("an event", _EVENTS, 20, _READ.format("client.api.system.events()"), _HAPPENED),
    Case(
        "an event, four fields",
        _EVENTS,
        20,
        "async for it in client.api.system.events(): it.type, it.action, it.actor.id, it.time",
        _HAPPENED,
    ),
)
_FEW = 2


def counted(case: Case, checkout: Path) -> float:
    """Return the instructions of one of the things of a case, with the library of a checkout."""
    program = _PROGRAM.format(work=case.work)
    with CannedEngine(body=line(_INSPECTED), answers=case.answers) as engine:
        _run([], program, checkout, engine.url, 1)  # which writes the bytecode
        few, many = (_instructions(program, checkout, engine.url, _FEW + more) for more in (0, case.times))
    return (many - few) / (case.times * case.count)


def _instructions(program: str, checkout: Path, url: str, times: int) -> int:
    output = _run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"], program, checkout, url, times)
    found = re.search(r"Collected : (\d+)", output)
    assert found is not None, output
    return int(found[1])


def _run(below: list[str], program: str, checkout: Path, url: str, times: int) -> str:
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment = {**kept, "PYTHONPATH": str(checkout), "PYTHONHASHSEED": "0"}
    command = [*below, sys.executable, "-c", program, url, str(times)]
    done = subprocess.run(command, check=True, env=environment, cwd=checkout, capture_output=True, text=True)
    return done.stderr


def main(other: Path | None) -> None:
    """Print a table of the instructions, beside those of another checkout."""
    print(f"| what | instructions | {f'in {other.name} | ratio |' if other else ''}")
    print("| --- | ---: |" + (" ---: | ---: |" if other else ""))
    for case in CASES:
        ours = counted(case, HERE)
        cells = [case.name, f"{ours:,.0f}"]
        if other is not None:
            before = counted(case, other)
            cells += [f"{before:,.0f}", f"{ours / before:.2f}"]
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else None)
