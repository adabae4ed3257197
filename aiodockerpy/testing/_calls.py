"""Which operations were called."""

from __future__ import annotations

from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from aiodockerpy._protocol.operations import OPERATIONS
from aiodockerpy._protocol.unfit import shown
from aiodockerpy.errors import InvalidValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aiodockerpy.testing._core import Call

_KINDS = ("images.pull", "images.import_image")
"""The two kinds of ``images.create``."""


def check_operation(pattern: str) -> None:
    """Refuse a pattern that no operation has.

    Raises:
        InvalidValue: No operation has it.
    """
    names = [*(found.name for found in OPERATIONS.values()), *_KINDS]
    if not any(fnmatchcase(name, pattern) for name in names):
        near = get_close_matches(pattern, names, 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise InvalidValue(
            "operation must be a name in client.api or a pattern, such as 'containers.start', "
            f"not {shown(pattern)}{hint}"
        )


def kind_of(operation: str, query: Mapping[str, object]) -> str:
    """Return the name of a call, with the two kinds of ``images.create`` apart."""
    return operation if operation != "images.create" else _KINDS["fromSrc" in query]


def check_called(calls: Iterable[Call], operation: str, times: int | None) -> None:
    """Fail unless an operation was called.

    Args:
        calls: What was called.
        operation: A name in `aiodockerpy.api` or a pattern.
        times: How often; at least once if not given.

    Raises:
        AssertionError: It was not called, or not as often.
    """
    check_operation(operation)
    named = [(kind_of(call.operation, call.query), call.operation) for call in calls]
    names = [name for name, _ in named]
    count = sum(any(fnmatchcase(name, operation) for name in both) for both in named)
    if (count != times) if times is not None else not count:
        wanted = f"{times} times" if times is not None else "at least once"
        shown = ", ".join(names) or "nothing"
        raise AssertionError(f"{operation} was called {count} times, not {wanted}; called were: {shown}")
