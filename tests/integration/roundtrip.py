"""Every JSON answer of a real engine goes through its model and back: nothing lost, nothing invented, nothing that does not fit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from aiodockerpy.api import _part
from aiodockerpy.models._base import Model
from aiodockerpy.models._lazy import LazyModel
from aiodockerpy.models._lists import list_from_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Watch", "differences", "round_trip"]

_MANY = 5


def differences(sent: Any, given: Any, where: str = "") -> Iterator[str]:
    """Tell where two JSON values differ."""
    if isinstance(sent, dict) and isinstance(given, dict):
        for key in sent.keys() | given.keys():
            path = f"{where}.{key}"
            if key not in given:
                yield f"{path} was lost"
            elif key not in sent:
                yield f"{path} was invented"
            else:
                yield from differences(sent[key], given[key], path)
    elif isinstance(sent, list) and isinstance(given, list) and len(sent) == len(given):
        for at, (one, other) in enumerate(zip(sent, given, strict=True)):
            yield from differences(one, other, f"{where}[{at}]")
    elif sent != given or type(sent) is not type(given):
        yield f"{where} was {sent!r} and became {given!r}"


class Watch:
    """What was seen in a test: how many answers, and what changed in them."""

    def __init__(self) -> None:
        self.seen = 0
        self.found: list[str] = []

    def check(self, kind: type, operation: str, sent: Any, given: Any, drift: tuple[str, ...] = ()) -> None:
        self.seen += 1
        where = f"{operation or 'an answer'} as {kind.__name__}: "
        self.found += [where + difference for difference in differences(sent, given)]
        self.found += [f"{where}{path} does not fit its type" for path in drift]


@pytest.fixture(autouse=True)
def round_trip(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """Fail a test in which an answer came back from its model as another JSON value."""
    watch = Watch()

    def checked(read_one: Callable[..., Model]) -> Any:
        def from_wire(cls: type[Model], body: bytes | str, *, operation: str = "") -> Model:
            model = read_one(cls, body, operation=operation)
            drift = model.drift  # has a lazy model read everything
            watch.check(cls, operation, json.loads(body), model.to_dict(), drift)
            return model

        return classmethod(from_wire)

    def from_list(kind: type, body: bytes | str, *, operation: str = "") -> list[Any]:
        items = list_from_wire(kind, body, operation=operation)
        drift = tuple(path for item in items if isinstance(item, Model) for path in item.drift)  # reads lazy ones, too
        given = [item.to_dict() if isinstance(item, Model) else item for item in items]
        watch.check(kind, operation, json.loads(body) or [], given, drift)
        return items

    for kind in (Model, LazyModel):
        monkeypatch.setattr(kind, "from_wire", checked(kind.from_wire.__func__))  # type: ignore[attr-defined]
    monkeypatch.setattr(_part, "list_from_wire", from_list)
    yield watch
    if watch.found:
        more = f" (and {len(watch.found) - _MANY} more)" if len(watch.found) > _MANY else ""
        pytest.fail("changed on the way: " + "; ".join(sorted(set(watch.found))[:_MANY]) + more, pytrace=False)
