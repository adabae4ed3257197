"""The end of an output."""

from __future__ import annotations

from hypothesis import given, strategies as st

from aiodockerpy.resources._processes.tail import Tail


@given(st.lists(st.binary(max_size=40)), st.integers(0, 60))
def test_the_last_bytes_are_kept_and_the_others_counted(pieces, limit):
    tail = Tail(limit)
    for piece in pieces:
        tail.add(piece)
    whole = b"".join(pieces)

    assert tail.value() == (whole[-limit:] if limit else b"")
    assert tail.dropped == len(whole) - len(tail.value())


def test_one_large_piece_is_not_kept_whole():
    tail = Tail(10)
    tail.add(bytes(1_000_000))

    assert tail.value() == bytes(10)
    assert tail.dropped == 999_990
