"""Wait until a container has written lines that match a pattern."""

from __future__ import annotations

import re
from collections import deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from aiodockerpy import errors
from aiodockerpy._protocol.timestamps import read_time
from aiodockerpy.resources._following.backoff import AWAY, Backoff
from aiodockerpy.resources._readiness.watch import LAST_LINES, Watch, watching

if TYPE_CHECKING:
    from re import Match, Pattern

    from aiodockerpy._protocol.frames import StreamName
    from aiodockerpy._protocol.lines import LogLine
    from aiodockerpy.resources.container import Container

_SETTLE = 0.2
"""Seconds after which a container whose log has ended is inspected again: its state may follow."""
_BEFORE_START = timedelta(seconds=0.1)
"""How long before the noted time of its start a container may have written."""


async def wait_log(
    container: Container, pattern: str | Pattern[str], times: int, stream: StreamName | None, timeout: float | None
) -> Match[str]:
    """Read the log of the last run of a container until a number of lines have matched; return the last match.

    Raises:
        ContainerNotReady: The container ended; with its last lines.
        DeadlineExceeded: The timeout expired; with the last lines that were read.
        InvalidValue: The number of lines is not above zero.
        InvalidArgument: The container has a terminal, and thus no standard error.
    """
    if times < 1:
        raise errors.InvalidValue(f"times must be a number of lines, 1 or more, not {times}")
    pattern = re.compile(pattern)
    wanted = f"ready: {times} lines that match {pattern.pattern!r}" if times > 1 else f"ready: {pattern.pattern!r}"
    search = _Search(container, pattern, times, stream)

    def seen() -> str:
        lines = "".join(f"\n  {line}" for line in search.lines)
        found = f"; {search.found} of {times} lines were found"
        return f"{found}; its last lines:{lines}" if lines else found

    async with watching(container, wanted, timeout, seen) as watch:
        return await search.through(watch)


class _Search:
    """A search in the log of the last run of a container.

    Attributes:
        found: Lines that have matched.
        lines: The last lines.
    """

    def __init__(self, container: Container, pattern: Pattern[str], times: int, stream: StreamName | None) -> None:
        self._container = container
        self._pattern = pattern
        self._times = times
        self._stream = stream
        self.found = 0
        self.lines: deque[str] = deque(maxlen=LAST_LINES)
        self._run: datetime | None = None
        self._since: datetime | None = None

    async def through(self, watch: Watch) -> Match[str]:
        """Search run after run, until there is the match."""
        backoff = Backoff()
        while True:
            await watch.look()
            if self._container.status == "created":
                await watch.change()
                continue
            try:
                if (match := await self._read()) is not None:
                    return match
            except AWAY:
                await backoff.pause()
                continue
            await self._look_at_its_end(watch)

    async def _look_at_its_end(self, watch: Watch) -> None:
        """Raise if the container has ended; otherwise wait for its next run."""
        try:
            await watch.look()
        except errors.NotFound as error:
            error.add_note("its last lines:" + "".join(f"\n  {line}" for line in self.lines))
            raise
        await watch.check(list(self.lines))
        await watch.change(_SETTLE)

    async def _read(self) -> Match[str] | None:
        """Search the log of the last run."""
        self.found = 0
        self.lines.clear()
        config = self._container.info.config
        if self._stream == "stderr" and config is not None and config.tty:
            raise errors.InvalidArgument("stream: a container with a terminal writes everything to stdout")
        self._find_begin()
        logs = self._container.logs(
            stdout=self._stream != "stderr", stderr=self._stream != "stdout", since=self._since, follow=True
        )
        async with logs:
            while lines := await logs.batch():
                for line in lines:
                    whole = not (line.partial and logs.interrupted)  # not the beginning of a line whose rest is missing
                    if whole and (match := self._match(line)) is not None:
                        return match
        return None

    def _find_begin(self) -> None:
        """Find when the last run began: at the end of the run before, which is known for as long as it has not ended.

        The engine notes the time of the start when the program may have written its first lines.
        """
        state = self._container.info.state
        started = read_time(state.started_at) if state is not None else None
        if state is None or started is None or started == self._run:
            return
        self._run, ended = started, read_time(state.finished_at)
        if not ended:
            self._since = None
        else:
            self._since = ended if ended < self._run else self._run - _BEFORE_START

    def _match(self, line: LogLine) -> Match[str] | None:
        """Return the match if it is the last one that is needed."""
        self.lines.append(line.text)
        match = self._pattern.search(line.text)
        self.found += match is not None
        return match if self.found >= self._times else None
