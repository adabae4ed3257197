"""Read from the source which names the public signatures of the package mention, and where those are defined.

Annotations are read as written, so that names imported for type checkers only count too.
"""

from __future__ import annotations

import ast
import builtins
import importlib
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = "aiodockerpy"
FACADES = (
    "",
    ".api",
    ".buildkit",
    ".errors",
    ".hooks",
    ".models",
    ".models.filters",
    ".otel",
    ".progress",
    ".resources",
    ".streams",
    ".terminals",
)
PUBLIC_MODULES = tuple(PACKAGE + name for name in (*FACADES, ".types", ".utils", ".utils.ports"))
"""The modules from which a program imports."""

INTERNAL = {"aiodockerpy.buildkit.BuildState.feed", "aiodockerpy.buildkit.BuildState.take"}
"""Methods that only the library calls."""

Place = tuple[str, str]
"""The module that defines a name, and the name."""


@dataclass(frozen=True)
class Source:
    """What one module defines and imports."""

    definitions: dict[str, list[ast.stmt]] = field(default_factory=dict)
    imports: dict[str, Place] = field(default_factory=dict)


@cache
def source(module: str) -> Source:
    """Parse a module; every statement at its top level counts, those under ``if TYPE_CHECKING`` too."""
    spec = find_spec(module) if module.startswith(PACKAGE) else None
    found = Source()
    if spec is not None and (spec.origin or "").endswith(".py"):
        for node in _flat(ast.parse(Path(str(spec.origin)).read_text()).body):
            _note(found, node, spec.name if spec.submodule_search_locations else spec.parent or "")
    return found


def _flat(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try):
            yield from _flat(node.body)
            yield from _flat(node.orelse)


def _note(found: Source, node: ast.stmt, package: str) -> None:
    match node:
        case ast.ImportFrom(module=relative, names=names, level=level):
            module = ".".join(filter(None, [package if level else "", relative]))
            for alias in names:
                if alias.name == "*":
                    found.imports.update({name: (module, name) for name in exported(module)})
                else:
                    found.imports[alias.asname or alias.name] = (module, alias.name)
        case ast.Import(names=names):
            for alias in names:
                found.imports[alias.asname or alias.name.partition(".")[0]] = (alias.name, "")
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            found.definitions.setdefault(name, []).append(node)
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
            found.definitions.setdefault(name, []).append(node)
        case _:
            pass


def exported(module: str) -> list[str]:
    """Return the names that an import of everything brings."""
    names = getattr(importlib.import_module(module), "__all__", None)
    return names or [name for name in source(module).definitions if not name.startswith("_")]


def home(module: str, name: str) -> Place:
    """Follow imports to the module that defines a name."""
    while name not in source(module).definitions:
        origin = source(module).imports.get(name, (module, name))
        if origin == (module, name) or not origin[0].startswith(PACKAGE):
            return origin
        module, name = origin
    return module, name


@cache
def public() -> dict[Place, str]:
    """Return where each public name is defined, and the shortest public path to it."""
    found: dict[Place, str] = {}
    for module in PUBLIC_MODULES:
        for name in getattr(importlib.import_module(module), "__all__", ()):
            found.setdefault(home(module, name), f"{module}.{name}")
    return found


def unreachable() -> dict[Place, str]:
    """Return the names that public signatures mention though no public module has them, and one place of mention."""
    missing: dict[Place, str] = {}
    for place, path in public().items():
        for mentioned, where in _mentions(place, path):
            if mentioned[0].startswith(PACKAGE) and mentioned not in public() and not _is_transparent(mentioned):
                missing.setdefault(mentioned, where)
    return missing


def _is_transparent(place: Place) -> bool:
    """Whether a name is a type variable, or an alias with a type variable, for which nobody needs a name."""
    values = [node.value for node in source(place[0]).definitions.get(place[1], []) if isinstance(node, _VALUES)]
    return any(
        (isinstance(value, ast.Call) and ast.unparse(value.func) == "TypeVar")
        or any(isinstance(part, ast.Name) and _is_variable(place[0], part.id) for part in ast.walk(value))
        for value in values
        if value is not None
    )


