"""What docker-py's programs say that has another form here: they are told the form, by the exception."""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ANY", "Gone", "ported"]

P = ParamSpec("P")
R = TypeVar("R")


class _Any:
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = object.__hash__


ANY: Any = _Any()
"""Equal to everything."""


@dataclass(frozen=True, slots=True)
class Gone:
    """A keyword of docker-py that does not exist here.

    Attributes:
        instead: What to write.
        harmless: Values that ask for what happens anyway; they are accepted.
    """

    instead: str
    harmless: tuple[object, ...] = ()


def ported(**keywords: Gone) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a function refuse keywords of docker-py with the form that has taken their place.

    They are in no signature, so that editors and type checkers tell of them earlier.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            if not keywords.keys().isdisjoint(kwargs):
                for name in keywords.keys() & kwargs.keys():
                    if kwargs.pop(name) not in keywords[name].harmless:
                        raise TypeError(f"{function.__name__}() has no keyword {name!r}: {keywords[name].instead}")
            return function(*args, **kwargs)

        return checked

    return decorate
