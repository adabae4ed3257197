"""Sizes and durations as people write them."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar, overload

from aiodockerpy import errors
from aiodockerpy._protocol.unfit import shown

if TYPE_CHECKING:
    import os

Duration: TypeAlias = float | timedelta
"""A number of seconds, or a timedelta; 0 or more."""

PositiveDuration: TypeAlias = float | timedelta
"""A number of seconds, or a timedelta, above 0."""

Seconds: TypeAlias = int | timedelta
"""A whole number of seconds, or a timedelta of whole seconds; 9223372036 (292 years) at most."""

LONGEST: Final = (2**63 - 1) // 10**9
"""Engines count nanoseconds in 64 bits: a longer time would be over at once."""

PositiveInt: TypeAlias = int
"""A whole number, 1 or more."""

Count: TypeAlias = int
"""A whole number, 0 or more."""

Cells: TypeAlias = int
"""Rows or columns of a terminal, 0 to 65,535."""

MOST_CELLS: Final = 2**16 - 1

Grace: TypeAlias = int
"""A whole number of seconds, 0 or more, of at most 292 years."""

Owner: TypeAlias = int | str
"""The number of a user or a group, 0 to 4,294,967,294, or its text."""

FileMode: TypeAlias = int | str
"""File permissions such as ``0o644``, or octal text such as ``"644"``; the permissions of ``st_mode`` are taken."""

ContainerPath: TypeAlias = "str | os.PathLike[str]"
"""A path in a container: text or, for example, a `pathlib.PurePosixPath`.

Bytes that are not UTF-8 are written as surrogate escapes, as in names of files that Python lists.
"""

N = TypeVar("N", int, float)

_BYTE_UNITS: Final = {"b": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}
_MICROSECOND: Final = timedelta(microseconds=1)
_DURATION_UNITS: Final = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_DURATION: Final = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h)"
_LONGEST_DURATION: Final = 2**63 - 1
_LONGEST_TEXT: Final = 200  # so that no text takes long to read


@overload
def parse_bytes(size: N) -> N: ...


@overload
def parse_bytes(size: str) -> int: ...


def parse_bytes(size: str | float) -> int | float:
    """Read a size in bytes as docker-py does, and terabytes too.

    Args:
        size: A number, returned as it is, or a text such as ``"512m"``, ``"1.5g"`` or ``"128KB"``: the units are b,
            k, m, g and t in either case, in steps of 1024, with a ``b`` or ``ib`` after it if you like. A text without
            unit means bytes, and an empty one 0.

    Raises:
        InvalidArgument: The text is not a size.
    """
    if not isinstance(size, str):
        return size
    if not size:
        return 0
    text = size
    if text[-2:-1].isalpha() and text[-1] in "bB":
        text = text[:-2] if text[-2] in "iI" and text[-3:-2].isalpha() else text[:-1]
    number, unit = (text, "b") if text[-1].isdigit() else (text[:-1], text[-1].lower())
    if unit not in _BYTE_UNITS:
        raise errors.InvalidArgument(f"{shown(size)} is not a size in bytes: the unit is one of b, k, m, g and t")
    try:
        return int(float(number if number.isascii() and "_" not in number else "") * _BYTE_UNITS[unit])
    except (ValueError, OverflowError):
        raise errors.InvalidArgument(f"{shown(size)} is not a size in bytes: {shown(number)} is not a number") from None


def as_permissions(mode: FileMode) -> int:
    """Return file permissions as a number."""
    return int(mode, 8) if isinstance(mode, str) else mode


@overload
def as_seconds(duration: Duration) -> float: ...


@overload
def as_seconds(duration: Duration | None) -> float | None: ...


def as_seconds(duration: Duration | None) -> float | None:
    """Return a duration as a number of seconds."""
    return duration.total_seconds() if isinstance(duration, timedelta) else duration


def nanoseconds(duration: timedelta | float) -> int:
    """Convert a timedelta or seconds to nanoseconds, as durations go over the wire; exact for what can be written.

    Raises:
        InvalidArgument: The number is not finite.
        TypeError: The value has another type.
    """
    if isinstance(duration, timedelta):
        return duration // _MICROSECOND * 1000
    if isinstance(duration, bool) or not isinstance(duration, (int, float)):
        raise TypeError(f"a duration is a timedelta or seconds, not {type(duration).__name__}")
    try:
        return int(Decimal(repr(duration)).scaleb(9).to_integral_value())
    except (ArithmeticError, ValueError):
        raise errors.InvalidArgument(f"{duration} is not a duration") from None


def parse_duration(text: str) -> int:
    """Read a duration as Go writes it, for example ``"1h30m"``, ``"-1.5s"`` or ``"100ms"``, in nanoseconds.

    Raises:
        InvalidArgument: The text is not a duration, or one of more than 292 years.
    """
    unsigned = text[1:] if text[:1] in {"+", "-"} else text
    if unsigned == "0":
        return 0
    parts = re.findall(_DURATION, unsigned[:_LONGEST_TEXT])
    if not parts or sum(map(len, parts)) != len(unsigned):
        raise errors.InvalidArgument(f"{shown(text)} is not a duration; one looks like '1h30m' or '1.5s'")
    total = sum(_part(part) for part in parts)
    if total > _LONGEST_DURATION:
        raise errors.InvalidArgument(f"{shown(text)} is longer than the 292 years that a duration can last")
    return -total if text[0] == "-" else total


def _part(text: str) -> int:
    number = text.rstrip("nuµμmsh")
    return int(Decimal(number) * _DURATION_UNITS[text[len(number) :]])
