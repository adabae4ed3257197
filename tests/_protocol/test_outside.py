"""The one way by which JSON and numbers of others are read."""

import copy
import json

import pytest
from hypothesis import given, strategies as st

from aiodockerpy._protocol.outside import MAX_DEPTH, JsonError, read_int, read_json, read_json_object
from tests.together import together

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
)


@given(VALUES)
def test_what_json_writes_is_read_back(value):
    assert read_json(json.dumps(value)) == value
    assert read_json(json.dumps(value, ensure_ascii=False).encode()) == value


@given(
    st.binary() | st.text(alphabet='[]{}",:\\u0d8 1eE-.nftrulas\ud800é') | st.binary(min_size=1).map(lambda x: x * 300)
)
def test_anything_is_a_value_or_the_one_error(data):
    try:
        value = read_json(data)
    except JsonError as error:
        held = (error.__cause__, error.__context__)
    else:
        held = (None, None)
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    assert held == (None, None)  # they would hold the data


@together(
    ("data", "reason"),
    [
        ("", "it is not JSON (line 1, column 1)"),
        ('{"a": 1,\n"b" 2}', "it is not JSON (line 2, column 5)"),
        ('{"a": 1} 2', "it is not JSON (line 1, column 10)"),
        ("NaN", "it holds NaN, which is not JSON"),
        ('{"Code": -Infinity}', "it holds -Infinity, which is not JSON"),
        ("[1e999]", "a number in it is too large"),
        ("9" * 5000, "a number in it is too long"),
        ("[" * 100_000, "it is nested more than 200 levels deep"),
        ('{"a":' * 201 + "1" + "}" * 201, "it is nested more than 200 levels deep"),
        (b'"\xff"', "it is not UTF-8"),
        (b'"\xed\xa0\x80"', "it is not UTF-8"),
        ('"\udcff"', "it is not UTF-8"),
        ("[1]".encode("utf-16"), "it is not UTF-8"),
    ],
)
def test_what_is_not_read_is_explained_and_not_quoted(data, reason):
    with pytest.raises(JsonError) as error:
        read_json(data)
    assert str(error.value) == reason


@together(
    ("data", "value"),
    [
        (b"\xef\xbb\xbf[1]", [1]),
        ("\ufeff[1]", [1]),
        ('{"a": 1, "a": 2}', {"a": 2}),
        (r'"\ud800"', "\ufffd"),
        (r'"\udc00\ud83d\ude00\ud83d"', "\ufffd\U0001f600\ufffd"),
        (r'"\\ud800"', r"\ud800"),
        (r'{"\uD800": "\\\uDFFF"}', {"\ufffd": "\\\ufffd"}),
        (json.dumps("[" * 300), "[" * 300),
        (json.dumps(["{" * 300, '"\\[' * 300]), ["{" * 300, '"\\[' * 300]),
    ],
)
def test_what_go_reads_is_read_as_go_does(data, value):
    assert read_json(data) == value


def test_the_deepest_value_can_be_copied_printed_and_written():
    value = read_json("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert copy.deepcopy(value) == value
    assert repr(value) == json.dumps(value)


def test_a_size_can_be_limited():
    assert read_json("[1]", max_size=3) == [1]
    with pytest.raises(JsonError, match="longer than 2 bytes"):
        read_json("[1]", max_size=2)


def test_an_object_can_be_required():
    assert read_json_object("{}") == {}
    with pytest.raises(JsonError, match="not a JSON object"):
        read_json_object("[]")


@together("text", ["²", "١٢", "1_000", "+1", "1e3", "1.0", " 1", "1 ", "", "-", "0x10", "9" * 21, "1" * 9999])
def test_only_ascii_digits_are_a_number(text):
    assert read_int(text) is None


@together("value", [True, None, 1.0, [], {}, 1 << 64, -(1 << 63) - 1, 10**400, float("inf")])
def test_only_whole_numbers_of_64_bits_are_counted(value):
    assert read_int(value) is None


@pytest.mark.parametrize(
    ("value", "number"), [("12", 12), ("-3", -3), ("007", 7), (5, 5), ((1 << 64) - 1, (1 << 64) - 1)]
)
def test_numbers_are_read_from_json_and_from_text(value, number):
    assert read_int(value) == number


def test_a_minimum_holds_for_both():
    assert read_int("-1", minimum=0) is read_int(-1, minimum=0) is None
