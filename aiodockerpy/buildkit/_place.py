"""Where in a Dockerfile a step is, for engines that do not tell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from aiodockerpy._protocol.outside import read_int

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["line_of"]

_PARSE_ERROR: Final = re.compile(r"parse error (?:on )?line (\d+)", re.IGNORECASE)
_ESCAPE: Final = re.compile(r"#\s*escape\s*=\s*(\S)\s*", re.IGNORECASE)
_VARIABLE: Final = re.compile(r"\$\w+|\$\{[^}]*\}")
_QUOTES: Final = str.maketrans("", "", "\"'\\`")


def line_of(step: str, message: str, dockerfile: str) -> int:
    """Find the line, from 1, where the instruction of a step begins; 0 if that is not sure.

    Args:
        step: The step's name, such as ``[2/3] RUN make``; variables may have their values in it.
        message: What the engine says about the failure.
        dockerfile: The Dockerfile.
    """
    told = _PARSE_ERROR.search(message)
    if told is not None:
        return read_int(told[1]) or 0
    wanted = _plain(step.partition("] ")[2])
    found = [line for line, text in _instructions(dockerfile) if _pattern(text).fullmatch(wanted)]
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


def _pattern(instruction: str) -> re.Pattern[str]:
    word, _, rest = _plain(instruction).partition(" ")
    pieces = map(re.escape, _VARIABLE.split(f"{word.upper()} {rest}"))
    return re.compile(".*".join(pieces), re.DOTALL)


def _plain(text: str) -> str:
    """Leave out what may be written in several ways."""
    return " ".join(text.translate(_QUOTES).split())
