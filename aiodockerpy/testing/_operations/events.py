"""``GET /events``."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from aiodockerpy.testing._core import Core, operation
from aiodockerpy.testing._http.messages import Refusal, Reply, Request, Stream
from aiodockerpy.testing._operations.filters import has_labels, timestamp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from aiodockerpy.testing._state.events import Event

_OBJECTS = ("container", "image", "volume", "network", "daemon", "plugin", "service", "node", "secret", "config")


@operation("SystemEvents")
async def events(core: Core, request: Request) -> Reply:
    """Send what happened, and what happens."""
    filters = request.filters(unknown=True)
    since, until = timestamp(request.text("since")), timestamp(request.text("until"))
    if since and until and since > until:
        times = [request.text(name).partition(".")[0] for name in ("since", "until")]
        raise Refusal(400, f"`since` time ({times[0]}) cannot be after `until` time ({times[1]})")
    queue = core.world.events.listen()
    past = core.world.events.past(lambda event: event.at >= since) if since or until else []
    legacy = not request.at_least("1.52") or request.version is None

    def wanted(event: Event) -> bool:
        return _matches(event, filters) and not (
            event.action == "create" and event.type == "image" and not request.at_least("1.46")
        )

    async def stream() -> AsyncIterator[bytes]:
        try:
            for event in past:
                if wanted(event) and not (until and event.at > until):
                    yield _line(event, legacy=legacy)
            while (fresh := await _next(core, queue, until)) is not None:
                if wanted(fresh):
                    yield _line(fresh, legacy=legacy)
        finally:
            core.world.events.leave(queue)

    return Stream(stream())


async def _next(core: Core, queue: asyncio.Queue[Event | None], until: int) -> Event | None:
    if not until:
        return await queue.get()
    left = (until - core.clock.now()) / 10**9
    getting = asyncio.create_task(queue.get())
    timer = core.background(core.clock.sleep(max(0, left)))
    try:
        await asyncio.wait([getting, timer], return_when=asyncio.FIRST_COMPLETED)
        return getting.result() if getting.done() else None
    finally:
        getting.cancel()
        timer.cancel()


def _line(event: Event, *, legacy: bool) -> bytes:
    text = json.dumps(event.as_json(legacy=legacy), separators=(",", ":"), ensure_ascii=False)
    return text.encode() + b"\n"


def _matches(event: Event, filters: Mapping[str, list[str]]) -> bool:
    if "type" in filters and event.type not in filters["type"]:
        return False
    if "event" in filters and not any(
        event.action == wanted or event.action.partition(":")[0] == wanted for wanted in filters["event"]
    ):
        return False
    if "scope" in filters and "local" not in filters["scope"]:
        return False
    if not has_labels(event.attributes, filters):
        return False
    return all(_is_about(event, kind, filters[kind]) for kind in _OBJECTS if filters.get(kind))


def _is_about(event: Event, kind: str, wanted: list[str]) -> bool:
    if event.type == kind:
        names = {
            event.id,
            event.attributes.get("name", ""),
            event.attributes.get("image", "") if kind == "image" else "",
        }
        bare = {name.rpartition(":")[0] for name in names if kind == "image"}
        return any(value in names | bare or (value and event.id.startswith(value)) for value in wanted)
    if kind == "image" and event.type == "container":
        image = event.attributes.get("image", "")
        return any(value in {image, image.rpartition(":")[0]} for value in wanted)
    return False
