from __future__ import annotations

import contextlib
import copy
import json
import pickle
from collections import OrderedDict
from types import MappingProxyType
from typing import Any, Literal

import pytest
from hypothesis import given, settings, strategies as st

from aiodockerpy import models
from aiodockerpy._protocol.outside import MAX_DEPTH
from aiodockerpy._protocol.timestamps import Timestamp
from aiodockerpy.errors import InvalidArgument, UnexpectedResponse
from aiodockerpy.models._base import JsonValue, LowerModel, Model, to_json, to_wire, wire, wire_names
from aiodockerpy.models._lazy import LazyModel
from aiodockerpy.models._lists import list_from_wire
from aiodockerpy.models._time import Time
from aiodockerpy.types import Mount
from tests.models.answers import read
from tests.together import together


class Part(Model):
    type: Literal["a", "b"] | str | None = None  # noqa: PYI051  # an open enumeration
    nano_cpus: int | None = wire("NanoCPUs")


class Lower(LowerModel):
    total_usage: int | None = None


class Whole(Model):
    id: str | None = wire("ID")
    created: Time | None = None
    ratio: float | None = None
    parts: list[Part] | None = None
    part: Part | None = None
    by_name: dict[str, Part | None] | None = None
    matrix: list[list[str]] | None = None
    free: dict[str, JsonValue] | None = None
    lower: Lower | None = None
    mixed: Part | list[int] | None = None
    token: str | None = wire(repr=False)
    key: str | None = wire("SSHKey", repr=False)


class TestReading:
    def test_names_of_the_wire(self) -> None:
        whole = read(Whole, {"ID": "x", "Part": {"NanoCPUs": 5}, "Lower": {"total_usage": 2**64 - 1}})
        assert whole.id == "x"
        assert whole.part is not None
        assert whole.part.nano_cpus == 5
        assert whole.lower is not None
        assert whole.lower.total_usage == 2**64 - 1
        assert whole.parts is None

    def test_null_missing_and_empty_stay_apart_on_the_way_back(self) -> None:
        assert read(Whole, {"Parts": None}).parts is None
        assert read(Whole, {"Parts": []}).parts == []
        assert read(Whole, {}).parts is None

    def test_unknown_fields_are_kept_at_every_depth(self) -> None:
        whole = read(Whole, {"New": [1], "Part": {"Newer": {"x": None}}, "Parts": [{"Newest": 1.5}]})
        assert whole.unknown == {"New": [1]}
        assert whole.part is not None
        assert whole.part.unknown == {"Newer": {"x": None}}

    def test_an_unknown_field_with_the_name_of_an_attribute(self) -> None:
        whole = read(Whole, {"Part": {"nano_cpus": 4}, "id": "y"})
        assert whole.id is None
        assert whole.part is not None
        assert whole.part.nano_cpus is None
        assert whole["id"] == "y"

    def test_enumerations_are_open(self) -> None:
        whole = read(Whole, {"Part": {"Type": "of the future"}})
        assert whole.part is not None
        assert whole.part.type == "of the future"

    def test_times_keep_their_digits(self) -> None:
        whole = read(Whole, {"Created": "2026-11-23T11:14:47.123456789+01:00"})
        assert isinstance(whole.created, Timestamp)
        assert whole.created.nanosecond == 123456789

    @together(
        ("value", "drift"),
        [
            ({"ID": 5}, ("ID",)),
            ({"ID": None, "Created": ""}, ("Created",)),
            ({"Created": 1700000000}, ("Created",)),
            ({"Part": []}, ("Part",)),
            ({"Part": {"NanoCPUs": "5"}}, ("Part.NanoCPUs",)),
            ({"Part": {"NanoCPUs": 5.0}}, ("Part.NanoCPUs",)),
            ({"Part": {"NanoCPUs": True}}, ("Part.NanoCPUs",)),
            ({"Part": {"Type": {"x": 1}, "New": 1}}, ("Part.Type",)),
            ({"Parts": [1, {"Type": 3}, None, {"Type": "a"}]}, ("Parts.0", "Parts.1.Type", "Parts.2")),
            ({"ByName": {"a": 5, "b": None, "c": {"Type": []}}}, ("ByName.a", "ByName.c.Type")),
            ({"Matrix": [["a"], "b", ["c", 1, "d", None]]}, ("Matrix.1", "Matrix.2.1", "Matrix.2.3")),
            ({"Matrix": {"0": 1}, "Free": [1]}, ("Free", "Matrix")),
            ({"Lower": {"total_usage": -0.5}}, ("Lower.total_usage",)),
            ({"Mixed": "x", "ID": "x"}, ("Mixed",)),
            ({"Mixed": {"Part": {"Type": 5}, "Type": 5}}, ("Mixed",)),
            ({"Part": {"Type": {"str": 1}}, "ID": 5, "New": 1}, ("ID", "Part.Type")),
            ({"Mixed": {"Part": {"Type": 5}, "list[int]": 1, "Type": 5}, "ID": 5}, ("ID", "Mixed")),
        ],
    )
    def test_what_does_not_fit_stands_raw(self, value: dict[str, object], drift: tuple[str, ...]) -> None:
        read(Whole, value, drift=drift)

    def test_the_rest_keeps_its_types(self) -> None:
        whole = Whole.from_wire(b'{"Parts": [1, {"Type": 3, "NanoCPUs": 4}], "Created": "2026-01-01T00:00:00Z"}')
        assert whole.parts is not None
        assert whole.parts[0] == 1  # type: ignore[comparison-overlap]
        assert isinstance(whole.parts[1], Part)
        assert whole.parts[1].type == 3  # type: ignore[comparison-overlap]
        assert whole.parts[1].nano_cpus == 4
        assert whole.created == Timestamp.parse("2026-01-01T00:00:00Z")

    def test_numbers_are_not_converted(self) -> None:
        whole = Whole.from_wire(b'{"ID": 12345678901234567890123, "Free": {"x": 1e2, "y": 1}}')
        assert whole.id == 12345678901234567890123  # type: ignore[comparison-overlap]
        assert whole.free == {"x": 100.0, "y": 1}

    @together(
        ("body", "problem"),
        [
            (b"[]", "is not an object but a list"),
            (b"null", "is not an object but null"),
            (b"true", "is not an object but a boolean"),
            (b"1.5", "is not an object but a number"),
            (b'"s3cret"', "is not an object but a text"),
            (b"", "is not JSON (at character 0)"),
            (b'{"ID": s3cret}', "is not JSON (at character 7)"),
            (b'{"ID": "\xff s3cret"}', "cannot be read: it is not UTF-8"),
            (b"[" * 100_000, "cannot be read: it is nested more than 200 levels deep"),
            (b'{"ID": ' + b"1" * 5000 + b"}", "cannot be read: a number in it is too long"),
            (b'{"ID": NaN}', "cannot be read: it holds NaN, which is not JSON"),
        ],
    )
    def test_no_object_at_all(self, body: bytes, problem: str) -> None:
        with pytest.raises(UnexpectedResponse) as caught:
            Whole.from_wire(body, operation="ContainerInspect")
        assert str(caught.value) == f"the answer of ContainerInspect {problem}"
        assert caught.value.body == body
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None

    def test_a_loaded_value_that_is_no_object(self) -> None:
        with pytest.raises(UnexpectedResponse, match="the answer of the engine is not an object but a list") as caught:
            Whole.from_value(["x"])
        assert caught.value.body == b'["x"]'


