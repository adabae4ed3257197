from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiodockerpy import errors
from aiodockerpy._protocol.dockerignore import Pattern, PatternMatcher, read_patterns


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("**", "file", True), ("**", "file/", True), ("**/", "file", True), ("**", "dir/file", True), ("**", "/", True),
        ("**/**", "dir/file", True), ("dir/**", "dir/file", True), ("dir/**", "dir/dir2/file/", True),
        ("dir/**", "dir", False), ("dir/**", "dirs/file", False), ("dir**", "dirs/file", True), ("dir**", "dir", True),
        ("**/dir", "dir", True), ("**/dir", "dir/file", True), ("**/dir", "a/b/dir/c", True), ("**/dir", "adir", False),
        ("**/dir2/*", "dir/dir2/file", True), ("**/dir2/**", "dir/dir2/dir3/file", True),
        ("**file", "file", True), ("**file", "dir/file", True), ("**file", "dir/afile", True), ("**file", "filea", False),
        ("**file*", "afile1", False), ("**file*", "file1", True), ("**file*", "a/file1", True),
        ("**/file", "dir/dir/file", True), ("**/file*", "dir/dir/file.txt", True), ("**/file*.txt*", "dir/file.txt", True),
        ("**/**/*.txt", "dir/dir/file.txt", True), ("**/**/*.txt2", "dir/dir/file.txt", False), ("**/*.txt", "file.txt", True),
        ("a**/*.txt", "a/file.txt", True), ("a**/*.txt", "a/dir/dir/file.txt", True), ("a**/*.txt", "ab.txt", True),
        ("a**/b", "ab", True), ("a**/b", "axb", False), ("a**/b", "ax/b", True), ("a**b", "a/x/b", True), ("a**b", "axb", False),
        ("a/*.txt", "a/dir/file.txt", False), ("a/*.txt", "a/file.txt", True), ("a/*.txt**", "a/file.txt", True),
        ("a/*.txt**", "a/b/c", False), ("*", "a", True), ("*", "a/b", True), ("*/b", "a/b", True), ("*/b", "a/c/b", False),
        ("a[b-d]e", "ace", True), ("a[b-d]e", "ae", False), ("a[b-d]e", "aae", False), ("a[^b-d]e", "aze", True),
        ("ab[^c]", "abc", False), ("ab[^e-g]", "abc", True), ("a[!b]c", "abc", True), ("a[!b]c", "a!c", True), ("a[!b]c", "adc", False),
        (".*", ".foo", True), (".*", "foo", False), ("abc.def", "abcdef", False), ("abc.def", "abcZdef", False),
        ("abc?def", "abcZdef", True), ("abc?def", "abcdef", False), ("a?b", "a/b", False), ("a*b", "a/b", False),
        ("a\\\\", "a\\", True), ("a\\*b", "a*b", True), ("a\\*b", "ab", False), ("a\\?b", "axb", False), ("a\\d", "ad", True), ("a\\d", "a1", False),
        ("**/foo/bar", "foo/bar", True), ("**/foo/bar", "dir/dir2/foo/bar", True), ("**/.foo", "bar.foo", False),
        ("abc/**", "abc", False), ("abc/**", "abc/def/ghi", True), ("a(b)c/def", "a(b)c/def", True), ("a(b)c/def", "a(b)c/xyz", False),
        ("a.|)$(}+{bc", "a.|)$(}+{bc", True), ("dist/*.whl", "dist/proxy.py-2.4.0rc3.dev36+g08-py3-none-any.whl", True),
        ("a*b*c*d*e*/f", "axbxcxdxexxx/f", True), ("a*b*c*d*e*/f", "axbxcxdxe/xxx/f", False),
        ("a*b?c*x", "abxbbxdbxebxczzx", True), ("a*b?c*x", "abxbbxdbxebxczzy", False),
        ("a?b", "a☺b", True), ("a[^a]b", "a☺b", True), ("a???b", "a☺b", False), ("[a-ζ]*", "\u03b1", True), ("*[a-ζ]", "A", False),
        ("[\\]a]", "]", True), ("[\\-]", "-", True), ("[x\\-]", "-", True), ("[x\\-]", "z", False), ("[\\-x]", "a", False),
        ("[*]", "*", True), ("[*]", "x", False), ("a]", "a]", True), ("[[]", "[", True), ("[&&~~||]x", "&x", True), ("[a^]", "^", True),
        ("*x", "xxx", True), ("docs", "docs/a/b", True), ("docs", "docsx", False), ("docs/", "docs/a", True), ("./docs", "docs", True),
        ("a/../b", "b", True), ("/docs", "docs", False), (".", "a", False), ("a//b", "a/b", True), ("..", "a", False),
        ("**x**", "axb", False), ("**x**", "a/xb/c", True), ("a\nb", "a\nb", True), ("Docs", "docs", False),
    ],
)  # fmt: skip
def test_matches(pattern, path, expected):
    assert PatternMatcher([pattern]).matches(path) is expected


