"""The position in the log of a container, from which reading continues without losing or repeating a line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from aiodockerpy._protocol.timestamps import Timestamp
from aiodockerpy._protocol.unfit import Unfit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aiodockerpy._protocol.lines import LogLine

OVERLAP = 1_000_000_000
"""Nanoseconds before the newest line from which is read again: the lines of the two streams may come out of order."""
_LINE = re.compile(r"(stdout|stderr)=([0-9T:.+Z-]{20,35})\*([0-9]{1,9})")
_BEGINNING = re.compile(r"begun=(-?[0-9]{1,18}(?:\.[0-9]{9})?)")


@dataclass(slots=True)
class _Place:
    """How far one stream was read: the time of its last line, and how many lines had it."""

    time: str
    count: int
    again: int = 0  # lines of that time to leave out, counted down

    def knows(self, line: LogLine) -> bool:
        """Return whether a line that is read again was delivered before."""
        if line.time == self.time and self.again:
            self.again -= 1
            return True
        return _nano(line.time) < _nano(self.time)


def _nano(text: str | None) -> int:
    return Timestamp.parse(text).unix_nano if text else 0


class Places:
    """How far each stream of a log was read.

    Attributes:
        by_stream: Where each stream is of which a line was read.
        begun: Seconds since 1970 from which lines are wanted, as the engine takes them; ``None`` for all of them.
    """

    __slots__ = ("begun", "by_stream")

    def __init__(self) -> None:
        self.by_stream: dict[str, _Place] = {}
        self.begun: str | None = None

    @property
    def last(self) -> str | None:
        """The time of the newest line."""
        return max((place.time for place in self.by_stream.values()), key=_nano, default=None)

    def since(self, *, streams: int) -> datetime | str | None:
        """Return from when to read, so that nothing is missed: what was read comes again, as far as that is needed.

        Args:
            streams: How many streams are read. One of which no line has come yet may have lines that are older than
                the last one of the other.
        """
        times = [_nano(place.time) for place in self.by_stream.values()]
        if not times:
            return self.begun
        overlap = max(times) - OVERLAP
        return Timestamp.from_unix_nano(overlap if len(times) < streams else max(min(times), overlap))

    def note(self, lines: Sequence[LogLine]) -> None:
        """Record that lines were read."""
        for stream, last in {line.stream: line for line in lines}.items():
            time, count = last.time or "", 0
            for line in reversed(lines):
                if line.stream == stream:
                    if line.time != last.time:
                        break
                    count += 1
            else:  # nothing older among these lines
                before = self.by_stream.get(stream)
                count += before.count if before is not None and before.time == time else 0
            self.by_stream[stream] = _Place(time, count)

    def copy(self) -> Places:
        """Return the same places, to be changed apart."""
        places = Places()
        places.begun = self.begun
        places.by_stream = {stream: _Place(place.time, place.count) for stream, place in self.by_stream.items()}
        return places

    def replay(self) -> None:
        """Expect the lines since the last one of each stream again."""
        for place in self.by_stream.values():
            place.again = place.count

    def knows(self, line: LogLine) -> bool:
        """Return whether a line that is read again was read before."""
        place = self.by_stream.get(line.stream)
        return place is not None and place.knows(line)

    def __str__(self) -> str:
        """Return a text that `parse` reads."""
        parts = [f"{stream}={place.time}*{place.count}" for stream, place in self.by_stream.items()]
        return ";".join([*parts, f"begun={self.begun}"] if self.begun is not None else parts)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what ``str`` has written.

        Raises:
            Unfit: The text is something else.
        """
        self = cls()
        for part in text.split(";") if text else ():
            if found := _BEGINNING.fullmatch(part):
                self.begun = found[1]
            elif (found := _LINE.fullmatch(part)) and _is_time(found[2]):
                self.by_stream[found[1]] = _Place(found[2], int(found[3]))
            else:
                raise Unfit(text, "a position, as positions() returns it", is_type=False)
        return self


def _is_time(text: str) -> bool:
    try:
        Timestamp.parse(text)
    except ValueError:
        return False
    return True
