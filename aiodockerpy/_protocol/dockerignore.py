r"""Match paths against the patterns of ``.dockerignore``, as the engine does.

A pattern matches a path if it matches the path or a parent of it. Patterns count in order: a plain one excludes, one
with ``!`` includes again. ``*`` and ``?`` stop at slashes, ``**`` does not, ``[a-z]`` is a class, ``\`` makes a sign
plain and gives some letters a meaning (see `escapes`). A wildcard inside a class is a plain character, and so are
``^``, ``|`` and ``{2}`` outside of one, as they are for Go's ``filepath.Match``; in the reference implementation they
have a meaning by accident. What has only such a meaning there (``\Q``, ``\pL``) is refused.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from aiodockerpy._protocol.wildcards import Automaton, Node, Piece, parse, parse_name
from aiodockerpy.errors import InvalidArgument

_BLANK: Final = (  # the characters that are blank for Go; Python's strip() has four more
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
_BOM: Final = "\ufeff"
_AT_ONCE: Final = 2000  # pieces of patterns in one automaton: the integers stay small
_MEMORY: Final = 1 << 25


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


def matching_names(pattern: str, names: Iterable[str]) -> list[str]:
    """Return the names that a wildcard pattern for one name matches; a malformed pattern matches none."""
    try:
        pieces = parse_name(pattern)
    except InvalidArgument:
        return []
    automaton = Automaton([(0, False, pieces)])
    return [name for name in names if _advance(automaton.start, name).complete]


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern.

    Attributes:
        text: The cleaned pattern without its ``!``.
        exception: Whether it includes again what others exclude.
        pieces: What it consists of.
    """

    text: str
    exception: bool
    pieces: tuple[Piece, ...]

    @classmethod
    def parse(cls, text: str) -> Pattern:
        """Parse one pattern.

        Raises:
            InvalidArgument: A class is malformed, a backslash has no meaning, or nothing follows the ``!``.
        """
        cleaned = _clean(text)
        exception = cleaned.startswith("!")
        path = cleaned[1:] if exception else cleaned
        if not path:
            raise InvalidArgument("the pattern '!' has nothing after its '!'")
        return cls(path, exception, parse(path))

    @property
    def is_plain(self) -> bool:
        """Whether it has no wildcards, and so matches only the path that it is."""
        return not set(self.text) & set("*?[]\\")


class _State(NamedTuple):
    """Positions in patterns: of those with wildcards, and of plain ones (``None`` if none begins with this path)."""

    nodes: tuple[Node, ...]
    plain: _Names | None


class Place(NamedTuple):
    """How far the patterns have come at an entry of a walk, or in front of the names of a directory.

    Attributes:
        excluded: Whether the entry is excluded.
        noted: Numbers of the patterns that hold for everything below, in ascending order.
        state: Positions in the patterns.
    """

    excluded: bool
    noted: tuple[int, ...]
    state: _State


