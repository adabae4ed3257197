"""Call functions that the caller passes, and check their results."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, TypeVar

from aiodockerpy.errors import WrongType

if TYPE_CHECKING:
    from collections.abc import Callable

A = TypeVar("A")
T = TypeVar("T")


def at_once(function: Callable[[A], T], argument: A, parameter: str) -> T:
    """Call a function of the caller, and return its result, which need not be awaited.

    A coroutine counts as true and does nothing, so that an async function would pass for a condition that holds.

    Args:
        function: What the caller passed.
        argument: What it is called with.
        parameter: The parameter that it was passed for: ``"wait_until() look"``.

    Raises:
        WrongType: The result is a coroutine, a handle, or something else that is to be awaited; it is closed.
        RuntimeError: It raised StopAsyncIteration, which would end the iteration of a handle as if all had come.
    """
    try:
        result = function(argument)
    except StopAsyncIteration as error:
        raise RuntimeError(f"{parameter} raised StopAsyncIteration") from error
    if not inspect.isawaitable(result):
        return result
    close = getattr(result, "close", None)
    if close is not None:
        close()
    kind = type(result).__name__
    raise WrongType(f"{parameter} must be a function that returns its result at once, not one to be awaited ({kind})")
