"""The paths a Dockerfile names, with every target of a symbolic link on the way to them.

The engine asks only for the part of the context that the Dockerfile copies. A link in there must come with what it
points to, and a link cannot lead out of the context: ``/`` is the context's root, and ``..`` stops there.
"""

from __future__ import annotations

import os
import posixpath
import stat
from typing import TYPE_CHECKING

from aiodockerpy._protocol.dockerignore import matching_names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def follow_links(root: Path, paths: list[str]) -> list[str] | None:
    """Return the paths and the targets of links in them, relative to the root; ``None`` if that is everything."""
    resolver = _Resolver(root)
    for path in paths:
        resolver.add(path)
    if "." in resolver.found:
        return None
    return without_nested(sorted(resolver.found))


def without_nested(paths: list[str]) -> list[str]:
    """Drop paths that lie below another one of the list."""
    given = set(paths)
    return [path for path in sorted(given) if given.isdisjoint(_parents(path))]


def _parents(path: str) -> Iterator[str]:
    end = path.find("/")
    while end >= 0:
        yield path[:end]
        end = path.find("/", end + 1)


class _Resolver:
    def __init__(self, root: Path) -> None:
        self._root = root
        self.found: set[str] = set()

    def add(self, path: str) -> None:
        """Add a path and everything that the links on it lead to."""
        waiting = [path]
        while waiting:
            waiting += reversed(self._next(waiting.pop()))

    def _next(self, path: str) -> list[str]:
        """Add a path up to the first link on it; return the paths to which that leads."""
        rest = posixpath.normpath("/" + path).lstrip("/")
        current = ""
        while True:
            head, _, rest = rest.partition("/")
            current = posixpath.join(current, head) if head else "."
            targets = self._targets(current)
            if targets or not rest:
                if current in self.found:
                    return []
                self.found.add(current)
                return [posixpath.join(target, rest) for target in targets]

    def _targets(self, path: str) -> list[str]:
        """Return the targets of the links that a path names; its last part may have wildcards."""
        parent, name = posixpath.split(path)
        if not any(sign in name for sign in "*?[\\"):
            return self._target(path)
        try:
            names = sorted(place.name for place in (self._root / parent).iterdir())
        except OSError:
            return []
        return [
            target for found in matching_names(name, names) for target in self._target(posixpath.join(parent, found))
        ]

    def _target(self, path: str) -> list[str]:
        place = self._root / path
        try:
            if not stat.S_ISLNK(place.lstat().st_mode):
                return []
            target = os.fspath(place.readlink()).replace(os.sep, "/")
        except OSError:
            return []
        return [posixpath.normpath(posixpath.join("/", posixpath.dirname(path), target))]
