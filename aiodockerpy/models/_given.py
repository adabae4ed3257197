"""What a caller gives to a model's constructor, in plain form: pydantic would convert some of it to something else.

It takes the name of an enum's member for its text, ``True`` for 1, and every object with the right methods for a number
or a list: mocks, and networks of 16 million addresses.
"""

# What is given has any type until it is read.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import enum
import math
import numbers
from collections import deque
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, Set as AbstractSet, ValuesView
from datetime import datetime
from decimal import Decimal
from functools import cache
from itertools import islice
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, cast, get_args, get_origin

from aiodockerpy._protocol.ordered import ORDERED_LIST, order_counts
from aiodockerpy._protocol.scalars import LARGEST, MOST_ITEMS, SMALLEST, plain_scalar
from aiodockerpy._protocol.timestamps import Timestamp
from aiodockerpy._protocol.unfit import Unfit
from aiodockerpy._protocol.units import MOST_CELLS
from aiodockerpy.models._unfit import Other, field_of, model_in, step_text

if TYPE_CHECKING:
    from pydantic import BaseModel

_AS_IT_IS: Final = frozenset({str, bytes, bytearray, NoneType, Decimal, datetime, Timestamp})
_NUMBERS: Final = frozenset({bool, int, float})
_LISTS: Final[Any] = (list, tuple, set, frozenset, deque, KeysView, ValuesView, ItemsView, Iterator)
_TERMINAL_SIZES: Final = frozenset({"console_size", "ConsoleSize"})
_DEEPEST: Final = 100
"""Containers inside each other; pydantic refuses one that contains itself."""


def plain_fields(model: type[BaseModel], given: Mapping[Any, Any], depth: int = 0) -> dict[Any, Any]:
    """Return the fields of a model in plain form.

    Raises:
        Unfit: A number is out of range, ``True`` where a number belongs, a set where the order counts, or the size of
            a terminal that engines would change.
    """
    found: dict[Any, Any] = {}
    fields = model.__pydantic_fields__
    for name, value in given.items():
        key = name if type(name) is str else plain_scalar(name)
        if type(value) in _AS_IT_IS:
            found[key] = value
            continue
        if isinstance(value, AbstractSet) and order_counts(str(key)):
            raise Unfit(value, ORDERED_LIST).inside(step_text(key))
        field = fields.get(key) or field_of(model, key)
        try:
            found[key] = _plain(value, field.annotation if field else Any, depth)
            if key in _TERMINAL_SIZES:
                _check_size(found[key])
        except Unfit as unfit:
            unfit.secret = unfit.secret or (field is not None and not field.repr)
            raise unfit.inside(step_text(key)) from None
    return found


def _check_size(size: Any) -> None:
    """Refuse what engines make another size of: they keep 16 bits of a number, and fill up or cut a list of two."""
    if not isinstance(size, list):
        return  # pydantic refuses it
    if len(size) not in {0, 2}:
        raise Unfit(size, "a list of 2: rows and columns", is_type=False)
    for at, number in enumerate(size):
        if not 0 <= _whole(number) <= MOST_CELLS:
            raise Unfit(number, f"a whole number, 0 to {MOST_CELLS:,}", is_type=False).inside(step_text(at))


def _whole(number: Any) -> int:
    try:
        return int(number)
    except (TypeError, ValueError):  # pydantic refuses it
        return 0


def _plain(value: Any, hint: Any, depth: int) -> Any:
    kind: type[Any] = type(value)
    if kind in _AS_IT_IS or hasattr(kind, "__pydantic_fields__"):
        return value
    if kind in _NUMBERS:
        return _number(value, hint)
    if isinstance(value, str):
        return plain_scalar(value)
    if isinstance(value, Mapping):
        mapping: Mapping[Any, Any] = value
        return _mapping(mapping, hint, depth + 1)
    if isinstance(value, _LISTS) and not hasattr(value, "read"):  # which files and mocks have
        return _items(cast("Iterable[Any]", value), hint, depth + 1)
    if isinstance(value, enum.Enum) and not isinstance(value, int | float):
        return _plain(value.value, hint, depth + 1)
    return _number(value, hint) if isinstance(value, float | numbers.Integral) else Other(value)


def _number(value: Any, hint: Any) -> Any:
    if isinstance(value, bool):
        parts = set(_parts(hint))
        if int in parts and bool not in parts:
            raise Unfit(value, "a number" if float in parts else "a whole number", is_type=False)
        return value
    number = int(value) if isinstance(value, int | numbers.Integral) else float(value)
    if isinstance(number, float) and not math.isfinite(number):
        raise Unfit(value, "a finite number", is_type=False)
    if isinstance(number, int) and not SMALLEST <= number <= LARGEST:
        raise Unfit(value, "a number of at most 64 bits", is_type=False)
    return number


def _mapping(value: Mapping[Any, Any], hint: Any, depth: int) -> Mapping[Any, Any]:
    if depth > _DEEPEST:
        return value
    inner = _inside(hint, dict)
    model = None if inner is not None else model_in(hint)
    if model is not None:
        return plain_fields(model, value, depth)
    found: dict[Any, Any] = {}
    for key, item in value.items():
        try:
            found[plain_scalar(key)] = item if type(item) in _AS_IT_IS else _plain(item, inner, depth)
        except Unfit as unfit:
            raise unfit.inside(step_text(key)) from None
    return found


def _items(value: Iterable[Any], hint: Any, depth: int) -> Iterable[Any]:
    if depth > _DEEPEST:
        return value
    items = list(islice(value, MOST_ITEMS + 1))
    if len(items) > MOST_ITEMS:
        raise Unfit(value, f"a list of at most {MOST_ITEMS:,} items", is_type=False)
    if _AS_IT_IS.issuperset(map(type, items)):
        return items
    inner = _inside(hint, list)
    for at, item in enumerate(items):
        try:
            items[at] = _plain(item, inner, depth)
        except Unfit as unfit:
            raise unfit.inside(step_text(at)) from None
    return items


@cache
def _inside(hint: Any, container: type) -> Any:
    """Return the type of what is inside a list or a mapping, of the members of a union; ``None`` without one."""
    return next((get_args(part)[-1] for part in _parts(hint) if get_origin(part) is container), None)


@cache
def _parts(hint: Any) -> tuple[Any, ...]:
    """Return the members of a union, or the type itself."""
    return (hint,) if get_origin(hint) in {None, list, dict} else get_args(hint)
