"""Streams of an engine that costs nothing to wait for: packed log frames, exec output, events, stats, archives."""

from __future__ import annotations

import asyncio
import io
import json
import socket
import struct
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiodocker
import aiohttp
import docker
from aiodocker.execs import Exec

import aiodockerpy
from benchmarks.canned import Answer, CannedEngine
from benchmarks.logs import drain
from benchmarks.measure import Work, compare, each
from benchmarks.report import Goal, Row, rows

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

ROUNDS = 7
LINE = b"x" * 99 + b"\n"
LINES_IN_CHUNK = 300
LINES = 100 * 1000 // LINES_IN_CHUNK * LINES_IN_CHUNK
OUTPUT = 256 * 1024 * 1024
FRAME = 32 * 1024
EVENTS = 19_200
EVENTS_IN_CHUNK = 32
SAMPLES = 2_000
ARCHIVE = 500 * 1000 * 1000
RUN = 5

EVENT = {
    "status": "start", "id": "f" * 64, "from": "busybox:1", "Type": "container", "Action": "start", "scope": "local",
    "Actor": {"ID": "f" * 64, "Attributes": {"image": "busybox:1", "name": "a_name", "com.example.label": "value"}},
    "time": 1790000000, "timeNano": 1790000000123456789,
}  # fmt: skip


def frame(data: bytes, stream: int = 1) -> bytes:
    """Frame output as the engine does."""
    return struct.pack(">BxxxL", stream, len(data)) + data


_IN_TURN = (frame(LINE, 1), frame(LINE, 2))
_IN_RUNS = (frame(LINE, 1),) * RUN + (frame(LINE, 2),) * RUN


def _archive() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        member = tarfile.TarInfo("file")
        member.size = ARCHIVE
        tar.addfile(member, io.BytesIO(bytes(ARCHIVE)))
    return packed.getvalue()


