"""Points in time with the nanoseconds of the wire, in both directions."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Self, SupportsIndex, TypeAlias, overload

from aiodockerpy import errors
from aiodockerpy._protocol.unfit import Unfit, shown
from aiodockerpy._protocol.units import parse_duration

TimeBound: TypeAlias = datetime | timedelta | int | float | str | None
"""A point in time: a datetime, an age as a timedelta, seconds since 1970, or the engine's own text."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_BILLION: Final = 1_000_000_000
_ZERO_SECONDS: Final = -62_135_596_800  # Go's zero time, 0001-01-01T00:00:00Z

_RFC3339: Final = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?"
    r"(?:([Zz])|([+-])([0-9]{2}):([0-9]{2}))"
)
# The form that engines send nearly always: read in C, since an answer may hold thousands of times.
_PLAIN: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.([0-9]{1,9}))?Z")
_UNIX: Final = r"(-?[0-9]{1,18})(?:\.([0-9]{1,9}))?"
# What the docker CLI takes beside RFC 3339: a date, and a time of day in local time. Seconds may have a fraction.
_LOCAL: Final = (
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[Tt ]([0-9]{2}(?::[0-9]{2}(?::[0-9]{2})?)?)(?:\.([0-9]{1,9}))?)?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})?"
)


def parse_rfc3339(text: str) -> tuple[datetime, int]:
    """Read a time of the wire.

    Args:
        text: For example ``"2026-11-23T11:14:47.123456789Z"``; up to nine digits of the fraction count.

    Returns:
        An aware datetime with the microseconds, in UTC or with the offset of the text, and all nanoseconds of the
        second.

    Raises:
        ValueError: The text is not such a time.
    """
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError(f"{shown(text)} is not an RFC 3339 time")
    nanosecond = int((match[7] or "")[:9].ljust(9, "0"))
    year, month, day, hour, minute, second = map(int, match.group(1, 2, 3, 4, 5, 6))
    zone = UTC if match[8] else _zone(match[9], int(match[10]), int(match[11]))
    return datetime(year, month, day, hour, minute, second, nanosecond // 1000, zone), nanosecond


def parse_http_date(text: str | None) -> datetime | None:
    """Read the ``Date`` of an answer; ``None`` if there is none, or it is not one."""
    from email.utils import parsedate_to_datetime  # takes longer to load than all of this

    try:
        moment = parsedate_to_datetime(text) if text else None
    except (ValueError, OverflowError):
        return None
    return moment.astimezone(UTC) if moment is not None and moment.tzinfo is not None else None


def _zone(sign: str, hours: int, minutes: int) -> timezone:
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if sign == "-" else offset) if offset else UTC


