"""The page on the architecture is true: its files exist, and four calls go the way that it shows."""

from __future__ import annotations

import asyncio
import re
from itertools import pairwise
from pathlib import Path

import pytest

from tests.ways import CALLS, PACKAGE, files, ways

PAGE = (Path(__file__).parents[1] / "docs/architecture.md").read_text()


def section(call):
    return re.search(rf"^### {re.escape(call)}\n(.*?)(?=^##)", PAGE, re.MULTILINE | re.DOTALL)[1]


@pytest.fixture(scope="module")
def traces():
    return asyncio.run(ways())


def test_four_calls_go_the_way_that_the_page_shows(traces):
    for call in CALLS:
        steps = re.findall(r"^(\S+\.py:\S+)", section(call), re.MULTILINE)
        assert len(steps) > 5
        assert [step for step in steps if step not in traces[call]] == [], call
        assert [(a, b) for a, b in pairwise(map(traces[call].index, steps)) if a > b] == [], call


def test_no_way_passes_more_files_than_the_page_says(traces):
    found = {call: len(files(steps)) for call, steps in traces.items()}
    most = {call: int(re.search(r"At most (\d+) files", section(call))[1]) for call in CALLS}
    assert {call: count for call, count in found.items() if count > most[call]} == {}


def test_every_file_that_the_page_names_exists():
    named = set(re.findall(r"`((?:\w+/)*\w+(?:/|\.py))`", PAGE))
    assert [name for name in named if not list(PACKAGE.rglob(name.rstrip("/")))] == []


def test_no_file_is_longer_than_six_hundred_lines():
    lengths = {path.name: len(path.read_text().splitlines()) for path in PACKAGE.rglob("*.py")}
    assert {name: length for name, length in lengths.items() if length > 600} == {}


def test_every_layer_is_on_the_page():
    shown = set(re.findall(r"`(\w+)(?:/|\.py)?`", PAGE))
    layers = {path.stem for path in PACKAGE.iterdir() if path.is_dir() and not path.name.startswith("__")}
    assert layers - shown - {"_doctor"} == set()


def test_every_logger_is_documented():
    """And none is named by a private module."""
    package = PACKAGE
    sources = [path.read_text() for path in package.rglob("*.py")]
    used = {name for text in sources for name in re.findall(r"getLogger\(([^)]*)\)", text)}
    page = (package.parent / "docs/howto/observability.md").read_text()
    assert used == {f'"{name}"' for name in re.findall(r"^\| `(aiodockerpy\.\w+)` \|", page, re.MULTILINE)}
