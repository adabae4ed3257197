"""From Python values to the path and the query of a request."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol, TypeAlias, cast
from urllib.parse import quote

from aiodockerpy import errors

QueryScalar: TypeAlias = str | bool | int | float
QueryValue: TypeAlias = QueryScalar | Mapping[str, object] | Sequence[QueryScalar | Mapping[str, object]] | None
FilterValue: TypeAlias = str | bool | int | Collection[str | bool | int] | None
"""The value of a filter: one, or several of which one must match; ``None`` leaves the filter out."""


class HasId(Protocol):
    """An object of the engine, or an entry of a listing."""

    @property
    def id(self) -> str | None:
        """The id."""


IdOrName: TypeAlias = str | HasId | Mapping[str, Any]
"""An id or a name, an object that has an ``id``, or its JSON with ``Id``."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
PLAIN = re.compile(r"[A-Za-z0-9][\w.-]*", re.ASCII)
"""An id or a common name: nothing to encode, nothing to refuse."""


def pairs(values: Mapping[str, QueryValue]) -> list[tuple[str, str]]:
    """Flatten values to query pairs, in order.

    ``None`` is left out; ``0``, ``""`` and ``False`` are sent. A sequence repeats its key (an empty one sends nothing),
    and a mapping becomes JSON.
    """
    result: list[tuple[str, str]] = []
    for key, value in values.items():
        if value is None:
            continue
        if isinstance(value, (list, tuple)):
            result.extend((key, _text(key, item)) for item in value)
        else:
            result.append((key, _text(key, value)))
    return result


def filters(values: Mapping[str, object] | None) -> str | None:
    """Encode ``filters``: every value becomes a list of strings; ``None`` if there is nothing to filter by.

    The mapping passed in is left as it is.

    Raises:
        TypeError: A value is not a `FilterValue`.
    """
    if not values:
        return None
    wire = {key: _filter_list(key, value) for key, value in values.items() if value is not None}
    return _json(wire) if wire else None


def id_of(value: IdOrName) -> str:
    """Return the id or name that a value is or has.

    Raises:
        NullResource: It is ``None``, empty or blank.
        TypeError: There is none.
    """
    if isinstance(value, str):
        found: object = value
    else:
        found = value.get("Id", value.get("ID")) if isinstance(value, Mapping) else getattr(value, "id", value)
    if found is None or (isinstance(found, str) and not found.strip()):
        raise errors.NullResource(f"an id or a name is needed, not {found!r}")
    if not isinstance(found, str):
        raise TypeError(f"an id or a name is needed, not {type(value).__name__}")
    return found


def encode(query: Iterable[tuple[str, str]]) -> str:
    """Percent-encode query pairs; only unreserved characters stay as they are."""
    return "&".join([f"{_name(key)}={_quote(key, value)}" for key, value in query])


def target(path: str, query: Iterable[tuple[str, str]] = ()) -> str:
    """Join an expanded path and query pairs to the target of a request."""
    return f"{path}?{encoded}" if query and (encoded := encode(query)) else path


def expand(template: str, values: Mapping[str, IdOrName]) -> str:
    """Fill the names and ids into the path of an operation, for example ``/containers/{id}/stop``.

    A leading slash, as the engine shows it in ``Names``, is dropped.

    Raises:
        NullResource: A value is ``None``, empty or blank.
        InvalidArgument: A value has a control character or an empty, ``.`` or ``..`` segment: the engine answers
            such a path with a redirect to another one.
        TypeError: A value is not text.
    """
    return template.format_map({name: part(name, value) for name, value in values.items()})


def part(name: str, value: object) -> str:
    """Quote an id or a name for a path; raises as `expand` does."""
    if value is None:
        raise errors.NullResource(f"{name}: an id or a name is needed, not None")
    if not isinstance(value, str):
        raise TypeError(f"{name}: an id or a name is a str, not {type(value).__name__}")
    if PLAIN.fullmatch(value):
        return value
    plain = value.removeprefix("/")
    if not plain.strip():
        raise errors.NullResource(f"{name}: an id or a name is needed, not {value!r}")
    if _CONTROL.search(plain):
        raise errors.InvalidArgument(f"{name}: control characters are not allowed: {value!r}")
    if not {"", ".", ".."}.isdisjoint(plain.split("/")):
        raise errors.InvalidArgument(f"{name}: an empty, '.' or '..' segment is not allowed: {value!r}")
    return _quote(name, plain, safe=":@")


def _quote(name: str, text: str, *, safe: str = "") -> str:
    if PLAIN.fullmatch(text):
        return text
    try:
        return quote(text, safe=safe, errors="surrogateescape")
    except UnicodeEncodeError:
        raise errors.InvalidArgument(f"{name}: not valid Unicode") from None


@lru_cache
def _name(key: str) -> str:
    return _quote(key, key)


def _text(key: str, value: object) -> str:
    if not isinstance(value, (str, int)) and isinstance(value, Mapping):
        return _json(cast("Mapping[str, object]", value))
    return _scalar(key, value)


def _scalar(key: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        return float.__repr__(value)
    raise TypeError(f"{key}: {type(value).__name__} cannot be sent in a query")


def _filter_list(key: str, value: object) -> list[str]:
    if isinstance(value, (set, frozenset)):
        return sorted(_scalar(key, item) for item in cast("frozenset[object]", value))
    if isinstance(value, (list, tuple)):
        return [_scalar(key, item) for item in cast("Sequence[object]", value)]
    return [_scalar(key, value)]


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
