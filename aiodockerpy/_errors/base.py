"""The base of every exception."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Self, TypeVar

T = TypeVar("T", bound="DockerException")


class DockerException(Exception):
    """The base of every exception of this library.

    Every exception can be pickled and copied, with its attributes and notes. An attribute that cannot be pickled is
    replaced by its ``repr`` in the pickled form.
    """

    __module__ = "aiodockerpy.errors"  # which exports every exception, and by which it is pickled and shown

    def __init_subclass__(cls) -> None:
        if cls.__module__ == f"{__package__}.misuse":
            cls.__module__ = DockerException.__module__

    def __str__(self) -> str:
        return printable(super().__str__())

    def __reduce__(self) -> tuple[Any, ...]:
        state = {name: _portable(value) for name, value in self.__dict__.items()}
        return _restore, (type(self), self.args, state)

    def __copy__(self) -> Self:
        return _restore(type(self), self.args, self.__dict__)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return copy.copy(self)  # the copy is not changed either


def printable(text: str) -> str:
    """Return a text that can be encoded: the names of files may hold surrogates, which files and pipes refuse."""
    return text.encode(errors="backslashreplace").decode()


def _portable(value: object) -> object:
    """Return a value that can be pickled: the value itself, or its ``repr``."""
    import pickle

    try:
        pickle.dumps(value)
    except Exception:  # noqa: BLE001 - whatever a foreign object raises, the error around it can be sent
        return repr(value)
    return value


def _restore(kind: type[T], args: tuple[Any, ...], state: Mapping[str, Any]) -> T:
    """Restore an exception without its constructor, whose arguments are not the ``args``."""
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(state)
    return error
