"""Which entries of a directory are sent: the engine's include, exclude and follow patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aiodockerpy._archives.walk import Verdict
from aiodockerpy._protocol.dockerignore import PatternMatcher, Place

from .follow import follow_links, without_nested

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Above(NamedTuple):
    """How far the patterns of each list have come at an entry; `Filter.top` is in front of the names of the root."""

    include: Place | None
    exclude: Place | None


class Filter:
    """The engine's patterns for one transfer.

    Args:
        include: Only what these match; everything if empty.
        exclude: Nothing of what these match; a later ``!`` pattern lets something in again.

    Raises:
        InvalidArgument: A pattern is malformed.
    """

    def __init__(self, include: Sequence[str] = (), exclude: Sequence[str] = ()) -> None:
        self._include = PatternMatcher(include) if include else None
        self._exclude = PatternMatcher(exclude) if exclude else None
        self.top = Above(_root(self._include), _root(self._exclude))

    @classmethod
    def of(cls, root: Path, *, include: Sequence[str], exclude: Sequence[str], follow: Sequence[str]) -> Filter:
        """Create the filter of a request; reads the links on the way to ``follow``."""
        paths = list(include)
        if follow:
            paths = without_nested(paths + (follow_links(root, list(follow)) or []))
        return cls(paths, exclude)

    def judge(self, path: str, name: str, above: Above, *, is_directory: bool) -> tuple[Verdict, Above]:
        """Return whether one entry is sent, skipped or searched; nothing below a SKIP is visited."""
        del path
        verdict = Verdict.KEEP
        places: list[Place | None] = []
        for patterns, place, wanted in ((self._include, above.include, True), (self._exclude, above.exclude, False)):
            if patterns is None or place is None:
                places.append(None)
                continue
            found = patterns.enter(place, name)
            below = patterns.below(found) if is_directory else found
            places.append(below)
            if found.excluded is not wanted:
                if not (is_directory and patterns.can_match_below(below, exception=not wanted)):
                    return Verdict.SKIP, above
                verdict = Verdict.LOOK_BELOW
        return verdict, Above(*places)


def _root(patterns: PatternMatcher | None) -> Place | None:
    return None if patterns is None else patterns.root
