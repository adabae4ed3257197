"""Text split as a shell splits it: as `shlex` does, but words of any length in one pass."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given, strategies as st

from aiodockerpy._protocol.words import split_words
from tests.together import together


def result(split, text):
    """Return the words, or what is wrong."""
    try:
        return split(text)
    except ValueError as error:
        return str(error)


@given(st.text(st.sampled_from("ab \t\r\n\v\x1c\x85'\"\\#é😀"), max_size=20))
def test_words_are_those_of_shlex(text):
    found, expected = result(split_words, text), result(shlex.split, text)
    assert isinstance(found, str) is isinstance(expected, str)
    if isinstance(found, list):
        assert found == expected


@together(
    ("text", "problem"),
    [("echo \\", "No escaped character"), ("sh -c 'x", "No closing quotation"), ('"\\', "No closing quotation")],
)
def test_what_has_no_end_is_refused(text, problem):
    with pytest.raises(ValueError, match=problem):
        split_words(text)


@together("piece", ["a", "\\a", "''a", '"\\\\"', '"a"'])
def test_a_word_of_many_pieces_is_split(piece):
    assert split_words(f"x {piece * 200_000} y")[2] == "y"


def test_megabytes_of_quotation_without_end_are_refused():
    with pytest.raises(ValueError, match="No closing quotation"):
        split_words('"' + "\\a" * 1_000_000)
