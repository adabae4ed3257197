r"""Streams of JSON messages: progress, events, stats.

Messages end in ``\n`` or ``\r\n``, or begin with 0x1E (RFC 7464), or just follow each other. They never hold a raw
newline, and may be long: one line of a build's trace can be megabytes.
"""

from __future__ import annotations

import itertools
import re
from typing import Final

from aiodockerpy import errors
from aiodockerpy._protocol.outside import JsonError, read_json

_BLANK: Final = b" \t\r\n"
_RECORD_SEPARATOR: Final = b"\x1e"
# An opening or closing bracket, or a string: whole (3), or cut by the end of the data (4: whether inside an escape).
_TOKEN: Final = re.compile(rb'([{\[])|([}\]])|"[^"\\]*+(?:\\.[^"\\]*+)*+(?:(")|(\\?))', re.DOTALL)
_REST_OF_STRING: Final = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+(?:(")|(\\?))', re.DOTALL)
_ADJACENT: Final = re.compile(rb"\}[ \t\r]*\{")
_ROOM_FOR_NEWLINE: Final = 2


class _Scanner:
    """Follows the nesting of JSON text through any pieces, so that the end of an object is seen without a newline."""

    __slots__ = ("_depth", "_escaped", "_quoted")

    def __init__(self) -> None:
        self._depth = 0
        self._quoted = False
        self._escaped = False  # the last byte was a backslash

    def scan(self, data: bytes) -> list[int]:
        """Scan the next piece; return where objects and arrays of the outermost level end."""
        ends: list[int] = []
        position = self._skip_string(data)
        depth = self._depth
        for token in _TOKEN.finditer(data, position):
            kind = token.lastindex
            if kind == 1:
                depth += 1
            elif kind == 2:
                depth -= 1
                if depth == 0:
                    ends.append(token.end())
            elif kind == 4:  # only at the end of the data
                self._quoted, self._escaped = True, bool(token[4])
        self._depth = depth
        return ends

    def _skip_string(self, data: bytes) -> int:
        """Return the place after the string in which the piece before ended."""
        position = 1 if self._escaped else 0
        if not (self._quoted and data):
            return 0
        rest = _REST_OF_STRING.match(data, position)
        assert rest is not None  # noqa: S101 - it matches the empty string
        self._quoted = rest[1] is None
        self._escaped = bool(rest[2])
        return rest.end()


class JsonStreamDecoder:
    """Split a stream into its messages, each as the bytes of one JSON value.

    Args:
        max_message: Longest message accepted, in bytes; ``None`` for any.

    Attributes:
        failure: The error that the next call raises.
    """

    __slots__ = ("_max", "_offset", "_parts", "_scanned", "_scanned_size", "_scanner", "_size", "failure")

    def __init__(self, max_message: int | None = None) -> None:
        self._max = max_message
        self._offset = 0  # of the first byte that is held back
        self._parts: list[bytes] = []  # the beginning of a message
        self._size = 0
        self._scanner = _Scanner()
        self._scanned = 0  # how many parts the scanner has seen
        self._scanned_size = 0
        self.failure: errors.StreamParseError | None = None

    def feed(self, data: bytes) -> list[bytes]:
        """Return the messages that the data completes.

        Raises:
            StreamParseError: A message is longer than allowed; nothing after it is decoded.
        """
        if self.failure is not None:
            raise self.failure
        if _RECORD_SEPARATOR in data:
            data = data.replace(_RECORD_SEPARATOR, b"\n")
        messages: list[bytes] = []
        newline = data.rfind(b"\n") + 1
        if newline:
            self._lines(data[:newline], messages)
        if newline < len(data):
            self._hold(data[newline:] if newline else data, messages)
        return self._checked(messages)

    def flush(self) -> list[bytes]:
        """Return a last message that is whole but for its newline."""
        rest = b"".join(self._parts).strip(_BLANK)
        if not rest or self.failure is not None or not _is_json(rest):
            return []
        self._offset += self._size
        self._keep(b"")
        return self._checked([rest])

    def close(self) -> None:
        """Raise if the stream ended inside a message.

        Raises:
            StreamParseError: The last message is cut.
        """
        if self.failure is not None:
            raise self.failure
        rest = b"".join(self._parts).strip(_BLANK)
        if rest and not _is_json(rest):
            end = self._offset + self._size
            text = f"the stream ended inside a message, after {len(rest)} bytes of it"
            raise errors.StreamParseError(text, offset=end)

    def _lines(self, data: bytes, messages: list[bytes]) -> None:
        """Decode whole lines."""
        if self._parts:
            self._parts.append(data)
            data = b"".join(self._parts)
            self._keep(b"")
            self._scanner = _Scanner()
        self._offset += len(data)
        lines = [message for line in data.split(b"\n") if (message := line.strip(_BLANK))]
        if _ADJACENT.search(data):  # asked once for all, since it is hardly ever so
            lines = [message for line in lines for message in _separate(line, _Scanner().scan(line))]
        messages += lines

    def _hold(self, data: bytes, messages: list[bytes]) -> None:
        """Keep the beginning of a line, but for the messages in it that are whole."""
        self._parts.append(data)
        self._size += len(data)
        if not (data.rstrip(_BLANK).endswith(b"}") or _ADJACENT.search(data)):
            return
        last = 0
        for part in self._parts[self._scanned :]:
            ends = self._scanner.scan(part)
            last = self._scanned_size + ends[-1] if ends else last
            self._scanned_size += len(part)
        self._scanned = len(self._parts)
        if last:
            whole = b"".join(self._parts)
            head = whole[:last]
            messages.extend(_separate(head, _Scanner().scan(head)))
            self._offset += last
            self._keep(whole[last:])

    def _keep(self, data: bytes) -> None:
        """Keep only this, which the scanner has seen."""
        self._parts = [data] if data else []
        self._size = self._scanned_size = len(data)
        self._scanned = len(self._parts)

    def _checked(self, messages: list[bytes]) -> list[bytes]:
        """Refuse what is too long, but deliver what stands before it."""
        longest = self._max
        if longest is None or (
            self._size <= longest + _ROOM_FOR_NEWLINE and max(map(len, messages), default=0) <= longest
        ):
            return messages
        allowed = list(itertools.takewhile(lambda message: len(message) <= longest, messages))
        self.failure = errors.StreamParseError(
            f"a message is longer than {longest} bytes (max_response_size raises the limit)"
        )
        if not allowed:
            raise self.failure
        return allowed


def _separate(data: bytes, ends: list[int]) -> list[bytes]:
    """Cut at the ends of objects."""
    pieces = (data[begin:end].strip(_BLANK) for begin, end in itertools.pairwise([0, *ends, len(data)]))
    return [piece for piece in pieces if piece]


def _is_json(data: bytes) -> bool:
    try:
        read_json(data)
    except JsonError:
        return False
    return True
