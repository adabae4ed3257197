"""Which entries of a directory are sent: the engine's include, exclude and follow patterns."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from aiodockerpy._protocol.dockerignore import PatternMatcher

from .follow import follow_links, without_nested

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from aiodockerpy._protocol.dockerignore import Pattern

__all__ = ["TOP", "Above", "Filter", "Verdict"]


class Verdict(Enum):
    """What becomes of an entry."""

    KEEP = auto()
    LOOK_BELOW = auto()
    """A directory that is sent only if something below it is."""
    SKIP = auto()


class Above(NamedTuple):
    """What is known of an entry's directory: the last pattern of each list that matches it or a parent of it."""

    include: int = -1
    exclude: int = -1


TOP = Above()


class _Patterns:
    """A list of patterns, the last match of which decides, prepared for thousands of lines and of paths.

    What matches a directory matches everything below it: the last match of a path is the later one of its directory's
    and its own. Patterns without wildcards are looked up, and one regular expression tells whether to try the others.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self.patterns: tuple[Pattern, ...] = PatternMatcher(texts).patterns
        self._plain: dict[str, int] = {}
        self._wild: list[int] = []
        for number, pattern in enumerate(self.patterns):
            if pattern.parts is not None and not set(pattern.text) & set("*?"):
                self._plain[pattern.text] = number
            else:
                self._wild.append(number)
        joined = "|".join(f"(?:{self.patterns[number].regex.pattern})" for number in self._wild)
        self._any_wild = re.compile(joined, re.DOTALL)

    def last(self, path: str, above: int) -> int:
        """The last pattern that matches a path or a parent of it; -1 for none."""
        found = max(above, self._plain.get(path, -1))
        if self._wild and self._any_wild.fullmatch(path):
            for number in reversed(self._wild):
                if number <= found:
                    break
                if self.patterns[number].regex.fullmatch(path):
                    return number
        return found

    def matches(self, last: int) -> bool:
        """Whether a path whose last match this is counts as matched."""
        return last >= 0 and not self.patterns[last].exception

    def may_match_below(self, path: str, *, exception: bool) -> bool:
        """Whether a pattern, or an exception, can still match something in a directory."""
        names = path.split("/")
        return any(pattern.may_match_below(names) for pattern in self.patterns if pattern.exception is exception)


class Filter:
    """The engine's patterns for one transfer.

    Args:
        include: Only what these match; everything if empty.
        exclude: Nothing of what these match; a later ``!`` pattern lets something in again.

    Raises:
        InvalidArgument: A pattern is malformed.
    """

    def __init__(self, include: Sequence[str] = (), exclude: Sequence[str] = ()) -> None:
        self._include = _Patterns(include) if include else None
        self._exclude = _Patterns(exclude) if exclude else None

    @classmethod
    def of(cls, root: Path, *, include: Sequence[str], exclude: Sequence[str], follow: Sequence[str]) -> Filter:
        """Make the filter of a request; reads the links on the way to ``follow``."""
        paths = list(include)
        if follow:
            paths = without_nested(paths + (follow_links(root, list(follow)) or []))
        return cls(paths, exclude)

    def judge(self, path: str, above: Above, *, is_directory: bool) -> tuple[Verdict, Above]:
        """Decide about one entry, given what came out for its directory; nothing below a SKIP is asked about."""
        verdict = Verdict.KEEP
        included = excluded = -1
        if self._include is not None:
            included = self._include.last(path, above.include)
            if not self._include.matches(included):
                if not (is_directory and self._include.may_match_below(path, exception=False)):
                    return Verdict.SKIP, TOP
                verdict = Verdict.LOOK_BELOW
        if self._exclude is not None:
            excluded = self._exclude.last(path, above.exclude)
            if self._exclude.matches(excluded):
                if not (is_directory and self._exclude.may_match_below(path, exception=True)):
                    return Verdict.SKIP, TOP
                verdict = Verdict.LOOK_BELOW
        return verdict, Above(included, excluded)
