"""Kinds of arguments that are objects: of a class, of a model, or with a member of a protocol."""

# Arguments have any type until they are checked, so the types of their parts are unknown to pyright.
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownLambdaType=false, reportUnknownParameterType=false

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiodockerpy import models
from aiodockerpy._arguments.kinds import Kind
from aiodockerpy._protocol.json_paths import is_object
from aiodockerpy._protocol.unfit import Unfit

if TYPE_CHECKING:
    from aiodockerpy.models._base import Model


def _with_article(name: str) -> str:
    return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"


def instance(kind: type, wanted: str = "") -> Kind:
    """Make the kind of values of a type."""

    def read(value: Any) -> Any:
        if not isinstance(value, kind):
            raise Unfit
        return value

    return Kind(wanted or _with_article(kind.__name__), read, frozenset({kind}))


def bytes_of(*kinds: type) -> Kind:
    """Make the kind of values of types that hold bytes; a memoryview of other items, or with steps, is copied."""
    wanted = " or ".join("bytes" if kind is bytes else _with_article(kind.__name__) for kind in kinds)

    def read(value: Any) -> Any:
        if isinstance(value, str):
            raise Unfit(
                value, wanted, problem=f"must be {wanted}, not text: encode it first, for example with .encode()"
            )
        if not isinstance(value, kinds):
            raise Unfit
        if not isinstance(value, memoryview):
            return value
        try:
            return value if value.c_contiguous and (value.format, value.ndim) == ("B", 1) else value.tobytes()
        except ValueError:
            raise Unfit(value, wanted, is_type=False, problem="is a memoryview that was released") from None

    return Kind(wanted, read)


def structure(protocol: type) -> Kind:
    """Create the kind of values that have a member of a protocol; which members are used depends on the call."""
    members = {
        name: callable(member)
        for base in protocol.__mro__[:-1]
        for name, member in vars(base).items()
        if not name.startswith("_")
    }

    def has(value: Any, name: str, *, method: bool) -> bool:
        return callable(getattr(value, name, None)) if method else hasattr(value, name)

    def read(value: Any) -> Any:
        if isinstance(value, type) or not any(has(value, name, method=method) for name, method in members.items()):
            raise Unfit
        return value

    return Kind(_with_article(protocol.__name__), read)


def model(name: str) -> Kind:
    """Create the kind of one request model of `aiodockerpy.models`; a mapping is converted.

    The class is imported when there is a value that can be one.
    """

    def read(value: Any) -> Any:
        if _is_one(value, name):
            return value
        if not is_object(value):
            raise Unfit
        return _model(name).made(value)

    return Kind(f"{_with_article(name)} or a mapping of its fields", read)


def model_only(name: str) -> Kind:
    """Make the kind of objects of one class of `aiodockerpy.models`."""

    def read(value: Any) -> Any:
        if _is_one(value, name):
            return value
        raise Unfit

    return Kind(_with_article(name), read)


def _is_one(value: object, name: str) -> bool:
    """Return whether a value is a model of this class; the class of a value that is a model is imported already."""
    return hasattr(type(value), "from_wire") and isinstance(value, _model(name))


def _model(name: str) -> type[Model]:
    found: type[Model] = getattr(models, name)
    return found