class Rivals:
    """The clients, on one engine."""

    def __init__(self, url: str) -> None:
        self._path = url.removeprefix("unix://")
        self.ours = aiodockerpy.DockerClient(url)
        self.theirs = aiodocker.Docker(url, api_version="v1.45")
        self.bare = aiohttp.ClientSession(connector=aiohttp.UnixConnector(self._path), read_bufsize=1 << 18)
        self.blocking = docker.DockerClient(url, version="1.45")
        self.low = self.blocking.api
        self.entry = self.theirs.containers.container("x")

    async def aclose(self) -> None:
        await self.ours.aclose()
        await self.theirs.close()
        await self.bare.close()
        self.blocking.close()

    async def bare_bytes(self, path: str, method: str = "GET") -> None:
        """Read a body with aiohttp, taking nothing apart."""
        async with self.bare.request(method, f"http://docker/v1.45{path}") as answer:
            async for _ in answer.content.iter_any():
                pass

    async def bare_json(self, path: str) -> None:
        """Read JSON lines with aiohttp."""
        async with self.bare.get(f"http://docker/v1.45{path}") as answer:
            async for line in answer.content:
                json.loads(line)

    def socket_bytes(self, path: str, method: str = "GET") -> None:
        """Read a body with a blocking socket, taking nothing apart."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(self._path)
            sock.sendall(f"{method} /v1.45{path} HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n".encode())
            while sock.recv(1 << 18):
                pass


async def logs(url: str) -> list[Row]:
    """Compare logs: each line an HTTP chunk, of one stream or of two, and packed together."""
    del url
    packed = frame(LINE) * LINES_IN_CHUNK
    every = {
        "a line, each an HTTP chunk": (frame(LINE), LINES, 0.25, 0.12),
        "a line, stdout and stderr in turn": (_IN_TURN, LINES // len(_IN_TURN), 0.3, 0.18),
        f"a line, stdout and stderr in runs of {RUN}": (_IN_RUNS, LINES // len(_IN_RUNS), 0.25, 0.11),
        "a line, frames packed together": (packed, LINES // LINES_IN_CHUNK, 0.25, 0.12),
    }
    found: list[Row] = []
    for work, (piece, count, lines, chunks) in every.items():
        answer = Answer(piece, count, chunked=True, kind="vnd.docker.multiplexed-stream")
        goals: dict[str, Goal | None] = {"lines": Goal("docker-py", lines), "chunks": Goal("docker-py", chunks)}
        found += await _measured({"logs": answer}, [Case("logs", work, LINES, _logs, goals)])
    return found


async def streams(url: str) -> list[Row]:
    """Compare exec output, events and statistics."""
    answers = {
        "start": Answer(frame(bytes(FRAME)), OUTPUT // FRAME, kind="vnd.docker.raw-stream"),
        "events": Answer(line(EVENT), EVENTS, chunked=True),
        "stats": Answer(await _sample(url), SAMPLES, chunked=True),
    }
    cases = [
        Case("streams", "exec output, a MB", OUTPUT / 1e6, _exec, Goal("aiohttp", 1.5)),
        Case("streams", "an event", EVENTS, _events, Goal("aiodocker", 1.0)),
        Case("streams", "a sample of statistics", SAMPLES, _stats, Goal("aiodocker", 1.0)),
        Case("streams", "a sample, six counters looked at", SAMPLES, _counters, Goal("aiodocker", 1.0)),
    ]
    together = {"events": Answer(line(EVENT) * EVENTS_IN_CHUNK, EVENTS // EVENTS_IN_CHUNK, chunked=True)}
    packed = [
        Case(
            "streams", f"an event of {EVENTS_IN_CHUNK} in a chunk, four fields", EVENTS, _four, Goal("docker-py", 1.0)
        ),
        Case(
            "streams", f"an event of {EVENTS_IN_CHUNK} in a chunk, resumed", EVENTS, _resumed, Goal("api.system", 1.15)
        ),
    ]
    return [*await _measured(answers, cases), *await _measured(together, packed)]


async def archives(url: str) -> list[Row]:
    """Compare raw archives."""
    del url
    cases = [
        Case("archives", "archive down, a MB of 500", ARCHIVE / 1e6, _down, Goal("docker-py", 1.0)),
        Case("archives", "archive up, a MB of 500", ARCHIVE / 1e6, _up, Goal("aiohttp", 1.5)),
    ]
    return await _measured({"archive": Answer(_archive(), kind="x-tar")}, cases)


@dataclass(frozen=True, slots=True)
class Case:
    """A kind of stream, read by all clients.

    Attributes:
        group: The table it stands in.
        work: What one of the counted things is.
        count: How many of them are read.
        works: The clients' ways.
        goal: What ours is compared with.
    """

    group: str
    work: str
    count: float
    works: Callable[[Rivals], dict[str, Work]]
    goal: dict[str, Goal | None] | Goal | None = None


async def _measured(answers: dict[str, Answer], cases: list[Case]) -> list[Row]:
    found: list[Row] = []
    with CannedEngine(answers=answers) as engine:
        rivals = Rivals(engine.url)
        try:
            for case in cases:
                results = each(await compare(case.works(rivals), ROUNDS), case.count)
                found += rows(case.group, case.work, "µs", results, case.goal)
        finally:
            await rivals.aclose()
    return found


def line(value: object) -> bytes:
    """Encode a value as the engine does."""
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


async def _sample(url: str) -> bytes:
    """Take one real sample of statistics."""
    async with aiodockerpy.DockerClient(url) as client:
        container = await client.containers.run("busybox:1", ["sleep", "60"], detach=True, stop_signal="SIGKILL")
        try:
            return line((await container.stats()).to_dict())
        finally:
            await container.remove(force=True)


def _logs(it: Rivals) -> dict[str, Work]:
    containers = it.ours.api.containers
    return {
        "aiodockerpy, lines": lambda: drain(containers.logs("x", stdout=True, tty=False)),
        "aiodockerpy, chunks": lambda: drain(containers.logs("x", stdout=True, tty=False).chunks()),
        "aiohttp": lambda: it.bare_bytes("/containers/x/logs"),
        "socket": lambda: it.socket_bytes("/containers/x/logs"),
        "aiodocker": lambda: drain(it.entry.log(stdout=True, follow=True)),
        "docker-py": lambda: [None for _ in it.low.logs("x", stream=True, follow=False)],
    }


def _exec(it: Rivals) -> dict[str, Work]:
    async def aiodocker_output() -> None:
        async with Exec(it.theirs, "x", tty=False).start() as stream:
            while await stream.read_out() is not None:
                pass

    return {
        "aiodockerpy": lambda: drain(it.ours.api.exec.start("x")),
        "aiohttp": lambda: it.bare_bytes("/exec/x/start", "POST"),
        "socket": lambda: it.socket_bytes("/exec/x/start", "POST"),
        "aiodocker": aiodocker_output,
        "docker-py": lambda: [None for _ in it.low.exec_start("x", stream=True)],
    }


def _events(it: Rivals) -> dict[str, Work]:
    async def aiodocker_events() -> None:
        await it.theirs.events.run()

    return {
        "aiodockerpy": lambda: drain(it.ours.api.system.events()),
        "aiohttp": lambda: it.bare_json("/events"),
        "aiodocker": aiodocker_events,
        "docker-py": lambda: [None for _ in it.low.events(decode=True)],
    }


def _four(it: Rivals) -> dict[str, Work]:
    async def typed() -> None:
        async for event in it.ours.api.system.events():
            _ = (event.type, event.action, event.actor.id, event.time)

    async def bare() -> None:
        async with it.bare.get("http://docker/v1.45/events") as answer:
            async for line in answer.content:
                _look(json.loads(line))

    async def aiodocker_events() -> None:
        subscriber = it.theirs.events.subscribe(create_task=False)
        task = asyncio.create_task(it.theirs.events.run())
        while (event := await subscriber.get()) is not None:
            _look(event)
        await task

    def blocking() -> None:
        for event in it.low.events(decode=True):
            _look(event)

    return {"aiodockerpy": typed, "aiohttp": bare, "aiodocker": aiodocker_events, "docker-py": blocking}


def _look(event: dict[str, Any]) -> None:
    _ = (event["Type"], event["Action"], event["Actor"]["ID"], event["time"])


def _resumed(it: Rivals) -> dict[str, Work]:
    """Events that survive a broken connection, beside those of one connection."""

    async def in_block() -> None:
        async with it.ours.events(until=1) as events:
            await drain(events)

    return {"aiodockerpy": in_block, "api.system": lambda: drain(it.ours.api.system.events())}


def _stats(it: Rivals) -> dict[str, Work]:
    async def figures() -> None:
        async for sample in it.ours.api.containers.stats("x"):
            sample.figures  # noqa: B018 - it is computed

    return {
        "aiodockerpy": lambda: drain(it.ours.api.containers.stats("x")),
        "aiodockerpy, the figures of docker stats": figures,
        "aiohttp": lambda: it.bare_json("/containers/x/stats"),
        "aiodocker": lambda: drain(it.entry.stats()),
        "docker-py": lambda: [None for _ in it.low.stats("x", decode=True)],
    }


def _counters(it: Rivals) -> dict[str, Work]:
    async def counters() -> None:
        async for sample in it.ours.api.containers.stats("x"):
            cpu, before, memory = sample.cpu_stats, sample.precpu_stats, sample.memory_stats
            if cpu and cpu.cpu_usage and before and before.cpu_usage and memory:
                _ = (cpu.cpu_usage.total_usage, cpu.system_cpu_usage, memory.usage)
                _ = (before.cpu_usage.total_usage, before.system_cpu_usage, memory.limit)

    async def aiodocker_counters() -> None:
        async for sample in it.entry.stats():
            cpu, before, memory = sample["cpu_stats"], sample["precpu_stats"], sample["memory_stats"]
            _ = (cpu["cpu_usage"]["total_usage"], cpu["system_cpu_usage"], memory["usage"])
            _ = (before["cpu_usage"]["total_usage"], before["system_cpu_usage"], memory["limit"])

    return {"aiodockerpy": counters, "aiodocker": aiodocker_counters}


def _down(it: Rivals) -> dict[str, Work]:
    return {
        "aiodockerpy": lambda: drain(it.ours.api.containers.archive("x", "/file")),
        "aiohttp": lambda: it.bare_bytes("/containers/x/archive"),
        "socket": lambda: it.socket_bytes("/containers/x/archive"),
        "aiodocker": lambda: it.entry.get_archive("/file"),
        "docker-py": lambda: [None for _ in it.low.get_archive("x", "/file")[0]],
    }


def _up(it: Rivals) -> dict[str, Work]:
    data = _archive()
    step = 1 << 18

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(data), step):
            yield data[start : start + step]

    async def bare_put() -> None:
        async with it.bare.put("http://docker/v1.45/containers/x/archive", data=pieces()) as answer:
            await answer.read()

    return {
        "aiodockerpy": lambda: it.ours.api.containers.put_archive("x", "/", data),
        "aiohttp": bare_put,
        "docker-py": lambda: it.low.put_archive("x", "/", data),
    }
