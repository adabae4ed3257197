"""Decorators that check every argument of a public function by its annotation, before anything is sent."""

# Arguments have any type until they are checked, so the types of their parts are unknown to pyright.
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownLambdaType=false, reportUnknownParameterType=false

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable
from copy import copy
from functools import cache, cached_property, wraps
from itertools import chain, repeat
from typing import Any, Final, TypeVar

from aiodockerpy._arguments.annotations import kinds_of
from aiodockerpy._arguments.kinds import ANYTHING, Kind
from aiodockerpy._docker_py import removed_keywords, unknown_keyword, without_removed
from aiodockerpy._exhausted import reporting_exhaustion
from aiodockerpy._protocol.unfit import Unfit

C = TypeVar("C", bound=type)
F = TypeVar("F", bound="Callable[..., Any]")
T = TypeVar("T")

_NOTHING: Final = inspect.Parameter.empty


def checks_arguments(cls: C) -> C:
    """Check the arguments of every public method of a class, and of its constructor."""
    constructor = vars(cls).get("__init__")
    if constructor is not None:
        cls.__init__ = checked(constructor)  # type: ignore[misc]  # of this very class
    return checks_methods(cls)


def checks_methods(cls: C) -> C:
    """Check the arguments of every public method of a class that programs do not construct."""
    for name, value in list[tuple[str, Any]](vars(cls).items()):
        if name.startswith("_"):
            continue
        if type(value) in {classmethod, staticmethod}:
            setattr(cls, name, type(value)(checked(value.__func__)))
        elif inspect.isfunction(value):
            setattr(cls, name, checked(value))
    return cls


def checked(function: F) -> F:
    """Check the arguments of a function: each is brought into the form of its annotation, or refused.

    ``None`` stands for the default of a parameter that takes no ``None``.

    Raises:
        TypeError: An argument of the wrong type, or an unknown keyword; the message names the parameter.
        InvalidArgument: A value is invalid.
    """
    gate: _Gate | None = None

    @wraps(function)
    def wrapper(*args: Any, **keywords: Any) -> Any:
        nonlocal gate
        try:
            if gate is None:
                gate = _Gate(function)
            return function(*gate.positional(args), **(gate.by_name(keywords) if keywords else keywords))
        except OSError as error:  # modules are imported where they are first used
            with reporting_exhaustion():
                raise error from error.__cause__

    return wrapper  # type: ignore[return-value]  # the signature is the function's


def unchecked(part: T) -> T:
    """Return an object with the same state whose methods check nothing.

    For calls that this library makes by the hundred, with arguments that were checked before, or that it made itself.
    """
    found: T | None = vars(part).get("_unchecked")
    if found is None:
        kind: Any = type(part)
        found = vars(part)["_unchecked"] = copy(part)
        found.__class__ = _without_gates(kind)
    return found


@cache
def _without_gates(cls: type[Any]) -> type[Any]:
    methods = [(name, value) for base in reversed(cls.__mro__) for name, value in vars(base).items()]
    inside = {name: inspect.unwrap(value) for name, value in methods if inspect.isfunction(value)}
    return type(cls.__name__, (cls,), inside)


class _Argument:
    """One parameter. Its kind is worked out when the argument is first given, since most never are."""

    def __init__(self, function: str, parameter: inspect.Parameter, module: dict[str, Any]) -> None:
        self.function = function
        self.name = parameter.name
        self.default = parameter.default
        self._annotation = parameter.annotation
        self._module = module

    @cached_property
    def kind(self) -> Kind:
        if self._annotation is _NOTHING:
            return ANYTHING
        return kinds_of({self.name: self._annotation}, self._module)[self.name]

    @cached_property
    def exact(self) -> frozenset[Any] | None:
        """Types whose values need no reading; ``None`` for all."""
        return None if self.kind is ANYTHING else self.kind.exact

    def read(self, value: object) -> Any:
        try:
            return self.kind.read(value)
        except Unfit as unfit:
            if value is None and self.default is not _NOTHING:
                return self.default
            problem = unfit.error(self.name, self.function)
        raise problem


class _Gate:
    """The parameters of a function."""

    def __init__(self, function: Callable[..., Any]) -> None:
        parameters = inspect.signature(function).parameters.values()
        module = vars(sys.modules[function.__module__])
        name = function.__name__ if function.__name__ != "__init__" else function.__qualname__.split(".")[-2]
        made = {one.name: _Argument(name, one, module) for one in parameters}
        self._name = name
        self._named = made
        self._open = any(one.kind is one.VAR_KEYWORD for one in parameters)
        self._removed = removed_keywords(function)
        placed = (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD) if (one := next(iter(parameters), None)) else ()
        self._placed = [made[one.name] for one in parameters if one.kind in placed]
        self._rest = next((made[one.name] for one in parameters if one.kind is one.VAR_POSITIONAL), None)

    def positional(self, args: tuple[Any, ...]) -> Iterable[Any]:
        """Read the arguments that were given by position."""
        changed: list[Any] | None = None
        for at, (value, argument) in enumerate(zip(args, chain(self._placed, repeat(self._rest)), strict=False)):
            if argument is None or (exact := argument.exact) is None or type(value) in exact:
                continue
            read = argument.read(value)
            if read is not value:
                changed = changed or list(args)
                changed[at] = read
        return changed or args

    def by_name(self, keywords: dict[str, Any]) -> dict[str, Any]:
        """Read the arguments that were given by name."""
        if not self._removed.keys().isdisjoint(keywords):
            keywords = without_removed(self._name, keywords, self._removed)
        for name, value in keywords.items():
            argument = self._named.get(name)
            if argument is None:
                if not self._open:
                    raise unknown_keyword(self._name, name, self._named)
            elif (exact := argument.exact) is not None and type(value) not in exact:
                keywords[name] = argument.read(value)
        return keywords
