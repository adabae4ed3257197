"""Dataclasses of the library behave as those of the standard library; they are only defined faster."""

from __future__ import annotations

import copy
import dataclasses
import importlib
import inspect
import pickle
import pkgutil
from dataclasses import FrozenInstanceError, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

import aiodockerpy
from aiodockerpy._dataclasses import dataclass
from aiodockerpy._protocol.versions import ApiVersion

if TYPE_CHECKING:
    from collections.abc import Callable


def plain(decorate: Callable[..., Any]) -> type:
    @decorate(slots=True)
    class Thing:
        """A thing."""

        kinds: ClassVar[int] = 3
        name: str
        size: int = 1
        parts: list[int] = field(default_factory=lambda: [1])
        secret: str = field(default="", repr=False)
        cache: int = field(default=0, compare=False)

        def twice(self) -> int:
            return 2 * self.size

    return Thing


def frozen(decorate: Callable[..., Any]) -> type:
    @decorate(frozen=True, slots=True, order=True)
    class Thing:
        name: str
        size: int = 1
        cache: int = field(default=0, compare=False, repr=False)

        def __post_init__(self) -> None:
            if self.size < 0:
                raise ValueError("less than nothing")

    return Thing


def by_keyword(decorate: Callable[..., Any]) -> type:
    @decorate(frozen=True, slots=True, kw_only=True)
    class Thing:
        name: str = "a"
        size: int

        def __repr__(self) -> str:
            return "its own"

    return Thing


def compared_by_itself(decorate: Callable[..., Any]) -> type:
    @decorate(frozen=True, slots=True)
    class Thing:
        name: str = "a"
        size: int = 1

        def __eq__(self, other: object) -> bool:
            return True

    return Thing


def by_identity(decorate: Callable[..., Any]) -> type:
    @decorate(slots=True, eq=False, repr=False)
    class Thing:
        name: str = "a"
        size: int = 1

    return Thing


def without_slots(decorate: Callable[..., Any]) -> type:
    @decorate(frozen=True)
    class Thing:
        name: str
        size: int = 1

        @cached_property
        def double(self) -> int:
            return 2 * self.size

    return Thing


def bare(decorate: Callable[..., Any]) -> type:
    @decorate(frozen=True, slots=True)
    class Thing:
        pass

    return Thing


CLASSES = [plain, frozen, by_keyword, compared_by_itself, by_identity, without_slots, bare]
GIVEN: list[dict[str, Any]] = [{"name": "a", "size": 1}, {"name": "b", "size": 0}, {"name": "b", "size": 0}]


def outcome(work: Callable[[], object]) -> object:
    try:
        return work()
    except (TypeError, ValueError, AttributeError) as error:
        return type(error), str(error)


def described(made: type) -> list[object]:
    """Everything about a class and some of its instances that can be compared with another class of that form."""
    things = [] if not dataclasses.fields(made) else [made(**given) for given in GIVEN]
    found: list[object] = [
        str(inspect.signature(made)),
        inspect.get_annotations(made.__init__),
        made.__doc__ if made.__doc__ and not made.__doc__.startswith("Thing(") else None,
        made.__qualname__,
        made.__match_args__,
        made.__match_args__ if hasattr(made, "double") else made.__slots__,
        [(each.name, each.type, each.repr, each.compare) for each in dataclasses.fields(made)],
        outcome(lambda: dataclasses.asdict(made(1, 2, 3, 4, 5, 6))),
        outcome(lambda: dataclasses.asdict(made(nothing=1))),
        outcome(lambda: dataclasses.asdict(made(name="a", size=-1))),
    ]
    for one in things:
        if made.__repr__ is not object.__repr__:
            found.append(repr(one))
        found.append(outcome(lambda one=one: dataclasses.asdict(one)))
        found.append(getattr(one, "double", None))
        found.append(getattr(copy.copy(one), "name", None))
        found.append(outcome(lambda one=one: dataclasses.replace(one, size=5).size))
        found.append(outcome(lambda one=one: hash(one) == hash(copy.copy(one))))
        found.append(outcome(lambda one=one: setattr(copy.copy(one), "size", 1)))
        found.append(outcome(lambda one=one: delattr(copy.copy(one), "size")))
        found.extend(one == other for other in things)
        found.extend(outcome(lambda one=one, other=other: one < other) for other in things)
    return found


@pytest.mark.parametrize("make", CLASSES)
def test_a_dataclass_behaves_as_one_of_the_standard_library(make):
    assert described(make(dataclass)) == described(make(dataclasses.dataclass))


@pytest.mark.parametrize("make", CLASSES)
def test_it_counts_as_a_dataclass(make):
    made = make(dataclass)
    assert dataclasses.is_dataclass(made)
    assert made.__dataclass_params__.frozen == make(dataclasses.dataclass).__dataclass_params__.frozen


def test_a_factory_is_called_for_each():
    made = plain(dataclass)
    one, other = made("a"), made("b")
    one.parts.append(2)
    assert (one.parts, other.parts) == ([1, 2], [1])


def test_a_frozen_one_cannot_be_changed():
    one = frozen(dataclass)("a")
    with pytest.raises(FrozenInstanceError, match="size"):
        one.size = 2
    with pytest.raises(FrozenInstanceError, match="size"):
        del one.size


def test_those_of_the_library_can_be_pickled():
    one = ApiVersion(1, 44)
    assert pickle.loads(pickle.dumps(one)) == one


def test_every_one_of_the_library_has_the_signature_of_its_twin():
    found = list(every_dataclass())
    assert len(found) > 100
    for made in found:
        fields = [each for each in dataclasses.fields(made) if each.init]
        assert list(inspect.signature(made.__init__).parameters)[1:] == [each.name for each in fields], made
        for each in fields:
            default = inspect.signature(made.__init__).parameters[each.name].default
            if each.default is not dataclasses.MISSING:
                assert default is each.default, (made, each.name)


def every_dataclass():
    for module in pkgutil.walk_packages(aiodockerpy.__path__, "aiodockerpy."):
        if module.name != "aiodockerpy.__main__":
            for value in vars(importlib.import_module(module.name)).values():
                if inspect.isclass(value) and value.__module__ == module.name and dataclasses.is_dataclass(value):
                    yield value
