"""Errors of a process that has no file descriptor left, also where modules are imported with their first use."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from functools import cached_property, wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from aiodockerpy.errors import ConnectionFailed, DockerException

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Generator
    from typing import Any

__all__ = ["importing_property", "reporting_exhaustion", "reports_exhaustion"]

P = ParamSpec("P")
R = TypeVar("R")

_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE})


@contextmanager
def reporting_exhaustion() -> Generator[None]:
    """Raise `ConnectionFailed` where the process, or the system, has no file descriptor left.

    Raises:
        ConnectionFailed: Nothing was sent.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _EXHAUSTED or isinstance(error, DockerException):
            raise
        raise ConnectionFailed(f"nothing was sent: {error.strerror}") from error


def reports_exhaustion(function: Callable[P, Awaitable[R]]) -> Callable[P, Coroutine[Any, Any, R]]:
    """Apply `reporting_exhaustion` to an async function that imports modules or reads files."""

    @wraps(function)
    async def reporting(*args: P.args, **keywords: P.kwargs) -> R:
        with reporting_exhaustion():
            return await function(*args, **keywords)

    return reporting


if TYPE_CHECKING:
    importing_property = cached_property
else:

    class importing_property(cached_property):  # noqa: N801 - as functools' own
        """A ``functools.cached_property`` whose function imports the module that it needs."""

        def __get__(self, instance: object, owner: type | None = None) -> object:
            """Return the value, made with the first use."""
            with reporting_exhaustion():
                return super().__get__(instance, owner)
