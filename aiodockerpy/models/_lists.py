"""Answers that are lists."""

from __future__ import annotations

from typing import TypeVar, cast

from aiodockerpy._protocol.json_list import shorter_lists
from aiodockerpy._protocol.json_paths import is_list
from aiodockerpy.models._base import Model, fitting_list, kind_name, load, unexpected

__all__ = ["build_reader", "list_from_wire", "long_list_from_wire"]

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
        UnexpectedResponse: The body is not a JSON list, or an item is not a JSON object where the model wants one.
    """
    found = kind.many_from_wire(body) if issubclass(kind, Model) else fitting_list(kind, body)
    if found is not None:
        return cast("list[T]", found)
    value = load(body, operation)
    if value is None:
        return []
    if not is_list(value):
        raise unexpected(operation, f"is not a list but {kind_name(value)}", body)
    if issubclass(kind, Model):
        return [cast("T", kind.from_value(item, operation=operation)) for item in value]
    return cast("list[T]", value)


_VERY_LONG = 8 * 1024 * 1024
"""Bytes of a body that take some forty milliseconds at once; finding where to cut costs twice as much again."""


def long_list_from_wire(kind: type[T], body: bytes, *, operation: str = "") -> list[T]:
    """Read a list as `list_from_wire` does, a very long one in steps: while pydantic reads, no other thread runs."""
    if len(body) < _VERY_LONG:
        return list_from_wire(kind, body, operation=operation)
    items: list[T] = []
    try:
        for text in shorter_lists(body.decode()):
            items += list_from_wire(kind, text, operation=operation)
    except (ValueError, RecursionError):  # not a list, or broken: the error is that of any answer
        return list_from_wire(kind, body, operation=operation)
    return items
