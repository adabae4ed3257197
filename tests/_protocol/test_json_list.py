from __future__ import annotations

import json

from hypothesis import given, strategies as st

from aiodockerpy._protocol.json_list import read_in_parts
from tests.together import together

KEYS = st.sampled_from(["Id", "a", '},{"Id":', ""])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | KEYS,
    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner),
    max_leaves=8,
)
OBJECTS = st.builds(lambda value, rest: {"Id": value, **rest}, VALUES, st.dictionaries(KEYS, VALUES))


def read(part):
    try:
        value = json.loads(part)
    except ValueError:
        return None
    return value if isinstance(value, list) else None


@given(st.lists(OBJECTS, min_size=1), st.integers(0, 200))
def test_items_are_those_of_the_list(items, size):
    found = read_in_parts(json.dumps(items, separators=(",", ":")).encode(), read, size)
    assert found is None or found == items


@given(st.lists(st.dictionaries(KEYS, VALUES), min_size=1), st.integers(0, 50), st.sampled_from([None, 1]))
def test_whatever_the_order_of_keys_and_the_layout_nothing_is_lost(items, size, indent):
    found = read_in_parts(json.dumps(items, indent=indent, ensure_ascii=False).encode(), read, size)
    assert found is None or found == items


def test_parts_have_the_size_asked_for():
    sizes = []

    def noted(part):
        sizes.append(len(part))
        return read(part)

    items = [{"Id": number, "Mounts": [{"Id": 1}, {"Name": '},{"Id":'}]} for number in range(1000, 1100)]
    assert read_in_parts(json.dumps(items, separators=(",", ":")).encode(), noted, 500) == items
    assert len(sizes) > 5
    assert max(sizes) < 600


def test_a_list_whose_objects_cannot_be_told_apart_is_given_up_soon():
    reads = []

    def noted(part):
        reads.append(part)
        return read(part)

    inner = [{"Id": number} for number in range(1000)]
    assert read_in_parts(json.dumps([{"Id": inner}], separators=(",", ":")).encode(), noted, 100) is None
    assert len(reads) < 20


@together(
    "text",
    ["", "{}", "null", "[]", "[1]", "[{}]", '[{"a":1', '[{"a":1},', '[{"a":1},]', '[{"a":1}] 2', '[{"a":1}{"a":1}]'],
)
def test_what_is_no_list_of_objects_is_refused(text):
    assert read_in_parts(text.encode(), read) is None
    assert read_in_parts(text.encode(), read, 1) is None


@together(
    "text", ['[{"a":1},{"a":2}]', ' [ {"a": 1},{"a": 2} ] \n', '[\n  {\n    "a": 1\n  },\n  {\n    "a": 2\n  }\n]']
)
def test_any_layout_is_cut(text):
    sizes = []

    def noted(part):
        sizes.append(len(part))
        return read(part)

    assert read_in_parts(text.encode(), noted, 1) == [{"a": 1}, {"a": 2}]
    assert len(sizes) == 2
