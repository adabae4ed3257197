"""Pydantic's account of a request that does not fit its model, as this library's error about one value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, get_args

from aiodockerpy._protocol.unfit import Unfit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel, ValidationError

_WANTED: Final = {
    "bool_parsing": "True or False",
    "bool_type": "True or False",
    "dict_type": "a mapping",
    "float_parsing": "a number",
    "float_type": "a number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number of at most 64 bits",
    "int_type": "a whole number",
    "list_type": "a list",
    "model_type": "a mapping of its fields",
    "string_type": "text",
}

_MEMBERS: Final = frozenset({"bool", "float", "int", "str"})
"""What a path has for the members of a union, beside the fields."""


class Other:
    """A value that no field takes, whatever methods it has."""

    def __init__(self, value: object) -> None:
        self.value = value


def unfit(error: ValidationError, kind: type[BaseModel]) -> Unfit:
    """Return the problem that is deepest inside the value: of the members of a union, the one that fits best."""
    problem = max(error.errors(include_url=False), key=lambda one: (len(one["loc"]), one["type"] == "string_type"))
    location = tuple(step for step in problem["loc"] if step not in _MEMBERS and not str(step).startswith("literal["))
    path = "".join(map(step_text, location))
    owners = list(_owners(kind, location))
    if problem["type"] == "extra_forbidden":
        import difflib

        near = difflib.get_close_matches(str(location[-1]), _field_names(owners[-1]), n=1)
        hint = f": did you mean {near[0]!r}?" if near else ""
        return Unfit(None, path=path, is_type=False, problem=f"is not a field of {owners[-1].__name__}{hint}")
    wanted = _WANTED.get(problem["type"]) or problem["msg"].removeprefix("Input should be ").removeprefix(
        "Value error, "
    )
    secret = any(not _is_shown(owner, step) for owner in owners for step in location)
    value = problem["input"]
    return Unfit(value.value if isinstance(value, Other) else value, wanted, path=path, is_type=False, secret=secret)


def step_text(step: object) -> str:
    """Return one step of a path, for messages."""
    return f".{step}" if str(step).isidentifier() else f"[{step!r}]"


def _owners(kind: type[BaseModel], location: tuple[int | str, ...]) -> Iterator[type[BaseModel]]:
    """Follow a path through the models: every model that it enters."""
    yield kind
    for step in location:
        field = field_of(kind, step)
        inner = model_in(field.annotation) if field is not None else None
        if inner is not None:
            kind = inner
            yield kind


def field_of(kind: type[BaseModel], step: int | str) -> Any:
    """Return the field of a model by its own name or by that on the wire; ``None`` if there is none."""
    found = kind.model_fields
    return found.get(str(step)) or next((field for field in found.values() if field.serialization_alias == step), None)


def _field_names(kind: type[BaseModel]) -> list[str]:
    return [*kind.model_fields, *(str(field.serialization_alias) for field in kind.model_fields.values())]


def _is_shown(kind: type[BaseModel], step: int | str) -> bool:
    field = field_of(kind, step)
    return field is None or bool(field.repr)


def model_in(annotation: Any) -> type[BaseModel] | None:
    """Find the model inside ``list[Mount] | None`` and the like."""
    if hasattr(annotation, "model_fields"):
        model: type[BaseModel] = annotation
        return model
    return next((found for part in get_args(annotation) if (found := model_in(part)) is not None), None)
