"""Points in time as fields of models."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Annotated

from pydantic_core import CoreSchema, core_schema

from aiodockerpy._protocol.timestamps import Timestamp

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler

parse_time = lru_cache(1024)(Timestamp.parse)  # "never", and the times of what is inspected again and again


def _read_time(value: object) -> Timestamp:
    if isinstance(value, Timestamp):
        return value
    if isinstance(value, str):
        return parse_time(value)
    raise ValueError("a time is a Timestamp or its RFC 3339 text")


class _TimeSchema:
    @classmethod
    def __get_pydantic_core_schema__(cls, source: type, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            _read_time,
            json_schema_input_schema=core_schema.str_schema(),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda value: value.text, return_schema=core_schema.str_schema()
            ),
        )


Time = Annotated[Timestamp, _TimeSchema]
"""A point in time with the nine digits of the wire; falsy if it is Go's zero time, which means never."""
