from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiodockerpy._protocol.json_list import shorter_lists
from tests.together import together

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.lists(VALUES, min_size=1), st.integers(0, 200), st.sampled_from([None, 1]))
def test_together_they_are_the_list(items, size, indent):
    text = json.dumps(items, indent=indent, ensure_ascii=False)
    pieces = [json.loads(piece) for piece in shorter_lists(text, size)]
    assert [item for piece in pieces for item in piece] == items
    assert all(pieces)


def test_they_are_of_the_size_asked_for():
    pieces = list(shorter_lists(json.dumps(["x" * 10] * 100), 50))
    assert len(pieces) == 25
    assert list(shorter_lists("[1, 2]\n")) == ["[1, 2]"]


@together("text", ["", "{}", "null", "[]", "[1", "[1,", "[1,]", "[1] 2", '["a", "b', "[1 2]", "[,]"])
def test_what_is_no_list_is_refused(text):
    with pytest.raises(ValueError):
        list(shorter_lists(text))
