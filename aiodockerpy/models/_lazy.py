"""Models whose fields are read from the JSON when they are first used."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, Self, TypeGuard, Union, cast, get_args, get_origin

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import from_json

from aiodockerpy._docker_py import DICT_METHODS
from aiodockerpy._protocol.json_paths import is_list
from aiodockerpy._protocol.timestamps import Timestamp
from aiodockerpy.models._base import AS_SENT, JsonValue, Model, plain, wire_names
from aiodockerpy.models._time import Time, parse_time

_FIELDS: Final[Any] = BaseModel.__dict__["__dict__"]
_fields: Final[Callable[[BaseModel], dict[str, Any]]] = _FIELDS.__get__
"""Give the fields of an instance as they are, read or not."""
_new: Final = object.__new__
"""Create an instance without its constructor; a look-up on the class would search all its bases each time."""


_ONLY_DICTS: Final = frozenset({dict})
_SCALARS: Final = frozenset({str, int, float, bool, type(None)})


class LazyModel(Model):
    """A model that reads each field of an answer when it is first asked for.

    For objects that are read by the thousand and usually not looked at entirely. It behaves as any other
    model; whatever needs all fields, such as comparing or printing it, reads them all.
    """

    if TYPE_CHECKING:
        _unread: ClassVar[dict[str, Any] | None]  # of an instance, but no argument of the constructor
    else:
        __slots__ = ("_unread",)  # the JSON object, until all fields are read

    @classmethod
    def build_reader(cls, *, many: bool = False) -> None:
        """Build nothing: an answer is read without a schema, and each field makes its own."""

    @classmethod
    def build_all(cls) -> None:
        """Build what reads each field, too."""
        super().build_all()
        for field in _declared(cls).values():
            field.build()

    @classmethod
    def from_wire(cls, body: bytes | str, *, operation: str = "") -> Self:
        """Read an answer of the engine, as far as the names of its fields.

        Raises:
            UnexpectedResponse: The body is not a JSON object.
        """
        try:
            value = from_json(body, allow_inf_nan=False)
        except ValueError:
            value = None
        if type(value) is dict:  # not by `unread`: streams of thousands a second come here
            self = _new(cls)
            _set_unread(self, value)
            return self
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
        if not (is_list(value) and _ONLY_DICTS.issuperset(map(type, value))):
            return None
        made: list[Self] = []
        for item in cast("list[dict[str, Any]]", value):  # not by `unread`, a call for each costs as much again
            self = _new(cls)
            _set_unread(self, item)
            made.append(self)
        return made

    @classmethod
    def unread(cls, value: dict[str, Any]) -> Self:
        """Create a model from a JSON object, which it owns."""
        self = _new(cls)
        _set_unread(self, value)
        return self

    @property
    def as_sent(self) -> Mapping[str, Any]:
        """The JSON object, as long as nothing needed all fields."""
        return self._unread or self.to_dict()

    def to_dict(self) -> dict[str, JsonValue]:
        """Return the JSON object as it was received; what was not read yet need not be read for that."""
        if self._unread is not None and not _fields(self):
            return cast("dict[str, JsonValue]", plain(self._unread))
        return super().to_dict()

    def __getitem__(self, name: str) -> Any:
        """Read a field by its name on the wire, as `Model` does; texts, numbers and booleans are not looked into."""
        if self._unread is not None:
            value = self._unread[name]
            if type(value) in _SCALARS:
                return value
        return super().__getitem__(name)

    def _was_given(self, field: str, name: str) -> bool:
        return super()._was_given(field, name) if self._unread is None else name in self._unread

    if not TYPE_CHECKING:  # for type checkers it is a model as any other

        @property
        def __dict__(self) -> dict[str, Any]:
            if self._unread is not None:
                _read_all(self, self._unread)
            return _fields(self)

        @__dict__.setter
        def __dict__(self, fields: dict[str, Any]) -> None:
            _FIELDS.__set__(self, fields)
            _set_unread(self, None)

        def __getattr__(self, name: str) -> Any:
            """Read everything: this is not a field, but what pydantic keeps beside them."""
            if name == "_unread":  # of an instance that pydantic has not filled yet
                return None
            unread = self._unread
            if unread is None or name in DICT_METHODS:
                return super().__getattr__(name)
            if name not in unread and not name.startswith("__pydantic_"):
                return super().__getattribute__(name)  # raises, as for every name that nothing has
            _read_all(self, unread)
            return getattr(self, name)

        def __delattr__(self, name: str) -> None:
            _ = self.__dict__  # what is read cannot come back
            super().__delattr__(name)

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        names = wire_names(cls)
        for name, info in cls.model_fields.items():
            setattr(cls, name, _Field(name, names[name], info.annotation))


_set_unread: Final = vars(LazyModel)["_unread"].__set__


class LowerLazyModel(LazyModel):
    """Such a model of the families whose wire names are the attributes' own names."""

    model_config: ClassVar[ConfigDict] = ConfigDict(alias_generator=None)


_Read = Callable[[Any], Any]


