"""What the pages of the documentation promise to have."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from aiodockerpy import errors
from tests.docs import pictures

DOCS = Path(__file__).parents[2] / "docs"


def test_every_exception_has_its_remedy():
    page = (DOCS / "troubleshooting.md").read_text()
    named = set(re.findall(r"aiodockerpy\.errors\.(\w+)", page))
    raised = {
        name
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, Exception) and kind.__module__ == errors.__name__
    }
    assert raised - named == {"DockerException"}


def test_what_pages_read_of_errors_is_there():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    there = {name for kind in kinds for name in dir(kind)} | {"type"}  # error.type is an attribute of OpenTelemetry
    there |= {name for kind in kinds for name in re.findall(r"(?m)^ {4}(\w+): ", inspect.getdoc(kind) or "")}
    for page in DOCS.rglob("*.md"):
        assert set(re.findall(r"\berror\.(\w+)", page.read_text())) - there == set(), page.name


def test_the_picture_of_the_layers_is_that_of_the_contract():
    """``python -m tests.docs.pictures`` makes it anew."""
    assert pictures.architecture() == (pictures.FOLDER / "architecture.svg").read_text()


def test_the_picture_of_the_console_is_of_its_page():
    """``make picture`` takes it anew."""
    assert pictures.console_page() == (pictures.FOLDER / "console.sha256").read_text()
