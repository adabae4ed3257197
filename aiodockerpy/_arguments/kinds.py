"""Kinds of arguments: each reads the forms that callers write, and refuses other values with the form needed."""

# Arguments have any type until they are checked, so the types of their parts are unknown to pyright.
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownLambdaType=false, reportUnknownParameterType=false

from __future__ import annotations

import io
import math
import os
import re
from collections.abc import AsyncIterable, Callable, Iterable, Mapping, Sequence, Set as AbstractSet
from datetime import timedelta
from itertools import islice
from types import NoneType
from typing import Any, Final, TypeGuard, cast

from aiodockerpy._protocol.ordered import ORDERED_LIST
from aiodockerpy._protocol.query import PLAIN, id_of, part
from aiodockerpy._protocol.scalars import BUILT_IN, LARGEST, MOST_ITEMS, SMALLEST, plain_scalar
from aiodockerpy._protocol.timestamps import bound
from aiodockerpy._protocol.unfit import Unfit
from aiodockerpy._protocol.units import LONGEST, MOST_CELLS, as_permissions, as_seconds, parse_bytes, parse_duration
from aiodockerpy.errors import InvalidArgument, NullResource

_DIGITS: Final = r"[+-]?[0-9]{1,19}"


class Kind:
    """A kind of argument.

    What reads a value raises `Unfit`, and names what is needed only if that is not what the kind wants.

    Attributes:
        wanted: The phrase for messages: ``"a whole number"``.
        exact: Types whose values need no reading.
    """

    __slots__ = ("_read", "exact", "wanted")

    def __init__(self, wanted: str, read: Callable[[Any], Any], exact: frozenset[type] = frozenset()) -> None:
        self.wanted = wanted
        self._read = read
        self.exact = exact

    def read(self, value: Any) -> Any:
        """Return the value in the form that the library uses.

        Raises:
            Unfit: It does not fit.
        """
        given = value if type(value) in BUILT_IN else plain_scalar(value)
        try:
            return self._read(given)
        except Unfit as unfit:
            if not (unfit.wanted or unfit.problem):
                unfit.value, unfit.wanted = given, self.wanted
            raise

    def read_at(self, path: str, value: Any) -> Any:
        """Return a value that stands inside another one, at a path that messages name."""
        try:
            return self.read(value)
        except Unfit as unfit:
            raise unfit.inside(path) from None

    def then(self, make: Callable[[Any], Any]) -> Kind:
        """Return a kind that converts what this one reads with ``make``, which may raise `Unfit` too."""
        return Kind(self.wanted, lambda value: make(self.read(value)))


def _anything(value: Any) -> Any:
    return value


def _null(value: Any) -> None:
    if value is not None:
        raise Unfit


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Unfit
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Unfit(value, "text that is valid Unicode", is_type=False) from None
    return value