class PatternMatcher:
    r"""All patterns of an ignore file.

    The time to match a path is linear in its length, whatever the patterns.

    Raises:
        InvalidArgument: A pattern is malformed.

    Example:
        >>> ignored = PatternMatcher(read_patterns("*.log\n!keep.log\n"))
        >>> ignored.matches("a.log"), ignored.matches("keep.log")
        (True, False)
    """

    __slots__ = ("patterns", "root")

    def __init__(self, patterns: Iterable[str]) -> None:
        stripped = (pattern.strip(_BLANK) for pattern in patterns)
        self.patterns: tuple[Pattern, ...] = tuple(Pattern.parse(pattern) for pattern in stripped if pattern)
        plain = _Names()
        wild: list[tuple[int, Pattern]] = []
        for number, pattern in enumerate(self.patterns):
            if pattern.is_plain:
                plain.add(pattern.text.split("/"), number, exception=pattern.exception)
            else:
                wild.append((number, pattern))
        self.root: Place = Place(False, (), _State(tuple(_automata(wild)), plain))

    def matches(self, path: str) -> bool:
        """Report whether a path is excluded: the last pattern that matches it or a parent of it decides.

        Args:
            path: With slashes and relative to the root, which itself is never excluded.
        """
        cleaned = _clean(path)
        if cleaned == ".":
            return False
        last, state = -1, self.root.state
        for depth, name in enumerate(cleaned.split("/")):
            hits, state = _enter(_below(state) if depth else state, name)
            last = max(last, *hits, -1)
        return last >= 0 and not self.patterns[last].exception

    def enter(self, directory: Place, name: str) -> Place:
        """Match an entry of a directory as the walks of the docker CLI do.

        They try an exception only on what is excluded so far, and a plain pattern only on what is not. What is not
        tried on a directory does not hold for what is below; so the result can differ from that of `matches`.

        Args:
            directory: `root`, or what `below` returned for the directory.
            name: The name of the entry.
        """
        hits, state = _enter(directory.state, name)
        if not hits:
            return Place(directory.excluded, directory.noted, state)
        excluded = False
        inherited = set(directory.noted)
        noted: list[int] = []
        for number in sorted(inherited.union(hits)):
            exception = self.patterns[number].exception
            if number in inherited or exception is excluded:
                noted.append(number)
                excluded = not exception
        return Place(excluded, tuple(noted), state)

    def below(self, place: Place) -> Place:
        """Enter a directory that was matched by `enter`."""
        return place._replace(state=_below(place.state))

    def can_match_below(self, directory: Place, *, exception: bool) -> bool:
        """Report whether a pattern that is (or is not) an exception can match something in a directory by itself.

        Args:
            directory: What `below` returned for it.
            exception: Which of the patterns are asked about.
        """
        nodes, plain = directory.state
        if plain is not None and plain.kinds_below[exception]:
            return True
        return any(node.can_reach(exception=exception) for node in nodes)


class _Names(dict[str, "_Names"]):
    """Plain patterns by their names between the slashes.

    Attributes:
        numbers: The patterns that end here.
        kinds_below: Whether any patterns that are (at index ``True``) or are not exceptions go on from here.
    """

    __slots__ = ("kinds_below", "numbers")

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.kinds_below: list[bool] = [False, False]

    def add(self, names: Sequence[str], number: int, *, exception: bool) -> None:
        at = self
        for name in names:
            at.kinds_below[exception] = True
            if name not in at:
                at[name] = _Names()
            at = at[name]
        at.numbers.append(number)


def _enter(state: _State, name: str) -> tuple[list[int], _State]:
    """Return the patterns that match an entry itself, and the positions at its end."""
    nodes, plain = state
    hits: list[int] = []
    if plain is not None:
        plain = plain.get(name)
        if plain is not None:
            hits += plain.numbers
    following: list[Node] = []
    for node in nodes:
        end = _advance(node, name)
        if end.bits:
            following.append(end)
            hits += end.complete
    return hits, _State(tuple(following), plain)


def _below(state: _State) -> _State:
    nodes = (node["/"] for node in state.nodes)
    return _State(tuple(node for node in nodes if node.bits), state.plain)


def _automata(patterns: Iterable[tuple[int, Pattern]]) -> Iterator[Node]:
    """Distribute patterns over automata of bounded size, and return where those start."""
    groups: list[list[tuple[int, bool, Sequence[Piece]]]] = []
    room = 0
    for number, pattern in patterns:
        room -= len(pattern.pieces)
        if room < 0 or not groups:
            groups.append([])
            room = _AT_ONCE
        groups[-1].append((number, pattern.exception, pattern.pieces))
    return (Automaton(group, _MEMORY // len(groups)).start for group in groups)


def _advance(node: Node, text: str) -> Node:
    for character in text:
        node = node[character]
    return node


def _clean(path: str) -> str:
    """Shorten a path as Go does: no doubled slashes, no ``.``, no ``..`` after a name."""
    cleaned = posixpath.normpath(path)
    return cleaned[1:] if cleaned.startswith("//") else cleaned
