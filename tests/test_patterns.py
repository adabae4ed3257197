"""Regular expressions that are compiled when they are first used."""

from __future__ import annotations

import re

import pytest

from aiodockerpy._patterns import pattern


@pytest.mark.parametrize("method", ["fullmatch", "match", "search", "findall", "split"])
def test_it_has_the_methods_of_a_pattern(method):
    lazy, compiled = pattern(r"a(b)", re.IGNORECASE), re.compile(r"a(b)", re.IGNORECASE)
    for text in ("", "ab", "AB", "xaby", "abab"):
        assert shown(getattr(lazy, method)(text)) == shown(getattr(compiled, method)(text))


def test_it_replaces_and_iterates_bytes():
    lazy = pattern(rb"[0-9]+")
    assert lazy.sub(b"#", b"a1b22") == b"a#b#"
    assert [found[0] for found in lazy.finditer(b"a1b22")] == [b"1", b"22"]


def test_it_is_compiled_once_and_at_its_first_use():
    lazy = pattern("(")
    with pytest.raises(re.error, match="unterminated"):
        lazy.match("a")
    used = pattern("a")
    assert used.match.__self__ is used.search.__self__


def shown(found: object) -> object:
    return found.groups() if isinstance(found, re.Match) else found
