"""What a build tells while it runs, as values, and the state that they add up to."""

from __future__ import annotations

import codecs
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._messages import StatusResponse, Timestamp, Vertex, VertexLog, VertexStatus, VertexWarning

__all__ = [
    "BuildLog",
    "BuildProgress",
    "BuildState",
    "BuildStep",
    "BuildTransfer",
    "BuildWarning",
    "StepState",
    "to_datetime",
]

StepState: TypeAlias = Literal["waiting", "running", "done", "cached", "failed", "canceled"]

# Lines kept of each step for the error of a build.
_TAIL = 50
_LONGEST = 4096
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class BuildStep:
    """A step of a build, as it is now.

    Attributes:
        digest: BuildKit's name of the step; the same for all that is told about it.
        name: For example ``[2/3] RUN make``.
        number: Its place by the order of first starts, from 1; 0 before it has started.
        state: What has become of it. ``canceled`` is a step that ended because another one failed.
        started: When it began (the last time: BuildKit may open a step again).
        completed: When it ended.
        duration: How long it has been at work, over all times.
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


@dataclass(frozen=True, slots=True)
class BuildLog:
    """Output of a step, as it came: it may hold several lines and end within one.

    Attributes:
        step: The step.
        stream: ``stdout`` or ``stderr``.
        data: The bytes.
        text: The same decoded; a character that is not complete comes with the next piece.
        timestamp: When the engine received it.
    """

    step: BuildStep
    stream: Literal["stdout", "stderr"]
    data: bytes = field(repr=False)
    text: str
    timestamp: datetime | None = None


@dataclass(frozen=True, slots=True)
class BuildTransfer:
    """Something within a step that is counted: a layer that is pulled or pushed, files that are transferred.

    Attributes:
        step: The step.
        id: What it is, for example a layer's digest or ``transferring context:``.
        name: What happens to it, for example ``downloading``; may be empty.
        current: How much is done, mostly in bytes.
        total: Of how much; 0 if that is not known.
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


@dataclass(frozen=True, slots=True)
class BuildWarning:
    """Advice about the Dockerfile.

    Attributes:
        step: The step it belongs to.
        message: In one line.
        detail: At length.
        url: Where to read on.
        source: The place, for example ``Dockerfile:3``; empty if it is not known.
    """

    step: BuildStep
    message: str
    detail: tuple[str, ...] = ()
    url: str = ""
    source: str = ""


BuildProgress: TypeAlias = BuildStep | BuildLog | BuildTransfer | BuildWarning


class BuildState:
    """A build as far as it has been told.

    Attributes:
        steps: By digest, in the order in which they were first told.
    """

    def __init__(self) -> None:
        self.steps: dict[str, BuildStep] = {}
        self._spent: dict[str, timedelta] = {}
        self._numbers = 0
        self._decoders: dict[tuple[str, int], codecs.IncrementalDecoder] = {}
        self._tails: dict[str, deque[str]] = {}
        self._unended: dict[tuple[str, int], str] = {}

    def feed(self, status: StatusResponse) -> list[BuildProgress]:
        """Take a message of the engine; returns what it says."""
        found: list[BuildProgress] = [self._take_vertex(vertex) for vertex in status.vertexes]
        found += [self._transfer(item) for item in status.statuses]
        found += [self._log(item) for item in status.logs]
        found += [self._warning(item) for item in status.warnings]
        return found

    def note(self, item: BuildProgress) -> None:
        """Take what another builder says."""
        if isinstance(item, BuildStep):
            self.steps[item.digest] = item
        elif isinstance(item, BuildLog):
            self._keep_tail((item.step.digest, 2 if item.stream == "stderr" else 1), item.text)

    def tail(self, digest: str) -> tuple[str, ...]:
        """The last lines of a step's output."""
        unended = [text for (step, _), text in self._unended.items() if step == digest and text]
        return (*self._tails.get(digest, ()), *unended)

    def failed(self) -> BuildStep | None:
        """The step that failed first, not counting those that ended because of it."""
        return next((step for step in self._ended() if step.state == "failed"), None)

    def _ended(self) -> Iterator[BuildStep]:
        yield from sorted(self.steps.values(), key=lambda step: step.completed or datetime.max.replace(tzinfo=UTC))

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
            spent += completed - started
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
        key = (item.vertex, item.stream)
        decoder = self._decoders.get(key)
        if decoder is None:
            decoder = self._decoders[key] = codecs.getincrementaldecoder("utf-8")("replace")
        text = decoder.decode(item.msg)
        self._keep_tail(key, text)
        stream: Literal["stdout", "stderr"] = "stderr" if item.stream == 2 else "stdout"
        return BuildLog(self._step(item.vertex), stream, item.msg, text, to_datetime(item.timestamp))

    def _keep_tail(self, key: tuple[str, int], text: str) -> None:
        *lines, unended = (self._unended.get(key, "") + text).split("\n")
        self._unended[key] = unended[-_LONGEST:]
        self._tails.setdefault(key[0], deque(maxlen=_TAIL)).extend(line[-_LONGEST:] for line in lines)

    def _warning(self, item: VertexWarning) -> BuildWarning:
        return BuildWarning(
            step=self._step(item.vertex),
            message=item.short.decode("utf-8", "replace"),
            detail=tuple(line.decode("utf-8", "replace") for line in item.detail),
            url=item.url,
            source=_place(item),
        )


def _state(vertex: Vertex) -> StepState:
    if vertex.error:
        return "canceled" if vertex.error.endswith("context canceled") else "failed"
    if vertex.cached:
        return "cached"
    if vertex.completed is not None:
        return "done"
    return "running" if vertex.started is not None else "waiting"


def _place(item: VertexWarning) -> str:
    if item.info is None:
        return ""
    start = item.ranges[0].start if item.ranges else None
    return f"{item.info.filename}:{start.line}" if start is not None else item.info.filename


def to_datetime(stamp: Timestamp | None) -> datetime | None:
    """Read a time of a message; ``None`` if it is missing or Go's zero time."""
    if stamp is None or stamp.seconds <= 0:
        return None
    return _EPOCH + timedelta(seconds=stamp.seconds, microseconds=stamp.nanos // 1000)
