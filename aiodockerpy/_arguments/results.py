"""Check the results of functions that the caller passes."""

from __future__ import annotations

import inspect
from typing import TypeVar

from aiodockerpy.errors import WrongType

T = TypeVar("T")


def at_once(result: T, parameter: str) -> T:
    """Return what a function of the caller returned, if it need not be awaited.

    A coroutine counts as true and does nothing, so that an async function would pass for a condition that holds.

    Args:
        result: What it returned.
        parameter: The parameter that is the function: ``"wait_until() look"``.

    Raises:
        WrongType: It is a coroutine, a handle, or something else that is to be awaited; it is closed.
    """
    if not inspect.isawaitable(result):
        return result
    close = getattr(result, "close", None)
    if close is not None:
        close()
    kind = type(result).__name__
    raise WrongType(f"{parameter} must be a function that returns its result at once, not one to be awaited ({kind})")
