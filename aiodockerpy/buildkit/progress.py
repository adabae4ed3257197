"""The progress of a build as values, and the state they add up to."""

from __future__ import annotations

import codecs
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from aiodockerpy._arguments import checked
from aiodockerpy._jsonable import dumpable

from ._place import excerpt_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._messages import StatusResponse, Timestamp, Vertex, VertexLog, VertexStatus, VertexWarning

__all__ = ["BuildLog", "BuildProgress", "BuildState", "BuildStep", "BuildTransfer", "BuildWarning", "StepState"]

StepState: TypeAlias = Literal["waiting", "running", "done", "cached", "failed", "canceled"]
"""State of a build step."""

# Lines kept of each step, and characters of each line, for the error of a build.
_TAIL: Final = 50
_LONGEST: Final = 4096
_MOST_WARNINGS: Final = 1000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER: Final = datetime.max.replace(tzinfo=UTC)
_LONGEST_STEP: Final = timedelta(days=36525)


@dumpable()
@dataclass(frozen=True, slots=True)
class BuildStep:
    """A step of a build, as it is now.

    Attributes:
        digest: BuildKit's id of the step.
        name: Its instruction, for example ``[2/3] RUN make``.
        number: Its place by the order of first starts, from 1; 0 before it has started.
        state: Its state; ``canceled`` if it ended because another step failed.
        started: When it began, the last time if BuildKit has opened it again.
        completed: When it ended.
        duration: How long it has run, over all times.
        error: Why it failed.
        inputs: Digests of the steps it builds on.
    """

    digest: str = field(repr=False)
    name: str
    number: int = 0
    state: StepState = "waiting"
    started: datetime | None = None
    completed: datetime | None = None
    duration: timedelta = timedelta()
    error: str = ""
    inputs: tuple[str, ...] = field(default=(), repr=False)


@dumpable()
@dataclass(frozen=True, slots=True)
class BuildLog:
    """A piece of a step's output; it may hold several lines, and end within one.

    Attributes:
        step: The step.
        stream: ``stdout`` or ``stderr``.
        data: The bytes.
        text: The bytes decoded as UTF-8, invalid ones replaced; an incomplete character comes with the next piece.
        timestamp: When the engine received it.
    """

    step: BuildStep
    stream: Literal["stdout", "stderr"]
    data: bytes = field(repr=False)
    text: str
    timestamp: datetime | None = None


@dumpable()
@dataclass(frozen=True, slots=True)
class BuildTransfer:
    """A transfer within a step: a layer that is pulled or pushed, files that are sent.

    Attributes:
        step: The step.
        id: What is transferred, for example a layer's digest or ``transferring context:``.
        name: The operation, for example ``downloading``; may be empty.
        current: How much is done, usually in bytes.
        total: How much there is; 0 if that is not known.
        started: When it began.
        completed: When it ended.
    """

    step: BuildStep
    id: str
    name: str
    current: int
    total: int
    started: datetime | None = None
    completed: datetime | None = None


@dumpable()
@dataclass(frozen=True, slots=True)
class BuildWarning:
    """A warning about the Dockerfile, from BuildKit's linter.

    Attributes:
        step: The step it belongs to.
        message: The warning in one line.
        detail: Further lines.
        url: Documentation of the rule.
        source: The place, for example ``Dockerfile:3``; empty if it is not known.
        excerpt: The lines of the Dockerfile around that place; empty if they are not known.
    """

    step: BuildStep
    message: str
    detail: tuple[str, ...] = ()
    url: str = ""
    source: str = ""
    excerpt: str = field(default="", repr=False)

    def __str__(self) -> str:
        return f"{self.source}: {self.message}" if self.source else self.message


BuildProgress: TypeAlias = BuildStep | BuildLog | BuildTransfer | BuildWarning
"""One item of the progress of a build."""


