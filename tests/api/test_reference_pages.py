"""The pages of the documentation that come from tables are what the tables say now."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

from aiodockerpy import testing
from aiodockerpy._protocol.operations import OPERATIONS
from tests.together import together

REFERENCE = Path(__file__).parents[2] / "docs/reference"


def generated():
    """What the pages are now."""
    sys.path.insert(0, str(REFERENCE))
    try:
        return importlib.import_module("generate").pages()
    finally:
        sys.path.remove(str(REFERENCE))


PAGES = generated()


@together("path", PAGES, ids=lambda path: str(path.relative_to(REFERENCE)))
def test_page_is_up_to_date(path):
    assert path.read_text() == PAGES[path], "run: python docs/reference/generate.py"


def test_every_public_class_for_tests_is_shown_once():
    shown = [name for *_, names in importlib.import_module("contents").TESTING.values() for name in names.split()]
    assert sorted(shown) == sorted(testing.__all__)


def test_each_part_has_its_page_and_each_operation_its_row():
    for operation in OPERATIONS.values():
        part, _, method = operation.name.partition(".")
        text = (REFERENCE / f"api/{part}.md").read_text()
        assert f"| `{method}` | {operation.id}" in text


def test_every_operation_was_recorded_on_every_engine():
    book = json.loads((REFERENCE / "operations.json").read_text())
    assert set(book) == {"old", "middle", "new"}
    assert {id for found in book.values() for id in set(OPERATIONS) - set(found["operations"])} == set()
