"""Ways to cut a byte stream: what a decoder returns may not depend on them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterator


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """Cut data at some places; equal places give empty pieces."""
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[begin:end] for begin, end in itertools.pairwise(edges)]


PLACES = st.lists(st.integers(0, 1 << 20), max_size=12)


def ways(data: bytes) -> Iterator[list[bytes]]:
    """Whole, byte by byte, and in two at every place."""
    yield [data]
    yield [data[i : i + 1] for i in range(len(data))]
    for i in range(1, len(data)):
        yield [data[:i], data[i:]]
