"""Write the tables of a run into the page of the documentation: ``python -m benchmarks.tables``.

A table stands between ``<!-- table: GROUP -->`` and ``<!-- end -->``. The run is ``benchmarks/run.json``.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from benchmarks.report import load, table

RUN = Path(__file__).with_name("run.json")
PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
_PLACE = re.compile(r"(<!-- table: (\w+) -->\n).*?(?=<!-- end -->)", re.DOTALL)


def filled(page: str, run: Path) -> str:
    """Return the text of a page with the tables of a run."""
    rows = load(run)

    def fill(place: re.Match[str]) -> str:
        if place[2] == "about":
            return f"{place[1]}\n{_about(run)}\n\n"
        return f"{place[1]}\n{table(row for row in rows if row.group == place[2])}\n"

    return _PLACE.sub(fill, page)


def _about(run: Path) -> str:
    return ", ".join(f"{name} {version}" for name, version in json.loads(run.read_text())["about"].items()) + "."


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), RUN), encoding="utf-8")