class BuildState:
    """The state of a build, added up from its progress.

    Attributes:
        steps: Steps by digest, in the order in which they were first reported.
        warnings: Warnings about the Dockerfile, each once.
    """

    def __init__(self) -> None:
        self.steps: dict[str, BuildStep] = {}
        self.warnings: list[BuildWarning] = []
        self._spent: dict[str, timedelta] = {}
        self._numbers = 0
        self._decoders: dict[tuple[str, int], codecs.IncrementalDecoder] = {}
        self._tails: dict[str, deque[str]] = {}
        self._unended: dict[tuple[str, int], str] = {}
        self._warned: set[tuple[str, str]] = set()

    def feed(self, status: StatusResponse) -> list[BuildProgress]:
        """Process a message of the engine and return the items it holds."""
        return list(self.take(status))

    def take(self, status: StatusResponse) -> Iterator[BuildProgress]:
        """Process a message of the engine item by item, as each is asked for."""
        yield from map(self._take_vertex, status.vertexes)
        yield from map(self._transfer, status.statuses)
        yield from map(self._log, status.logs)
        yield from map(self._warning, status.warnings)

    @checked
    def note(self, item: BuildProgress) -> None:
        """Process an item that another builder made."""
        if isinstance(item, BuildStep):
            self.steps[item.digest] = item
        elif isinstance(item, BuildLog):
            self._keep_tail((item.step.digest, 2 if item.stream == "stderr" else 1), item.text)

    @checked
    def tail(self, digest: str) -> tuple[str, ...]:
        """Return the last lines of a step's output."""
        unended = [text for (step, _), text in self._unended.items() if step == digest and text]
        return (*self._tails.get(digest, ()), *unended)

    def failed(self) -> BuildStep | None:
        """Return the step that failed first, not counting those that ended because of it."""
        return next((step for step in self._ended() if step.state == "failed"), None)

    def _ended(self) -> Iterator[BuildStep]:
        yield from sorted(self.steps.values(), key=lambda step: step.completed or _NEVER)

    def _step(self, digest: str) -> BuildStep:
        return self.steps.get(digest) or BuildStep(digest, "")

    def _take_vertex(self, vertex: Vertex) -> BuildStep:
        before = self._step(vertex.digest)
        started, completed = to_datetime(vertex.started), to_datetime(vertex.completed)
        if before.started and before.completed and started and started > before.started:  # opened again
            self._spent[vertex.digest] = before.duration
        number = before.number
        if started is not None and not number:
            self._numbers += 1
            number = self._numbers
        spent = self._spent.get(vertex.digest, timedelta())
        if started is not None and completed is not None:
            spent = min(spent + max(completed - started, timedelta()), _LONGEST_STEP)
        step = self.steps[vertex.digest] = BuildStep(
            digest=vertex.digest,
            name=vertex.name or before.name,
            number=number,
            state=_state(vertex),
            started=started,
            completed=completed,
            duration=spent,
            error=vertex.error,
            inputs=tuple(vertex.inputs),
        )
        return step

    def _transfer(self, item: VertexStatus) -> BuildTransfer:
        return BuildTransfer(
            step=self._step(item.vertex),
            id=item.id,
            name=item.name,
            current=item.current,
            total=item.total,
            started=to_datetime(item.started),
            completed=to_datetime(item.completed),
        )

    def _log(self, item: VertexLog) -> BuildLog:
        key = (item.vertex, 2 if item.stream == 2 else 1)
        decoder = self._decoders.get(key)
        if decoder is None:
            decoder = self._decoders[key] = codecs.getincrementaldecoder("utf-8")("replace")
        text = decoder.decode(item.msg)
        self._keep_tail(key, text)
        stream: Literal["stdout", "stderr"] = "stderr" if key[1] == 2 else "stdout"
        return BuildLog(self._step(item.vertex), stream, item.msg, text, to_datetime(item.timestamp))

    def _keep_tail(self, key: tuple[str, int], text: str) -> None:
        *lines, unended = (self._unended.get(key, "") + text).split("\n")
        self._unended[key] = unended[-_LONGEST:]
        self._tails.setdefault(key[0], deque(maxlen=_TAIL)).extend(line[-_LONGEST:] for line in lines)

    def _warning(self, item: VertexWarning) -> BuildWarning:
        source, excerpt = _place(item)
        made = BuildWarning(
            step=self._step(item.vertex),
            message=item.short.decode("utf-8", "replace"),
            detail=tuple(line.decode("utf-8", "replace") for line in item.detail),
            url=item.url,
            source=source,
            excerpt=excerpt,
        )
        if len(self.warnings) < _MOST_WARNINGS and (made.message, made.source) not in self._warned:
            self._warned.add((made.message, made.source))
            self.warnings.append(made)
        return made


def _state(vertex: Vertex) -> StepState:
    if vertex.error:
        return "canceled" if vertex.error.endswith("context canceled") else "failed"
    if vertex.cached:
        return "cached"
    if vertex.completed is not None:
        return "done"
    return "running" if vertex.started is not None else "waiting"


def _place(item: VertexWarning) -> tuple[str, str]:
    """Return the place of a warning, and the lines around it."""
    if item.info is None:
        return "", ""
    start = item.ranges[0].start if item.ranges else None
    if start is None:
        return item.info.filename, ""
    lines = item.info.data.decode("utf-8", "replace").splitlines()
    return f"{item.info.filename}:{start.line}", excerpt_of(lines, start.line)


def to_datetime(stamp: Timestamp | None) -> datetime | None:
    """Convert a time of a message; ``None`` if it is missing, Go's zero time, or not a time at all."""
    if stamp is None or stamp.seconds <= 0:
        return None
    try:
        return _EPOCH + timedelta(seconds=stamp.seconds, microseconds=stamp.nanos // 1000)
    except OverflowError:
        return None
