"""A long JSON list cut into shorter ones, so that reading it can be interrupted."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["shorter_lists"]

_MARK: Final = re.compile(r"[ \t\r\n]*([\[\],])[ \t\r\n]*")


def shorter_lists(text: str, size: int = 64 * 1024) -> Iterator[str]:
    """Cut the text of a list into the texts of lists that together have the same items in the same order.

    Args:
        text: The JSON of a list with at least one item.
        size: Characters after which a list ends.

    Raises:
        ValueError: It is something else, or broken.
    """
    scan = json.JSONDecoder().raw_decode
    mark, begin = _mark(text, 0)
    if mark != "[":
        raise ValueError("not a list")
    position = begin
    while mark != "]":
        _, end = scan(text, position)
        mark, position = _mark(text, end)
        if mark == "]" or end - begin > size:
            yield f"[{text[begin:end]}]"
            begin = position
    if position != len(text):
        raise ValueError("more than a list")


def _mark(text: str, position: int) -> tuple[str, int]:
    found = _MARK.match(text, position)
    if found is None:
        raise ValueError("not a list")
    return found[1], found.end()
