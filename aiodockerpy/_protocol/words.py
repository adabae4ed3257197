"""Text split into words as a shell splits it."""

from __future__ import annotations

import re
from typing import Final

_PIECE: Final = re.compile(
    r"""
    (?P<plain>[^\ \t\r\n'"\\]+)
    |\\(?P<escaped>.)
    |'(?P<single>[^']*)'
    |"(?P<double>(?:[^"\\]|\\.)*+)"
    |(?P<space>[\ \t\r\n]+)
    """,
    re.DOTALL | re.VERBOSE,
)
_ESCAPED: Final = re.compile(r'\\(["\\])')  # other backslashes between double quotes stand for themselves


def split_words(text: str) -> list[str]:
    """Split as `shlex.split`, in linear time; the time of `shlex` is quadratic in the length of a word.

    Raises:
        ValueError: A quotation has no end, or there is nothing after the last backslash.
    """
    words: list[str] = []
    word: list[str] | None = None  # its pieces; a word without pieces is a pair of empty quotes
    at = 0
    while at < len(text):
        piece = _PIECE.match(text, at)
        if piece is None:
            raise ValueError("No escaped character" if text[at] == "\\" else "No closing quotation")
        at = piece.end()
        kind = str(piece.lastgroup)
        if kind == "space":
            words.extend(() if word is None else ("".join(word),))
            word = None
            continue
        word = [] if word is None else word
        word.append(_ESCAPED.sub(r"\1", piece[kind]) if kind == "double" else piece[kind])
    words.extend(() if word is None else ("".join(word),))
    return words
