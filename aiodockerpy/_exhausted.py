"""Errors of a process that has no file descriptor left, also where modules are imported with their first use."""

from __future__ import annotations

import errno
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextlib import contextmanager
from functools import cached_property, wraps
from importlib import import_module
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from aiodockerpy.errors import ConnectionFailed, DockerException

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


class _Part(importing_property[Any]):
    """A property that creates an object with its first use."""

    def __init__(self, kind: str | Callable[[Any], Any], argument: str) -> None:
        def create(owner: object) -> object:
            made = _imported(kind) if isinstance(kind, str) else kind
            return made(getattr(owner, argument) if argument else owner)

        super().__init__(create)

    def __set_name__(self, owner: type, name: str) -> None:
        super().__set_name__(owner, name)
        self.func.__annotations__ = {"return": owner.__annotations__[name]}


def _imported(path: str) -> Callable[[Any], Any]:
    module, _, name = path.rpartition(".")
    found: Callable[[Any], Any] = getattr(import_module(module), name)
    return found


def part(kind: str | Callable[[Any], Any], argument: str = "") -> Any:
    """Create a property whose value is an object that is created with its first use.

    Args:
        kind: The class, or the name of one with its module, which is imported then.
        argument: The attribute that the class is called with; the owner itself if empty.
    """
    return _Part(kind, argument)
