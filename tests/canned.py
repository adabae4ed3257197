"""Canned answers for clients, by aioresponses."""

from __future__ import annotations

import inspect
from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest import mock

import aiohttp
from aioresponses import aioresponses

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BASE", "canned"]

BASE = "http://docker.example.com"
"""What requests over a socket are addressed to."""


@contextmanager
def canned() -> Iterator[aioresponses]:
    """Answer requests without a connection.

    aioresponses does not give the ``stream_writer`` that newer versions of aiohttp ask of a response.
    """
    original = aiohttp.ClientResponse.__init__
    names = inspect.signature(original).parameters

    def patched(self: aiohttp.ClientResponse, *arguments: object, **options: object) -> None:
        if "stream_writer" in names:
            options.setdefault("stream_writer", mock.Mock(output_size=0))
        original(self, *arguments, **options)  # type: ignore[arg-type]

    with mock.patch.object(aiohttp.ClientResponse, "__init__", patched), aioresponses() as answers:
        yield answers
