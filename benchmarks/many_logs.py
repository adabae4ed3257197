"""The logs of many containers: as one stream, and as a handle and a task for each container."""

from __future__ import annotations

import asyncio
import json

import aiodockerpy
from benchmarks.canned import Answer, CannedEngine
from benchmarks.measure import compare, each
from benchmarks.report import Goal, Row, rows
from benchmarks.streams import frame

CONTAINERS = 8
LINES = 12_500
LENGTH = 100
LISTED = [
    {"Id": f"{number:064x}", "Names": [f"/box{number}"], "State": "running", "Labels": {}}
    for number in range(CONTAINERS)
]


def frames(count: int) -> list[bytes]:
    """Make frames as the engine does, each with a time of its own."""
    times = [b"2026-11-23T11:14:47.%09dZ " % number for number in range(count)]
    return [frame(time + b"x" * (LENGTH - 1) + b"\n") for time in times]


async def many_logs(url: str) -> list[Row]:
    """Compare ``containers.logs`` with the bare handles, all lines of all containers read at the same time."""
    del url
    body = b"".join(b"%x\r\n%b\r\n" % (len(frame), frame) for frame in frames(LINES)) + b"0\r\n\r\n"
    answers = {
        "logs": Answer(body, kind="vnd.docker.multiplexed-stream", encoded=True),
        "events": Answer(b"", chunked=True, endless=True),
        "containers/json": Answer(json.dumps(LISTED).encode()),
    }
    with CannedEngine(answers=answers) as engine:
        async with aiodockerpy.DockerClient(engine.url) as client:
            results = await compare(
                {
                    "aiodockerpy": lambda: merged(client),
                    "a handle for each": lambda: apart(client, lambda box: box.follow_logs()),
                },
                rounds=7,
            )
    work = f"a line of {LENGTH} bytes of {CONTAINERS} containers, as one stream"
    return rows("logs", work, "µs", each(results, total()), {"": Goal("a handle for each", 1.3)})


def total() -> int:
    return CONTAINERS * LINES


async def merged(client: aiodockerpy.DockerClient) -> None:
    missing = total()
    async with client.containers.logs() as lines:
        async for _ in lines:
            missing -= 1
            if not missing:
                break


async def apart(client: aiodockerpy.DockerClient, follow) -> None:
    async with asyncio.TaskGroup() as group:
        for entry in LISTED:
            box = client.containers.prepare_model({"Id": entry["Id"], "Config": {"Tty": False}})
            group.create_task(exactly(follow(box)))


async def exactly(lines) -> None:
    missing = LINES
    async with lines:
        async for _ in lines:
            missing -= 1
            if not missing:
                break
