"""Models that are read as far as they are looked at."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, Self, TypeGuard, Union, cast, get_args, get_origin

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import from_json

from aiodockerpy._protocol.json_paths import is_list
from aiodockerpy.models._base import AS_SENT, JsonValue, Model, plain, wire_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["LazyModel", "LowerLazyModel"]

_UNREAD: Final = "_unread"
_FIELDS: Final[Any] = BaseModel.__dict__["__dict__"]
_fields: Final[Callable[[BaseModel], dict[str, Any]]] = _FIELDS.__get__
"""Give the fields of an instance as they are, read or not."""
_new: Final = object.__new__
"""What pydantic's models inherit; by way of the class it would be looked up in all its bases each time."""


class LazyModel(Model):
    """A model that reads each field of an answer when it is first asked for.

    For objects that are read by the thousand and mostly not looked at entirely. It behaves as any other
    model; whatever needs all fields, such as comparing or printing it, reads them all.
    """

    @classmethod
    def build_reader(cls, *, many: bool = False) -> None:
        """Build nothing: an answer is read without a schema, and each field makes its own."""

    @classmethod
    def build_all(cls) -> None:
        """Build what reads each field, too."""
        super().build_all()
        for base in cls.__mro__:
            for field in vars(base).values():
                if isinstance(field, _Field):
                    field.build()

    @classmethod
    def from_wire(cls, body: bytes | str, *, operation: str = "") -> Self:
        """Read an answer of the engine, as far as the names of its fields.

        Raises:
            UnexpectedResponse: The body is no JSON object.
        """
        try:
            value = from_json(body, allow_inf_nan=False)
        except ValueError:
            value = None
        if _is_dict(value):
            return cls.unread(value)
        return super().from_wire(body, operation=operation)  # raises what is wrong

    @classmethod
    def many_from_wire(cls, body: bytes | str) -> Sequence[Self] | None:
        """Read an answer that is a list of such objects; ``None`` if it is something else."""
        try:
            return cls.many_unread(from_json(body, allow_inf_nan=False))
        except ValueError:
            return None

    @classmethod
    def many_unread(cls, value: object) -> list[Self] | None:
        """Create models from a list of JSON objects; ``None`` if it is something else."""
        if not (is_list(value) and all(map(_is_dict, value))):
            return None
        return [cls.unread(item) for item in cast("list[dict[str, Any]]", value)]

    @classmethod
    def unread(cls, value: dict[str, Any]) -> Self:
        """Create a model from a JSON object, which it owns."""
        self = _new(cls)
        _fields(self)[_UNREAD] = value
        return self

    @property
    def as_sent(self) -> Mapping[str, Any]:
        """The JSON object, as long as nothing needed all fields."""
        return _fields(self).get(_UNREAD) or self.to_dict()

    def to_dict(self) -> dict[str, JsonValue]:
        """Return the JSON object as it was received; what was not read yet need not be read for that."""
        fields = _fields(self)
        if len(fields) == 1 and _UNREAD in fields:
            return cast("dict[str, JsonValue]", plain(fields[_UNREAD]))
        return super().to_dict()

    def _was_given(self, field: str, name: str) -> bool:
        unread = _fields(self).get(_UNREAD)
        return super()._was_given(field, name) if unread is None else name in unread

    if not TYPE_CHECKING:  # for type checkers it is a model as any other

        @property
        def __dict__(self) -> dict[str, Any]:
            fields = _fields(self)
            if _UNREAD in fields:
                _read_all(self, fields)
            return _fields(self)

        @__dict__.setter
        def __dict__(self, fields: dict[str, Any]) -> None:
            _FIELDS.__set__(self, fields)

        def __getattr__(self, name: str) -> Any:
            """Read everything: this is not a field, but what pydantic keeps beside them, or nothing at all."""
            fields = _fields(self)
            if _UNREAD not in fields:
                return super().__getattr__(name)
            _read_all(self, fields)
            return getattr(self, name)

        def __delattr__(self, name: str) -> None:
            _ = self.__dict__  # what is read cannot come back
            super().__delattr__(name)

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        names = wire_names(cls)
        for name, info in cls.model_fields.items():
            setattr(cls, name, _Field(name, names[name], info.annotation))


