from __future__ import annotations

from aiodockerpy._protocol.json_paths import Path, is_list, is_object, locate, order, prune
from tests.together import together

VALUE = {"a": [{"b": 1}, 2, {"c": [3]}], "d": None}


@together(
    ("location", "found"),
    [
        (("a", 0, "b"), ("a", 0, "b")),
        (("a", "list", 0), ("a",)),
        (("a", 2, "c", 0, "int"), ("a", 2, "c", 0)),
        (("a", 7), ("a",)),
        (("x",), ()),
        (("d", "b"), ("d",)),
    ],
)
def test_locate(location: Path, found: Path) -> None:
    assert locate(VALUE, location) == found


def test_prune() -> None:
    assert prune(VALUE, {("a", 1), ("a", 2, "c"), ("d",)}) == {"a": [{"b": 1}, {}]}
    assert VALUE == {"a": [{"b": 1}, 2, {"c": [3]}], "d": None}
    assert prune(VALUE, set()) is VALUE


def test_order() -> None:
    paths: list[Path] = [("a", 10), ("a", 2, "z"), ("a", 2), ("B",)]
    assert sorted(paths, key=order) == [("B",), ("a", 2), ("a", 2, "z"), ("a", 10)]


def test_kinds() -> None:
    assert is_object({})
    assert not is_object([])
    assert is_list([])
    assert not is_list("ab")
