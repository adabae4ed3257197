"""``GET /containers/{id}/logs``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

from aiodockerpy._protocol.timestamps import Timestamp
from aiodockerpy.testing._core import Core, operation
from aiodockerpy.testing._http.messages import Refusal, Reply, Request, Stream
from aiodockerpy.testing._operations.filters import timestamp
from aiodockerpy.testing._operations.framing import content_type, frame
from aiodockerpy.testing._state.normal import mapping, variables

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiodockerpy.testing._state.objects import Container
    from aiodockerpy.testing._state.output import LogEntry

_BLOCK = 32 * 1024


@operation("ContainerLogs")
async def logs(core: Core, request: Request) -> Reply:
    """Read a container's log."""
    container = core.world.container(request.parts["id"])
    if not (request.flag("stdout") or request.flag("stderr")):
        raise Refusal(400, "Bad parameters: you must choose at least one stream")
    if container.host["LogConfig"]["Type"] not in {"json-file", "local", "journald"}:
        raise Refusal(501, "configured logging driver does not support reading")
    since, until = timestamp(request.text("since")), timestamp(request.text("until"))
    pieces = _Reader(container, request, since, until).pieces()
    kind = content_type(request, tty=container.tty) if request.at_least("1.42") else None
    return Stream(pieces, kind)


class _Reader:
    def __init__(self, container: Container, request: Request, since: int, until: int) -> None:
        self._container = container
        self._streams = {name for name in ("stdout", "stderr") if request.flag(name)}
        self._follow = request.flag("follow")
        self._timestamps = request.flag("timestamps")
        self._details = request.flag("details")
        self._since = since
        self._until = until
        tail = request.text("tail", "all")
        self._tail = int(tail) if tail.isdecimal() else -1

    def _wanted(self, entry: LogEntry) -> bool:
        if entry.stream not in self._streams or entry.at < self._since:
            return False
        return not self._until or entry.at <= self._until

    def _frame(self, entry: LogEntry) -> bytes:
        prefix = b""
        if self._timestamps:
            moment = Timestamp.from_unix_nano(entry.at)
            prefix = f"{moment.replace(tzinfo=None, microsecond=0).isoformat()}.{entry.at % 10**9:09}Z ".encode()
        if self._details:
            prefix += f"{self._attributes()} ".encode()
        return frame(entry.stream, prefix + entry.data, tty=self._container.tty)

    def _attributes(self) -> str:
        options: dict[str, str] = mapping(self._container.host["LogConfig"]["Config"])
        found: dict[str, str] = {}
        for option, known in (
            ("labels", self._container.labels), ("env", variables(self._container.config["Env"])),
        ):  # fmt: skip
            found |= {name: known[name] for name in options.get(option, "").split(",") if name in known}
        if "tag" in options:
            found["tag"] = self._tag_of(options["tag"])
        return ",".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in sorted(found.items()))

    def _tag_of(self, template: str) -> str:
        container = self._container
        parts = {
            "Name": container.name, "ID": container.id[:12], "FullID": container.id,
            "ImageName": container.config["Image"], "ImageID": container.image.id[7:19],
            "ImageFullID": container.image.id,
            "DaemonName": "docker",
        }  # fmt: skip
        return re.sub(r"\{\{\s*\.(\w+)\s*\}\}", lambda found: parts.get(found[1], ""), template)

    async def pieces(self) -> AsyncIterator[bytes]:
        output = self._container.output
        place = output.end_of_log
        log = list(output.log)
        if self._tail >= 0:  # lines of both streams count, even if only those of one are requested
            log = log[max(0, len(log) - self._tail) :]
        past = [entry for entry in log if self._wanted(entry)]
        for block in self._blocks(past):
            yield block
        while self._follow and not (self._until and self._until < output.now()):
            fresh, place = output.since(place), output.end_of_log
            for block in self._blocks([entry for entry in fresh if self._wanted(entry)]):
                yield block
            if place < output.end_of_log:
                continue
            if not self._container.running and not self._container.restarting:
                return
            await output.changed()

    def _blocks(self, entries: list[LogEntry]) -> list[bytes]:
        """Join frames, so that a long log does not cost a write for each line."""
        blocks: list[bytes] = []
        parts: list[bytes] = []
        size = 0
        for entry in entries:
            part = self._frame(entry)
            parts.append(part)
            size += len(part)
            if size > _BLOCK:
                blocks.append(b"".join(parts))
                parts, size = [], 0
        return [*blocks, b"".join(parts)] if parts else blocks
