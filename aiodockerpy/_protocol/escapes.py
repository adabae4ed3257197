r"""What a backslash means in an ignore pattern, and a name in a class.

The reference implementation makes an expression of Go's ``regexp`` of a pattern and leaves backslashes as they are. So
``\*`` is a star, but ``\d`` is a digit, ``\t`` a tab, ``\b`` the edge of a word, and ``\c`` an error. This matters for
patterns with the backslashes of Windows between names: ``bin\debug`` excludes nothing, and ``src\css`` is refused.
"""

from __future__ import annotations

import re
from typing import Final

Ranges = tuple[tuple[str, str], ...]
"""Characters, as ranges with both ends included."""

_LAST: Final = 0x10FFFF
_CONTROL: Final = dict(zip("afnrtv", "\a\f\n\r\t\v", strict=True))
_NUMBER: Final = r"x([0-9A-Fa-f]{2})|(0[0-7]{0,2}|[1-7][0-7]{1,2})"


def _others(ranges: Ranges) -> Ranges:
    """Return the characters that are not in ranges, which ascend."""
    starts = [0, *(ord(high) + 1 for _, high in ranges)]
    ends = [*(ord(low) - 1 for low, _ in ranges), _LAST]
    return tuple((chr(start), chr(end)) for start, end in zip(starts, ends, strict=True) if start <= end)


_DIGITS: Final[Ranges] = (("0", "9"),)
_BLANKS: Final[Ranges] = (("\t", "\n"), ("\f", "\r"), (" ", " "))
_WORDS: Final[Ranges] = (("0", "9"), ("A", "Z"), ("_", "_"), ("a", "z"))
_NAMED: Final[dict[str, Ranges]] = {
    "alnum": (("0", "9"), ("A", "Z"), ("a", "z")),
    "alpha": (("A", "Z"), ("a", "z")),
    "ascii": (("\0", "\x7f"),),
    "blank": (("\t", "\t"), (" ", " ")),
    "cntrl": (("\0", "\x1f"), ("\x7f", "\x7f")),
    "digit": _DIGITS,
    "graph": (("!", "~"),),
    "lower": (("a", "z"),),
    "print": ((" ", "~"),),
    "punct": (("!", "/"), (":", "@"), ("[", "`"), ("{", "~")),
    "space": (("\t", "\r"), (" ", " ")),
    "upper": (("A", "Z"),),
    "word": _WORDS,
    "xdigit": (("0", "9"), ("A", "F"), ("a", "f")),
}
CLASSES: Final[dict[str, Ranges]] = {
    "d": _DIGITS,
    "s": _BLANKS,
    "w": _WORDS,
    "D": _others(_DIGITS),
    "S": _others(_BLANKS),
    "W": _others(_WORDS),
}
"""Letters that stand for one of several characters."""
NAMED_CLASSES: Final[dict[str, Ranges]] = {
    **{f"[:{name}:]": ranges for name, ranges in _NAMED.items()},
    **{f"[:^{name}:]": _others(ranges) for name, ranges in _NAMED.items()},
}
"""What stands for several characters inside brackets only."""
POSITIONS: Final = frozenset("bBAz")
"""Letters that stand for a position: at the edge of a word, not at one, the start and the end."""


def escaped(text: str, start: int) -> tuple[str, int]:
    """Return the character that follows a backslash, and where the text goes on; an empty one if it is an error.

    Args:
        text: The pattern.
        start: Where the text after the backslash begins.
    """
    if found := re.compile(_NUMBER).match(text, start):
        return chr(int(found[1], 16) if found[1] else int(found[2], 8)), found.end()
    character = text[start : start + 1]
    if character.isascii() and not character.isalnum():
        return character, start + 1
    return _CONTROL.get(character, ""), start + 1


def is_word(character: str) -> bool:
    """Return whether a character belongs to a word."""
    return any(low <= character <= high for low, high in _WORDS)