class LowerLazyModel(LazyModel):
    """Such a model of the families whose wire names are the attributes' own names."""

    model_config: ClassVar[ConfigDict] = ConfigDict(alias_generator=None)


_Read = Callable[[Any], Any]


class _Field:
    """A field that was not read yet; once it was, Python finds it at the instance and does not come here."""

    __slots__ = ("_annotation", "_name", "_plain", "_read", "_wire")

    def __init__(self, name: str, wire: str, annotation: Any) -> None:
        self._name = name
        self._wire = wire
        self._annotation = annotation
        self._plain: type | None = None
        self._read: _Read = self._read_first

    def __get__(self, model: LazyModel | None, kind: type[LazyModel]) -> Any:
        if model is None:
            raise AttributeError(self._name, name=self._name, obj=kind)
        fields = _fields(model)
        try:
            value = fields[_UNREAD].get(self._wire)
            if type(value) is not self._plain and value is not None:
                value = self._read(value)
        except ValidationError:  # it is read with the rest
            _read_all(model, fields)
            return getattr(model, self._name)
        except KeyError:  # deleted
            raise AttributeError(self._name, name=self._name, obj=model) from None
        fields[self._name] = value
        return value

    def build(self) -> None:
        """Find out how it is read; that takes so long that it is left to the first use."""
        self._plain, self._read = _reading(self._annotation)

    def _read_first(self, value: Any) -> Any:
        self.build()
        return self._read(value)


def _reading(annotation: Any) -> tuple[type | None, _Read]:
    """Return how a field is read: what type of value needs nothing, and what reads all others.

    What fits as it is is only looked at, pydantic does the rest.
    """
    validator: Any = None  # most values need none, and making one takes long

    def validated(value: Any) -> Any:
        nonlocal validator
        if validator is None:
            validator = TypeAdapter(annotation).validator
        return validator.validate_python(value, **AS_SENT)

    kind = _bare(annotation)
    if kind in _PLAIN:
        return kind, validated
    outer = get_origin(kind)
    inner = _bare(get_args(kind)[-1]) if outer in {list, dict} else kind
    if inner in _PLAIN:
        return None, _plain_items(outer, inner, validated)
    if isinstance(inner, type) and issubclass(inner, LazyModel):
        return None, _LAZY[outer](inner, validated)
    return None, validated


_PLAIN: Final = frozenset({str, int, bool})


def _plain_items(outer: type | None, item: type, other: _Read) -> _Read:
    only = frozenset({item})
    if outer is dict:
        return lambda value: value if _is_dict(value) and only.issuperset(map(type, value.values())) else other(value)
    return lambda value: value if is_list(value) and only.issuperset(map(type, value)) else other(value)


def _is_dict(value: object) -> TypeGuard[dict[str, Any]]:
    return type(value) is dict


def _lazy(kind: type[LazyModel], other: _Read) -> _Read:
    return lambda value: kind.unread(value) if _is_dict(value) else other(value)


def _lazy_list(kind: type[LazyModel], other: _Read) -> _Read:
    return lambda value: found if (found := kind.many_unread(value)) is not None else other(value)


def _lazy_dict(kind: type[LazyModel], other: _Read) -> _Read:
    def read(value: Any) -> Any:
        if _is_dict(value) and all(map(_is_dict, value.values())):
            return {key: kind.unread(item) for key, item in value.items()}
        return other(value)

    return read


_LAZY: Final = {None: _lazy, list: _lazy_list, dict: _lazy_dict}


def _bare(annotation: Any) -> Any:
    """Exclude ``None``, and the words of an open enumeration."""
    if get_origin(annotation) not in {Union, types.UnionType}:
        return annotation
    parts = [part for part in get_args(annotation) if part is not type(None)]
    if str in parts:
        parts = [part for part in parts if get_origin(part) is not Literal]
    return parts[0] if len(parts) == 1 else annotation


def _read_all(model: LazyModel, fields: dict[str, Any]) -> None:
    """Read what is left, and what does not fit as every model does; what was given away already stays."""
    whole = type(model).from_value(fields.pop(_UNREAD))
    given = dict(fields)
    model.__setstate__(whole.__getstate__())
    _fields(model).update(given)
