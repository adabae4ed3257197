"""The types of arguments as type checkers see them, for a comparison with what the checks take."""

from __future__ import annotations

import ast
import builtins
import io
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import IO, Annotated, Any, BinaryIO, Literal, TextIO, TypeVar, Union, get_args, get_origin

from tests.signatures import home, source


class _Names(dict[str, Any]):
    """The names of a module, those imported for type checkers included."""

    def __init__(self, module: str) -> None:
        super().__init__()
        self._module = module

    def __missing__(self, name: str) -> Any:
        module, original = home(self._module, name)
        if (module, original) == (self._module, name) and hasattr(builtins, name):  # neither defined there nor imported
            return vars(builtins)[name]
        alias = _alias(module, original)
        if alias is not None:
            return hint_of(alias, module)
        return getattr(import_module(module), original) if original else import_module(module)


def _alias(module: str, name: str) -> str | None:
    """Return the type that a name stands for, as written."""
    match source(module).definitions.get(name, []):
        case [*_, ast.AnnAssign(value=ast.Constant(value=str(text)))]:
            return text
        case [*_, ast.AnnAssign(value=value) | ast.Assign(value=value)] if not isinstance(value, ast.Call | None):
            return ast.unparse(value)
        case _:
            return None


def hint_of(annotation: Any, module: str) -> Any:
    """Return the type that an annotation of a module names, with its aliases resolved."""
    holder = types.SimpleNamespace(__annotations__={"it": annotation})
    return typing.get_type_hints(holder, globalns={}, localns=_Names(module), include_extras=True)["it"]


def admits(hint: Any, value: object) -> bool:
    """Whether a type checker takes a value for a type; the items of what can be read only once count as right."""
    origin, parts = get_origin(hint), get_args(hint)
    if hint in {Any, object} or isinstance(hint, TypeVar):
        return True
    if origin is Annotated:
        return admits(parts[0], value)
    if origin in {Union, types.UnionType}:
        return any(admits(part, value) for part in parts)
    if origin is Literal:
        return any(type(part) is type(value) and part == value for part in parts)
    if hint is float:
        return isinstance(value, int | float)
    if hint in {BinaryIO, TextIO} or origin is IO:
        return isinstance(value, io.TextIOBase) is (hint is TextIO) and isinstance(value, io.IOBase)
    if hint is Callable or origin is Callable:
        return callable(value)
    if typing.is_typeddict(hint):
        return isinstance(value, dict)
    kind = origin or hint
    if getattr(kind, "_is_protocol", False) and not getattr(kind, "_is_runtime_protocol", False):
        return all(hasattr(value, name) for name in vars(kind) if not name.startswith("_"))
    return isinstance(value, kind) and (not parts or _items_fit(origin, parts, value))


def _items_fit(origin: type, parts: tuple[Any, ...], value: Any) -> bool:
    if origin is tuple and ... not in parts:
        return len(parts) == len(value) and all(map(admits, parts, value))
    if issubclass(origin, Mapping):
        return all(admits(parts[0], key) and admits(parts[1], item) for key, item in value.items())
    if issubclass(origin, Iterable) and isinstance(
        value, str | bytes | bytearray | list | tuple | set | frozenset | dict
    ):
        return all(admits(parts[0], item) for item in list(value)[:1] if item is not value)
    return True
