"""The gate in front of public functions, and the way past it for calls of the library itself."""

from __future__ import annotations

import pytest

from aiodockerpy._arguments import checks_arguments, unchecked
from aiodockerpy.errors import InvalidValue


@checks_arguments
class Base:
    def __init__(self, state: int) -> None:
        self.state = state

    def inherited(self, value: int) -> object:
        return self.state, value


@checks_arguments
class Part(Base):
    def own(self, value: int) -> object:
        return self.state, value

    def through(self, value: object) -> object:
        return self.own(value)  # type: ignore[arg-type]


class TestUnchecked:
    @pytest.mark.parametrize("name", ["own", "inherited"])
    def test_takes_what_the_checked_object_refuses(self, name):
        part = Part(1)
        assert getattr(unchecked(part), name)("2") == (1, "2")
        with pytest.raises(InvalidValue, match="value must be"):
            getattr(part, name)("2.5")

    def test_calls_of_its_own_are_not_checked_either(self):
        assert unchecked(Part(1)).through("2.5") == (1, "2.5")

    def test_is_made_once_and_for_each_object(self):
        one, other = Part(1), Part(2)
        assert unchecked(one) is unchecked(one)
        assert unchecked(other).own(0) == (2, 0)

    def test_is_of_the_same_kind(self):
        assert isinstance(unchecked(Part(1)), Part)
        assert type(unchecked(Part(1))) is type(unchecked(Part(2)))
