"""Places inside JSON values: finding them, and cutting them out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias, TypeGuard

Path: TypeAlias = tuple[str | int, ...]
"""Keys and indices that lead to a value."""


def is_object(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Return whether a value is a JSON object."""
    return isinstance(value, Mapping)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Return whether a value is a JSON list."""
    return isinstance(value, list)


def locate(value: object, location: Path) -> Path:
    """Follow the location of a validation error as far as it is a path of the value, without the steps unions add."""
    path: list[str | int] = []
    for step in location:
        if is_object(value) and step in value:
            value = value[str(step)]
        elif is_list(value) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            break
        path.append(step)
    return tuple(path)


def prune(value: object, aside: set[Path], path: Path = ()) -> object:
    """Copy a JSON value without the values at the given paths."""
    if not aside:
        return value
    if is_object(value):
        return {key: prune(item, aside, (*path, key)) for key, item in value.items() if (*path, key) not in aside}
    if is_list(value):
        return [prune(item, aside, (*path, at)) for at, item in enumerate(value) if (*path, at) not in aside]
    return value


def order(path: Path) -> list[tuple[int, str]]:
    """Return the key that sorts paths by ascending indices."""
    return [(step, "") if isinstance(step, int) else (-1, step) for step in path]
