"""Errors with a hint for ``with`` and ``for`` where ``async with`` and ``async for`` are needed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

C = TypeVar("C", bound=type)


def hints_at_async(cls: C) -> C:
    """Let a class that is entered or iterated with ``async`` only say so; type checkers do not see these methods."""
    if hasattr(cls, "__aenter__"):
        setattr(cls, "__enter__", _enter)  # noqa: B010 - the name is no attribute of `type`
        setattr(cls, "__exit__", _leave)  # noqa: B010
    if hasattr(cls, "__aiter__"):
        setattr(cls, "__iter__", _iterate)  # noqa: B010
    return cls


def _enter(self: object) -> object:
    raise TypeError(f"{type(self).__name__!r} object is entered with 'async with'")


def _leave(self: object, *_: object) -> None:
    """Exist, since Python looks for this method before it enters anything."""


def _iterate(self: object) -> Iterator[Any]:
    """Raise at the first step, since ``b"".join`` and the like replace an error that is raised before."""
    yield from ()
    instead = ", or await it for the whole" if hasattr(self, "__await__") else ""
    raise TypeError(f"{type(self).__name__!r} object is not iterable: use 'async for'{instead}")
