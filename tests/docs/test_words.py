"""Comments, docstrings and pages describe things plainly: no table that knows, no engine that tells, no "so many"."""

from __future__ import annotations

import re
import tokenize
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORDS = re.compile(r"\b(?:tells?|told|knows?|speaks?|spoken|nobody|somebody|whoever|anew|so many)\b", re.IGNORECASE)
CODE = re.compile(r"^ *```.*?^ *```|`+[^`]+`+", re.MULTILINE | re.DOTALL)
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
FILES = [*ROOT.glob("aiodockerpy/**/*.py"), *ROOT.glob("examples/**/*.py")]


def prose(file: Path) -> str:
    """The text of a page without code, or the comments and docstrings of a file."""
    text = file.read_text()
    if file.suffix == ".md" or not WORDS.search(text):
        return CODE.sub("", text)
    with tokenize.open(file) as lines:
        tokens = [
            token.string
            for token in tokenize.generate_tokens(lines.readline)
            if token.type == tokenize.COMMENT or token.string.startswith(('"""', 'r"""'))
        ]
    return CODE.sub("", "\n".join(tokens))


def test_things_neither_know_nor_tell():
    found = {str(file.relative_to(ROOT)): WORDS.findall(prose(file)) for file in [*PAGES, *FILES]}
    assert {name: words for name, words in found.items() if words} == {}