_VALUES = ast.Assign | ast.AnnAssign


def _is_variable(module: str, name: str) -> bool:
    return any(
        isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("TypeVar(")
        for node in source(module).definitions.get(name, [])
    )


def _mentions(place: Place, path: str) -> Iterator[tuple[Place, str]]:
    module, name = place
    for node in source(module).definitions.get(name, []):
        match node:
            case ast.ClassDef():
                yield from _of_class(module, node, path)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield from _of_function(module, node, path)
            case ast.AnnAssign() | ast.Assign():
                yield from _of_value(module, node, path)
            case _:
                pass


def _of_value(module: str, node: ast.AnnAssign | ast.Assign, path: str) -> Iterator[tuple[Place, str]]:
    """A type alias mentions the types it stands for; another value its own type."""
    kind = ast.unparse(node.annotation) if isinstance(node, ast.AnnAssign) else ""
    if isinstance(node, ast.AnnAssign) and kind != "TypeAlias":
        yield from _names(module, node.annotation, path)
    elif isinstance(node.value, ast.BinOp | ast.Subscript | ast.Name | ast.Attribute):
        yield from _names(module, node.value, path)


def _of_class(module: str, node: ast.ClassDef, path: str) -> Iterator[tuple[Place, str]]:
    """A class mentions what its public members do, and the members of base classes that have no public name."""
    for base in node.bases:
        for part in ast.walk(base):
            if isinstance(part, ast.Name):
                place = home(*_resolve(module, part.id))
                if place[0].startswith(PACKAGE) and place not in public():
                    yield from _mentions(place, path)
        if isinstance(base, ast.Subscript):
            yield from _names(module, base.slice, path)
    for member in _flat(node.body):
        match member:
            case ast.FunctionDef(name=name) if f"{path}.{name}" in INTERNAL:
                pass
            case ast.FunctionDef(name="__init__") if "Args:" not in (ast.get_docstring(node) or ""):
                pass  # programs do not construct it
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if _is_shown(name):
                yield from _of_function(module, member, f"{path}.{name}")
            case ast.AnnAssign(target=ast.Name(id=name)) if _is_shown(name):
                yield from _names(module, member.annotation, f"{path}.{name}")
            case _:
                pass


def _is_shown(name: str) -> bool:
    return not name.startswith("_") or (name.startswith("__") and name.endswith("__"))


def _of_function(module: str, node: ast.FunctionDef | ast.AsyncFunctionDef, path: str) -> Iterator[tuple[Place, str]]:
    arguments = node.args
    everything = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    shown = [one.annotation for one in everything if one is not None and not one.arg.startswith("_")]
    for annotation in [*shown, node.returns]:
        if annotation is not None:
            yield from _names(module, annotation, f"{path}()")


def _names(module: str, annotation: ast.AST, path: str) -> Iterator[tuple[Place, str]]:
    match annotation:
        case ast.Subscript(value=ast.Name(id="Literal")):
            return
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[kind, *_])):
            yield from _names(module, kind, path)
        case ast.Constant(value=str(text)):
            yield from _names(module, ast.parse(text, mode="eval").body, path)
        case ast.Name(id=name):
            yield home(*_resolve(module, name)), path
        case ast.Attribute(value=ast.Name(id=owner), attr=name):
            yield home(".".join(filter(None, source(module).imports.get(owner, (owner, "")))), name), path
        case _:
            for part in ast.iter_child_nodes(annotation):
                yield from _names(module, part, path)


def _resolve(module: str, name: str) -> Place:
    here = source(module)
    if name in here.definitions or name in here.imports:
        return module, name
    return ("builtins", name) if hasattr(builtins, name) else (module, name)
