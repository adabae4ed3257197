"""What the pages about docker-py and about reliability say is shown by tests that exist."""

from __future__ import annotations

import ast
import re
from functools import cache
from operator import itemgetter
from pathlib import Path

from tests.together import together

ROOT = Path(__file__).parents[2]
PAGES = ("behaviour.md", "requests.md")


@cache
def texts():
    """The text of each file of tests."""
    return {path: path.read_text() for path in (ROOT / "tests").rglob("test_*.py")}


@cache
def functions(path):
    """The names of the functions of a file."""
    nodes = ast.walk(ast.parse(texts()[path]))
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def exists(name):
    """Whether there is a test, or a file of tests, with a name; what cannot have it is not parsed."""
    return any(
        path.name == name or (f"def {name}(" in text and name in functions(path)) for path, text in texts().items()
    )


def rows():
    """Each row of the pages' tables: what it is about, and its last column."""
    for page in PAGES:
        for line in (ROOT / "docs/migrating" / page).read_text().splitlines():
            if line.startswith("| ") and not line.startswith(("| ---", "| # ", "| What ", "| docker-py ")):
                first, *_, last = (cell.strip() for cell in line.strip("|").split(" | "))
                yield f"{page}: {first[:40]}", last


@together("row", rows(), ids=itemgetter(0))
def test_a_row_is_shown_by_tests_that_exist(row):
    _, shown_by = row
    named = re.findall(r"`(test_\w+(?:\.py)?)`", shown_by)
    assert named
    assert [name for name in named if not exists(name)] == []


def test_promises_whose_tests_have_other_names_name_tests_that_exist():
    named = re.findall(r"`(test_\w+(?:\.py)?)`", (ROOT / "docs/reliability.md").read_text())
    assert named
    assert [name for name in named if not exists(name)] == []


def test_every_trap_and_every_request_has_its_row():
    traps = (ROOT / "docs/migrating/behaviour.md").read_text()
    assert re.findall(r"^\| (\d+)\. ", traps, re.MULTILINE) == [str(number) for number in range(1, 28)]
    requests = (ROOT / "docs/migrating/requests.md").read_text()
    assert re.findall(r"^\| (\d+) ", requests, re.MULTILINE) == [str(number) for number in range(1, 44)]
