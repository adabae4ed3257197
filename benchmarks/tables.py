"""Write what was measured into the documentation: ``python -m benchmarks.tables``.

A table stands between ``<!-- table: NAME -->`` and ``<!-- end -->``. The figures are in ``benchmarks/run.json``, the
verdicts on promises in ``benchmarks/promises.json``.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

from benchmarks import faults
from benchmarks.report import Row, load, table

ROOT = Path(__file__).parent.parent
RUN = ROOT / "benchmarks/run.json"
PROMISES = ROOT / "benchmarks/promises.json"
PAGES = (ROOT / "README.md", ROOT / "docs/benchmarks.md", ROOT / "docs/comparison.md")
README_ROWS = (
    "inspect, one after the other",
    "list of 1000 containers",
    "a line of 100 bytes of a real engine, lines",
    "an event",
    "500 jobs, CPU of a job",
    "import",
)
"""The work that the README shows, where this library wins and where it does not."""
README_CLIENTS = ("aiodockerpy", "docker-py", "aiodocker")
_PLACE = re.compile(r"(<!-- table: (\w+) -->\n).*?(?=<!-- end -->)", re.DOTALL)


def filled(page: str, run: Path = RUN, promises: Path = PROMISES) -> str:
    """Return the text of a page with the tables of what was measured."""
    rows = load(run)
    seen: faults.Record = json.loads(promises.read_text(encoding="utf-8"))
    texts = {
        "about": f"{_about(run)}\n",
        "kept": f"{faults.kept(seen)}\n",
        "faults": faults.table(seen),
        "readme": _readme(rows),
    }

    def fill(place: re.Match[str]) -> str:
        text = texts.get(place[2]) or table(row for row in rows if row.group == place[2])
        return f"{place[1]}\n{text}\n"

    return _PLACE.sub(fill, page)


def _readme(rows: list[Row]) -> str:
    chosen = sorted((row for row in rows if row.work in README_ROWS), key=lambda row: README_ROWS.index(row.work))
    return table(
        replace(row, goal=None, figures={name: row.figures[name] for name in README_CLIENTS}) for row in chosen
    )


def _about(run: Path) -> str:
    return ", ".join(f"{name} {version}" for name, version in json.loads(run.read_text())["about"].items()) + "."


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")
