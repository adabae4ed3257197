"""What holds for every model of every request and answer, whatever JSON stands in it."""

from __future__ import annotations

import ast
import inspect
import json
from functools import cache
from importlib import import_module

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from aiodockerpy import models
from aiodockerpy.errors import InvalidArgument
from aiodockerpy.models._base import Model, to_wire, wire_names
from tests.together import together

EVERY = sorted(
    (
        found
        for found in (getattr(models, name) for name in models.__all__)
        if isinstance(found, type) and issubclass(found, Model) and found is not Model
    ),
    key=lambda model: model.__name__,
)

NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
WORDS = st.text(max_size=8) | st.sampled_from(["", "0001-01-01T00:00:00Z", "2026-11-23T08:00:00.123456789Z", "running"])
ANY = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@cache  # a strategy that is made anew for each example is also checked anew
def shaped(model: type[Model], depth: int = 2) -> st.SearchStrategy[dict[str, object]]:
    """Objects with a model's own names, where every value may be anything, or something much like what belongs there."""
    inside = [kind for info in model.model_fields.values() if depth and (kind := nested(info.annotation)) is not None]
    values = ANY
    for kind in inside[:3]:
        like = shaped(kind, depth - 1)
        values |= like | st.lists(like | ANY, max_size=2) | st.dictionaries(st.text(max_size=4), like | ANY, max_size=2)
    names = st.sampled_from([*wire_names(model).values(), "Unknown", "drift", "keys"])
    return st.dictionaries(names, values, max_size=5)


def nested(annotation: object) -> type[Model] | None:
    """Find the first model that a field's type mentions."""
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return annotation
    parts = getattr(annotation, "__args__", ())
    return next((found for part in parts if (found := nested(part)) is not None), None)


def text(value: object) -> str:
    return json.dumps(value, sort_keys=True)


@settings(max_examples=2 * settings.default.max_examples, suppress_health_check=[HealthCheck.too_slow])
@given(model=st.sampled_from(EVERY), data=st.data())
def test_any_json_is_read_and_comes_back(model, data):
    value = data.draw(shaped(model))
    body = json.dumps(value)
    for found in (model.from_wire(body), model.from_wire(body.encode()), model.from_value(value)):
        assert text(found.to_dict()) == text(value)
        assert text(json.loads(found.model_dump_json())) == text(value)
        assert set(found.keys()) == set(value)
        repr(found)
    for name in found.drift:
        assert any(name == key or name.startswith(f"{key}.") for key in value)


@together("model", EVERY, ids=lambda model: model.__name__)
def test_every_field_holds_what_came_in_its_place(model):
    for odd in (None, True, 7, -0.5, "text", [], [None], {}, {"a": [None]}):
        for field, name in wire_names(model).items():
            found = model.from_wire(json.dumps({name: odd}))
            assert text(found.to_dict()) == text({name: odd})
            held = getattr(found, field)
            assert held == odd or isinstance(held, Model | list | dict) or (held is None and found[name] == odd)


@together("model", EVERY, ids=lambda model: model.__name__)
def test_properties_never_raise(model):
    properties = [
        name for name, found in inspect.getmembers(model, lambda member: isinstance(member, property)) if name[0] != "_"
    ]
    for odd in (None, True, 7, "text", [], [None], [7], {}, {"a": [None]}, {"ID": 7}):
        for name in wire_names(model).values():
            found = model.from_wire(json.dumps({name: odd}))
            for reading in properties:
                if reading not in {"model_extra", "model_fields_set"}:
                    getattr(found, reading)


@together("model", EVERY, ids=lambda model: model.__name__)
def test_constructors_refuse_what_they_do_not_know(model):
    with pytest.raises(InvalidArgument):
        model(no_such_field=1)


@together("model", EVERY, ids=lambda model: model.__name__)
def test_nothing_is_sent_of_nothing(model):
    assert to_wire(model()) == {}
    assert to_wire(model(**dict.fromkeys(wire_names(model)))) == {}


def test_every_field_says_what_it_means():
    silent = []
    for file in {model.__module__ for model in EVERY}:
        tree = ast.parse(inspect.getsource(import_module(file)))
        for owner in tree.body:
            if not isinstance(owner, ast.ClassDef) or owner.name not in models.__all__:
                continue
            for field, after in zip(owner.body, [*owner.body[1:], None], strict=True):
                if isinstance(field, ast.AnnAssign) and not (
                    isinstance(after, ast.Expr)
                    and isinstance(after.value, ast.Constant)
                    and isinstance(after.value.value, str)
                ):
                    silent.append(f"{owner.name}.{ast.unparse(field.target)}")
    assert silent == []
