"""Draw a run as a chart: ``python -m benchmarks.chart`` writes ``docs/benchmarks.svg`` of ``benchmarks/run.json``.

Each row is a line on a logarithmic scale: what the others take, as multiples of what ours is compared with, the goal,
and ours, filled where the goal is reached.
"""

from __future__ import annotations

import math
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.report import CLIENTS, OURS, Row, load
from benchmarks.tables import RUN

if TYPE_CHECKING:
    from collections.abc import Iterator

CHART = Path(__file__).parent.parent / "docs" / "benchmarks.svg"
WIDTH, TEXT, MARGIN, STEP, TOP = 860, 330, 24, 22, 74
TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20)
COLOURS = dict(zip(CLIENTS, ("#0969da", "#8c959f", "#bf8700", "#1a7f37", "#8250df", "#57606a", "#8c959f"), strict=True))
STYLE = """text { font: 12px system-ui, sans-serif; fill: #24292f } .small { font-size: 11px }
.page { fill: #ffffff } .faint { stroke: #d0d7de } .even { fill: #8c959f; fill-opacity: .08 }
.goal { stroke: #cf222e; stroke-width: 2 }
@media (prefers-color-scheme: dark) { text { fill: #c9d1d9 } .page { fill: #131416 } .faint { stroke: #30363d } }"""


def chart(rows: list[Row]) -> str:
    """Return the chart of all rows that have something to be compared with."""
    shown = [row for row in rows if row.goal is not None]
    ratios = [figure / row.figures[row.goal.beside] for row in shown if row.goal for figure in row.figures.values()]
    low = max(tick for tick in TICKS if tick <= max(min([*ratios, 1]), TICKS[0]))
    high = min(tick for tick in TICKS if tick >= min(max([*ratios, 1]), TICKS[-1]))
    height = TOP + STEP * len(shown) + MARGIN
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
            "<title>What each piece of work takes, beside what it is compared with</title>",
            f"<style>{STYLE}</style>",
            f'<rect class="page" width="{WIDTH}" height="{height}"/>',
            *_legend(),
            *_scale(low, high, height),
            *(line for at, row in enumerate(shown) for line in _row(row, TOP + STEP * at, low, high)),
            "</svg>\n",
        ]
    )


def _legend() -> Iterator[str]:
    at = MARGIN
    for name in CLIENTS:
        yield f'<circle cx="{at}" cy="20" r="5" fill="{COLOURS[name]}"/><text x="{at + 10}" y="24">{name}</text>'
        at += 34 + 7 * len(name)
    yield f'<line class="goal" x1="{at}" x2="{at}" y1="13" y2="27"/><text x="{at + 8}" y="24">goal</text>'


def _scale(low: float, high: float, height: int) -> Iterator[str]:
    for tick in TICKS:
        if low <= tick <= high:
            at = _place(tick, low, high)
            wide = ' stroke-width="2"' if tick == 1 else ""
            yield f'<line class="faint" x1="{at}" x2="{at}" y1="{TOP - 10}" y2="{height - MARGIN}"{wide}/>'
            yield f'<text class="small" x="{at}" y="{TOP - 16}" text-anchor="middle">{tick:g}</text>'


def _row(row: Row, top: int, low: float, high: float) -> Iterator[str]:
    if row.goal is None or row.ratio is None:
        return
    middle = top + STEP // 2
    if (top - TOP) // STEP % 2:
        yield f'<rect class="even" x="0" y="{top}" width="{WIDTH}" height="{STEP}"/>'
    yield f'<text x="{MARGIN}" y="{middle + 4}">{escape(row.work)}</text>'
    if row.goal.at_most is not None:
        at = _place(row.goal.at_most, low, high)
        yield f'<line class="goal" x1="{at}" x2="{at}" y1="{top + 3}" y2="{top + STEP - 3}"/>'
    for name, figure in row.figures.items():
        if name != OURS:
            colour = COLOURS.get(name, "#8c959f")
            at = _place(figure / row.figures[row.goal.beside], low, high)
            yield f'<circle cx="{at}" cy="{middle}" r="4" fill="{colour}"><title>{escape(name)}</title></circle>'
    reached = row.goal.at_most is None or row.ratio <= row.goal.at_most
    colour = COLOURS[OURS]
    filled = f'fill="{colour}"' if reached else f'fill="none" stroke="{colour}" stroke-width="2"'
    yield f'<circle cx="{_place(row.ratio, low, high)}" cy="{middle}" r="6" {filled}><title>{OURS}</title></circle>'


def _place(ratio: float, low: float, high: float) -> float:
    """Return where a ratio is on the scale; one outside of it stands at its end."""
    part = math.log(min(max(ratio, low), high) / low) / math.log(high / low)
    return round(TEXT + part * (WIDTH - TEXT - MARGIN), 1)


if __name__ == "__main__":
    CHART.write_text(chart(load(RUN)), encoding="utf-8")
