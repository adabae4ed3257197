"""Operations with large answers: how their cost grows with the size, and for how long they hold the event loop."""

from __future__ import annotations

import asyncio
import gc
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiodockerpy
from benchmarks.canned import Answer, CannedEngine
from benchmarks.logs import drain
from benchmarks.measure import cpu
from benchmarks.report import OURS, Goal, Row
from benchmarks.streams import EVENT, frame, line
from benchmarks.watching import watch

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiodockerpy import DockerClient

ROUNDS = 3
QUARTER = "a quarter of it"
STALL = "longest stall"
LIMIT = "50 ms"
LARGEST = {"objects": 10_000, "inspected": 3_000, "lines": 1_000_000, "messages": 200_000, "followers": 1_000}
_LINE = b"x" * 99 + b"\n"
_LINES_IN_PIECE = 100


@dataclass(frozen=True, slots=True)
class Case:
    """An operation, and what it is answered.

    Attributes:
        work: What is done; ``{}`` is the number of things in the answer.
        most: That number.
        answers: Returns the answers for a number, by the end of the path.
        call: Does the work.
    """

    work: str
    most: int
    answers: Callable[[int], dict[str, Answer]]
    call: Callable[[DockerClient, int], Awaitable[object]]


async def growth(url: str) -> list[Row]:
    """Do each piece of work in full and to a quarter."""
    entries = await _entries(url)
    return [row for case in _cases(entries) for row in await _measured(case)]


async def _measured(case: Case) -> list[Row]:
    whole, stall = await _run(case, case.most)
    quarter, _ = await _run(case, case.most // 4)
    work = case.work.format(f"{case.most:,}")
    return [
        Row("growth", work, "ms", {OURS: whole, QUARTER: quarter}, Goal(QUARTER, 5)),
        Row("growth", f"{work}: {STALL}", "ms", {OURS: stall, LIMIT: 50.0}, Goal(LIMIT, 1)),
    ]


async def _run(case: Case, count: int) -> tuple[float, float]:
    """Return the least CPU time and the least longest stall of several rounds, in milliseconds."""
    with CannedEngine(answers=case.answers(count)) as engine:
        async with aiodockerpy.DockerClient(engine.url) as client:
            await client.warm()
            gc.collect()
            gc.freeze()  # what the benchmarks themselves have loaded, which the collector would look at too
            times, stalls = zip(*[await _once(case, client, count) for _ in range(ROUNDS)], strict=True)
    gc.unfreeze()
    return min(times) * 1e3, min(stalls) * 1e3


async def _once(case: Case, client: DockerClient, count: int) -> tuple[float, float]:
    longest = [0.0]
    watching = asyncio.create_task(watch(longest))
    await asyncio.sleep(0.01)
    begin = cpu()
    result = await case.call(client, count)
    taken = cpu() - begin
    await asyncio.sleep(0.01)
    watching.cancel()
    del result  # which takes time too, but is the program's own
    return taken, longest[0]


async def _entries(url: str) -> dict[str, Any]:
    """Return one real object of each kind."""
    async with aiodockerpy.DockerClient(url) as client:
        container = await client.containers.create("busybox:1", ["true"], labels={"a": "b"})
        volume = await client.api.volumes.create()
        try:
            listed = {
                "containers/json": await client.api.containers.list(all=True),
                "images/json": await client.api.images.list(),
                "networks": await client.api.networks.list(),
                "volumes": (await client.api.volumes.list()).volumes or [],
                "history": await client.api.images.history("busybox:1"),
            }
            inspected = (await client.api.containers.inspect(container.id)).to_dict()
            return {kind: found[0].to_dict() for kind, found in listed.items()} | {"container": inspected}
        finally:
            await container.remove()
            await client.api.volumes.remove(str(volume.name))


def _cases(entries: dict[str, Any]) -> list[Case]:
    def many(kind: str) -> Callable[[int], dict[str, Answer]]:
        return lambda count: {kind: Answer(_list(entries[kind], count))}

    def volumes(count: int) -> dict[str, Answer]:
        body = b'{"Volumes":' + _list(entries["volumes"], count) + b',"Warnings":null}'
        return {"volumes": Answer(body)}

    def inspected(count: int) -> dict[str, Answer]:
        found = Answer(line(entries["container"]))
        return {"containers/json": Answer(_list(entries["containers/json"], count)), "json": found}

    objects = LARGEST["objects"]
    return [
        Case("list of {} containers", objects, many("containers/json"), lambda it, _: it.api.containers.list(all=True)),
        Case("list of {} images", objects, many("images/json"), lambda it, _: it.api.images.list()),
        Case("list of {} networks", objects, many("networks"), lambda it, _: it.api.networks.list()),
        Case("list of {} volumes", objects, volumes, lambda it, _: it.api.volumes.list()),
        Case("history of {} layers", objects, many("history"), lambda it, _: it.api.images.history("x")),
        Case("containers.list() of {}, each inspected", LARGEST["inspected"], inspected, _inspect_all),
        Case("{} log lines, awaited", LARGEST["lines"], _log, lambda it, _: it.api.containers.logs("x", tty=False)),
        Case("{} log lines, iterated", LARGEST["lines"], _log, _read_lines),
        Case("{} events, iterated", LARGEST["messages"], _events, lambda it, _: drain(it.api.system.events())),
        Case("{} events, awaited", LARGEST["messages"], _events, lambda it, _: it.api.system.events()),
        Case("{} messages of a pull", LARGEST["messages"], _pull, lambda it, _: it.api.images.create(from_image="x")),
        Case("{} followed logs, a line of each", LARGEST["followers"], _follow, _follow_all),
    ]


def _list(entry: dict[str, Any], count: int) -> bytes:
    return line([{**entry, "Id": f"{number:064x}"} for number in range(count)])


def _log(count: int) -> dict[str, Answer]:
    piece = frame(_LINE) * _LINES_IN_PIECE
    return {"logs": Answer(piece, count // _LINES_IN_PIECE, chunked=True, kind="vnd.docker.multiplexed-stream")}


def _events(count: int) -> dict[str, Answer]:
    return {"events": Answer(line(EVENT), count, chunked=True)}


def _pull(count: int) -> dict[str, Answer]:
    message = {"status": "Downloading", "progressDetail": {"current": 1, "total": 2}, "id": "f" * 12}
    return {"create": Answer(line(message), count, chunked=True)}


def _follow(count: int) -> dict[str, Answer]:
    del count
    return {"logs": Answer(frame(_LINE), chunked=True, kind="vnd.docker.multiplexed-stream", endless=True)}


async def _inspect_all(client: DockerClient, count: int) -> None:
    assert len(await client.containers.list(all=True)) == count


async def _read_lines(client: DockerClient, count: int) -> None:
    del count
    await drain(client.api.containers.logs("x", tty=False))


async def _follow_all(client: DockerClient, count: int) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(count):
            lines = await stack.enter_async_context(client.api.containers.logs("x", tty=False, follow=True))
            await anext(lines)