def _tolerant_text(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(_in_range(value))
    if isinstance(value, float) and math.isfinite(value):
        return str(value)
    if isinstance(value, os.PathLike):
        return _text(_path(value))
    raise Unfit


def _variable(value: Any) -> str | None:
    if value is None or isinstance(value, bool):
        return None if value is None else str(value)
    if isinstance(value, bytes):
        return value.decode(errors="surrogateescape")
    try:
        return _tolerant_text(value)
    except Unfit:
        raise Unfit(secret=True) from None


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and value in {0, 1}:
        return bool(value)
    raise Unfit


def _number(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return _in_range(value)
    if isinstance(value, str) and re.fullmatch(_DIGITS, value):
        return _in_range(int(value))
    if isinstance(value, float) and value.is_integer():
        return _in_range(int(value))
    raise Unfit(is_type=not isinstance(value, float | str))


_OCTAL: Final = r"(?:0o)?[0-7]{1,6}"


def _file_mode(value: Any) -> int:
    if isinstance(value, str):
        if not re.fullmatch(_OCTAL, value):
            raise Unfit(is_type=False)
        value = as_permissions(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Unfit
    if not 0 <= value <= 0o177777:  # the highest bits of st_mode are the type of the file
        raise Unfit(is_type=False)
    return value & 0o7777


def _in_range(value: int) -> int:
    if not SMALLEST <= value <= LARGEST:
        raise Unfit(value, "a number of at most 64 bits", is_type=False)
    return value


def _from_zero(wanted: str, number: Callable[[Any], Any], *, zero: bool = True) -> Kind:
    """Create the kind of numbers that are 0 or more, or above 0; ``number`` converts a value to a number if it can."""

    def read(value: Any) -> float:
        found = number(value)
        if isinstance(found, bool) or not isinstance(found, int | float):
            raise Unfit
        if not 0 <= found <= LARGEST or not (found or zero):
            raise Unfit(is_type=False)
        return found

    return Kind(wanted, read)


def _whole_seconds(value: Any) -> int:
    found = _number(as_seconds(value))
    if found > LONGEST:
        raise Unfit(value, f"{LONGEST} seconds (292 years) at most", is_type=False)
    return found


def _nanoseconds(value: Any) -> int:
    if isinstance(value, timedelta):
        return value // timedelta(microseconds=1) * 1000
    if isinstance(value, str) and not re.fullmatch(_DIGITS, value):
        return parse_duration(value)
    return _number(value)


def _size(value: Any) -> int:
    if isinstance(value, str):
        return _in_range(parse_bytes(value))
    return _number(value)


def _path(value: Any) -> str:
    found: Any = os.fspath(cast("os.PathLike[str]", value)) if isinstance(value, os.PathLike) else value
    if not isinstance(found, str):
        raise Unfit
    try:
        if b"\0" not in os.fsencode(found):
            return found
    except UnicodeEncodeError:
        pass
    wanted = "a path (str or os.PathLike) without null characters, in valid Unicode"
    raise Unfit(cast("object", value), wanted, is_type=False)


def _named_path(value: Any) -> str:
    """Read a path that is not the empty text: the system would take that for the current directory, or refuse it."""
    found = _path(value)
    if not found:
        raise Unfit(value, "a path; '.' is the current directory", is_type=False)
    return found


def _pattern(value: Any) -> re.Pattern[str]:
    if not isinstance(value, str | re.Pattern):
        raise Unfit
    try:
        found = re.compile(_text(value) if isinstance(value, str) else value)
    except (re.error, OverflowError, RecursionError):
        raise Unfit(is_type=False) from None
    if not isinstance(found.pattern, str):
        raise Unfit
    return found


def _id(value: Any) -> str:
    if isinstance(value, str) and PLAIN.fullmatch(value):
        return value
    try:
        found = id_of(value)
        part("", found)
    except NullResource:
        raise Unfit(is_null=True) from None
    except TypeError:
        raise Unfit from None
    except InvalidArgument:
        wanted = "an id or a name without control characters and without empty, '.' or '..' segments"
        raise Unfit(value, wanted, is_type=False) from None
    return _text(found)


def _time(value: Any) -> Any:
    if value is not None:
        bound(value)
    return value


def _content(value: Any) -> Any:
    if isinstance(value, str | os.PathLike):
        return _named_path(value)
    if not isinstance(value, AsyncIterable | Iterable) and not hasattr(value, "read"):
        raise Unfit
    if isinstance(value, Mapping | AbstractSet | type):
        raise Unfit
    return _open(cast("Any", value))


def _open(value: Any) -> Any:
    if isinstance(value, io.IOBase) and value.closed:
        raise Unfit(value, "a file that is open", is_type=False)
    return value


def _file(value: Any) -> Any:
    if not (hasattr(value, "read") or hasattr(value, "write")) or isinstance(value, io.TextIOBase):
        raise Unfit
    return _open(value)


def _text_file(value: Any) -> Any:
    if not hasattr(value, "write") or isinstance(value, io.RawIOBase | io.BufferedIOBase):
        raise Unfit
    return _open(value)


def _platform(value: Any) -> Any:
    if isinstance(value, str):
        return _text(value)
    if not isinstance(getattr(value, "architecture", 0), str | None):
        raise Unfit
    return value


def parsed(wanted: str, read: Callable[[Any], Any], *exact: type) -> Kind:
    """Create a kind from a function that raises ``TypeError`` or ``ValueError`` for what does not fit."""

    def checked(value: Any) -> Any:
        try:
            return read(value)
        except Unfit as unfit:
            raise Unfit(is_type=unfit.is_type) from None
        except (TypeError, ValueError, OverflowError, InvalidArgument) as error:
            raise Unfit(is_type=isinstance(error, TypeError)) from None

    return Kind(wanted, checked, frozenset(exact))


ANYTHING: Final = Kind("a value", _anything)
CONTENT: Final = Kind("bytes, a path, a binary file, or an (async) iterable of bytes", _content, frozenset({bytes}))
FILE: Final = Kind("a binary file such as io.BytesIO", _file)
TEXT_FILE: Final = Kind("a text file that can be written to", _text_file)
PLATFORM: Final = Kind("text such as 'linux/arm64', or an OCIPlatform", _platform)
NULL: Final = Kind("None", _null, frozenset({type(None)}))
TEXT: Final = Kind("text", _text)
TOLERANT_TEXT: Final = Kind("text", _tolerant_text)
"""Text; numbers and paths are taken for their text."""
VARIABLE: Final = Kind("text, a number or None", _variable)
"""The value of an environment variable."""
FLAG: Final = Kind("True or False", _flag, frozenset({bool}))
NUMBER: Final = Kind("a whole number", _number)
FILE_MODE: Final = Kind("file permissions: a number such as 0o644, or octal text", _file_mode)
FRACTION: Final = _from_zero("a number, 0 or more", _anything)
SECONDS: Final = _from_zero("a number of seconds (int, float or timedelta), 0 or more", as_seconds)
SOME_SECONDS: Final = _from_zero("a number of seconds (int, float or timedelta) above 0", as_seconds, zero=False)
WHOLE_SECONDS: Final = Kind("a whole number of seconds", _whole_seconds)
NANOSECONDS: Final = parsed("nanoseconds, a timedelta, or text such as '1m30s'", _nanoseconds)
SIZE: Final = parsed("a number of bytes, or text such as '512m'", _size)
PATH: Final = Kind("a path (str or os.PathLike)", _named_path)
PATTERN: Final = Kind("a regular expression (text, or compiled from text)", _pattern)
OPTIONAL_PATH: Final = Kind(
    PATH.wanted,
    lambda value: None if value is None or is_empty_text(value) else PATH.read(value),
    frozenset({NoneType}),
)
CONTAINER_PATH: Final = Kind("a path in the container", _named_path)
ID: Final = Kind("an id or a name, or an object that has one", _id)
TIME: Final = parsed(
    "a datetime, a timedelta, seconds since 1970, or text such as '2026-01-31T12:00:00Z' or '10m'", _time
)


def whole(minimum: int, maximum: int = LARGEST) -> Kind:
    """Create the kind of whole numbers within limits."""

    def read(value: Any) -> int:
        found = _number(value)
        if not minimum <= found <= maximum:
            raise Unfit(is_type=False)
        return found

    limits = f"{minimum} or more" if maximum == LARGEST else f"{minimum} to {maximum:,}"
    return Kind(f"a whole number, {limits}", read)


COUNT: Final = whole(0)
POSITIVE: Final = whole(1)

# Engines keep the lowest bits of larger ones: 65,560 rows are 24, owner 2**32 is root, a long grace is over at once.
CELLS: Final = whole(0, MOST_CELLS)
OWNER: Final = whole(0, 2**32 - 2)  # one more leaves the owner as it is
GRACE: Final = whole(0, LONGEST)


def is_empty_text(value: object) -> bool:
    """Return whether a value is the empty text; values whose comparison gives no truth, such as arrays, are not."""
    return isinstance(value, str) and not value


def is_sequence(value: object) -> TypeGuard[Sequence[Any]]:
    """Return whether a value is a tuple or a list."""
    return isinstance(value, tuple | list)


def choice(values: Iterable[object]) -> Kind:
    """Make the kind of a few values."""
    known = tuple(values)
    wanted = " or ".join(filter(None, (", ".join(map(repr, known[:-1])), repr(known[-1]))))

    def read(value: Any) -> Any:
        for one in known:
            if type(one) is type(value) and one == value:
                return one
        raise Unfit(is_type=type(value) not in set(map(type, known)))

    return Kind(wanted, read)


def either(*kinds: Kind) -> Kind:
    """Make the kind of values that fit one of several kinds; the first that fits counts."""
    if len(kinds) == 1:
        return kinds[0]

    def read(value: Any) -> Any:
        unfits: list[Unfit] = []
        for kind in kinds:
            try:
                return kind.read(value)
            except Unfit as unfit:
                unfits.append(unfit)
        raise _nearest(unfits)

    return Kind(
        _any_of(kind.wanted for kind in kinds if kind is not NULL),
        read,
        frozenset[type]().union(*(kind.exact for kind in kinds)),
    )


def _any_of(wanted: Iterable[str]) -> str:
    return " or ".join(dict.fromkeys(wanted))


def _nearest(unfits: Iterable[Unfit]) -> Unfit:
    """Return the refusal of a value by those kinds that take its type, or see what is wrong inside it."""
    near = [unfit for unfit in unfits if unfit.path or not unfit.is_type]
    if not near:
        return Unfit()
    first = near[0]
    if all(unfit.wanted and not unfit.path for unfit in near):
        first.wanted = _any_of(unfit.wanted for unfit in near)
    return first


def items(kind: Kind, wanted: str = "", *, single: bool = True) -> Kind:
    """Make the kind of lists.

    Args:
        kind: The kind of every item.
        wanted: The phrase for messages.
        single: Whether a text, a mapping or a model that is an item stands for a list of it.
    """

    def read(value: Any) -> list[Any]:
        if isinstance(value, str | Mapping) or hasattr(value, "from_wire"):
            if not single:
                raise Unfit
            try:
                return [kind.read(value)]
            except Unfit as unfit:
                raise (unfit if unfit.path or not unfit.is_type else Unfit) from None
        is_content = isinstance(value, bytes | bytearray | memoryview) or hasattr(value, "read")
        if is_content or not isinstance(value, Iterable):
            raise Unfit
        found = [kind.read_at(f"[{place}]", item) for place, item in enumerate(islice(value, MOST_ITEMS + 1))]
        if len(found) > MOST_ITEMS:
            raise Unfit(value, f"a list of at most {MOST_ITEMS:,} items", is_type=False)
        return sorted(found, key=str) if isinstance(value, AbstractSet) else found

    return Kind(wanted or f"a list, each item {kind.wanted}", read)


def in_order(kind: Kind) -> Kind:
    """Return a kind that refuses sets, whose order is not the caller's."""

    def read(value: Any) -> Any:
        if isinstance(value, AbstractSet):
            raise Unfit(value, ORDERED_LIST)
        return kind.read(value)

    return Kind(kind.wanted, read, kind.exact)


def pair(kinds: tuple[Kind, ...]) -> Kind:
    """Make the kind of tuples of a fixed length."""
    wanted = f"a tuple of {len(kinds)}: {', '.join(kind.wanted for kind in kinds)}"

    def read(value: Any) -> tuple[Any, ...]:
        if not is_sequence(value):
            raise Unfit
        if len(value) != len(kinds):
            raise Unfit(is_type=False)
        return tuple(kind.read_at(f"[{at}]", item) for at, (kind, item) in enumerate(zip(kinds, value, strict=True)))

    return Kind(wanted, read)


def mapping(key: Kind, value: Kind, wanted: str = "") -> Kind:
    """Make the kind of mappings."""

    def read(given: Any) -> dict[Any, Any]:
        if not isinstance(given, Mapping):
            raise Unfit
        return {
            key.read_at(f" key {name!r}" if isinstance(name, str | int) else " key", name): value.read_at(
                f"[{name!r}]", item
            )
            for name, item in given.items()
        }

    return Kind(wanted or f"a mapping of {key.wanted} to {value.wanted}", read)


TEXTS: Final = items(TOLERANT_TEXT, "a list of texts", single=False)
"""A list of texts; one text alone is refused."""
WORDS: Final = in_order(TEXTS)
"""A list of texts whose order counts."""

_ENVIRONMENT: Final = "a mapping of names to values, or a list of 'NAME=value' texts"


def _assignments(variables: Mapping[str, str | None]) -> list[str]:
    return [name if value is None else f"{name}={value}" for name, value in variables.items()]


ENVIRONMENT: Final = Kind(
    _ENVIRONMENT, either(mapping(TEXT, VARIABLE, _ENVIRONMENT).then(_assignments), items(TEXT, _ENVIRONMENT)).read
)
"""Variables as ``NAME=value``; a value of ``None`` leaves the name alone."""


def _pairs(wanted: str, *, values_needed: bool) -> Kind:
    def split(entries: list[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for entry in entries:
            name, sign, found[name] = entry.partition("=")
            if not name or (values_needed and not sign):
                raise Unfit(entry, wanted, is_type=False)
        return found

    values = either(TOLERANT_TEXT, NULL).then(lambda value: value or "")
    return Kind(wanted, either(mapping(TEXT, values, wanted), items(TEXT, wanted).then(split)).read)


LABELS: Final = _pairs("a mapping of names to texts, or a list of 'name[=value]' texts", values_needed=False)
KEY_VALUES: Final = _pairs("a mapping of names to texts, or a list of 'name=value' texts", values_needed=True)
