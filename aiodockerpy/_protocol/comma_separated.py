"""Fields with commas between them, as the docker CLI reads its options and variables."""

from __future__ import annotations

import re
from typing import Final

_FIELD: Final = re.compile(r'(?:"(?P<quoted>(?:[^"]|"")*)"|(?P<plain>[^",\r\n]*))(?P<end>,|\r?\n|\Z)')


def fields(text: str) -> list[str]:
    """Split the first record as strictly as Go does: a field in double quotes may hold commas.

    Raises:
        ValueError: A quote is inside a field without quotes, or has no end.
    """
    found: list[str] = []
    position, end = 0, ","
    while text and end == ",":
        field = _FIELD.match(text, position)
        if field is None:
            raise ValueError("a double quote must be around the whole field")
        quoted, plain, end = field["quoted"], field["plain"], field["end"]
        found.append(plain if quoted is None else quoted.replace('""', '"'))
        position = field.end()
    return found
