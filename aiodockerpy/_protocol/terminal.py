"""Messages between a terminal in a browser and a process: sizes, whole characters, reasons."""

from __future__ import annotations

import codecs
import re
from typing import Final, NamedTuple

from aiodockerpy._protocol.outside import JsonError, read_int, read_json_object

LONGEST_SIDE: Final = 1000
"""Rows and columns that a terminal can have at most."""
LONGEST_REASON: Final = 123
"""Bytes of the reason in a websocket's close frame (RFC 6455, section 5.5)."""

_RESIZE: Final = re.compile(r'"type"\s*:\s*"resize"')


class TerminalSize(NamedTuple):
    """The size of a terminal."""

    rows: int
    columns: int


class BadResizeError(ValueError):
    """A resize message without a size; the message says what is wrong, and quotes nothing of it."""


def resize_in(text: str) -> TerminalSize | None:
    """Return the size in a resize message such as ``{"type": "resize", "cols": 80, "rows": 24}``.

    Returns:
        ``None`` for every other text: it is input. A text is a resize message if it begins with ``{`` and has
        ``"type": "resize"`` in it.

    Raises:
        BadResizeError: It is a resize message, and not a JSON object with ``cols`` and ``rows`` from 1 to 1000.
    """
    if not text.startswith("{") or _RESIZE.search(text) is None:
        return None
    try:
        message = read_json_object(text)
    except JsonError as error:
        raise BadResizeError(f"bad resize: {error}") from None
    return TerminalSize(_side(message, "rows"), _side(message, "cols"))


def _side(message: dict[str, object], name: str) -> int:
    value = message.get(name)
    number = None if isinstance(value, str) else read_int(value, minimum=1)
    if number is None or number > LONGEST_SIDE:
        raise BadResizeError(f"bad resize: {name} must be a whole number from 1 to {LONGEST_SIDE}")
    return number


def unfinished_bytes(data: bytes) -> int:
    """Return how many bytes at the end of the data begin a UTF-8 character whose rest is still to come: 0 to 3."""
    if not data or data[-1] < 0x80:
        return 0
    end = data[-3:]
    kept = len(end) - codecs.utf_8_decode(end, "replace", False)[1]
    # Python waits for the rest of a surrogate, too, which is not a character in UTF-8.
    return 0 if kept == 2 and end[-2] == 0xED and end[-1] >= 0xA0 else kept


def cut_reason(text: str) -> str:
    """Return a text that fits in a close frame: cut between two characters if it is too long."""
    data = text.encode(errors="replace")
    if len(data) <= LONGEST_REASON:
        return data.decode()
    return data[: LONGEST_REASON - 3].decode(errors="ignore") + "…"