@together(("begin", "inner", "end"), [("[", "", "]"), ('{"a":', "1", "}")])
@together("field", ["Unknown", "Name", "State"])
@together("kind", [models.Volume, models.ContainerInspect])
def test_everything_works_on_the_deepest_answer(kind: Any, field: str, begin: str, inner: str, end: str) -> None:
    levels = MAX_DEPTH - 1
    body = f'{{"{field}": {begin * levels}{inner}{end * levels}}}'
    model = kind.from_wire(body)
    assert model.to_dict() == json.loads(body) == json.loads(model.model_dump_json())
    assert model == copy.deepcopy(model) == pickle.loads(pickle.dumps(model)) == model.model_copy(deep=True)
    assert repr(model)


@pytest.mark.parametrize("kind", [models.Volume, models.ContainerInspect])
def test_half_of_a_surrogate_pair_is_replaced_as_in_go(kind: Any) -> None:
    model = kind.from_wire(rb'{"Name": "\ud800x", "Other": ["\udfff"]}')
    assert model.name == "\ufffdx"
    assert json.loads(model.model_dump_json()) == {"Name": "\ufffdx", "Other": ["\ufffd"]}


@together("number", ["NaN", "Infinity", "-Infinity"])
@together("kind", [models.Volume, models.ContainerInspect])
def test_words_that_are_no_numbers_of_json_are_refused(kind: Any, number: str) -> None:
    with pytest.raises(UnexpectedResponse):
        kind.from_wire(f'{{"Other": {number}}}')
    with pytest.raises(UnexpectedResponse):
        list_from_wire(kind, f'[{{"Other": {number}}}]')
    assert kind.from_wire(f'{{"Name": "{number}"}}').name == number


