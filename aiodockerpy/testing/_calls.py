"""Which operations were called."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiodockerpy.testing._core import Call

__all__ = ["check_called"]


def check_called(calls: Iterable[Call], operation: str, times: int | None) -> None:
    """Fail unless an operation was called.

    Args:
        calls: What was called.
        operation: A name in `aiodockerpy.api` or a pattern.
        times: How often; at least once if not given.

    Raises:
        AssertionError: So it was not.
    """
    names = [_name(call) for call in calls]
    count = sum(fnmatchcase(name, operation) for name in names)
    if (count != times) if times is not None else not count:
        wanted = f"{times} times" if times is not None else "at least once"
        shown = ", ".join(names) or "nothing"
        raise AssertionError(f"{operation} was called {count} times, not {wanted}; called were: {shown}")


def _name(call: Call) -> str:
    """Return the name of a call; ``images.pull`` and ``images.import_image`` are the two kinds of ``images.create``."""
    if call.operation == "images.create":
        return "images.import_image" if "fromSrc" in call.query else "images.pull"
    return call.operation
