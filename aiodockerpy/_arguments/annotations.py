"""The kind of an argument, read from its annotation, so that the signature is what is checked."""

from __future__ import annotations

import builtins
import datetime as dt
import os
import re
import typing
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import NoneType, SimpleNamespace, UnionType
from typing import IO, Annotated, Any, BinaryIO, Final, Literal, NamedTuple, TextIO, Union, get_args, get_origin

from aiodockerpy import models
from aiodockerpy._arguments import kinds, objects
from aiodockerpy._arguments.kinds import Kind
from aiodockerpy._protocol.ordered import order_counts
from aiodockerpy._protocol.query import FilterValue

_SIMPLE: Final[dict[Any, Kind]] = {
    Any: kinds.ANYTHING,
    Callable: objects.instance(typing.cast("type", Callable), "a function"),
    IO: kinds.FILE,
    BinaryIO: kinds.FILE,
    TextIO: kinds.TEXT_FILE,
    NoneType: kinds.NULL,
    bool: kinds.FLAG,
    bytes: objects.bytes_of(bytes),
    dt.datetime: objects.instance(dt.datetime),
    float: kinds.FRACTION,
    int: kinds.NUMBER,
    object: kinds.ANYTHING,
    os.PathLike: kinds.PATH,
    Path: kinds.PATH.then(Path),
    re.Pattern: kinds.PATTERN,
    str: kinds.TEXT,
}

# Names whose kind is narrower than their type.
_NAMED: Final[dict[str, Any]] = {
    "ContainerPath": kinds.CONTAINER_PATH,
    "Command": kinds.either(kinds.TEXT, objects.instance(os.PathLike, "a list of texts"), kinds.WORDS),
    "Content": kinds.CONTENT,
    "Environment": kinds.ENVIRONMENT,
    "IdOrName": kinds.ID,
    "PlatformArgument": kinds.PLATFORM,
    "Cells": kinds.CELLS,
    "Count": kinds.COUNT,
    "Duration": kinds.SECONDS,
    "FileMode": kinds.FILE_MODE,
    "Grace": kinds.GRACE,
    "Owner": kinds.OWNER,
    "PositiveDuration": kinds.SOME_SECONDS,
    "PositiveInt": kinds.POSITIVE,
    "Seconds": kinds.WHOLE_SECONDS,
    "KeyValues": kinds.KEY_VALUES,
    "Nanoseconds": kinds.NANOSECONDS,
    "Size": kinds.SIZE,
    "Labels": kinds.LABELS,
    "TimeBound": kinds.TIME,
}

# Where names are that modules import for type checkers only; other names are those of models, or of `_MODULES`.
_HOMES: Final[dict[str, str]] = {
    "AuthConfig": "aiodockerpy._config.auth",
    "Console": "rich.console",
    "Filters": "aiodockerpy.models.filters:ContainerListFilters",
    "Isolation": "aiodockerpy.models._words",
    "MeterProvider": "opentelemetry.metrics",
    "NetworkScope": "aiodockerpy.models._words",
    "Path": "pathlib",
    "Program": "aiodockerpy.testing._programs.process",
    "TracerProvider": "opentelemetry.trace",
}
_OPTIONAL_PATH: Final = frozenset({str, os.PathLike[str], NoneType})
_HOLD_BYTES: Final = (bytes, bytearray, memoryview)
_LIBRARY: Final = frozenset({"asyncio", "builtins", "os", "re", "ssl"})
_PACKAGES: Final = frozenset({"resources", "streams"})
"""Packages of this library that annotations name: ``resources.Image``."""
_MODULES: Final = (
    "builtins",
    "collections.abc",
    "datetime",
    "os",
    "typing",
    "aiodockerpy.models.filters",
    "aiodockerpy.resources",
    "aiodockerpy.types",
    "aiodockerpy.streams",
    "aiodockerpy.errors",
    "aiodockerpy.api",
    "aiodockerpy",
    "aiodockerpy.buildkit",
    "aiodockerpy.hooks",
)


class _Model(NamedTuple):
    """A class of `aiodockerpy.models` by its name: it is imported when an argument is one."""

    name: str


class _Models:
    """The module of models, for annotations such as ``models.Mount``."""

    def __getattr__(self, name: str) -> Any:
        in_own_file = _HOMES.get(name, "").startswith("aiodockerpy.models.")
        return _imported(name) if in_own_file or _is_filters(name) else Annotated[object, _Model(name)]


class _Names(dict[str, Any]):
    """The names that an annotation uses: those of its module, and those imported for type checkers only."""

    def __init__(self, module: Mapping[str, Any]) -> None:
        super().__init__()
        self._module = module

    def __missing__(self, name: str) -> Any:
        if name in _NAMED:
            return Annotated[object, _NAMED[name]]
        if name == "models":
            return _Models()
        found = self._module[name] if name in self._module else _imported(name)
        if not isinstance(found, str):
            return found
        holder = SimpleNamespace(__annotations__={name: found})
        return typing.get_type_hints(holder, localns=self, include_extras=True)[name]


