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
README_ROWS = {
    "inspect, one after the other": "inspect a container",
    "list of 1000 containers": "list 1000 containers",
    "a line of 100 bytes of a real engine, lines": "read a log line of 100 bytes",
    "an event": "receive an event",
    "500 jobs, CPU of a job": "run a container, one of 500",
    "import": "start Python and import the library",
    "import, version, an inspection and a list": "start Python, and list and inspect once",
}
"""The work that the README shows, where this library wins and where it does not, and its name there."""
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
    found = {row.work: row for row in rows}
    return table(
        replace(found[work], work=name, goal=None, figures={who: found[work].figures[who] for who in README_CLIENTS})
        for work, name in README_ROWS.items()
    )


def _about(run: Path) -> str:
    versions = json.loads(run.read_text())["about"]
    date = versions.pop("date")
    return f"{', '.join(f'{name} {version}' for name, version in versions.items())}; {date}."


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")