@pytest.mark.parametrize(
    ("patterns", "path", "expected"),
    [
        ([], "any/path", False),
        (["", "  "], "a", False),
        (["!fileutils.go", "*.go"], "fileutils.go", True),
        (["*.go", "!fileutils.go"], "fileutils.go", False),
        (["docs", "!docs/README.md"], "docs/README.md", False),
        (["docs", "!docs/README.md"], "docs/other", True),
        (["docs/*", "!docs/README.md"], "docs/README.md", False),
        (["**", "!util/docker/web"], "util/docker/web/foo", False),
        (["**", "!util/docker/web", "util/docker/web/foo"], "util/docker/web/foo", True),
        (["**", "!dist/*.whl"], "dist/proxy.py-2.4.0+g08.whl", False),
        (["*", "!a/b/c"], "a/b/c/d", False),
        (["*", "!a/b/c"], "a/b", True),
        (["  a  ", " !a/b "], "a/b", False),
        (["a", "!a/b", "a/b/c", "!a/b/c/d"], "a/b/c/d/e", False),
        (["a", "!a/b", "a/b/c", "!a/b/c/d"], "a/b/c/x", True),
        (["**"], ".", False),
        (["*"], "a/..", False),
    ],
)
def test_several_patterns(patterns, path, expected):
    assert PatternMatcher(patterns).matches(path) is expected


@pytest.mark.parametrize(
    "pattern",
    [
        "[",
        "[]",
        "[^",
        "[^]",
        "[]a]",
        "[-]",
        "[x-]",
        "[-x]",
        "[a-b-c]",
        "[^bc",
        "a[",
        "\\",
        "a\\",
        "[a\\",
        "[z-a]",
        "[Local-Only]/",
        "!",
        "![",
        "a/[b/c",
    ],
)
def test_malformed_patterns(pattern):
    with pytest.raises(errors.InvalidArgument):
        PatternMatcher(["fine", pattern])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("\n\r\n \t\n", []),
        ("a\nb", ["a", "b"]),
        ("a\r\nb\r\n", ["a", "b"]),
        ("\ufeffa\n\ufeffb", ["a", "\ufeffb"]),
        ("\ufeff# comment\na", ["a"]),
        ("# a\n #b\na#c\n\\#d", ["#b", "a#c", "\\#d"]),
        ("  a b  \t\n", ["a b"]),
        ("/a/b/\n//c\n./d\ne/../f\ng//h", ["a/b", "c", "d", "f", "g/h"]),
        ("!/a\n! b \n!\n! \n!./c/", ["!a", "!b", "!", "!", "!c"]),
        ("/\n.\n..\n/..", ["/", ".", "..", "/"]),
        ("**/\n/**", ["**", "**"]),
        ("a\\ \n", ["a\\"]),
    ],
)
def test_read_patterns(text, expected):
    assert read_patterns(text) == expected


NAMES = st.sampled_from(["a", "b", "ab", "c.txt"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
PATTERNS = st.lists(
    st.tuples(
        st.sampled_from(["", "", "!"]),
        st.lists(
            st.sampled_from(["a", "b", "*", "**", "a*", "?", "**b", "[ab]", "*.txt", "\\a"]), min_size=1, max_size=3
        ).map("/".join),
    ).map("".join),
    max_size=5,
)


@given(PATTERNS, PATHS)
def test_a_walker_sees_what_matches_sees(patterns, path):
    matcher = PatternMatcher(patterns)
    hits = None
    parts = path.split("/")
    for end in range(1, len(parts)):
        hits = matcher.hits("/".join(parts[:end]), hits)
    assert matcher.excludes(matcher.hits(path, hits)) is matcher.matches(path)


@given(PATTERNS, PATHS)
def test_the_meaning_in_order(patterns, path):
    """The definition: go through the patterns, each against the path and all its parents."""
    parts = path.split("/")
    parents = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
    excluded = False
    for pattern in patterns:
        single = Pattern.parse(pattern)
        if any(single.regex.fullmatch(parent) for parent in parents):
            excluded = not single.exception
    assert PatternMatcher(patterns).matches(path) is excluded


@given(PATTERNS, PATHS, PATHS)
def test_what_is_skipped_has_nothing_to_keep(patterns, directory, below):
    matcher = PatternMatcher(patterns)
    if matcher.matches(directory) and matcher.can_skip(directory):
        assert matcher.matches(f"{directory}/{below}")


@pytest.mark.parametrize(
    ("patterns", "directory", "expected"),
    [
        (["node_modules"], "node_modules", True),
        (["node_modules", "!src"], "node_modules", True),
        (["node_modules", "!node_modules/keep"], "node_modules", False),
        (["node_modules", "!node_modules/keep"], "node_modules/other", True),
        (["node_modules", "!*/keep"], "node_modules", False),
        (["node_modules", "!**/keep"], "node_modules/a/b", False),
        (["a", "!a"], "a/b", True),
        (["a", "![ab]/c"], "a", False),
    ],
)
def test_can_skip(patterns, directory, expected):
    assert PatternMatcher(patterns).can_skip(directory) is expected


def test_stars_in_a_row_do_not_explode():
    matcher = PatternMatcher(["**/" * 30 + "x", "*" * 2 + "/" + "*" * 41 + "y"])
    assert matcher.matches("a/" * 60 + "b") is False
