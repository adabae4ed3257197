"""What the package shows."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import aiodockerpy
from tests import signatures
from tests.together import together

LAZY = [
    "aiodockerpy",
    *(
        f"aiodockerpy.{name}"
        for name in ["api", "buildkit", "models", "resources", "streams", "terminals", "types", "utils"]
    ),
]
"""Packages whose names load when they are used."""


@together("name", signatures.PUBLIC_MODULES)
def test_every_name_of_all_exists_and_is_sorted(name):
    module = importlib.import_module(name)
    assert [item for item in module.__all__ if not hasattr(module, item)] == []
    assert len(set(module.__all__)) == len(module.__all__)


@together("name", LAZY)
def test_dir_and_type_checkers_see_exactly_the_public_names(name):
    module = importlib.import_module(name)
    assert dir(module) == module.__all__ == sorted(_names_for_type_checkers(name))


def _names_for_type_checkers(name):
    """The names that a package defines, imports under the same name, or imports with ``*``."""
    tree = ast.parse(Path(importlib.import_module(name).__file__).read_text())
    blocks = [node for node in tree.body if isinstance(node, ast.If)]
    for node in [*tree.body, *(inner for block in blocks for inner in block.body)]:
        match node:
            case ast.ImportFrom(module=str(module), names=[ast.alias(name="*")]):
                yield from signatures.exported(module)
            case ast.ImportFrom(names=names):
                yield from (alias.asname for alias in names if alias.asname)
            case ast.ClassDef(name=defined) | ast.Assign(targets=[ast.Name(id=defined)]):
                yield defined
            case _:
                pass


def test_every_type_of_a_public_signature_has_a_public_home():
    assert signatures.unreachable() == {}


def test_every_public_name_is_on_a_page_of_the_reference():
    pages = (Path(__file__).parents[1] / "docs/reference").rglob("*.md")
    shown = {
        signatures.home(*path.rpartition(".")[::2])
        for page in pages
        for path in re.findall(r"(?:auto|py:)(?:class|function|data):: (aiodockerpy[\w.]*)", page.read_text())
    }
    assert [path for place, path in signatures.public().items() if place not in shown and not _by_module(path)] == []


def _by_module(path):
    """Whether a name is a module, or a page shows its module with all names."""
    return path in MODULES or path.startswith(
        ("aiodockerpy.models.", "aiodockerpy.errors.", "aiodockerpy.utils.ports.")
    )


MODULES = {
    *signatures.PUBLIC_MODULES,
    "aiodockerpy.testing",
    "aiodockerpy.__version__",
    "aiodockerpy.types.CancellableStream",
}


@pytest.mark.parametrize(
    "name", ["aiodockerpy.errors", "aiodockerpy.resources", "aiodockerpy.types", "aiodockerpy.utils"]
)
def test_every_public_class_and_method_is_documented(name):
    module = importlib.import_module(name)
    missing = []
    for item in module.__all__:
        thing = getattr(module, item)
        if not inspect.isclass(thing):
            continue
        if not thing.__doc__:
            missing.append(item)
        for member, value in vars(thing).items():
            if not member.startswith("_") and callable(value) and not value.__doc__:
                missing.append(f"{item}.{member}")
    assert missing == []


def test_what_takes_filters_documents_that_unknown_ones_are_refused():
    kinds = {
        getattr(home, name) for home in (aiodockerpy, aiodockerpy.api, aiodockerpy.resources) for name in home.__all__
    }
    missing = [
        f"{kind.__name__}.{name}"
        for kind in kinds
        if inspect.isclass(kind)
        for name, method in vars(kind).items()
        if inspect.isfunction(method) and not name.startswith("_") and "filters" in inspect.signature(method).parameters
        if "InvalidArgument: " not in inspect.getdoc(method)
    ]
    assert missing == []


def test_every_error_is_a_docker_exception():
    for name in aiodockerpy.errors.__all__:
        thing = getattr(aiodockerpy.errors, name)
        if inspect.isclass(thing) and issubclass(thing, Exception) and not issubclass(thing, Warning):
            assert issubclass(thing, aiodockerpy.errors.DockerException), name
            assert name in aiodockerpy.errors.__doc__, name


def test_importing_is_cheap():
    code = "import sys, aiodockerpy; print([m for m in ('pydantic', 'h2', 'asyncssh', 'rich') if m in sys.modules])"
    output = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert output.strip() == "[]"


@together("name", LAZY)
def test_an_unknown_name_is_an_attribute_error(name):
    with pytest.raises(AttributeError, match=f"module '{name}' has no attribute 'nothing'"):
        _ = importlib.import_module(name).nothing


def test_only_the_public_interface_of_aiohttp_is_used():
    """A release of what is beneath can break what is private there."""
    for path in Path(aiodockerpy.__file__).parent.rglob("*.py"):
        if "aiohttp" not in (text := path.read_text()):
            continue
        tree = ast.parse(text)
        types = {id(part) for node in ast.walk(tree) for kind in _types(node) for part in ast.walk(kind)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and id(node) not in types and ast.unparse(node).startswith("aiohttp."):
                assert not node.attr.startswith("_"), f"{path}:{node.lineno}"
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "aiohttp":
                assert not any(alias.name.startswith("_") for alias in node.names), f"{path}:{node.lineno}"


def _types(node):
    """What is written in a node for type checkers only."""
    return [kind for name in ("annotation", "returns") if (kind := getattr(node, name, None)) is not None]


def test_a_missing_extra_is_named_by_the_import_error(monkeypatch):
    monkeypatch.setitem(sys.modules, "rich.progress", None)
    monkeypatch.delitem(sys.modules, "aiodockerpy.progress", raising=False)
    monkeypatch.delitem(vars(aiodockerpy), "progress", raising=False)
    with pytest.raises(ImportError, match=r"aiodockerpy.progress needs rich: install aiodockerpy\[progress\]"):
        _ = aiodockerpy.progress
