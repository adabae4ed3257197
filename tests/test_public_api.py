"""What the package shows."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import aiodockerpy

PUBLIC = [
    "aiodockerpy",
    "aiodockerpy.api",
    "aiodockerpy.errors",
    "aiodockerpy.models",
    "aiodockerpy.resources",
    "aiodockerpy.types",
    "aiodockerpy.utils",
]


@pytest.mark.parametrize("name", PUBLIC)
def test_every_name_of_all_exists_and_is_sorted(name):
    module = importlib.import_module(name)
    assert [item for item in module.__all__ if not hasattr(module, item)] == []
    assert len(set(module.__all__)) == len(module.__all__)


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


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = aiodockerpy.nothing


def test_only_the_public_interface_of_aiohttp_is_used():
    """A release of what is beneath can break what is private there."""
    for path in Path(aiodockerpy.__file__).parent.rglob("*.py"):
        tree = ast.parse(path.read_text())
        types = {id(part) for node in ast.walk(tree) for kind in _types(node) for part in ast.walk(kind)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and id(node) not in types and ast.unparse(node).startswith("aiohttp."):
                assert not node.attr.startswith("_"), f"{path}:{node.lineno}"
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "aiohttp":
                assert not any(alias.name.startswith("_") for alias in node.names), f"{path}:{node.lineno}"


def _types(node):
    """What is written in a node for type checkers only."""
    return [kind for name in ("annotation", "returns") if (kind := getattr(node, name, None)) is not None]