class TestLists:
    def test_of_models(self) -> None:
        parts = list_from_wire(Part, b'[{"Type": "a"}, {"Type": 5, "New": 1}]')
        assert [part.to_dict() for part in parts] == [{"Type": "a"}, {"Type": 5, "New": 1}]
        assert parts[1].drift == ("Type",)

    def test_of_plain_values(self) -> None:
        assert list_from_wire(str, b'["a"]') == ["a"]
        assert list_from_wire(str, b'["a", 1]') == ["a", 1]

    def test_null_is_empty(self) -> None:
        assert list_from_wire(Part, b"null") == []

    @together("body", [b"{}", b"5", b"x", b"[5]", b"[null]", b'[{"Type": "a"}, "s"]'])
    def test_no_list_of_objects(self, body: bytes) -> None:
        with pytest.raises(UnexpectedResponse, match="the answer of ImageList"):
            list_from_wire(Part, body, operation="ImageList")


class TestWriting:
    def test_a_misspelt_field_is_refused(self) -> None:
        with pytest.raises(InvalidArgument, match=r"^Part\.nano_cpu is not a field of Part: did you mean 'nano_cpus'"):
            Part(nano_cpu=5)  # type: ignore[call-arg]

    def test_fields_are_given_by_name(self) -> None:
        with pytest.raises(TypeError, match=r"^Part\(\) takes keywords only.*; Part\.made\(\) takes a mapping$"):
            Part({"Type": "a"})  # type: ignore[misc]
        with pytest.raises(TypeError, match=r"^Part\(\) takes keywords only: the names of its fields$"):
            Part("a", 5)  # type: ignore[misc]

    def test_a_wrong_type_is_refused_without_telling_the_value(self) -> None:
        with pytest.raises(InvalidArgument) as caught:
            Whole(token=["s3cret"])  # type: ignore[arg-type]
        assert "s3cret" not in str(caught.value)

    def test_an_unknown_attribute_is_refused(self) -> None:
        with pytest.raises(ValueError, match="no field"):
            Part().nano_cpu = 5  # type: ignore[attr-defined]

    def test_what_was_set_is_sent(self) -> None:
        whole = Whole(id="", parts=[], part=Part(nano_cpus=0), by_name={}, ratio=0.0)
        assert to_wire(whole) == {"ID": "", "Parts": [], "Part": {"NanoCPUs": 0}, "ByName": {}, "Ratio": 0.0}

    def test_nulls_stay_in_maps_only(self) -> None:
        whole = Whole(id=None, by_name={"a": None, "b": Part(type=None)}, free={"x": None})
        assert to_wire(whole) == {"ByName": {"a": None, "b": {}}, "Free": {"x": None}}

    def test_any_mapping_is_an_object(self) -> None:
        mapping = MappingProxyType({"a": OrderedDict(b=(1, 2))})
        assert to_wire(mapping) == {"a": {"b": [1, 2]}}

    def test_by_name_or_by_wire_name(self) -> None:
        whole = Whole(ID="x", ratio=1)  # type: ignore[call-arg]
        assert to_wire(whole) == {"ID": "x", "Ratio": 1.0}

    def test_read_edit_send_loses_nothing(self) -> None:
        whole = Whole.from_wire(b'{"ID": "x", "New": 1, "Part": {"Newer": 2, "Type": 5}, "Parts": null}')
        whole.ratio = 0.5
        assert whole.part is not None
        whole.part.nano_cpus = 7
        assert to_wire(whole) == {
            "ID": "x",
            "Ratio": 0.5,
            "Part": {"Type": 5, "NanoCPUs": 7, "Newer": 2},
            "New": 1,
        }

    def test_what_did_not_fit_can_be_replaced(self) -> None:
        whole = Whole.from_wire(b'{"Parts": [1]}')
        whole.parts = [Part(type="a")]
        assert whole.to_dict() == {"Parts": [{"Type": "a"}]}
        assert whole.model_dump() == {"Parts": [{"Type": "a"}]}

    def test_times(self) -> None:
        whole = Whole(created=Timestamp.parse("2026-01-01T00:00:00.120000001Z"))
        assert to_wire(whole) == {"Created": "2026-01-01T00:00:00.120000001Z"}
        assert Whole(created="2026-01-01T00:00:00Z").created == Timestamp.parse("2026-01-01T00:00:00Z")  # type: ignore[arg-type]

    def test_a_time_that_is_none_is_refused(self) -> None:
        for wrong in ("yesterday", 5):
            with pytest.raises(InvalidArgument):
                Whole(created=wrong)  # type: ignore[arg-type]

    def test_lists_of_models(self) -> None:
        assert json.loads(to_json([Part(type="a"), Part()])) == [{"Type": "a"}, {}]

    def test_pydantic_dumps_with_unknown_and_raw_values(self) -> None:
        whole = Whole.from_wire(b'{"ID": 5, "New": 1, "Parts": [1, {"Type": "a", "NanoCPUs": null}]}')
        dumped = {"ID": 5, "New": 1, "Parts": [1, {"Type": "a", "NanoCPUs": None}]}
        assert whole.model_dump() == dumped
        assert whole.model_dump(by_alias=False)["id"] == 5
        assert "Part" not in whole.model_dump()


