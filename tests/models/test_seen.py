"""Answers seen on real engines: 20.10, 26.1 and 28.5."""

from __future__ import annotations

import json
from pathlib import Path

from aiodockerpy import models
from aiodockerpy.models._base import Model
from aiodockerpy.models._lists import list_from_wire
from tests.models.answers import nothing_unknown, read
from tests.together import together

SEEN = sorted(Path(__file__).parent.joinpath("seen").glob("*/*.json"))

# What an engine sends and no specification from 1.41 on knows.
UNKNOWN = {("20.10", "SystemDataUsage"): {"BuilderSize"}}


@together("file", SEEN, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_answer(file: Path) -> None:
    kind = getattr(models, file.stem)
    assert issubclass(kind, Model)
    body = file.read_bytes()
    value = json.loads(body)
    found = [read(kind, item) for item in value] if isinstance(value, list) else read(kind, value)
    unknown = UNKNOWN.get((file.parent.name, file.stem))
    if unknown is None:
        nothing_unknown(found)
    else:
        assert isinstance(found, Model)
        assert set(found.unknown) == unknown
    if isinstance(value, list):
        assert [item.to_dict() for item in list_from_wire(kind, body)] == value
