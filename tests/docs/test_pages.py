"""What the pages of the documentation promise to have."""

from __future__ import annotations

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


def test_the_picture_of_the_layers_is_that_of_the_contract():
    """``python -m tests.docs.pictures`` makes it anew."""
    assert pictures.architecture() == (pictures.FOLDER / "architecture.svg").read_text()


def test_the_picture_of_the_console_is_of_its_page():
    """``make picture`` takes it anew."""
    assert pictures.console_page() == (pictures.FOLDER / "console.sha256").read_text()
