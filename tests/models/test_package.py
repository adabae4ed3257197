"""The package of the models: complete, lazy, documented."""

from __future__ import annotations

import ast
import itertools
import subprocess
import sys
from pathlib import Path

import pytest

from aiodockerpy import models
from tests import signatures
from tests.together import together

FILES = sorted(Path(models.__file__).parent.glob("[a-z]*.py"))


def public(file: Path) -> set[str]:
    return set(signatures.exported(f"aiodockerpy.models.{file.stem}"))


def fields(file: Path) -> list[tuple[str, bool]]:
    """Every annotated name of every class of a file, and whether a docstring stands under it."""
    found: list[tuple[str, bool]] = []
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.ClassDef):
            body = [*node.body, ast.Pass()]
            found += [
                (f"{node.name}.{ast.unparse(one.target)}", isinstance(after, ast.Expr))
                for one, after in itertools.pairwise(body)
                if isinstance(one, ast.AnnAssign)
            ]
    return found


def test_every_name_of_every_file_is_here() -> None:
    here = set().union(*map(public, FILES))
    assert set(models.__all__) == here | {"Isolation", "Model", "NetworkScope", "Time", "Timestamp"}
    for name in models.__all__:
        assert getattr(models, name) is not None
    assert set(models.__all__) <= set(dir(models))


def test_an_unknown_name() -> None:
    with pytest.raises(AttributeError, match="no attribute 'ContainerInspekt'"):
        models.ContainerInspekt  # noqa: B018


@together("file", FILES, ids=lambda file: file.stem)
def test_every_field_is_documented(file: Path) -> None:
    assert [name for name, documented in fields(file) if not documented] == []


def test_files_load_on_first_use() -> None:
    code = (
        "import sys, aiodockerpy.models as m\n"
        "before = set(sys.modules)\n"
        "assert 'pydantic' not in before, 'pydantic is loaded for the package alone'\n"
        "m.EventMessage\n"
        "after = {name for name in sys.modules if name.startswith('aiodockerpy.models.')}\n"
        "assert 'aiodockerpy.models.events' in after\n"
        "assert 'aiodockerpy.models.services' not in after\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
