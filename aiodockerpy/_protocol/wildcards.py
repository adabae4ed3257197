"""The syntax of one ignore pattern, and an automaton that matches many of them at once in linear time.

Text from outside decides what is matched here, so nothing backtracks: the automaton keeps the set of all positions in
all patterns as the bits of one integer and advances it by a few integer operations a character, whatever the patterns.
Sets that were seen are kept with the ones that followed them, so that most characters cost one dictionary lookup.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum, auto
from typing import Final, NamedTuple, TypeAlias

from aiodockerpy._protocol.escapes import CLASSES, NAMED_CLASSES, POSITIONS, Ranges, escaped, is_word
from aiodockerpy.errors import InvalidArgument


class Wildcard(Enum):
    """Characters that a piece accepts, where they are not listed."""

    CHARACTER = auto()
    NOT_NEWLINE = auto()
    NOT_SLASH = auto()


class Class(NamedTuple):
    """A bracket expression: the characters of these ranges, or all others."""

    negated: bool
    ranges: Ranges


class Position(NamedTuple):
    """A place between characters, by the letter after the backslash; see `POSITIONS`."""

    letter: str


Accepts: TypeAlias = "str | Class | Wildcard"
"""What a piece accepts: one character, a class, or any."""


class Kind(Enum):
    """How often a piece may occur."""

    ONE = auto()
    MANY = auto()
    """Any number of times."""
    PARENTS = auto()
    """Any number of characters up to a slash, or nothing."""


class Piece(NamedTuple):
    """One part of a pattern."""

    kind: Kind
    accepts: Accepts


_STAR: Final = Piece(Kind.MANY, Wildcard.NOT_SLASH)
_QUESTION: Final = Piece(Kind.ONE, Wildcard.NOT_SLASH)
_SEVERAL: Final = rf"(?:(?P<name>\[:.*?:\])|\\(?P<letter>[{''.join(CLASSES)}]))(?P<hyphen>-?)"
_NOTHING: Final = Piece(Kind.ONE, Class(False, ()))
"""A piece that accepts no character."""


def parse(pattern: str) -> tuple[Piece, ...]:
    """Parse a pattern of an ignore file.

    Raises:
        InvalidArgument: A class is malformed, a backslash is the last character, or has no meaning before the next one.
    """
    return _Parser(pattern, escapes=True).path()


def parse_name(pattern: str) -> tuple[Piece, ...]:
    """Parse a pattern for one name, in which ``**`` means the same as ``*``, and a backslash makes a letter plain.

    Raises:
        InvalidArgument: A class is malformed, or a backslash is the last character.
    """
    return _Parser(pattern, escapes=False).name()


class _Match(Enum):
    """The ways in which the reference implementation matches; they differ in small things."""

    EXACT = auto()
    PREFIX = auto()
    SUFFIX = auto()
    EXPRESSION = auto()


class _Parser:
    """Takes a pattern apart.

    Args:
        pattern: The pattern.
        escapes: Whether letters after a backslash have meanings of their own.
    """

    def __init__(self, pattern: str, *, escapes: bool) -> None:
        self._pattern = pattern
        self._escapes = escapes
        self._position = 0
        self._match = _Match.EXACT

    def path(self) -> tuple[Piece, ...]:
        parsed: list[Piece | Position] = []
        while self._position < len(self._pattern):
            piece = self._stars() if self._pattern.startswith("**", self._position) else self._single()
            _append(parsed, piece)
        pieces = self._without_positions(parsed)
        if self._match is _Match.SUFFIX and not self._pattern.startswith("**/"):
            pieces[0] = Piece(Kind.MANY, Wildcard.CHARACTER)  # "**name" matches the end of a name, "**name*" does not
        if self._match is _Match.EXPRESSION:  # in which "." stops at a new line
            return tuple(piece._replace(accepts=_in_expression(piece)) for piece in pieces)
        return tuple(pieces)

    def name(self) -> tuple[Piece, ...]:
        pieces: list[Piece | Position] = []
        while self._position < len(self._pattern):
            _append(pieces, self._single())
        return tuple(self._without_positions(pieces))

    def _stars(self) -> Piece:
        first = self._position == 0
        self._position += 2
        self._position += self._pattern.startswith("/", self._position)
        last = self._position == len(self._pattern)
        if first:
            self._match = _Match.SUFFIX
        else:
            self._match = _Match.PREFIX if last and self._match is _Match.EXACT else _Match.EXPRESSION
        return Piece(Kind.MANY if last else Kind.PARENTS, Wildcard.CHARACTER)

    def _single(self) -> Piece | Position:
        character = self._take()
        if character not in "*?[]\\":
            return Piece(Kind.ONE, character)
        self._match = _Match.EXPRESSION
        if character == "*":
            return _STAR
        if character == "?":
            return _QUESTION
        if character == "[":
            return Piece(Kind.ONE, self._class())
        return self._after_backslash() if character == "\\" else Piece(Kind.ONE, character)

    def _after_backslash(self) -> Piece | Position:
        letter = self._pattern[self._position : self._position + 1]
        if self._escapes and letter in POSITIONS:
            return Position(self._take())
        if self._escapes and letter in CLASSES:
            return Piece(Kind.ONE, Class(False, CLASSES[self._take()]))
        return Piece(Kind.ONE, self._escaped())

    def _escaped(self) -> str:
        """Take the one character that a backslash and what follows it stand for."""
        if not self._escapes:
            return self._take()
        character, self._position = escaped(self._pattern, self._position)
        if not character:
            raise self._malformed()
        return character

    def _without_positions(self, pieces: list[Piece | Position]) -> list[Piece]:
        """Leave out the positions that are always there; a pattern with one that is never there matches nothing."""
        found = [piece for piece in pieces if isinstance(piece, Piece)]
        before: list[Piece] = []
        for piece in pieces:
            if isinstance(piece, Piece):
                before.append(piece)
            elif not self._is_there(piece.letter, before, found[len(before) :]):
                return [_NOTHING]
        return found

    def _is_there(self, letter: str, before: list[Piece], after: list[Piece]) -> bool:
        if letter in "Az":
            return not (before if letter == "A" else after)
        left, right = _in_word(before[-1:]), _in_word(after[:1])
        if left is None or right is None:  # it depends on the path
            raise self._malformed()
        return (left is not right) is (letter == "b")

    def _class(self) -> Class:
        negated = self._pattern.startswith("^", self._position)
        self._position += negated
        ranges: list[tuple[str, str]] = []
        while not (ranges and self._pattern.startswith("]", self._position)):
            ranges += self._letters() or [self._range()]
        self._position += 1
        return Class(negated, tuple(dict.fromkeys(ranges)))

    def _letters(self) -> Ranges:
        """Take what stands for several characters (a backslash with a letter, or a name), and a hyphen after it."""
        found = re.compile(_SEVERAL, re.DOTALL).match(self._pattern, self._position) if self._escapes else None
        if not found:
            return ()
        name, hyphen = found["name"], found["hyphen"]
        ranges = NAMED_CLASSES.get(name) if name else CLASSES[found["letter"]]
        if ranges is None:
            raise self._malformed()
        self._position = found.end()
        return (*ranges, ("-", "-")) if hyphen else ranges

    def _range(self) -> tuple[str, str]:
        low = high = self._member()
        if self._pattern.startswith("-", self._position):
            self._position += 1
            high = self._member()
        if high < low:
            raise self._malformed()
        return low, high

    def _member(self) -> str:
        character = self._take()
        if character in "-]":
            raise self._malformed()
        return self._escaped() if character == "\\" else character

    def _take(self) -> str:
        if self._position >= len(self._pattern):
            raise self._malformed()
        self._position += 1
        return self._pattern[self._position - 1]

    def _malformed(self) -> InvalidArgument:
        hint = "; between names there is a slash on every system" if "\\" in self._pattern else ""
        return InvalidArgument(f"{self._pattern!r} is not a valid pattern{hint}")


def _append(pieces: list[Piece | Position], piece: Piece | Position) -> None:
    """Add a piece; two equal repetitions mean the same as one."""
    if isinstance(piece, Position) or piece.kind is Kind.ONE or not pieces or pieces[-1] != piece:
        pieces.append(piece)


def _in_word(pieces: list[Piece]) -> bool | None:
    """Return whether what a piece accepts belongs to a word, as no piece does not; ``None`` if it accepts both."""
    if not pieces:
        return False
    kind, accepts = pieces[0]
    if isinstance(accepts, str):
        return is_word(accepts)
    if kind is not Kind.ONE or isinstance(accepts, Wildcard):
        return None
    kinds = {is_word(character) for character in map(chr, range(256)) if _accepts(accepts, character)}
    return kinds.pop() if len(kinds) == 1 else None


def _in_expression(piece: Piece) -> Accepts:
    return Wildcard.NOT_NEWLINE if piece.accepts is Wildcard.CHARACTER else piece.accepts


# ---- the automaton


class Node(dict[str, "Node"]):
    """A set of positions; the nodes that follow it are its values, made when they are asked for.

    Attributes:
        bits: The positions.
        complete: Numbers of the patterns that are complete here, in ascending order.
    """

    __slots__ = ("_automaton", "bits", "complete")

    def __init__(self, automaton: Automaton, bits: int, complete: tuple[int, ...]) -> None:
        self._automaton = automaton
        self.bits = bits
        self.complete = complete

    def __missing__(self, character: str) -> Node:
        following = self[character] = self._automaton.after(self.bits, character)
        return following

    def can_reach(self, *, exception: bool) -> bool:
        """Return whether more characters can complete a pattern of this kind."""
        return self.bits & self._automaton.unfinished[exception] != 0


class Automaton:
    """Matches texts against many patterns at once.

    Args:
        patterns: Number, whether it is an exception, and pieces of each pattern; the numbers ascend.
        memory: Bytes that the nodes may take, roughly.

    Attributes:
        start: Where every text begins.
        unfinished: Positions within patterns that are (at index ``True``) or are not exceptions.
    """

    def __init__(self, patterns: Iterable[tuple[int, bool, Sequence[Piece]]], memory: int = 1 << 25) -> None:
        layout = _Layout()
        for number, exception, pieces in patterns:
            layout.add(number, pieces, exception=exception)
        size = layout.size
        self.unfinished = tuple(_bits(places, size) for places in layout.unfinished)
        self._numbers = layout.numbers
        self._complete = _bits(layout.numbers, size)
        self._skip_one = _bits(layout.skip_one, size)
        self._skip_two = _bits(layout.skip_two, size)
        self._one_of = layout.one_of
        self._classes = [
            (accepts, _bits(layout.one[accepts], size), _bits(layout.many[accepts], size))
            for accepts in layout.one.keys() | layout.many.keys()
        ]
        self._size = size
        self._room = self._most = max(64, memory // (size // 8 + 256))
        self._nodes: dict[int, Node] = {}
        self._masks: dict[str, tuple[int, int]] = {}
        self.start = self._node(self._closed(_bits(layout.starts, size)))

    def after(self, bits: int, character: str) -> Node:
        """Advance a set of positions by one character."""
        self._room -= 1
        if self._room < 0:
            self._forget()
        masks = self._masks.get(character)
        if masks is None:
            masks = self._masks[character] = self._masks_of(character)
        one, many = masks
        return self._node(self._closed((bits & one) << 1 | bits & many))

    def _closed(self, bits: int) -> int:
        """Add the positions that are reached without a character; no more than three such steps follow each other."""
        while True:
            more = bits | (bits & self._skip_one) << 1 | (bits & self._skip_two) << 2
            if more == bits:
                return bits
            bits = more

    def _node(self, bits: int) -> Node:
        node = self._nodes.get(bits)
        if node is None:
            node = self._nodes[bits] = Node(self, bits, tuple(self._numbers_of(bits & self._complete)))
        return node

    def _numbers_of(self, bits: int) -> Iterator[int]:
        return (self._numbers[place] for place in self._numbers if bits >> place & 1) if bits else iter(())

    def _masks_of(self, character: str) -> tuple[int, int]:
        """Return the positions that a character advances, and those that it stays at."""
        one, many = _bits(self._one_of.get(character, ()), self._size), 0
        for accepts, class_one, class_many in self._classes:
            if _accepts(accepts, character):
                one |= class_one
                many |= class_many
        return one, many

    def _forget(self) -> None:
        """Discard all nodes to bound memory."""
        for node in self._nodes.values():
            node.clear()
        self._nodes.clear()
        self._masks.clear()
        self._room = self._most


class _Layout:
    """The positions of patterns, one after the other."""

    def __init__(self) -> None:
        self.size = 0
        self.starts: list[int] = []
        self.numbers: dict[int, int] = {}
        self.unfinished: tuple[list[int], list[int]] = ([], [])
        self.skip_one: list[int] = []
        self.skip_two: list[int] = []
        self.one_of: dict[str, list[int]] = defaultdict(list)
        self.one: dict[Class | Wildcard, list[int]] = defaultdict(list)
        self.many: dict[Class | Wildcard, list[int]] = defaultdict(list)

    def add(self, number: int, pieces: Sequence[Piece], *, exception: bool) -> None:
        self.starts.append(self.size)
        for piece in pieces:
            if piece.kind is Kind.PARENTS:
                self.skip_one.append(self.size)
                self.skip_two.append(self.size)
                self._position(exception=exception)
                self.one_of["/"].append(self.size)
            if piece.kind is Kind.MANY:
                self.skip_one.append(self.size)
            if isinstance(piece.accepts, str):
                self.one_of[piece.accepts].append(self.size)
            else:
                (self.one if piece.kind is Kind.ONE else self.many)[piece.accepts].append(self.size)
            self._position(exception=exception)
        self.numbers[self.size] = number
        self.size += 1

    def _position(self, *, exception: bool) -> None:
        self.unfinished[exception].append(self.size)
        self.size += 1


def _bits(places: Iterable[int], size: int) -> int:
    """Set these bits; linear, which adding them one by one is not."""
    made = bytearray(size // 8 + 1)
    for place in places:
        made[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(made, "little")


def _accepts(accepts: Class | Wildcard, character: str) -> bool:
    if isinstance(accepts, Class):
        return any(low <= character <= high for low, high in accepts.ranges) is not accepts.negated
    return accepts is Wildcard.CHARACTER or character != ("/" if accepts is Wildcard.NOT_SLASH else "\n")