def _imported(name: str) -> Any:
    if name in _HOMES:
        home, _, original = _HOMES[name].partition(":")
        return getattr(import_module(home), original or name)
    if name in _LIBRARY:
        return import_module(name)
    if name in _PACKAGES:
        return import_module(f"aiodockerpy.{name}")
    if name in dir(models) and not _is_filters(name):
        return Annotated[object, _Model(name)]
    for module in map(import_module, _MODULES):
        if name in getattr(module, "__all__", ()) or name in vars(module):
            return getattr(module, name)
    raise NameError(f"the annotation {name!r} has no home: add it to _HOMES")


def _is_filters(name: str) -> bool:
    from aiodockerpy.models import filters

    return name in filters.__all__


def kinds_of(annotations: Mapping[str, Any], module: Mapping[str, Any]) -> dict[str, Kind]:
    """Return the kind of every annotated argument.

    Args:
        annotations: The annotations by the arguments' names.
        module: The names of their module.
    """
    names = _Names(module)
    holder = SimpleNamespace(__annotations__=dict(annotations))
    hints = typing.get_type_hints(holder, globalns=dict(vars(builtins)), localns=names, include_extras=True)
    return {name: _in_order(name, kind_of(hint)) for name, hint in hints.items()}


def _in_order(name: str, kind: Kind) -> Kind:
    """Return the kind of an argument of that name, which is no set if the order counts."""
    return kinds.in_order(kind) if kind is not kinds.ANYTHING and order_counts(name) else kind


def kind_of(hint: Any) -> Kind:
    """Return the kind of a type."""
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return next((kind for kind in map(_annotated, hint.__metadata__) if kind is not None), kinds.ANYTHING)
    if origin in {Union, UnionType}:
        return _union(parts)
    if origin is Literal:
        return kinds.choice(parts)
    if origin is tuple:
        if ... not in parts:
            return kinds.pair(tuple(map(kind_of, parts)))
        return kinds.either(objects.instance(tuple), kinds.items(kind_of(parts[0])))
    if origin in {list, Sequence, Iterable, Collection}:
        return kinds.items(_inner(parts[0]))
    if origin in {dict, Mapping}:
        return kinds.mapping(_inner(parts[0]), _inner(parts[1]))
    return _SIMPLE.get(origin) or _class(origin if isinstance(origin, type) else hint)


def _annotated(extra: object) -> Kind | None:
    if isinstance(extra, _Model):
        return objects.model(extra.name)
    return extra if isinstance(extra, Kind) else None


def _inner(hint: Any) -> Kind:
    """Convert numbers inside lists and mappings to text: ``["sleep", 5]``, ``{"max-file": 3}``."""
    return kinds.TOLERANT_TEXT if hint is str else kind_of(hint)


def _union(parts: Sequence[Any]) -> Kind:
    """Return the kind of a union.

    ``Mapping[str, Any]`` beside a model holds its fields, and is converted to the model; any other mapping is kept.
    Where a number is possible, 1 is not read as True. An optional path that is empty text is none, as in docker-py.
    """
    if _OPTIONAL_PATH.issubset(parts) and len(parts) == len(_OPTIONAL_PATH):
        return kinds.OPTIONAL_PATH
    if any(get_origin(part) in {os.PathLike, re.Pattern} for part in parts):  # they take text too
        parts = [part for part in parts if part is not str]
    holders = [part for part in parts if part in _HOLD_BYTES]
    if len(holders) > 1 and str not in parts:
        others = [kind_of(part) for part in parts if part not in _HOLD_BYTES]
        return kinds.either(objects.bytes_of(*holders), *others)
    if any(map(_is_model, parts)):
        parts = [part for part in parts if part != Mapping[str, Any]]
    raw = any(get_origin(part) is Mapping for part in parts)
    exact = {part for part in parts if (raw and _is_model(part)) or (part is bool and int in parts)}
    return kinds.either(*(_exactly(part) if part in exact else kind_of(part) for part in parts))


def _exactly(hint: Any) -> Kind:
    return objects.model_only(_model_name(hint)) if _is_model(hint) else objects.instance(hint)


def _class(hint: Any) -> Kind:
    if typing.is_typeddict(hint):  # of filters
        return kinds.mapping(kinds.TEXT, kind_of(FilterValue))
    if _is_model(hint):
        return objects.model(_model_name(hint))
    if not isinstance(hint, type):
        return kinds.ANYTHING
    if getattr(hint, "_is_protocol", False) and not getattr(hint, "_is_runtime_protocol", False):
        return objects.structure(hint)
    return objects.instance(hint)


def _is_model(hint: Any) -> bool:
    return bool(_model_name(hint))


def _model_name(hint: Any) -> str:
    """Return the name of a model, or nothing if the hint is not one."""
    if get_origin(hint) is Annotated:
        return next((extra.name for extra in hint.__metadata__ if isinstance(extra, _Model)), "")
    return hint.__name__ if isinstance(hint, type) and hasattr(hint, "from_wire") else ""