class _Field:
    """A field that is not kept at the instance, where Python would find it and not come here.

    Texts, numbers and booleans, and lists and objects of such, are taken from the JSON object each time: what does not
    fit in them stands as it came anyway. Everything else is read once, and kept.
    """

    __slots__ = ("_annotation", "_name", "_read", "as_sent", "wire")

    def __init__(self, name: str, wire: str, annotation: Any) -> None:
        self._name = name
        self._annotation = annotation
        self._read: _Read | None = None
        self.wire = wire
        self.as_sent: type | tuple[type, ...] = ()
        """Types of the values that are taken as they are; none until one is first looked at."""

    def __get__(self, model: LazyModel | None, kind: type[LazyModel]) -> Any:
        if model is None or (unread := model._unread) is None:  # noqa: SLF001 - of the class, or deleted
            raise AttributeError(self._name, name=self._name, obj=model or kind)
        value = unread.get(self.wire)
        if value is None or isinstance(value, self.as_sent):
            return value
        return self._kept(model, unread, value)

    def _kept(self, model: LazyModel, unread: dict[str, Any], value: Any) -> Any:
        read = self._read
        if read is None:
            self.build()
            return self.__get__(model, type(model))
        try:
            found = _fields(model)[self._name] = read(value)
        except ValidationError:  # it is read with the rest
            _read_all(model, unread)
            return getattr(model, self._name)
        return found

    def build(self) -> None:
        """Find out how it is read; that takes so long that it is left to the first use."""
        self.as_sent = _as_sent(self._annotation)
        self._read = _reading(self._annotation)


def _reading(annotation: Any) -> _Read:
    """Return what reads a value: what fits as it is is only looked at, pydantic does the rest."""
    validator: Any = None  # most values need none, and making one takes long

    def validated(value: Any) -> Any:
        nonlocal validator
        if validator is None:
            validator = TypeAdapter(annotation).validator
        return validator.validate_python(value, **AS_SENT)

    kind = _bare(annotation)
    outer = get_origin(kind)
    if kind in _TIMES:
        return _time(validated)
    if outer in {list, dict}:
        return _items(outer, get_args(kind)[-1], validated)
    if _is_lazy(kind):
        return _lazy(kind, validated)
    return validated


_PLAIN: Final = (str, int, bool, JsonValue)
_TIMES: Final = (Time, Timestamp)


def _as_sent(annotation: Any) -> type | tuple[type, ...]:
    """Return what a JSON value has to be for a field to have it as it came."""
    kind = _bare(annotation)
    if kind in _PLAIN:
        return object
    outer = get_origin(kind)
    return outer if outer in {list, dict} and _bare(get_args(kind)[-1]) in _PLAIN else ()


def _is_lazy(kind: Any) -> TypeGuard[type[LazyModel]]:
    return isinstance(kind, type) and issubclass(kind, LazyModel)


def _items(outer: type, item: Any, other: _Read) -> _Read:
    """Return what reads a list of objects or lists, or an object of such."""
    kind = _bare(item)
    if _is_lazy(kind):
        return (_lazy_dict if outer is dict else _lazy_list)(kind, other)
    read = _reading(item)
    if outer is dict:
        return lambda value: {key: read(each) for key, each in value.items()} if _is_dict(value) else other(value)
    return lambda value: [read(each) for each in value] if is_list(value) else other(value)


def _is_dict(value: object) -> TypeGuard[dict[str, Any]]:
    return type(value) is dict


def _time(other: _Read) -> _Read:
    def read(value: Any) -> Any:
        try:
            return parse_time(value) if type(value) is str else other(value)
        except ValueError:
            return other(value)

    return read


def _lazy(kind: type[LazyModel], other: _Read) -> _Read:
    def read(value: Any) -> Any:
        if type(value) is not dict:
            return other(value)
        model = _new(kind)
        _set_unread(model, value)
        return model

    return read


def _lazy_list(kind: type[LazyModel], other: _Read) -> _Read:
    return lambda value: found if (found := kind.many_unread(value)) is not None else other(value)


def _lazy_dict(kind: type[LazyModel], other: _Read) -> _Read:
    def read(value: Any) -> Any:
        if _is_dict(value) and _ONLY_DICTS.issuperset(map(type, value.values())):
            return {key: kind.unread(item) for key, item in value.items()}
        return other(value)

    return read


def _bare(annotation: Any) -> Any:
    """Exclude ``None``, and the words of an open enumeration."""
    if get_origin(annotation) not in {Union, types.UnionType}:
        return annotation
    parts = [part for part in get_args(annotation) if part is not type(None)]
    if str in parts:
        parts = [part for part in parts if get_origin(part) is not Literal]
    return parts[0] if len(parts) == 1 else annotation


def _read_all(model: LazyModel, unread: dict[str, Any]) -> None:
    """Read what is left, and what does not fit as every model does; what was given away already stays."""
    whole = type(model).from_value(unread)
    given = dict(_fields(model))
    for name, field in _declared(type(model)).items():
        if field.wire in unread and isinstance(unread[field.wire], field.as_sent):
            given[name] = unread[field.wire]
    model.__setstate__(whole.__getstate__())
    _fields(model).update(given)


@cache
def _declared(kind: type[LazyModel]) -> Mapping[str, _Field]:
    found = {name: value for base in reversed(kind.__mro__) for name, value in vars(base).items()}
    return {name: value for name, value in found.items() if isinstance(value, _Field)}
