"""Show the progress of a build: in plain lines, or drawn live on a terminal as the docker command does."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol, TextIO

from aiodockerpy._arguments.gate import checked
from aiodockerpy.errors import BuildSessionLost

from .progress import BuildLog, BuildProgress, BuildState, BuildStep, BuildTransfer, BuildWarning

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from types import TracebackType

    from rich.text import Text

    from .build import BuildResult

_FINAL = {"done": "DONE", "cached": "CACHED", "failed": "ERROR", "canceled": "CANCELED"}
_MARKS = {"done": "✔", "cached": "✔", "failed": "✘", "canceled": "-"}
_UNITS = ("B", "kB", "MB", "GB", "TB")
# Characters of a line without an end after which it is broken.
_LONGEST = 1 << 16
# Lines of output shown below a running step.
_VISIBLE = 6


class Showable(Protocol):
    """A handle of a build, as ``client.images.build`` and `solve` return it."""

    @property
    def state(self) -> BuildState:
        """The state of the build so far."""
        ...  # pyright wants a body

    @property
    def result(self) -> BuildResult | None:
        """The result; ``None`` before the build has succeeded."""
        ...

    async def __aenter__(self) -> AsyncIterator[BuildProgress]:
        """Start the build."""
        ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Stop the build unless it has ended."""


@checked
async def show(build: Showable, *, live: bool | None = None, file: TextIO | None = None) -> BuildResult:
    """Run a build and show its progress.

    Example:
        .. code-block:: python

            handle = client.images.build(path=".", tag="app:dev")
            await show(handle)
            image, log = await handle.built()

    Args:
        build: The handle of ``client.images.build``, not used yet.
        live: Redraw the running steps, which needs the extra ``aiodockerpy[progress]``; ``False`` writes plain lines.
            If not given, draw live on a terminal if the extra is installed.
        file: The file to write to; standard error if not given.

    Returns:
        The build's result.

    Raises:
        BuildError: The build failed.
        ImportError: ``live=True``, and the extra is not installed.
    """
    out = file if file is not None else sys.stderr
    if live is None:
        live = out.isatty() and importlib.util.find_spec("rich") is not None
    if live:
        await _show_live(build, out)
    else:
        await _show_plain(build, out)
    if build.result is None:
        raise BuildSessionLost("the build was closed before its end")
    return build.result


async def _show_plain(build: Showable, out: TextIO) -> None:
    lines = PlainLines()
    async with build as progress:
        async for item in progress:
            out.writelines(f"{line}\n" for line in lines.feed(item))
            out.flush()


# ---- plain


@dataclass(slots=True)
class PlainLines:
    r"""Turn progress into lines such as ``docker build --progress=plain`` writes.

    Example:
        .. code-block:: python

            lines = PlainLines()
            async with client.images.build(path=".") as progress:
                async for item in progress:
                    print(*lines.feed(item), sep="\n")
    """

    _named: set[str] = field(default_factory=set[str])
    _ended: dict[str, BuildStep] = field(default_factory=dict[str, BuildStep])
    _unended: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])

    @checked
    def feed(self, item: BuildProgress) -> Iterator[str]:
        """Yield the lines for one item of progress."""
        if isinstance(item, BuildStep):
            yield from self._step(item)
        elif isinstance(item, BuildLog):
            yield from self._log(item)
        elif isinstance(item, BuildTransfer):
            yield from self._transfer(item)
        else:
            yield from self._warning(item)

    def _name(self, step: BuildStep) -> Iterator[str]:
        if step.digest not in self._named and step.number:
            self._named.add(step.digest)
            yield f"#{step.number} {step.name}"

    def _step(self, step: BuildStep) -> Iterator[str]:
        yield from self._name(step)
        if step.state not in _FINAL or self._ended.get(step.digest) == step:
            return
        self._ended[step.digest] = step
        for digest, stream in [key for key in self._unended if key[0] == step.digest]:
            yield f"#{step.number} {self._unended.pop((digest, stream))}"
        yield f"#{step.number} {_ending(step)}"

    def _log(self, item: BuildLog) -> Iterator[str]:
        yield from self._name(item.step)
        key = (item.step.digest, item.stream)
        *lines, rest = (self._unended.pop(key, "") + item.text).split("\n")
        if len(rest) > _LONGEST:
            lines.append(rest)
        elif rest:
            self._unended[key] = rest
        for line in lines:
            yield f"#{item.step.number} {_elapsed(item.step, item.timestamp)}{line}"

    def _transfer(self, item: BuildTransfer) -> Iterator[str]:
        yield from self._name(item.step)
        if item.completed is not None:
            yield f"#{item.step.number} {_amount(item)} done"

    def _warning(self, item: BuildWarning) -> Iterator[str]:
        place = f" ({item.source})" if item.source else ""
        yield f"#{item.step.number} WARNING: {item.message}{place}"


