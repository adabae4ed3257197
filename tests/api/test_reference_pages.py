"""The pages of the documentation that come from tables are what the tables say now."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from aiodockerpy._protocol.operations import OPERATIONS

REFERENCE = Path(__file__).parents[2] / "docs/reference"


def generator():
    spec = importlib.util.spec_from_file_location("generate", REFERENCE / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# `objects.md` only lists modules: a new one is added to it when the pages are written next.
TABLES = [path for path in generator().pages() if path.name != "objects.md"]


@pytest.mark.parametrize("path", TABLES, ids=lambda path: str(path.relative_to(REFERENCE)))
def test_page_is_up_to_date(path):
    assert path.read_text() == generator().pages()[path], "run: python docs/reference/generate.py"


def test_each_part_has_its_page_and_each_operation_its_row():
    for operation in OPERATIONS.values():
        part, _, method = operation.name.partition(".")
        text = (REFERENCE / f"api/{part}.md").read_text()
        assert f"| `{method}` | {operation.id}" in text


def test_every_operation_was_recorded_on_every_engine():
    book = json.loads((REFERENCE / "operations.json").read_text())
    assert set(book) == {"old", "middle", "new"}
    assert {id for found in book.values() for id in set(OPERATIONS) - set(found["operations"])} == set()
