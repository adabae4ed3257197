"""Models that are read as far as they are looked at."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Self, cast

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import from_json

from aiodockerpy._protocol.json_paths import is_object
from aiodockerpy.models._base import AS_SENT, LowerModel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiodockerpy.models._base import Model

__all__ = ["LazyModel"]

_UNREAD: Final = "_unread"
_FIELDS: Final[Any] = BaseModel.__dict__["__dict__"]
"""The fields of an instance as they are, read or not."""


class LazyModel(LowerModel):
    """A model that reads each field of an answer when it is first asked for.

    For what comes again and again, and of which nobody looks at everything. It behaves as any other model; whatever
    needs all fields, such as comparing or printing it, reads them all.
    """

    @classmethod
    def from_wire(cls, body: bytes | str, *, operation: str = "") -> Self:
        """Read an answer of the engine, as far as the names of its fields.

        Raises:
            UnexpectedResponse: The body is no JSON object.
        """
        try:
            value = from_json(body)
        except ValueError:
            value = None
        if not is_object(value):
            return super().from_wire(body, operation=operation)  # tells what is wrong
        self = cls.__new__(cls)
        _FIELDS.__get__(self)[_UNREAD] = value
        return self

    @property
    def as_sent(self) -> Mapping[str, Any]:
        """The JSON object, as long as nothing needed all fields."""
        return _FIELDS.__get__(self).get(_UNREAD) or self.to_dict()

    if not TYPE_CHECKING:  # for type checkers it is a model as any other

        @property
        def __dict__(self) -> dict[str, Any]:
            fields = _FIELDS.__get__(self)
            if _UNREAD in fields:
                _read_all(self, fields)
            return _FIELDS.__get__(self)

        @__dict__.setter
        def __dict__(self, fields: dict[str, Any]) -> None:
            _FIELDS.__set__(self, fields)

        def __getattr__(self, name: str) -> Any:
            """Read what is not there yet: a field, or everything."""
            fields = _FIELDS.__get__(self)
            unread = fields.get(_UNREAD)
            if unread is None:
                return super().__getattr__(name)
            if name in type(self).model_fields:
                with suppress(ValidationError):  # what does not fit is read with the rest
                    fields[name] = value = _read_one(type(self), name, unread.get(name))
                    return value
            _read_all(self, fields)
            return getattr(self, name)


@cache
def _validators(kind: type[Model]) -> Mapping[str, Callable[..., Any]]:
    return {
        name: TypeAdapter(cast("Any", info.annotation)).validator.validate_python
        for name, info in kind.model_fields.items()
    }


def _read_one(kind: type[Model], name: str, value: Any) -> Any:
    """Read one field; raise `ValidationError` if the value does not fit."""
    return None if value is None else _validators(kind)[name](value, **AS_SENT)


def _read_all(model: LazyModel, fields: dict[str, Any]) -> None:
    """Read what is left, and what does not fit as every model does; what was given away already stays."""
    whole = type(model).from_value(fields.pop(_UNREAD))
    given = dict(fields)
    model.__setstate__(whole.__getstate__())
    _FIELDS.__get__(model).update(given)
