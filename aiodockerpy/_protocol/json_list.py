"""Read a long JSON list in parts, so that reading it can be interrupted."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

T = TypeVar("T")

_FIRST_KEY: Final = re.compile(rb'\s*\[\s*(\{\s*"[^"\\]*"\s*:)')
_TRIES: Final = 16
"""Wrong places to cut, over the whole list, after which it is read as a whole."""


def read_in_parts(body: bytes, read: Callable[[bytes], Sequence[T] | None], size: int = 512 * 1024) -> list[T] | None:
    """Read the JSON of a list of objects, part by part.

    It is cut before what the first object begins with, since an engine writes the keys of all objects in one order. An
    object inside another may begin so, too, but a part that ends inside an object is not JSON: then it ends later.

    Args:
        body: The JSON.
        read: Reads a whole list, and returns ``None`` for what is not one.
        size: Bytes that a part has at least, apart from the last.

    Returns:
        The items of all parts; ``None`` if it is not such a list, or if it is not clear where its objects begin.
    """
    first = _FIRST_KEY.match(body)
    if first is None:
        return None
    between = re.compile(rb"(?<=\})\s*,\s*(?=" + re.escape(first[1]) + rb")")
    items: list[T] = []
    begin = first.start(1)
    search, wrong = begin + size, 0
    while wrong < _TRIES:
        cut = between.search(body, search)
        found = read(b"[" + (body[begin:] if cut is None else body[begin : cut.start()] + b"]"))
        if cut is None:
            return None if found is None else items + list(found)
        if found is None:
            search, wrong = cut.end(), wrong + 1
        else:
            items += found
            begin = cut.end()
            search = begin + size
    return None