class TestByWireName:
    WHOLE = Whole.from_wire(b'{"ID": "x", "Created": "2026-01-01T00:00:00.1Z", "Part": {"NanoCPUs": 5}, "Key": null}')

    def test_items(self) -> None:
        assert self.WHOLE["ID"] == "x"
        assert self.WHOLE["Part"]["NanoCPUs"] == 5
        assert self.WHOLE["Key"] is None

    def test_times_are_texts(self) -> None:
        assert self.WHOLE["Created"] == "2026-01-01T00:00:00.1Z"

    def test_what_was_not_given(self) -> None:
        assert "Parts" not in self.WHOLE
        assert self.WHOLE.get("Parts", []) == []
        for name in ("Parts", "parts", "id", "Nothing"):
            with pytest.raises(KeyError, match=name):
                self.WHOLE[name]

    def test_as_a_mapping(self) -> None:
        names = ["ID", "Created", "Part", "Key"]
        assert list(self.WHOLE) == names
        assert list(self.WHOLE.keys()) == names
        assert list(dict(self.WHOLE)) == names
        assert dict(self.WHOLE.items())["Key"] is None
        assert self.WHOLE.values()[0] == "x"
        assert "ID" in self.WHOLE
        assert 5 not in self.WHOLE

    def test_an_empty_one_is_true(self) -> None:
        assert Whole()

    def test_it_has_a_length(self) -> None:
        assert len(self.WHOLE) == 4
        assert len(Whole()) == 0
        assert len(LazyWhole.from_wire(b'{"ID": "x", "New": 1}')) == 2


class LazyWhole(LazyModel, Whole):
    """The same fields, read when they are asked for."""


class TestEquality:
    BODY = b'{"ID": "x", "Created": "2026-01-01T00:00:00.1Z", "Part": {"NanoCPUs": 5}, "Key": null, "New": [1]}'

    @together("kind", [Whole, LazyWhole])
    @together(
        "other",
        [
            json.loads(BODY),
            Whole.from_wire(BODY),
            LazyWhole.from_wire(BODY),
            dict(Whole.from_wire(BODY)),
            dict(LazyWhole.from_wire(BODY)),
            {**json.loads(BODY), "Part": Part(nano_cpus=5)},
            MappingProxyType(json.loads(BODY)),
            to_wire(Whole.from_wire(BODY)),
        ],
    )
    def test_what_has_the_same_content_is_equal(self, kind: type[Whole], other: object) -> None:
        one = kind.from_wire(self.BODY)
        assert one == other
        assert other == one
        assert [one] == [other]

    @together("kind", [Whole, LazyWhole])
    @together(
        "other",
        [
            {},
            {"ID": "x"},
            {**json.loads(BODY), "New": [2]},
            {**json.loads(BODY), "Another": 1},
            {**json.loads(BODY), "Part": {"NanoCPUs": 6}},
            {**json.loads(BODY), "Part": object()},
            Part(nano_cpus=5),
            "x",
            None,
            5,
            [],
            list(json.loads(BODY).items()),
        ],
    )
    def test_what_has_other_content_is_not(self, kind: type[Whole], other: object) -> None:
        one = kind.from_wire(self.BODY)
        assert one != other
        assert other != one

    def test_null_is_the_same_as_not_given(self) -> None:
        assert Whole(id=None) == Whole() == {} == Whole(key=None)

    def test_a_raw_value_that_did_not_fit_counts(self) -> None:
        assert Whole.from_wire(b'{"ID": 5}') == {"ID": 5} != Whole.from_wire(b'{"ID": 6}')

    def test_a_model_has_no_hash_since_it_can_change(self) -> None:
        with pytest.raises(TypeError, match="unhashable"):
            hash(Whole())


