"""Errors about values that a caller passed: which parameter, what was given, and what is needed."""

from __future__ import annotations

import re
import reprlib
from dataclasses import KW_ONLY, dataclass
from typing import Any, Final

from aiodockerpy.errors import InvalidArgument, InvalidValue, NullResource, WrongType

_SECRET: Final = frozenset(
    {
        "auth",
        "attrs",
        "auth_config",
        "auth_configs",
        "build_args",
        "buildargs",
        "credentials",
        "credstore_env",
        "data",
        "env",
        "environment",
        "headers",
        "frontend_attrs",
        "helper_environment",
        "identity_token",
        "input",
        "join_token",
        "key",
        "password",
        "registry_token",
        "secrets",
        "signing_ca_key",
        "unlock_key",
    }
)
"""Parameters whose values appear in no message."""


class _Short(reprlib.Repr):
    def repr_instance(self, x: object, level: int) -> str:
        return re.sub(" at 0x[0-9a-fA-F]+", "", super().repr_instance(x, level))


_SHORT: Final = _Short()
_SHORT.maxstring = _SHORT.maxother = 60
_SHORT.maxlevel = 3


@dataclass(eq=False, repr=False)
class Unfit(Exception):  # noqa: N818 - never leaves the library
    """A value that does not fit what is needed; `error` makes the exception that the caller sees.

    Args:
        value: What was given.
        wanted: What is needed, as a phrase: ``"a whole number"``; empty if the kind of argument adds it and the value.
        path: Where the value is inside the argument, for example ``"[0].target"``.
        is_type: Whether the value has the wrong type; otherwise its type is right and the value is not.
        secret: Whether the value appears in no message.
        problem: What is wrong, instead of the value and what is needed.
        is_null: Whether it is an id or name that is empty.
    """

    value: object = None
    wanted: str = ""
    _: KW_ONLY
    path: str = ""
    is_type: bool = True
    secret: bool = False
    problem: str = ""
    is_null: bool = False

    def __post_init__(self) -> None:
        self.args = (self.wanted,)  # not the value, which may be secret

    def inside(self, path: str) -> Unfit:
        """Add where the value is: in another one, at ``path``."""
        self.path = path + self.path
        return self

    def error(self, name: str, function: str = "") -> InvalidArgument:
        """Create the exception for the parameter of that name."""
        given = _kind(self.value) if self.secret or name in _SECRET else shown(self.value)
        where = f"{function}() " if function else ""
        message = f"{where}{name}{self.path} {self.problem or f'must be {self.wanted}, not {given}'}"
        if self.is_null:
            return NullResource(message)
        return WrongType(message) if self.is_type else InvalidValue(message)


def shown(value: object) -> str:
    """Return a short text of any value, and its type where the text does not show it."""
    if value is None or isinstance(value, bool):
        return repr(value)
    try:
        text = _SHORT.repr(value)
    except Exception:  # noqa: BLE001 - repr() of the caller's own types, and of numbers with thousands of digits
        return _kind(value)
    return text if isinstance(value, str | bytes | list | dict | tuple | set) else f"{text} ({type(value).__name__})"


def _kind(value: Any) -> str:
    return "None" if value is None else f"a value of type {type(value).__name__}"