class Timestamp(datetime):
    """A point in time of the engine: an aware datetime that keeps the text and the nanoseconds of the wire.

    It compares and calculates as a datetime does, in microseconds; what is calculated from it has no finer digits.
    Go's zero time, ``0001-01-01T00:00:00Z``, stands for "never" and is false in a condition.

    Example:
        >>> started = Timestamp.parse("2026-11-23T11:14:47.123456789Z")
        >>> started.nanosecond
        123456789
    """

    __slots__ = ("_nanosecond", "_text")

    _text: str
    _nanosecond: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a time of the wire.

        Raises:
            ValueError: The text is not an RFC 3339 time.
            TypeError: It is not text.
        """
        try:
            plain = _PLAIN.fullmatch(text)
        except TypeError:
            raise Unfit(text, "text").error("text", "Timestamp.parse") from None
        if plain is None:
            moment, nanosecond = parse_rfc3339(text)
            return cls._of(moment, nanosecond, text)
        self = cls.fromisoformat(text)
        self._nanosecond = int((plain[1] or "0").ljust(9, "0"))
        self._text = text
        return self

    @classmethod
    def from_unix_nano(cls, nanoseconds: int) -> Self:
        """Create a timestamp, in UTC, from nanoseconds since 1970, as events have them.

        Raises:
            OverflowError: The time is not in the years 1 to 9999.
            TypeError: It is not a whole number.
        """
        if not isinstance(nanoseconds, int):
            raise Unfit(nanoseconds, "a whole number").error("nanoseconds", "Timestamp.from_unix_nano")
        seconds, nanosecond = divmod(nanoseconds, _BILLION)
        self = cls(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds, microseconds=nanosecond // 1000)
        self._nanosecond = nanosecond
        return self

    @classmethod
    def _of(cls, moment: datetime, nanosecond: int, text: str) -> Self:
        self = cls.combine(moment.date(), moment.timetz())
        self._nanosecond = nanosecond
        self._text = text
        return self

    @property
    def nanosecond(self) -> int:
        """All nanoseconds of the second, 0 to 999999999."""
        try:
            return self._nanosecond
        except AttributeError:  # calculated, not read
            return self.microsecond * 1000

    @property
    def text(self) -> str:
        """The time as the engine sent it."""
        if hasattr(self, "_text"):
            return self._text
        if not hasattr(self, "_nanosecond"):  # calculated, not read
            return self.isoformat()
        digits = f"{self._nanosecond:09d}".rstrip("0")
        return self.replace(tzinfo=None, microsecond=0).isoformat() + (f".{digits}Z" if digits else "Z")

    @property
    def unix_nano(self) -> int:
        """Nanoseconds since 1970; exact."""
        aware = self if self.tzinfo is not None else self.astimezone()
        return (aware - _EPOCH) // timedelta(seconds=1) * _BILLION + self.nanosecond

    if TYPE_CHECKING:
        # typeshed lets a subclass of datetime be subtracted from its own kind only.
        @overload  # type: ignore[override]
        def __sub__(self, value: datetime, /) -> timedelta: ...
        @overload
        def __sub__(self, value: timedelta, /) -> Self: ...
        def __sub__(self, value: datetime | timedelta, /) -> timedelta | Self: ...

    def __bool__(self) -> bool:
        return self.unix_nano != _ZERO_SECONDS * _BILLION

    def __repr__(self) -> str:
        return f"<Timestamp {self.text}>"

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[object, ...]:
        if hasattr(self, "_nanosecond"):
            return type(self).parse, (self.text,)
        return super().__reduce_ex__(protocol)


def read_time(value: object) -> Timestamp | None:
    """Return the time of a field; ``None`` for anything else, such as text that is not a time."""
    return value if isinstance(value, Timestamp) else None


@overload
def bound(value: None, *, now: float | None = None) -> None: ...


@overload
def bound(value: datetime | timedelta | float | str, *, now: float | None = None) -> str: ...


@overload
def bound(value: TimeBound, *, now: float | None = None) -> str | None: ...


def bound(value: TimeBound, *, now: float | None = None) -> str | None:
    """Convert a point in time to what ``since`` and ``until`` take: seconds since 1970, and nanoseconds if any.

    Args:
        value: A datetime (naive means local time), a timedelta (that long ago), seconds since 1970, or a text:
            RFC 3339, a date or time as the docker CLI takes it, seconds since 1970, or a Go duration such as ``"10m"``
            (that long ago). ``None`` stays ``None``: no bound.
        now: Seconds since 1970 from which durations count back.

    Raises:
        InvalidArgument: The value is not a point in time.
        TypeError: The value has another type.
    """
    if value is None:
        return None
    if isinstance(value, bool):
        raise TypeError("a point in time is not a bool")
    if isinstance(value, datetime):
        return _seconds(_datetime_nanoseconds(value))
    if isinstance(value, timedelta):
        return _ago(value // _MICROSECOND * 1000, now)
    if isinstance(value, int):
        return _seconds(int(value) * _BILLION)
    if isinstance(value, float):
        return _seconds(_float_nanoseconds(value))
    if isinstance(value, str):
        return _text_time(value.strip(), now)
    raise TypeError(f"a point in time is a datetime, timedelta, int, float or str, not {type(value).__name__}")


def _ago(nanoseconds: int, now: float | None) -> str:
    current = time.time_ns() if now is None else _float_nanoseconds(now)
    return _seconds(current - nanoseconds)


def _seconds(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds, _BILLION)
    if not -(2**63) <= seconds < 2**63:
        raise errors.InvalidArgument("seconds since 1970 that need more than 64 bits are not a point in time")
    return f"{seconds}.{rest:09d}" if rest else str(seconds)


def _datetime_nanoseconds(value: datetime) -> int:
    if isinstance(value, Timestamp):
        return value.unix_nano
    aware = value if value.tzinfo is not None else value.astimezone()
    return (aware - _EPOCH) // _MICROSECOND * 1000


def _float_nanoseconds(value: float) -> int:
    try:
        # By the shortest text: 1700000000.1 is meant exactly, not as the nearest binary fraction.
        return int(Decimal(repr(value)).scaleb(9).to_integral_value())
    except (ArithmeticError, ValueError):
        raise errors.InvalidArgument(f"{value} is not a point in time") from None


def _text_time(text: str, now: float | None) -> str:
    unix = re.fullmatch(_UNIX, text)
    if unix is not None:
        fraction = (unix[2] or "").rstrip("0")
        return f"{unix[1]}.{fraction.ljust(9, '0')}" if fraction else unix[1]
    local = re.fullmatch(_LOCAL, text)
    try:
        if local is not None:
            return _seconds(_local_nanoseconds(*local.groups()))
        return _ago(parse_duration(text), now)
    except (ValueError, OverflowError, errors.InvalidArgument):
        raise errors.InvalidArgument(
            f"{shown(text)} is not a point in time: it is RFC 3339, seconds since 1970 or a duration such as '10m'"
        ) from None


def _local_nanoseconds(day: str, clock: str | None, fraction: str | None, zone: str | None) -> int:
    hours = (clock or "00").split(":")
    whole = ":".join([*hours, "00", "00"][:3])
    moment = datetime.fromisoformat(f"{day}T{whole}{(zone or '').upper()}")
    if fraction and len(hours) < 3:
        raise ValueError("only seconds have a fraction")
    return _datetime_nanoseconds(moment) + int((fraction or "").ljust(9, "0"))