class TestRepr:
    def test_only_what_was_given(self) -> None:
        assert repr(Whole(id="x", part=Part(nano_cpus=1))) == "Whole(id='x', part=Part(nano_cpus=1))"

    def test_secrets_are_left_out(self) -> None:
        whole = Whole(token="s3cret", key="s3cret")
        assert "s3cret" not in f"{whole!r} {whole}"
        assert to_wire(whole) == {"Token": "s3cret", "SSHKey": "s3cret"}


class TestCopies:
    WHOLE = Whole.from_wire(b'{"ID": 5, "New": 1, "Part": {"Type": "a"}, "Created": "2026-01-01T00:00:00.123456789Z"}')

    @pytest.mark.parametrize("make", [copy.copy, copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
    def test_are_equal(self, make: Any) -> None:
        made = make(self.WHOLE)
        assert made == self.WHOLE
        assert made.to_dict() == self.WHOLE.to_dict()
        assert made.drift == ("ID",)

    def test_are_independent(self) -> None:
        made = self.WHOLE.model_copy(deep=True)
        assert made.part is not None
        made.part.type = "b"
        assert self.WHOLE["Part"]["Type"] == "a"


MODELS = sorted(
    (found for name in models.__all__ if isinstance(found := getattr(models, name), type) and issubclass(found, Model)),
    key=lambda found: found.__name__,
)

KEYS = st.text(
    st.characters(exclude_characters=".", exclude_categories=["Cs"]), max_size=6
)  # drift parts paths by dots
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


def same(one: object, other: object) -> bool:
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


class TestAnyAnswer:
    @given(data=st.data())
    @settings(max_examples=2 * settings.default.max_examples)
    def test_any_value_in_any_field(self, data: st.DataObject) -> None:
        model = data.draw(st.sampled_from(MODELS))
        names = st.sampled_from(sorted({*wire_names(model).values(), "Unknown"}))
        value = data.draw(st.dictionaries(names, JSON, max_size=4))
        found = model.from_wire(json.dumps(value).encode())
        assert same(found.to_dict(), value)
        assert same(json.loads(found.model_dump_json()), value)
        assert same(model.from_value(value).to_dict(), value)
        dotted = any("." in name for name in value)  # then the paths cannot be parted
        for name in () if dotted else found.drift:
            raw: Any = value
            typed: Any = found
            for step in name.split("."):
                at = int(step) if isinstance(raw, list) else step
                raw, typed = raw[at], typed[at]
            assert same(raw, typed)

    @given(data=st.data())
    def test_any_value_at_any_place(self, data: st.DataObject) -> None:
        value: Any = {
            "ID": "x",
            "Created": "2026-01-01T00:00:00Z",
            "Parts": [{"Type": "a"}, {"NanoCPUs": 5}],
            "ByName": {"a": {"Type": "b"}, "b": None},
            "Matrix": [["a", "b"], []],
        }
        node: Any = value
        while True:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            key = data.draw(st.sampled_from(keys))
            if not isinstance(node[key], (dict, list)) or not node[key] or data.draw(st.booleans()):
                break
            node = node[key]
        node[key] = data.draw(JSON)
        found = Whole.from_wire(json.dumps(value).encode())
        assert same(found.to_dict(), value)
        assert same(json.loads(found.model_dump_json()), value)

    @given(st.binary(max_size=30) | JSON.map(lambda value: json.dumps(value).encode()))
    def test_any_body(self, body: bytes) -> None:
        found: Any = None
        with contextlib.suppress(UnexpectedResponse):
            found = Whole.from_wire(body)
        try:
            value = json.loads(body)
        except ValueError:
            value = None
        assert (found is not None) == isinstance(value, dict)
        assert found is None or same(found.to_dict(), value)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("body", [{"Id": "a", "HostConfig": {"Memory": 5}, "New": 1}, {}])
def test_a_copy_is_a_model_of_the_same_content(body):
    for kind in (models.ContainerInspect, models.SystemInfo):
        found = read(kind, body)
        copied = found.copy()
        assert type(copied) is kind
        assert copied is not found
        assert copied.to_dict() == found.to_dict() == body


@pytest.mark.parametrize("name", ["clear", "pop", "popitem", "setdefault", "update"])
def test_what_changes_a_dict_is_refused_with_a_hint(name):
    for model in (read(models.ContainerInspect, {"Id": "a"}), models.Mount(target="/a"), Mount("/a", None)):
        with pytest.raises(AttributeError, match=f"has no attribute '{name}': it is no dict: set its attributes"):
            getattr(model, name)
        assert not hasattr(model, name)
