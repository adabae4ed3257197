"""Fields of request bodies that came after API 1.41, or went before 1.55, as data.

A row is a model of `aiodockerpy.models` by name, with its fields by wire name; a field that is not here exists in every
version from 1.41 on. Operations and query parameters stand in `aiodockerpy._protocol.operations`.
"""

from __future__ import annotations

from collections.abc import Mapping

from aiodockerpy._protocol.operations import Span

__all__ = ["FIELDS"]


def _fields(text: str) -> Mapping[str, Span]:
    return dict(map(Span.parse, text.split()))


FIELDS: Mapping[str, Mapping[str, Span]] = {}
