"""Texts and numbers of callers' own types, such as enums, as plain ones."""

from __future__ import annotations

from typing import Any, Final

MOST_ITEMS: Final = 1_000_000
"""Items of an iterable that are read at most: one that does not end would fill the memory."""
SMALLEST: Final = -(2**63)
LARGEST: Final = 2**64 - 1

BUILT_IN: Final = frozenset({bool, bytes, dict, float, int, list, str, tuple, type(None)})
"""Types whose values are as they are."""


def plain_scalar(value: Any) -> Any:
    """Return an instance of a subclass of str, int or float, such as an enum, as one of that very type.

    The text of such an instance need not be its value: ``f"{Colour.RED}"`` is ``Colour.RED`` for a ``str, Enum``.
    """
    if type(value) in BUILT_IN:
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int.__int__(value)
    return float.__float__(value) if isinstance(value, float) else value
