"""Reading answers in tests: as they come, and back."""

from __future__ import annotations

import json
from typing import TypeVar

from aiodockerpy.models._base import Model
from aiodockerpy.utils import dumps

M = TypeVar("M", bound=Model)


def read(model: type[M], value: dict[str, object], *, drift: tuple[str, ...] = ()) -> M:
    """Read an answer, prove that it goes back to the same JSON by every way, and that only the given paths did not fit."""
    found = model.from_wire(json.dumps(value).encode())
    assert json.dumps(found.to_dict(), sort_keys=True) == json.dumps(value, sort_keys=True)
    assert json.loads(found.model_dump_json()) == json.loads(dumps(found)) == value
    assert model.from_value(value).to_dict() == value
    assert found.drift == drift
    return found


def nothing_unknown(found: object, where: str = "") -> None:
    """Prove that every field of an answer has its place in the models, nested ones too."""
    if isinstance(found, Model):
        assert not found.unknown, f"{where or type(found).__name__}: {sorted(found.unknown)}"
        for name, value in found.items():
            nothing_unknown(value, f"{where}.{name}")
    elif isinstance(found, dict):
        for name, value in found.items():
            nothing_unknown(value, f"{where}.{name}")
    elif isinstance(found, list):
        for at, value in enumerate(found):
            nothing_unknown(value, f"{where}.{at}")
