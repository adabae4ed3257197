from __future__ import annotations

import random
import re
import string
from contextlib import suppress
from functools import partial

import pytest
from hypothesis import given, strategies as st

from aiodockerpy import errors
from aiodockerpy._protocol.dockerignore import Pattern, PatternMatcher, matching_names, read_patterns
from tests._protocol.lines import Lines
from tests.together import together


@together(
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
        ("a\\\\", "a\\", True), ("a\\*b", "a*b", True), ("a\\*b", "ab", False), ("a\\?b", "axb", False), ("a\\d", "ad", False), ("a\\d", "a1", True),
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


SIGNS = "_-.+^ []\\"
TAILS = ["", *string.ascii_letters, *string.digits, *SIGNS, *"\t\n\f\r\a\v\1", "é"]


@together(
    ("pattern", "tails"),
    [
        (r"x\a", "\a"), (r"x\f", "\f"), (r"x\n", "\n"), (r"x\r", "\r"), (r"x\t", "\t"), (r"x\v", "\v"),
        (r"x\d", string.digits), (r"x\s", "\t\n\f\r "), (r"x\w", string.ascii_letters + string.digits + "_"),
        (r"x\D", {*TAILS} - {*string.digits, ""}), (r"x\S", {*TAILS} - {*"\t\n\f\r ", ""}),
        (r"x\W", {*TAILS} - {*string.ascii_letters, *string.digits, "_", ""}),
        (r"x[\d]", string.digits), (r"x[^\d]", {*TAILS} - {*string.digits, ""}), (r"x[\d-z]", string.digits + "-z"),
        ("x[[:digit:]]", string.digits), ("x[[:digit:]-]", string.digits + "-"), ("x[_[:alpha:].]", string.ascii_letters + "_."),
        ("x[^[:^xdigit:]]", string.hexdigits), ("x[[:punct:]]", "_-.+^[]\\"), ("x[[:cntrl:]]", "\t\n\f\r\a\v\1"), ("x[[:blank:]]", " \t"),
        ("x[[:^ascii:]]", "é"), ("x[[:space:]\\d]", string.digits + " \t\n\f\r\v"), ("x[[:word]", "[word"), ("x[:^word:]", "^word"),
        (r"x[a\-c]", "-ac"), (r"x[\n]", "\n"), (r"x[\]]", "]"), (r"x[\W]", {*TAILS} - {*string.ascii_letters, *string.digits, "_", ""}),
        (r"x\x41", "A"), (r"x[\x41]", "A"), (r"x\101", "A"), (r"x\011", "\t"), (r"x\08", ""),
        (r"x\_", "_"), (r"x\-", "-"), (r"x\.", "."), (r"x\[", "["), (r"x\]", "]"), (r"x\*", ""), (r"x\?", ""), ("x\\\\", "\\"),
        (r"x\b", {""}), (r"\bx", {""}), (r"x\ba", ""), (r"x\b-", "-"), (r"x\B-", ""), (r"x\Ba", "a"), (r"x\z", {""}), (r"\Ax", {""}),
        (r"\A", ""), (r"\z", ""), (r"\B", ""), (r"x\A", ""), (r"x\B", ""), (r"x\za", ""), (r"*\d", string.digits), (r"**\d", ""),
    ],
)  # fmt: skip
def test_a_backslash_or_a_name_means_what_it_means_for_buildx(pattern, tails):
    """As measured with buildx."""
    matcher = PatternMatcher([pattern])
    assert {tail for tail in TAILS if matcher.matches("x" + tail)} == {*tails}


def test_a_backslash_may_stand_for_a_slash():
    for pattern in (r"y\/x", r"y\Dx", r"y[\D]x", r"y\Wx"):
        assert PatternMatcher([pattern]).matches("y/x")


@together(
    "pattern",
    [
        *(f"x\\{letter}" for letter in "ceghijklmopquxyCEFGHIJKLMNOPRTUVXYZ123456789é/"),
        *(f"x[\\{letter}]" for letter in "bcépQ"),
        r"\x", r"x\x4", r"y/\x", r"b/\c", "x\\", r"x\ ", r"x[a-\d]", r"!x\c", r"src\css",
    ],
)  # fmt: skip
def test_a_backslash_without_a_meaning_is_refused_as_by_buildx(pattern):
    with pytest.raises(errors.InvalidArgument, match=r"is not a valid pattern; between names there is a slash"):
        PatternMatcher([pattern])


@together("pattern", [r"*\b", r"x\Qa", r"x\pN", r"x\p{L}"])
def test_what_buildx_takes_by_accident_and_is_refused_here(pattern):
    with pytest.raises(errors.InvalidArgument, match="is not a valid pattern"):
        PatternMatcher([pattern])


@together(
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


@together(
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
        "[[:none:]]",
        "[[:d:]]",
        "[[:alpha:]",
    ],
)
def test_malformed_patterns(pattern):
    with pytest.raises(errors.InvalidArgument):
        PatternMatcher(["fine", pattern])


@together(
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


NAMES = st.sampled_from(["a", "b", "ab", "c.txt", "a\nb"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
PARTS = [
    "a",
    "b",
    "*",
    "**",
    "a*",
    "?",
    "**b",
    "b**",
    "[ab]",
    "[^a]",
    "*.txt",
    "\\w",
    "\\Db",
    "[\\w.]*",
    "a\\b",
    "c\\.*",
    "*b*",
    "a]",
    "***",
    "[^/]**",
]
PATTERNS = st.lists(
    st.tuples(
        st.sampled_from(["", "", "!"]), st.lists(st.sampled_from(PARTS), min_size=1, max_size=4).map("/".join)
    ).map("".join),
    max_size=5,
)


def expression(pattern):
    """Translate a pattern to a regular expression in the way of the reference implementation, slow but known."""
    out, kind, index = "", "exact", 0
    while index < len(pattern):
        rest = pattern[index:]
        if rest.startswith("**"):
            step = 3 if rest.startswith("**/") else 2
            last = index + step >= len(pattern)
            kind = "prefix" if last and kind == "exact" else "expression"
            out += ".*" if last else "(?:.*/)?"
            kind = "suffix" if index == 0 else kind
        elif rest[0] in "*?":
            step, kind = 1, "expression"
            out += "[^/]*" if rest[0] == "*" else "[^/]"
        elif rest[0] == "[":
            step, kind = rest.index("]") + 1, "expression"
            out += rest[:step]
        elif rest[0] == "\\":
            step, kind = 2, "expression"
            out += rest[:2]
        elif rest[0] == "]":
            step, kind = 1, "expression"
            out += re.escape("]")
        else:
            step = 1
            out += re.escape(rest[0])
        index += step
    if kind == "suffix" and not pattern.startswith("**/"):
        out = ".*" + out.removeprefix("(?:.*/)?").removeprefix(".*")
    return re.compile(out, re.ASCII if kind == "expression" else re.DOTALL)


@given(PATTERNS, PATHS)
def test_the_meaning_in_order(patterns, path):
    """The definition: go through the patterns, each against the path and all its parents."""
    parts = path.split("/")
    parents = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
    excluded = False
    for pattern in patterns:
        single = Pattern.parse(pattern)
        if any(expression(single.text).fullmatch(parent) for parent in parents):
            excluded = not single.exception
    assert PatternMatcher(patterns).matches(path) is excluded


def walk(matcher, path):
    """Match a path and all its parents as a walk does; return the place of the path and that below it."""
    below = matcher.root
    for name in path.split("/"):
        place = matcher.enter(below, name)
        below = matcher.below(place)
    return place, below


@given(PATTERNS, PATHS)
def test_a_walk_follows_the_reference_implementation(patterns, path):
    """What holds for a directory is noted for what is below; patterns that change nothing are not even tried."""
    parsed = [Pattern.parse(pattern) for pattern in patterns]
    parts = path.split("/")
    noted = [False] * len(parsed)
    for end in range(1, len(parts) + 1):
        excluded, inherited = False, noted
        noted = list(inherited)
        for number, pattern in enumerate(parsed):
            if not noted[number] and pattern.exception is excluded:
                noted[number] = expression(pattern.text).fullmatch("/".join(parts[:end])) is not None
            if noted[number]:
                excluded = not pattern.exception
    assert walk(PatternMatcher(patterns), path)[0].excluded is excluded


@given(PATTERNS, PATHS, PATHS)
def test_where_no_exception_can_match_below_everything_is_excluded(patterns, directory, below):
    matcher = PatternMatcher(patterns)
    place, inside = walk(matcher, directory)
    if place.excluded and not matcher.can_match_below(inside, exception=True):
        assert walk(matcher, f"{directory}/{below}")[0].excluded


@together(
    ("patterns", "directory", "expected"),
    [
        (["node_modules"], "node_modules", False),
        (["node_modules", "!src"], "node_modules", False),
        (["node_modules", "!node_modules/keep"], "node_modules", True),
        (["node_modules", "!node_modules/keep"], "node_modules/other", False),
        (["node_modules", "!*/keep"], "node_modules", True),
        (["node_modules", "!**/keep"], "node_modules/a/b", True),
        (["a", "!a"], "a/b", False),
        (["a", "![ab]/c"], "a", True),
        (["a", "!b*/c"], "a", False),
    ],
)
def test_whether_an_exception_can_match_below(patterns, directory, expected):
    matcher = PatternMatcher(patterns)
    assert matcher.can_match_below(walk(matcher, directory)[1], exception=True) is expected


def test_names_are_matched_one_by_one():
    names = ["ab", "!x", "x", "a/b"]
    assert matching_names("a**", names) == ["ab"]
    assert matching_names("!?", names) == ["!x"]
    assert matching_names("[", names) == []


# ---- the work that patterns can cause


def lines_of(action):
    with Lines() as lines:
        action()
    return lines.count


HOSTILE = st.lists(
    st.sampled_from(["*a", "*", "?", "**/", "**", "a", "b", "/", "[ab]", "[^a]", "*a*", "**/*", "\\a", "!"]),
    min_size=1,
    max_size=12,
).map("".join)


@given(HOSTILE, st.sampled_from(["a", "ab", "a/", "b/a", "aab/"]), st.sampled_from([1, 4, 16]), st.integers(1, 4))
def test_the_steps_of_matching_grow_no_faster_than_the_path(part, path, grown, patterns):
    """The number of steps has a bound that is linear in the path; patterns count by thousands of pieces."""
    try:
        matcher = PatternMatcher([part * 10 * grown + end for end in "bcde"[:patterns]])
    except errors.InvalidArgument:
        return
    automata = len(matcher.root.state.nodes)
    for length in (50, 200):
        assert lines_of(partial(matcher.matches, path * length)) <= 150 * (automata + 1) * (len(path) * length + 2)


@given(HOSTILE)
def test_the_steps_of_parsing_are_linear(part):
    def parse():
        with suppress(errors.InvalidArgument):
            PatternMatcher([part * 50])

    assert lines_of(parse) <= 60 * len(part) * 50 + 500


def test_memory_is_bounded():
    matcher = PatternMatcher(["*[a-m]*[n-z]?a*" * 4])
    automaton = matcher.root.state.nodes[0]._automaton
    automaton._most = automaton._room = 100
    letters = random.Random(1)
    for _ in range(300):
        text = "".join(letters.choices("abcnop", k=20))
        assert matcher.matches(text) is bool(expression("*[a-m]*[n-z]?a*" * 4).fullmatch(text))
        assert len(automaton._nodes) <= 102
