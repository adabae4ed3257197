"""Which API versions have what: operations, parameters and fields by name, for ``client.supports``."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

from aiodockerpy import models
from aiodockerpy._protocol.operations import OPERATIONS, Operation, Span
from aiodockerpy.errors import InvalidArgument
from aiodockerpy.models._base import Model, wire_names
from aiodockerpy.models._versions import spans

# Where a method is not called like its operation, or an argument not like its parameter.
_METHODS = {"images.pull": "images.create", "images.import_image": "images.create", "exec.start_detached": "exec.start"}
_ARGUMENTS = {"height": "h", "width": "w", "stoptimeout": "t", "tags": "t"}


def lookup(what: str) -> Span:
    """Report which API versions have something.

    Args:
        what: An operation (``"images.push"`` or ``"ImagePush"``), a parameter or filter of one
            (``"images.push.platform"``, ``"images.list.filters.until"``), or a field of a body
            (``"containers.create.HostConfig.Annotations"``, ``"HostConfig.Annotations"``). Names may be the engine's or
            this library's.

    Raises:
        InvalidArgument: There is no such thing; the message names the nearest.
    """
    parts = what.split(".")
    operation = _operation(parts)
    if operation is not None:
        return _joined(operation.span, _inside(operation, parts[1 if parts[0] == operation.id else 2 :], what))
    kind = _model(parts[0])
    if kind is None:
        raise _unknown(what, what, [*_names(), *(name for name in dir(models) if _model(name) is not None)])
    if len(parts) == 1:
        first = next(iter(wire_names(kind).values()))
        raise InvalidArgument(f"what: {what!r} is a model: name a field of it, such as '{what}.{first}'")
    return _field(kind, parts[1:], what, {})


def _names() -> Sequence[str]:
    return [*_METHODS, *(operation.name for operation in OPERATIONS.values())]


def _operation(parts: Sequence[str]) -> Operation | None:
    if parts[0] in OPERATIONS:
        return OPERATIONS[parts[0]]
    name = ".".join(parts[:2])
    name = _METHODS.get(name, name)
    return next((operation for operation in OPERATIONS.values() if operation.name == name), None)


def _model(name: str) -> type[Model] | None:
    found: object = getattr(models, name) if name in dir(models) else None
    return found if isinstance(found, type) and issubclass(found, Model) else None


def _inside(operation: Operation, parts: Sequence[str], what: str) -> Span:
    """Find a parameter, a filter, or a body field of an operation."""
    if not parts:
        return Span()
    parameters = {_plain(name): span for name, span in operation.parameters.items()}
    wanted = _plain(parts[0])
    wanted = wanted if wanted in parameters else _ARGUMENTS.get(wanted, wanted)
    if wanted == "filters" and len(parts) == 2 and parts[1] in operation.filters:
        return parameters[wanted]
    if wanted in parameters and len(parts) == 1:
        return parameters[wanted]
    body = _model(operation.body)
    if body is None:
        near = [*operation.parameters, *(f"filters.{name}" for name in operation.filters)]
        raise _unknown(what, ".".join(parts), near)
    return _field(body, parts, what, {})


def _field(kind: type[Model], parts: Sequence[str], what: str, rules: Mapping[str, Span]) -> Span:
    """Follow a path of fields through the models."""
    names = wire_names(kind)
    found = {_plain(wire): field for field, wire in names.items()} | {_plain(field): field for field in names}
    field = found.get(_plain(parts[0]))
    if field is None:
        raise _unknown(what, parts[0], names.values())
    wire = names[field]
    known = {**spans(kind), **rules}
    span = known.get(wire, Span())
    if len(parts) == 1:
        return span
    inner = _inner(kind.model_fields[field].annotation)
    if inner is None:
        raise _unknown(what, ".".join(parts), [wire])
    rules = {name.removeprefix(f"{wire}."): one for name, one in known.items() if name.startswith(f"{wire}.")}
    return _joined(span, _field(inner, parts[1:], what, rules))


def _inner(annotation: Any) -> type[Model] | None:
    """Find the model inside ``list[Mount] | None`` and the like."""
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return annotation
    return next((found for part in get_args(annotation) if (found := _inner(part)) is not None), None)


def _joined(outer: Span, inner: Span) -> Span:
    """Return the versions that have both."""
    since = max(filter(None, (outer.since, inner.since)), default=None)
    until = min(filter(None, (outer.until, inner.until)), default=None)
    return Span(since, until)


def _plain(name: str) -> str:
    return name.replace("-", "").replace("_", "").casefold()


def _unknown(what: str, part: str, known: Iterable[str]) -> InvalidArgument:
    names = list(known)
    near = difflib.get_close_matches(part, names, n=1, cutoff=0.4)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(names))}"
    return InvalidArgument(f"what: the Engine API has no {what!r} in any version: {hint}")
