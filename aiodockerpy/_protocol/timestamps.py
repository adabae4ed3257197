"""Points in time with the nine digits of the wire."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Self

__all__ = ["Timestamp"]

_FORM = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)")


class Timestamp(datetime):
    """An aware datetime that keeps its text."""

    text: str
    nanosecond: int

    @classmethod
    def parse(cls, text: str) -> Self:
        match = _FORM.fullmatch(text)
        if match is None:
            raise ValueError("not an RFC 3339 time")
        fraction = (match[2] or "").ljust(9, "0")
        value = cls.fromisoformat(f"{match[1]}.{fraction[:6]}{match[3]}")
        value.text = text
        value.nanosecond = int(fraction)
        return value

    def __bool__(self) -> bool:
        return self.year > 1

    @property
    def unix_nano(self) -> int:
        return int((self - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * 1_000_000_000 + self.nanosecond
