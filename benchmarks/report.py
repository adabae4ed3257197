"""What a run has measured: rows of figures, kept as JSON, shown as tables of Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

OURS = "aiodockerpy"
CLIENTS = (OURS, "docker-py", "aiodocker", "aiohttp", "socket", "json.loads", "docker CLI")
"""The columns of the tables, in their order; a figure of something else has a column behind these."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure of this library is compared with, and what the ratio may be at most.

    Attributes:
        beside: The client, or another column of the row.
        at_most: The ratio that is to be reached; ``None`` if the comparison is only shown.
    """

    beside: str
    at_most: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One piece of work, done by several clients in one run.

    Attributes:
        group: The group of benchmarks it belongs to, which is one table.
        work: What is done.
        unit: Of the figures, such as ``"µs"``.
        figures: Client to figure.
        goal: What ours is compared with, if with anything.
    """

    group: str
    work: str
    unit: str
    figures: Mapping[str, float]
    goal: Goal | None = None

    @property
    def ratio(self) -> float | None:
        """Our figure, divided by that of the goal."""
        if self.goal is None:
            return None
        return self.figures[OURS] / self.figures[self.goal.beside]


def rows(
    group: str,
    work: str,
    unit: str,
    results: Mapping[str, float],
    goals: Mapping[str, Goal | None] | Goal | None = None,
) -> list[Row]:
    """Make a row of the figures of several clients; ``"aiodockerpy, lines"`` is a row of its own beside the same peers.

    Args:
        group: The table.
        work: What was done.
        unit: Of the figures.
        results: Client to figure.
        goals: The goal, or one for each of our ways: ``{"lines": Goal(...)}``.
    """
    peers = {name: figure for name, figure in results.items() if not name.startswith(OURS)}
    made: list[Row] = []
    for name, figure in results.items():
        if name.startswith(OURS):
            way = name.removeprefix(OURS).removeprefix(", ")
            goal = goals.get(way) if isinstance(goals, Mapping) else goals
            made.append(Row(group, f"{work}, {way}" if way else work, unit, {OURS: figure, **peers}, goal))
    return made


def save(path: Path, measured: Sequence[Row], about: Mapping[str, str]) -> None:
    """Write a run; the groups that were not measured this time keep the rows that the file has."""
    groups = {row.group for row in measured}
    kept = [row for row in load(path) if row.group not in groups] if path.exists() else []
    text = {"about": dict(about), "rows": [asdict(row) for row in (*kept, *measured)]}
    path.write_text(json.dumps(text, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def load(path: Path) -> list[Row]:
    """Read the rows of a run."""
    found = json.loads(path.read_text(encoding="utf-8"))["rows"]
    return [Row(**{**row, "goal": Goal(**row["goal"]) if row["goal"] else None}) for row in found]


def table(measured: Iterable[Row]) -> str:
    """Show rows as a table of Markdown, one number in a cell."""
    shown = list(measured)
    used = {name for row in shown for name in row.figures}
    clients = [name for name in CLIENTS if name in used] + sorted(used.difference(CLIENTS))
    goals = any(row.goal for row in shown)
    head = ["what", "unit", *clients, *(["ratio", "beside", "goal"] if goals else [])]
    lines = [head, ["---", "---", *["---:"] * len(clients), *(["---:", "---", "---:"] if goals else [])]]
    for row in shown:
        figures = [number(row.figures[name]) if name in row.figures else "" for name in clients]
        lines.append([row.work, row.unit, *figures, *(_goal(row) if goals else [])])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def number(value: float) -> str:
    """Show a figure with three digits that mean something."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _goal(row: Row) -> list[str]:
    if row.goal is None or row.ratio is None:
        return ["", "", ""]
    at_most = "" if row.goal.at_most is None else f"≤ {row.goal.at_most:g}"
    return [f"{row.ratio:.2f}", row.goal.beside, at_most]
