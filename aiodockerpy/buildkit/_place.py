"""Find the place in a Dockerfile where a step is, for engines that do not report it, and show its lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

_PARSE_ERROR: Final = re.compile(r"parse error (?:on )?line ([0-9]{1,9}):", re.IGNORECASE)
_ESCAPE: Final = re.compile(r"#\s*escape\s*=\s*(\S)\s*", re.IGNORECASE)
_VARIABLE: Final = re.compile(r"\$\w+|\$\{[^{}]*\}")
_QUOTES: Final = str.maketrans("", "", "\"'\\`")
# Lines shown before and after the place.
_AROUND: Final = 2


def excerpt_of(lines: Sequence[str], line: int) -> str:
    """Return the lines around a line, numbered and with a mark at it; empty if there is no such line."""
    if not 0 < line <= len(lines):
        return ""
    numbers = range(max(1, line - _AROUND), min(len(lines), line + _AROUND) + 1)
    return "\n".join(f"{'>>>' if number == line else '   '} {number:4d} | {lines[number - 1]}" for number in numbers)


def line_of(step: str, message: str, dockerfile: str) -> int:
    """Find the line, from 1, where the instruction of a step begins; 0 if that is not certain.

    Args:
        step: The step's name, such as ``[2/3] RUN make``; variables may have their values in it.
        message: What the engine says about the failure.
        dockerfile: The Dockerfile.
    """
    reported = _PARSE_ERROR.search(message)
    if reported is not None:
        return int(reported[1])
    wanted = _plain(step.partition("] ")[2])
    found = [line for line, text in _instructions(dockerfile) if _matches(text, wanted)]
    return found[0] if wanted and len(found) == 1 else 0


def _instructions(dockerfile: str) -> Iterator[tuple[int, str]]:
    """Yield each instruction in one line, with the number of its first."""
    escape, begin, parts = "\\", 0, list[str]()
    for number, line in enumerate(dockerfile.splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            directive = _ESCAPE.fullmatch(text)
            escape = directive[1] if directive is not None else escape
            continue
        begin = begin if parts else number
        parts.append(text.removesuffix(escape))
        if not text.endswith(escape):
            yield begin, "".join(f"{part} " for part in parts)
            parts.clear()


def _matches(instruction: str, wanted: str) -> bool:
    """Return whether an instruction may have become this text, with any text for its variables; in linear time."""
    word, _, rest = _plain(instruction).partition(" ")
    first, *middle = _VARIABLE.split(f"{word.upper()} {rest}")
    if not middle:
        return first == wanted
    last = middle.pop()
    if not wanted.startswith(first):
        return False
    at = len(first)
    for piece in middle:
        at = wanted.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return len(wanted) - len(last) >= at and wanted.endswith(last)


def _plain(text: str) -> str:
    """Remove what may be written in several ways."""
    return " ".join(text.translate(_QUOTES).split())
