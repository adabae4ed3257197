"""Answers that are lists."""

from __future__ import annotations

from typing import TypeVar, cast

from aiodockerpy._protocol.json_list import read_in_parts
from aiodockerpy._protocol.json_paths import is_list
from aiodockerpy.models._base import Model, fitting_list, kind_name, load, unexpected

T = TypeVar("T")


def build_reader(kind: type[object]) -> None:
    """Build what reads a list of a kind, if that is a model."""
    if issubclass(kind, Model):
        kind.build_reader(many=True)


def list_from_wire(kind: type[T], body: bytes | str, *, operation: str = "") -> list[T]:
    """Read an answer that is a list; Go's null is the empty list.

    Args:
        kind: A model, or a plain type such as ``str``.
        body: The JSON.
        operation: Named in the exception.

    Raises:
        UnexpectedResponse: The body is not a JSON list, or an item is not a JSON object where the model requires one.
    """
    if (found := _fitting(kind, body)) is not None:
        return found
    value = load(body, operation)
    if value is None:
        return []
    if not is_list(value):
        raise unexpected(operation, f"is not a list but {kind_name(value)}", body)
    if issubclass(kind, Model):
        return [cast("T", kind.from_value(item, operation=operation)) for item in value]
    return cast("list[T]", value)


def long_list_from_wire(kind: type[T], body: bytes, *, operation: str = "") -> list[T]:
    """Read a list as `list_from_wire` does, in parts: while pydantic reads one, no other thread runs."""
    found = read_in_parts(body, lambda part: _fitting(kind, part))
    return found if found is not None else list_from_wire(kind, body, operation=operation)


def _fitting(kind: type[T], body: bytes | str) -> list[T] | None:
    """Read a list in one pass; ``None`` if it is not one, or if something in it does not fit."""
    return cast("list[T] | None", kind.many_from_wire(body) if issubclass(kind, Model) else fitting_list(kind, body))
