"""Find the fields of a request that an API version lacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from aiodockerpy._protocol.fields import FIELDS
from aiodockerpy._protocol.json_paths import is_list, is_object
from aiodockerpy._protocol.operations import Span
from aiodockerpy._protocol.versions import ApiVersion
from aiodockerpy.models._base import Model, wire_names

_SCALARS = frozenset({str, int, float, bool})


def unsupported(model: object, version: ApiVersion) -> Iterator[tuple[str, Span]]:
    """Yield the fields that a request sets and the API version lacks, by wire names, with the versions that have them.

    Args:
        model: A request model, or lists and maps of them.
        version: The version in use.
    """
    return _walk(model, version, "", {})


def _walk(value: object, version: ApiVersion, where: str, rules: Mapping[str, Span]) -> Iterator[tuple[str, Span]]:
    if isinstance(value, Model):
        yield from _walk_fields(value, version, where, {**_lacking(type(value), version), **rules})
        return
    items = enumerate(value) if is_list(value) else value.items() if is_object(value) else ()
    for at, item in items:
        if type(item) not in _SCALARS:
            yield from _walk(item, version, f"{where}.{at}".lstrip("."), rules)


def _walk_fields(
    model: Model, version: ApiVersion, where: str, rules: Mapping[str, Span]
) -> Iterator[tuple[str, Span]]:
    names = wire_names(type(model))
    for field, value in model.__dict__.items():
        scalar = type(value) in _SCALARS
        if (scalar and not rules) or value is None or _is_empty(value):  # answers sent back have many of them
            continue
        name = names[field]
        path = f"{where}.{name}".lstrip(".")
        rule = rules.get(name)
        if rule is not None and not rule.covers(version) and (value or not rule.until):
            yield path, rule  # a removed field that is off changes nothing
        elif not scalar:
            inner = {rule.removeprefix(f"{name}."): span for rule, span in rules.items() if rule.startswith(f"{name}.")}
            yield from _walk(value, version, path, inner)


def _is_empty(value: object) -> bool:
    return isinstance(value, str | list | dict) and not value


@cache
def _lacking(model: type[Model], version: ApiVersion) -> Mapping[str, Span]:
    """Return those of the `spans` of a model that do not cover a version."""
    return {name: span for name, span in spans(model).items() if not span.covers(version)}


@cache
def spans(model: type[Model]) -> Mapping[str, Span]:
    """Map the fields of a model that not every version has, by wire name or path, to the versions that do."""
    found: dict[str, Span] = {}
    for base in reversed(model.__mro__):
        found.update(FIELDS.get(base.__name__, {}))
    return found
