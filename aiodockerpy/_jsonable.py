"""JSON of everything that the library returns, for ``json.dumps``, web frameworks and server-sent events."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable, Mapping, Set as AbstractSet
from datetime import date, timedelta
from pathlib import PurePath
from typing import Any, Final, TypeVar, cast

from aiodockerpy.errors import InvalidValue, WrongType

C = TypeVar("C", bound=type)

_SCALARS: Final = (str, int, float, bool, type(None))
_NAMES: Final[dict[type, tuple[str, ...]]] = {}
"""The attributes that are shown of each class of results."""
_SCHEMAS: Final[dict[str, dict[str, str]]] = {
    "str": {"type": "string"},
    "bytes": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "datetime": {"type": "string", "format": "date-time"},
    "Timestamp": {"type": "string", "format": "date-time"},
}


def jsonable(value: Any) -> Any:
    """Return what ``json.dumps`` takes for anything that the library returns, alone or inside lists and mappings.

    Models give the engine's own JSON, objects such as `Container <aiodockerpy.resources.Container>` their ``attrs``,
    results such as `JobResult <aiodockerpy.resources.JobResult>` an object of their attributes. Bytes are decoded as
    UTF-8, invalid ones replaced; times become RFC 3339 text, durations seconds.

    Example:
        .. code-block:: python

            json.dumps({"containers": jsonable(await client.containers.list())})

    Raises:
        WrongType: There is something else in it.
        InvalidValue: It holds itself, or is nested too deeply.
    """
    try:
        return _plain(value)
    except RecursionError:
        pass
    raise InvalidValue("value: it has no form in JSON: it holds itself, or is nested too deeply")


def _plain(value: Any) -> Any:
    if isinstance(value, _SCALARS):
        return value
    kind: type[Any] = value.__class__
    if (names := _names(kind)) is not None:
        return {name: _plain(getattr(value, name)) for name in names}
    for kinds, convert in _CONVERT:
        if isinstance(value, kinds):
            return convert(value)
    if callable(to_dict := getattr(kind, "to_dict", None)):
        return to_dict(value)
    if isinstance(attrs := getattr(kind, "attrs", None), property):
        return attrs.__get__(value)
    raise WrongType(f"value: an object of type {kind.__name__} has no form in JSON")


def dumps(value: Any) -> str:
    """Return JSON text of anything that the library returns; see `jsonable`.

    It is what aiohttp's ``json_response`` takes, and the data of a server-sent event: there are no line breaks in it.

    Example:
        .. code-block:: python

            return web.json_response(await client.containers.list(), dumps=docker.utils.dumps)

    Raises:
        WrongType: There is something else in it.
        InvalidValue: A number that JSON does not have, or what holds itself or is nested too deeply.
    """
    plain = jsonable(value)
    try:
        return json.dumps(plain, separators=(",", ":"), allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise InvalidValue(f"value: it has no form in JSON: {error}") from None


def dumpable(*more: str) -> Callable[[C], C]:
    """Register a class with `jsonable` and with web frameworks that use pydantic.

    Args:
        more: Properties that are shown beside the fields.
    """

    def register(cls: C) -> C:
        annotated = {name: None for kind in reversed(cls.__mro__) for name in _annotations(kind)}
        _NAMES[cls] = (*(name for name in annotated if not name.startswith("_")), *more)
        return for_pydantic(cls)

    return register


def _annotations(kind: type) -> Mapping[str, Any]:
    return inspect.get_annotations(kind) if kind.__module__.startswith("aiodockerpy.") else {}


def _names(kind: type) -> tuple[str, ...] | None:
    return next((_NAMES[base] for base in kind.__mro__ if base in _NAMES), None)


def for_pydantic(cls: C) -> C:
    """Define how pydantic dumps objects of a class, and the schema of the result."""

    def core_schema(*_: object) -> Any:
        from pydantic_core import core_schema

        dumped = core_schema.plain_serializer_function_ser_schema(jsonable)
        return core_schema.is_instance_schema(cls, serialization=dumped)

    def json_schema(*_: object) -> dict[str, Any]:
        properties = {name: _described(cls, name) for name in _names(cls) or ()}
        return {"title": cls.__name__, "type": "object", "properties": properties, "additionalProperties": True}

    hooks: Any = cls
    hooks.__get_pydantic_core_schema__ = core_schema
    hooks.__get_pydantic_json_schema__ = json_schema
    return cls


def _described(cls: type, name: str) -> dict[str, Any]:
    """Return the JSON schema of one attribute; an empty one allows anything."""
    hint = next((str(_annotations(kind)[name]) for kind in cls.__mro__ if name in _annotations(kind)), "")
    kind, _, optional = hint.partition(" | None")
    found = _SCHEMAS.get(kind if not optional else hint)
    if found is None:
        return {}
    return {"anyOf": [found, {"type": "null"}]} if hint.endswith(" | None") else dict(found)


def _text(value: bytes | bytearray | memoryview) -> str:
    return bytes(value).decode(errors="replace")


def _time(value: date) -> str:
    return cast("str", getattr(value, "text", None) or value.isoformat())


def _object(value: Mapping[Any, Any]) -> dict[str, Any]:
    return {key if isinstance(key, str) else str(key): _plain(item) for key, item in value.items()}


def _list(value: Iterable[Any]) -> list[Any]:
    return [_plain(item) for item in value]


_CONVERT: Final[tuple[tuple[Any, Callable[[Any], Any]], ...]] = (
    ((bytes, bytearray, memoryview), _text),
    (date, _time),
    (timedelta, timedelta.total_seconds),
    (PurePath, str),
    (Mapping, _object),
    ((list, tuple, AbstractSet), _list),
)
