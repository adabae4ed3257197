"""How a message shows what was given."""

from __future__ import annotations

import pytest

from aiodockerpy._protocol.unfit import shown


class Thing:
    pass


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (object(), "<object object> (object)"),
        ([object()], "[<object object>]"),
        (memoryview(b"x"), "<memory> (memoryview)"),
        (shown, "<function shown> (function)"),
        ("at 0x12", "'at 0x12'"),
        (None, "None"),
        (True, "True"),
        (5, "5 (int)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_value_without_its_address(given, text) -> None:
    assert shown(given) == text


def test_a_long_one_is_cut() -> None:
    assert " at 0x" not in shown(Thing())
    assert len(shown("x" * 1000)) == 60
