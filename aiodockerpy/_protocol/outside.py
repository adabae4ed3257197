"""Read JSON and numbers that come from outside: engines, registries, helpers, files and headers.

What these functions return is safe to use: it can be encoded, copied and printed, whatever was sent.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any, Final, NoReturn, cast

if TYPE_CHECKING:
    from pydantic import JsonValue

MAX_DEPTH: Final = 200
"""Levels of nesting that are read; pydantic's parser, which reads most answers, has the same limit."""

_BYTE_ORDER_MARK: Final = "\ufeff"
_SMALLEST: Final = -(1 << 63)
_LARGEST: Final = (1 << 64) - 1
"""What Go's int64 and uint64 hold together."""
_WHOLE: Final = re.compile(r"-?[0-9]{1,20}")
# The closing quote is optional, so that an unterminated string is passed over once instead of from each quote in it.
_STRINGS: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_BRACKETS: Final = re.compile(r"[\[\]{}]")
_SURROGATE_ESCAPE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_ESCAPE: Final = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)


class JsonError(ValueError):
    """The data is not JSON, or exceeds a limit; the message says which, and never quotes the data.

    Attributes:
        line: The line of the error, from 1; 0 if it is unknown.
        column: Its column, from 1.
        position: Characters before it.
    """

    def __init__(self, message: str, *, line: int = 0, column: int = 0, position: int = 0) -> None:
        super().__init__(message)
        self.line = line
        self.column = column
        self.position = position


def read_json(data: bytes | bytearray | str, *, max_size: int | None = None, alone: bool = True) -> JsonValue:
    """Parse one JSON value.

    As in Go, the last of several equal keys counts, and half of a surrogate pair is replaced by U+FFFD. A byte order
    mark is ignored. ``NaN``, ``Infinity`` and numbers that no float can hold are errors.

    Args:
        data: UTF-8, or text.
        max_size: Bytes (or characters) that are read at most; ``None`` for no limit.
        alone: Whether nothing may follow the value; else the rest is not looked at, as by Go's ``Decoder``.

    Raises:
        JsonError: It is something else, nested deeper than `MAX_DEPTH`, or too long.
    """
    if max_size is not None and len(data) > max_size:
        raise JsonError(f"it is longer than {max_size} bytes")
    text = _text(data)
    if text.count("[") + text.count("{") > MAX_DEPTH and _depth_exceeds(text, MAX_DEPTH):
        raise JsonError(f"it is nested more than {MAX_DEPTH} levels deep")
    if _SURROGATE_ESCAPE.search(text):
        text = _ESCAPE.sub(lambda found: r"\ufffd" if found[1] else found[0], text)
    failure: JsonError
    try:
        if alone:
            return _DECODER.decode(text)  # type: ignore[no-any-return]
        return _DECODER.raw_decode(text, len(text) - len(text.lstrip(" \t\r\n")))[0]  # type: ignore[no-any-return]
    except json.JSONDecodeError as error:
        failure = JsonError(
            f"it is not JSON (line {error.lineno}, column {error.colno})",
            line=error.lineno,
            column=error.colno,
            position=error.pos,
        )
    except JsonError as error:
        failure = error
    except ValueError:  # more digits than Python converts
        failure = JsonError("a number in it is too long")
    raise failure  # outside of the exception, which holds the text


def read_json_object(data: bytes | bytearray | str, *, max_size: int | None = None) -> dict[str, Any]:
    """Parse one JSON object; see `read_json`.

    Raises:
        JsonError: It is something else.
    """
    value = read_json(data, max_size=max_size)
    if not isinstance(value, dict):
        raise JsonError("it is not a JSON object")
    return value


def read_int(value: object, *, minimum: int = _SMALLEST) -> int | None:
    """Return a whole number of JSON, or of a text of ASCII digits, that fits in 64 bits.

    Args:
        value: A JSON value, or the text of a header or message.
        minimum: The smallest number that is returned.

    Returns:
        The number; ``None`` for anything else, such as ``True``, ``1.5``, ``"²"``, ``"+1"`` and ``"1_000"``.
    """
    if isinstance(value, str):
        value = int(value) if _WHOLE.fullmatch(value) else None
    if not isinstance(value, int) or isinstance(value, bool) or not minimum <= value <= _LARGEST:
        return None
    return int(value)


def read_text(value: object) -> str:
    """Return a JSON text; the empty text for anything else, as of a field whose value does not fit its model."""
    return value if isinstance(value, str) else ""


def read_object(value: object) -> dict[str, Any]:
    """Return a JSON object; an empty one for anything else, as `read_text` does."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _text(data: bytes | bytearray | str) -> str:
    try:
        if isinstance(data, str):
            data.encode()  # surrogates of an undecodable environment variable
            return data.removeprefix(_BYTE_ORDER_MARK)
        return data.decode().removeprefix(_BYTE_ORDER_MARK)
    except UnicodeError:
        pass
    raise JsonError("it is not UTF-8")


def _depth_exceeds(text: str, limit: int) -> bool:
    depth = 0
    for bracket in _BRACKETS.finditer(_STRINGS.sub("", text)):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > limit:
            return True
    return False


def _refuse(name: str) -> NoReturn:
    raise JsonError(f"it holds {name}, which is not JSON")


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise JsonError("a number in it is too large")
    return number


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse, parse_float=_float)
