"""Find the code blocks of a page, and what the comments before them say about running them.

A comment is invisible to readers, stands before the block it belongs to, and begins with one of these words::

    <!-- before: code -->      Python that runs before the block
    <!-- meanwhile: code -->   Python that runs beside the block; the block is cancelled when it has ended
    <!-- after: code -->       Python that runs after the block, such as an assertion
    <!-- file: NAME content --> a file in the folder where the page's blocks run; several lines
    <!-- raises: NotFound -->  the exception that the block raises
    <!-- fake -->              the block runs on the fake engine
    <!-- not run: reason -->   the block is only compiled
    <!-- output -->            the block is what the block before it prints; "..." stands for anything in a line, or for lines
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

WORDS = ("before", "meanwhile", "after", "file", "raises", "fake", "not run", "output")
_COMMENT = re.compile(rf"<!-- ({'|'.join(WORDS)})\b:?(.*?)-->", re.DOTALL)
_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>[\w-]+)\n(?P<text>.*?)^(?P=indent)```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment: its word, its text, and the line of the page where the text begins."""

    word: str
    text: str
    line: int


@dataclass(slots=True)
class Block:
    """A code block of a page.

    Attributes:
        language: ``python``, ``sh``, ``console``, ``text`` and so on.
        text: Its content.
        line: The line of the page where the content begins, counted from 1.
        comments: What stands before it.
        output: What it prints, where the page shows that.
    """

    language: str
    text: str
    line: int
    comments: list[Comment] = field(default_factory=list)
    output: str | None = None

    def said(self, word: str) -> list[Comment]:
        """Return the comments that begin with a word."""
        return [comment for comment in self.comments if comment.word == word]


def read(path: Path) -> list[Block]:
    """Return the blocks of a page, each with its comments and its output."""
    return parse(path.read_text(encoding="utf-8"))


def parse(page: str) -> list[Block]:
    """Return the blocks of a page's text."""
    blocks: list[Block] = []
    end = 0
    for found in _FENCE.finditer(page):
        comments = _comments(page, end, found.start())
        end = found.end()
        text = textwrap.dedent(found["text"])
        if any(comment.word == "output" for comment in comments):
            if not blocks:
                raise ValueError(f"line {_line(page, found.start())}: an output without a block before it")
            blocks[-1].output = text
            continue
        blocks.append(Block(found["language"], text, _line(page, found.start("text")), comments))
    return blocks


def _comments(page: str, begin: int, end: int) -> list[Comment]:
    return [
        Comment(found[1], textwrap.dedent(found[2]).strip("\n ").rstrip(), _text_line(page, found))
        for found in _COMMENT.finditer(page, begin, end)
    ]


def _text_line(page: str, found: re.Match[str]) -> int:
    blank = len(found[2]) - len(found[2].lstrip())
    return _line(page, found.start(2) + blank)


def _line(page: str, place: int) -> int:
    return page.count("\n", 0, place) + 1


def matches(shown: str, printed: str) -> bool:
    """Return whether an output is what a page shows, where "..." stands for anything."""
    pattern = "".join(".*?" if part == "..." else re.escape(part) for part in re.split(r"(\.\.\.)", shown.strip()))
    lines = "\n".join(line.rstrip() for line in printed.strip().splitlines())
    return re.fullmatch(pattern, lines, re.DOTALL) is not None
