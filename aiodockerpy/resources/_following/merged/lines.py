"""The items of merged logs: lines with their container, and markers where lines may be missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from aiodockerpy._jsonable import dumpable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiodockerpy._protocol.frames import StreamName
    from aiodockerpy.resources.container import Container


@dumpable()
class ContainerLine(NamedTuple):
    """A line of the log of one of many containers.

    Attributes:
        container: Where it comes from: a sparse object with ``id``, ``name`` and ``labels``.
        stream: Where it was written to. With a terminal everything is ``"stdout"``.
        data: The line without its newline.
        time: When it was written, as the engine sent it (RFC 3339, nanoseconds).
        partial: Whether the line goes on in the next one of this container and stream.
        details: What the log driver noted about the line; ``None`` if that was not asked for.
    """

    container: Container
    stream: StreamName
    data: bytes
    time: str | None
    partial: bool = False
    details: Mapping[str, str] | None = None

    @property
    def text(self) -> str:
        """The line decoded as UTF-8, invalid bytes replaced, without the carriage return that a terminal adds."""
        return self.data.removesuffix(b"\r").decode(errors="replace")

    def __str__(self) -> str:
        return f"{self.container.name}: {self.text}"


@dumpable()
@dataclass(frozen=True, slots=True)
class LinesLost:
    """Lines may be missing here.

    Attributes:
        container: The id of the container whose lines they are; ``""`` if a container may have come and gone unseen.
        name: Its name.
        reason: Why completeness cannot be proven.
        after: The time of the last line before the gap, as the engine sent it; ``None`` if no line came before.
    """

    container: str
    name: str
    reason: str
    after: str | None = None
