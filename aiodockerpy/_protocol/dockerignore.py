r"""The patterns of ``.dockerignore``, with the meaning that the engine gives them.

A pattern matches a path if it matches the path or a parent of it. Patterns count in order: a plain one excludes, one
with ``!`` takes back. ``*`` and ``?`` stop at slashes, ``**`` does not, ``[a-z]`` is a class, ``\`` makes the next
character plain. A backslash before a letter and a wildcard inside a class are plain characters here too, as they are
for Go's ``filepath.Match``; the reference implementation stumbles over them.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from aiodockerpy import errors

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Hits", "Pattern", "PatternMatcher", "read_patterns"]

Hits: TypeAlias = tuple[bool, ...]
"""For each pattern whether it matches a path or a parent of it."""

_BLANK: Final = (  # what Go takes for blank; Python's strip knows four more
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
_BOM: Final = "\ufeff"
_ANY: Final = ".*"
_ANY_PARENTS: Final = "(?:.*/)?"
_SEGMENT: Final = "[^/]*"
_CHARACTER: Final = "[^/]"


def read_patterns(text: str) -> list[str]:
    """Read the lines of an ignore file: no comments, no blank lines, cleaned and relative paths."""
    patterns: list[str] = []
    for line in text.removeprefix(_BOM).split("\n"):
        pattern = "" if line.startswith("#") else line.strip(_BLANK)
        if not pattern:
            continue
        sign = "!" if pattern.startswith("!") else ""
        path = pattern[len(sign) :].strip(_BLANK)
        if path:
            path = _clean(path)
            path = path.removeprefix("/") or path
        patterns.append(sign + path)
    return patterns


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern.

    Attributes:
        text: The cleaned pattern without its ``!``.
        exception: Whether it takes back what others exclude.
        regex: What it matches, whole paths.
        parts: What stands between the slashes; ``None`` if no part of it can be told apart.
    """

    text: str
    exception: bool
    regex: re.Pattern[str]
    parts: tuple[str, ...] | None

    @classmethod
    def parse(cls, text: str) -> Pattern:
        """Read one pattern.

        Raises:
            InvalidArgument: A class is malformed, a backslash stands last, or there is nothing behind the ``!``.
        """
        cleaned = _clean(text)
        exception = cleaned.startswith("!")
        path = cleaned[1:] if exception else cleaned
        if not path:
            raise errors.InvalidArgument("the pattern '!' takes back nothing")
        regex = re.compile(_Translator(path).translate(), re.DOTALL)
        return cls(path, exception, regex, None if set(path) & set("[\\") else tuple(path.split("/")))

    def may_match_below(self, directory: list[str]) -> bool:
        """Whether it can match something in a directory without matching the directory or a parent of it."""
        if self.parts is None:
            return True
        for part, name in zip(self.parts, directory, strict=False):
            if "**" in part:
                return True
            if not set(part) & set("*?") and part != name:
                return False
        return len(self.parts) > len(directory)


class PatternMatcher:
    r"""All patterns of an ignore file.

    Raises:
        InvalidArgument: A pattern is malformed.

    Example:
        >>> ignored = PatternMatcher(read_patterns("*.log\n!keep.log\n"))
        >>> ignored.matches("a.log"), ignored.matches("keep.log")
        (True, False)
    """

    __slots__ = ("_exceptions", "patterns")

    def __init__(self, patterns: Iterable[str]) -> None:
        stripped = (pattern.strip(_BLANK) for pattern in patterns)
        self.patterns: tuple[Pattern, ...] = tuple(Pattern.parse(pattern) for pattern in stripped if pattern)
        self._exceptions = [pattern for pattern in self.patterns if pattern.exception]

    def matches(self, path: str) -> bool:
        """Whether a path, with slashes and relative to the root, is excluded. The root never is."""
        cleaned = _clean(path)
        if cleaned == ".":
            return False
        hits: Hits | None = None
        parts = cleaned.split("/")
        for end in range(1, len(parts) + 1):
            hits = self.hits("/".join(parts[:end]), hits)
        return self.excludes(hits or ())

    def hits(self, path: str, parent: Hits | None = None) -> Hits:
        """Match a path for a walker, given what it got for the directory; ``None`` for what stands in the root."""
        if parent is None:
            return tuple(pattern.regex.fullmatch(path) is not None for pattern in self.patterns)
        return tuple(
            hit or pattern.regex.fullmatch(path) is not None for hit, pattern in zip(parent, self.patterns, strict=True)
        )

    def excludes(self, hits: Hits) -> bool:
        """Whether a path with these hits is excluded: the last pattern that matches decides."""
        last = next(
            (pattern for hit, pattern in zip(reversed(hits), reversed(self.patterns), strict=True) if hit), None
        )
        return last is not None and not last.exception

    def can_skip(self, directory: str) -> bool:
        """Whether nothing below an excluded directory can be taken back, so that it need not be walked."""
        names = _clean(directory).split("/")
        return not any(pattern.may_match_below(names) for pattern in self._exceptions)


class _Translator:
    """Translates one pattern to a regular expression."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._position = 0
        self._wild = False  # whether there is a wildcard other than ** at an end

    def translate(self) -> str:
        pattern = self._pattern
        result: list[str] = []
        while self._position < len(pattern):
            piece = self._next(pattern[self._position])
            # Several in a row mean the same as one, which is much cheaper.
            if not (result and piece == result[-1] and piece in {_ANY_PARENTS, _SEGMENT}):
                result.append(piece)
        if result[0] == _ANY_PARENTS and not self._wild and not pattern.startswith("**/"):
            result[0] = _ANY  # "**name" matches the end of a name, "**name*" does not: so it is
        return "".join(result)

    def _next(self, character: str) -> str:
        if character == "*":
            return self._stars()
        if character == "[":
            self._wild = True
            return self._class()
        self._position += 1
        if character == "?":
            self._wild = True
            return _CHARACTER
        if character == "\\":
            self._wild = True
            return re.escape(self._take())
        return re.escape(character)

    def _stars(self) -> str:
        pattern = self._pattern
        if not pattern.startswith("**", self._position):
            self._position += 1
            self._wild = True
            return _SEGMENT
        first = self._position == 0
        self._position += 2
        if pattern.startswith("/", self._position):
            self._position += 1
        self._wild = self._wild or not first
        return _ANY if self._position == len(pattern) else _ANY_PARENTS

    def _class(self) -> str:
        self._position += 1
        negated = self._pattern.startswith("^", self._position)
        self._position += negated
        ranges: list[str] = []
        while not (ranges and self._pattern.startswith("]", self._position)):
            ranges.append(self._range())
        self._position += 1
        return f"[{'^' if negated else ''}{''.join(ranges)}]"

    def _range(self) -> str:
        low = self._member()
        if not self._pattern.startswith("-", self._position):
            return re.escape(low)
        self._position += 1
        high = self._member()
        if high < low:
            raise self._bad()
        return f"{re.escape(low)}-{re.escape(high)}"

    def _member(self) -> str:
        character = self._take()
        if character in "-]":
            raise self._bad()
        return self._take() if character == "\\" else character

    def _take(self) -> str:
        if self._position >= len(self._pattern):
            raise self._bad()
        self._position += 1
        return self._pattern[self._position - 1]

    def _bad(self) -> errors.InvalidArgument:
        return errors.InvalidArgument(f"{self._pattern!r} is no valid pattern")


def _clean(path: str) -> str:
    """Shorten a path as Go does: no doubled slashes, no ``.``, no ``..`` behind a name."""
    cleaned = posixpath.normpath(path)
    return cleaned[1:] if cleaned.startswith("//") else cleaned
