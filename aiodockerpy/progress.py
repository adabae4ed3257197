"""Progress drawn on a terminal, with ``rich`` (the extra ``aiodockerpy[progress]``).

Example:
    .. code-block:: python

        from aiodockerpy.progress import show

        image = await show(client.images.pull("python:3.13-slim"))
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from aiodockerpy._arguments import checked

try:
    from rich.progress import BarColumn, DownloadColumn, Progress as Bars, TaskID, TaskProgressColumn, TextColumn
except ImportError as error:
    raise ImportError("aiodockerpy.progress needs rich: install aiodockerpy[progress]", name=error.name) from error

if TYPE_CHECKING:
    from rich.console import Console

    from aiodockerpy._protocol.progress import Layer, Progress
    from aiodockerpy.streams.progress import ProgressStream

__all__ = ["show"]

R = TypeVar("R")


@checked
async def show(handle: ProgressStream[R], *, console: Console | None = None) -> R:
    """Run a pull, push, load or import to its end, draw how far it is, and return its result.

    Args:
        handle: The operation, not used yet.
        console: Where to draw; the standard output if not given.

    Raises:
        OperationFailed: It failed; what was drawn stays.
    """
    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), DownloadColumn()
    with Bars(*columns, console=console) as bars:
        drawing = _Drawing(bars)
        handle.on_progress(drawing.draw)
        return await handle


class _Drawing:
    """One bar for everything, and one for each layer."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._all = bars.add_task("total", total=1.0)
        self._layers: dict[str, TaskID] = {}

    def draw(self, progress: Progress) -> None:
        """Draw a state."""
        total = progress.total or 1
        self._bars.update(self._all, completed=progress.fraction * total, total=total)
        for layer in progress.layers:
            self._draw_layer(layer)

    def _draw_layer(self, layer: Layer) -> None:
        if layer.id not in self._layers:
            self._layers[layer.id] = self._bars.add_task(layer.id, total=layer.size)
        size = layer.size or 1
        text = f"{layer.id} {layer.phase}"
        self._bars.update(self._layers[layer.id], description=text, completed=layer.fraction * size, total=size)
