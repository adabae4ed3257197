"""A plugin of pytest for ``make test-engine``: which promises of docs/reliability.md hold on the engine under test."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
_ROW = re.compile(r"^\| (\d+)\. ([^|]+?) \|", re.MULTILINE)
_TEST = re.compile(r"::test_promise_(\d+)_")
_outcomes: defaultdict[int, set[str]] = defaultdict(set)


def titles(page: str) -> dict[int, str]:
    """Return the number and the sentence of each promise of the page."""
    return {int(number): title for number, title in reversed(_ROW.findall(page))}


def verdict(outcomes: set[str]) -> str:
    """Return what the outcomes of a promise's tests say of it."""
    if "failed" in outcomes:
        return "BROKEN"
    return "holds" if "passed" in outcomes else "not tried"


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note the outcome of a test of a promise; a setup that passes says nothing."""
    found = _TEST.search(report.nodeid)
    if found and (report.when == "call" or report.outcome != "passed"):
        _outcomes[int(found[1])].add(report.outcome)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print a line for each promise that has a test here."""
    terminalreporter.section("promises")
    for number, title in sorted(titles(PAGE.read_text(encoding="utf-8")).items()):
        terminalreporter.write_line(f"{verdict(_outcomes[number]):10} {number:2}. {title}")
