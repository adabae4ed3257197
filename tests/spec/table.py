"""The facts of the specification, as the tests read them from ``engine.json``."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from aiodockerpy._protocol.operations import Span

_NAME = re.compile(r"([^<>]+)(?:>=([\d.]+))?(?:<=([\d.]+))?")


@dataclass(frozen=True)
class Field:
    """A field of a model: its type in the words of the table, known values, versions."""

    type: str
    values: tuple[object, ...]
    span: Span


@cache
def facts() -> dict[str, Any]:
    return json.loads(Path(__file__).with_name("engine.json").read_text())


def parse(text: str) -> tuple[str, Span]:
    match = _NAME.fullmatch(text)
    assert match is not None, text
    return match[1], Span.of(match[2] or "", match[3] or "")


def query(operation: str, key: str = "query") -> dict[str, Span]:
    return dict(map(parse, facts()["operations"][operation].get(key, "").split()))


def fields(model: str) -> dict[str, Field]:
    """The fields of a model of the specification, those it extends included."""
    row = facts()["models"][model]
    found: dict[str, Field] = {}
    for base in row.get("extends", []):
        found.update(fields(base))
    for text, (kind, *values) in row["fields"].items():
        name, span = parse(text)
        found[name] = Field(kind, tuple(values[0]) if values else (), span)
    return found