def _ending(step: BuildStep) -> str:
    word = _FINAL[step.state]
    if step.state == "done":
        return f"{word} {step.duration.total_seconds():.1f}s"
    return f"{word}: {step.error}" if step.state == "failed" else word


def _elapsed(step: BuildStep, when: datetime | None) -> str:
    if step.started is None or when is None:
        return ""
    return f"{max(0.0, (when - step.started).total_seconds()):.3f} "


def _amount(item: BuildTransfer) -> str:
    text = f"{item.id} {item.name}".strip()
    if not item.current and not item.total:
        return text
    total = f" / {_size(item.total)}" if item.total else ""
    return f"{text} {_size(item.current)}{total}"


def _size(count: int) -> str:
    value = float(count)
    for unit in _UNITS:
        if value < 1000 or unit == _UNITS[-1]:
            return f"{value:.0f}{unit}" if unit == "B" else f"{value:.2f}{unit}"
        value /= 1000
    raise AssertionError


# ---- live


async def _show_live(build: Showable, out: TextIO) -> None:
    try:
        from rich.console import Console
        from rich.live import Live
    except ImportError:
        raise ImportError("drawing a build live needs rich: install 'aiodockerpy[progress]'") from None
    picture = _Picture(build)
    console = Console(file=out, force_terminal=out.isatty() or None)
    with Live(console=console, get_renderable=picture.draw, refresh_per_second=10, transient=False):
        async with build as progress:
            async for item in progress:
                picture.feed(item)


class _Picture:
    """Draw one line for each step, and below a running one its transfers and its last output."""

    def __init__(self, build: Showable) -> None:
        self._build = build
        self._transfers: dict[str, dict[str, BuildTransfer]] = {}
        self._warnings: list[BuildWarning] = []

    def feed(self, item: BuildProgress) -> None:
        """Process one item of progress."""
        if isinstance(item, BuildTransfer):
            self._transfers.setdefault(item.step.digest, {})[item.id] = item
        elif isinstance(item, BuildWarning):
            self._warnings.append(item)

    def draw(self) -> Text:
        """Draw the current state."""
        from rich.text import Text

        picture = Text(no_wrap=True, overflow="ellipsis")
        known = self._build.state.steps
        steps = sorted((step for step in known.values() if step.number), key=lambda step: step.number)
        done = sum(step.state in {"done", "cached"} for step in steps)
        picture.append(f"building: {done} of {len(known)} steps\n", style="bold")
        for step in steps:
            self._draw_step(picture, step)
        for warning in self._warnings:
            picture.append(f"  ! {warning.message} {warning.source}\n", style="yellow")
        return picture

    def _draw_step(self, picture: Text, step: BuildStep) -> None:
        style = {"failed": "red", "cached": "cyan", "done": "blue", "canceled": "dim"}.get(step.state, "")
        word = "CACHED " if step.state == "cached" else ""
        mark = _MARKS.get(step.state, "•")
        seconds = _seconds(step)
        picture.append(f" {mark} {word}{step.name}  {seconds:.1f}s\n", style=style)
        if step.state in {"running", "failed"}:
            for transfer in self._transfers.get(step.digest, {}).values():
                if transfer.completed is None:
                    picture.append(f"     {_amount(transfer)}\n", style="dim")
            for line in self._build.state.tail(step.digest)[-_VISIBLE:]:
                picture.append(f"     {line}\n", style="dim")


def _seconds(step: BuildStep) -> float:
    if step.state == "running" and step.started is not None:
        return max(0.0, (datetime.now(UTC) - step.started).total_seconds())
    return step.duration.total_seconds()
