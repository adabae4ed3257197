"""Which entries are sent, against the plain meaning of the patterns."""

from __future__ import annotations

import posixpath

import pytest
from hypothesis import example, given, strategies as st

from aiodockerpy._archives.walk import Verdict
from aiodockerpy._protocol.dockerignore import PatternMatcher
from aiodockerpy.buildkit._files.filters import Filter
from aiodockerpy.buildkit._files.follow import without_nested
from tests.together import together

TREE = ["a", "a/b", "a/b/c", "a/b/d.txt", "a/e", "b", "b/c", "b/c/d.txt", "d.txt", "e", "e/b", "e/b/c", "e/b/c/d.txt"]


def directories() -> set[str]:
    return {posixpath.dirname(path) for path in TREE}


def kept(filter: Filter) -> set[str]:
    """Walk the tree as the walk does."""
    found: set[str] = set()

    def below(parent: str, above) -> None:
        for path in TREE:
            if posixpath.dirname(path) != parent:
                continue
            verdict, state = filter.judge(path, posixpath.basename(path), above, is_directory=path in directories())
            if verdict is Verdict.KEEP:
                found.add(path)
            if verdict is not Verdict.SKIP and path in directories():
                below(path, state)

    below("", filter.top)
    return found


TABLE = [
    ((), (), set(TREE)),
    (("a",), (), {"a", "a/b", "a/b/c", "a/b/d.txt", "a/e"}),
    (("a/b/c",), (), {"a/b/c"}),
    (("*/b",), (), {"a/b", "a/b/c", "a/b/d.txt", "e/b", "e/b/c", "e/b/c/d.txt"}),
    (("**/d.txt",), (), {"a/b/d.txt", "b/c/d.txt", "d.txt", "e/b/c/d.txt"}),
    ((), ("a", "b", "e"), {"d.txt"}),
    ((), ("*", "!a/b/c"), {"a/b/c"}),
    ((), ("**/d.txt", "!b/c/d.txt"), set(TREE) - {"a/b/d.txt", "d.txt", "e/b/c/d.txt"}),
    ((), ("a", "!a/b", "a/b/c"), set(TREE) - {"a", "a/e", "a/b/c"}),
    (("a", "b"), ("a/b", "!a/b/c"), {"a", "a/b/c", "a/e", "b", "b/c", "b/c/d.txt"}),
]


@together(("include", "exclude", "expected"), TABLE)
def test_table(include, exclude, expected) -> None:
    assert kept(Filter(include, exclude)) == expected


parts = st.sampled_from(["a", "b", "c", "d.txt", "e", "*", "**", "?", "*.txt", "[ab]"])
paths = st.lists(parts, min_size=1, max_size=4).map("/".join)
excludes = st.lists(st.tuples(st.sampled_from(["", "!"]), paths).map("".join), max_size=6)


@given(st.lists(paths, max_size=3), excludes)
@example([], ["a", "!a/b/c"])
def test_the_same_as_asking_for_every_path(include: list[str], exclude: list[str]) -> None:
    """Leaving directories out early and matching name by name changes nothing."""
    included, excluded = PatternMatcher(include), PatternMatcher(exclude)

    def matches(matcher: PatternMatcher, path: str) -> bool:
        place = matcher.root
        for depth, name in enumerate(path.split("/")):
            place = matcher.enter(matcher.below(place) if depth else place, name)
        return place.excluded

    expected = {path for path in TREE if (not include or matches(included, path)) and not matches(excluded, path)}
    assert kept(Filter(include, exclude)) == expected


def test_thousands_of_lines_are_looked_up() -> None:
    many = Filter((), [f"x/{number}" for number in range(5000)] + ["a"])
    assert kept(many) == {path for path in TREE if not path.startswith("a")}


@pytest.mark.parametrize(
    ("given_paths", "expected"),
    [(["a/b", "a", "ab", "c"], ["a", "ab", "c"]), (["a", "a"], ["a"]), ([], [])],
)
def test_without_nested(given_paths, expected) -> None:
    assert without_nested(given_paths) == expected
