from __future__ import annotations

import copy
import enum
import json
from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import given, strategies as st

from aiodockerpy import errors
from aiodockerpy._protocol import query
from aiodockerpy._protocol.operations import check_filters
from tests.together import together


class Colour(str, enum.Enum):  # noqa: UP042 - the older form, whose str() is not its value
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


@together(
    ("values", "expected"),
    [
        ({}, []),
        ({"a": None}, []),
        ({"a": True, "b": False}, [("a", "true"), ("b", "false")]),
        ({"t": 0, "name": ""}, [("t", "0"), ("name", "")]),
        ({"t": -1}, [("t", "-1")]),
        ({"since": 1.5}, [("since", "1.5")]),
        ({"names": ["b", "a"]}, [("names", "b"), ("names", "a")]),
        ({"names": ("x", 2, True)}, [("names", "x"), ("names", "2"), ("names", "true")]),
        ({"names": []}, []),
        ({"buildargs": {"A": "1", "B": None}}, [("buildargs", '{"A":"1","B":null}')]),
        (
            {"platform": [{"os": "linux"}, {"os": "windows"}]},
            [("platform", '{"os":"linux"}'), ("platform", '{"os":"windows"}')],
        ),
        ({"empty": {}}, [("empty", "{}")]),
        ({"c": Colour.RED, "l": Level.LOW}, [("c", "red"), ("l", "1")]),
        ({"z": 1, "a": 2}, [("z", "1"), ("a", "2")]),
    ],
)
def test_pairs(values, expected):
    assert query.pairs(values) == expected


@together("value", [b"x", [None], [b"x"], object(), {"a"}, [["a"]]])
def test_pairs_refuses_what_has_no_wire_form(value):
    with pytest.raises(TypeError, match=r"^key: "):
        query.pairs({"key": value})


@together(
    ("values", "expected"),
    [
        (None, None),
        ({}, None),
        ({"label": None}, None),
        ({"label": "a"}, {"label": ["a"]}),
        ({"dangling": True}, {"dangling": ["true"]}),
        ({"dangling": False}, {"dangling": ["false"]}),
        ({"exited": 0}, {"exited": ["0"]}),
        ({"label": ["a=b", "c"]}, {"label": ["a=b", "c"]}),
        ({"exited": (1, True)}, {"exited": ["1", "true"]}),
        ({"label": {"b", "a"}}, {"label": ["a", "b"]}),
        ({"label": []}, {"label": []}),
        ({"label": 'ä\n"'}, {"label": ['ä\n"']}),
    ],
)
def test_filters(values, expected):
    before = copy.deepcopy(values)
    encoded = query.filters(values)
    assert (json.loads(encoded) if encoded is not None else None) == expected
    assert values == before


@pytest.mark.parametrize("value", [b"x", {"a": True}, [None], 1.5j])
def test_filters_refuses_other_values(value):
    with pytest.raises(TypeError, match="label"):
        query.filters({"label": value})


@together(
    ("template", "values", "expected"),
    [
        ("/_ping", {}, "/_ping"),
        ("/containers/{id}/stop", {"id": "web"}, "/containers/web/stop"),
        ("/containers/{id}/stop", {"id": "/web"}, "/containers/web/stop"),
        ("/images/{name}/json", {"name": "host:5000/a/b:1@sha256:ab"}, "/images/host:5000%2Fa%2Fb:1@sha256:ab/json"),
        ("/x/{id}", {"id": "a b?c#d%e;f+g&h"}, "/x/a%20b%3Fc%23d%25e%3Bf%2Bg%26h"),
        ("/x/{id}", {"id": "{id}"}, "/x/%7Bid%7D"),
        ("/x/{a}/{b}", {"a": "1", "b": "ü"}, "/x/1/%C3%BC"),
        ("/x/{id}", {"id": "..a"}, "/x/..a"),
    ],
)
def test_expand(template, values, expected):
    assert query.expand(template, values) == expected


@together("value", [None, "", " ", "\t\n", "/", "/ "])
def test_expand_refuses_empty_ids(value):
    with pytest.raises(errors.NullResource, match="id"):
        query.expand("/containers/{id}", {"id": value})


@together("value", [".", "..", "a/../b", "a//b", "a/", "//a", "a/.", "a\r\nb", "a\0", "a\x7f", "\ud800"])
def test_expand_refuses_what_would_become_another_request(value):
    with pytest.raises(errors.InvalidArgument):
        query.expand("/containers/{id}", {"id": value})


@pytest.mark.parametrize("value", [1, b"web", ["web"]])
def test_expand_refuses_other_types(value):
    with pytest.raises(TypeError, match="id"):
        query.expand("/containers/{id}", {"id": value})


def test_expand_needs_every_field():
    with pytest.raises(KeyError):
        query.expand("/containers/{id}", {})


@given(st.text())
def test_an_accepted_id_is_one_segment_of_plain_ascii(value):
    try:
        path = query.expand("/x/{id}/y", {"id": value})
    except errors.InvalidArgument:
        return
    segment = path.removeprefix("/x/").removesuffix("/y")
    assert path.isascii()
    assert not set(segment) & set("/?# \r\n\0")
    assert unquote(segment) == value.removeprefix("/")


@pytest.mark.parametrize(
    ("operation", "filters", "message"),
    [
        ("ContainerList", {"labels": "a"}, r"containers\.list has no filter 'labels': did you mean 'label'\?"),
        ("VolumePrune", {"label": "a", "zz": 1}, r"it has all, label, label!"),
    ],
)
def test_unknown_filters_are_refused(operation, filters, message):
    with pytest.raises(errors.InvalidArgument, match=message):
        check_filters(operation, filters)


def test_known_filters_pass():
    check_filters("ContainerPrune", {"label!": "a", "until": ["1"]})
    check_filters("ContainerPrune", None)


def test_target():
    assert query.target("/a") == "/a"
    assert query.target("/a", [("k", "v;+ &"), ("k", "/")]) == "/a?k=v%3B%2B%20%26&k=%2F"


def test_surrogate_escapes_become_the_bytes_that_they_stand_for():
    assert query.encode([("path", "/tmp/a\udcff")]) == "path=%2Ftmp%2Fa%FF"


def test_encode_refuses_lone_surrogates_without_showing_them():
    with pytest.raises(errors.InvalidArgument, match=r"^key: not valid Unicode$"):
        query.encode([("key", "\ud800")])


@given(st.lists(st.tuples(st.text(st.characters(codec="utf-8"), min_size=1), st.text(st.characters(codec="utf-8")))))
def test_encode_round_trip(items):
    encoded = query.encode(items)
    assert encoded.isascii()
    assert not set(encoded) & set("\r\n\0 #;+")
    assert parse_qsl(encoded, keep_blank_values=True) == items
