"""What the kinds of numbers take, and how they refuse the rest."""

from __future__ import annotations

import enum
import io
import stat
from datetime import timedelta
from itertools import count
from pathlib import PurePosixPath

import pytest
from hypothesis import given, strategies as st

from aiodockerpy._arguments.kinds import (
    CELLS,
    CONTENT,
    COUNT,
    ENVIRONMENT,
    FILE,
    FILE_MODE,
    GRACE,
    ID,
    LABELS,
    NANOSECONDS,
    NUMBER,
    OPTIONAL_PATH,
    OWNER,
    PATH,
    POSITIVE,
    SECONDS,
    SIZE,
    SOME_SECONDS,
    TEXT,
    TEXT_FILE,
    TEXTS,
    TOLERANT_TEXT,
    choice,
    either,
    items,
)
from aiodockerpy._protocol.unfit import Unfit
from tests.together import together


class EmptyPath:
    def __fspath__(self):
        return ""


def closed(file):
    file.close()
    return file


@together(
    ("kind", "value", "expected"),
    [
        (FILE_MODE, 0o644, 0o644),
        (FILE_MODE, 0, 0),
        (FILE_MODE, 0o7777, 0o7777),
        (FILE_MODE, stat.S_IFREG | 0o4755, 0o4755),
        (FILE_MODE, "644", 0o644),
        (FILE_MODE, "0755", 0o755),
        (FILE_MODE, "0o600", 0o600),
        (COUNT, 0, 0),
        (COUNT, "12", 12),
        (COUNT, 3.0, 3),
        (POSITIVE, 1, 1),
        (CELLS, 65535, 65535),
        (OWNER, 2**32 - 2, 2**32 - 2),
        (GRACE, 9_223_372_036, 9_223_372_036),
        (PATH, PurePosixPath(""), "."),
        (OPTIONAL_PATH, "", None),
        (OPTIONAL_PATH, None, None),
        (OPTIONAL_PATH, "a", "a"),
    ],
)
def test_what_fits_is_converted(kind, value, expected):
    assert kind.read(value) == expected


@together(
    ("kind", "value", "is_type", "wanted"),
    [
        (FILE_MODE, -1, False, "file permissions"),
        (FILE_MODE, 0o200000, False, "file permissions"),
        (FILE_MODE, "888", False, "octal"),
        (FILE_MODE, "rwx", False, "octal"),
        (FILE_MODE, "-644", False, "octal"),
        (FILE_MODE, "", False, "octal"),
        (FILE_MODE, True, True, "file permissions"),
        (FILE_MODE, 6.0, True, "file permissions"),
        (ID, "a\udcff", False, "text that is valid Unicode"),
        (TOLERANT_TEXT, PurePosixPath("a\udcff"), False, "text that is valid Unicode"),
        (TEXTS, count(), False, "at most 1,000,000 items"),
        (COUNT, -1, False, "a whole number, 0 or more"),
        (COUNT, None, True, "a whole number, 0 or more"),
        (POSITIVE, 0, False, "a whole number, 1 or more"),
        (POSITIVE, 2**64, False, "a number of at most 64 bits"),
        (POSITIVE, True, True, "a whole number, 1 or more"),
        (CELLS, 65536, False, "a whole number, 0 to 65,535, not 65536"),
        (OWNER, 2**32 - 1, False, "a whole number, 0 to 4,294,967,294"),
        (GRACE, 9_223_372_037, False, "a whole number, 0 to 9,223,372,036"),
        (TEXTS, "a", True, "a list of texts"),
        (TEXTS, io.StringIO("a"), True, "a list of texts"),
        (TEXTS, io.BytesIO(), True, "a list of texts"),
        (TEXT_FILE, io.BytesIO(), True, "a text file that can be written to"),
        (TEXT_FILE, closed(io.StringIO()), False, "a file that is open"),
        (FILE, closed(io.BytesIO()), False, "a file that is open"),
        (PATH, "", False, "a path; '.' is the current directory, not ''"),
        (PATH, EmptyPath(), False, "a path; '.' is the current directory"),
        (PATH, b"a", True, "a path (str or os.PathLike)"),
        (OPTIONAL_PATH, b"", True, "a path (str or os.PathLike)"),
        (CONTENT, "", False, "a path; '.' is the current directory"),
        (CONTENT, {b"a", b"b"}, True, "an (async) iterable of bytes"),
        (CONTENT, closed(io.BytesIO()), False, "a file that is open"),
        (SOME_SECONDS, timedelta(0), False, "above 0"),
        (SOME_SECONDS, -1, False, "above 0"),
        (SOME_SECONDS, None, True, "above 0"),
        (either(COUNT, choice(["all"])), "x", False, "be a whole number, 0 or more or 'all', not 'x'"),
        (either(COUNT, choice(["all"])), [], True, "be a whole number, 0 or more or 'all', not []"),
        (either(items(COUNT, single=False), choice(["all"])), "x", False, "be 'all', not 'x'"),
        (either(items(COUNT), choice(["all"])), [-1], False, "[0] must be a whole number, 0 or more, not -1"),
        (either(POSITIVE, choice(["all"])), 2**64, False, "a number of at most 64 bits"),
    ],
)
def test_what_does_not_fit_is_refused(kind, value, is_type, wanted):
    with pytest.raises(Unfit) as caught:
        kind.read(value)
    assert caught.value.is_type is is_type
    assert wanted in str(caught.value.error("mode"))


class Colour(str, enum.Enum):  # noqa: UP042 - the older form, whose text is not its value
    RED = "red"


class Level(int, enum.Enum):
    HIGH = 5


class Share(float, enum.Enum):
    HALF = 0.5


@together(
    ("kind", "value", "expected"),
    [
        (TEXT, Colour.RED, "red"),
        (TOLERANT_TEXT, Level.HIGH, "5"),
        (TOLERANT_TEXT, Share.HALF, "0.5"),
        (ID, Colour.RED, "red"),
        (PATH, Colour.RED, "red"),
        (NUMBER, Level.HIGH, 5),
        (SIZE, Level.HIGH, 5),
        (NANOSECONDS, Level.HIGH, 5),
        (SECONDS, Share.HALF, 0.5),
        (TEXTS, [Colour.RED, Level.HIGH], ["red", "5"]),
        (LABELS, {Colour.RED: Level.HIGH}, {"red": "5"}),
        (ENVIRONMENT, {Colour.RED: Colour.RED, "level": Level.HIGH}, ["red=red", "level=5"]),
        (choice(["red", "blue"]), Colour.RED, "red"),
    ],
)
def test_an_enum_is_its_value(kind, value, expected):
    found = kind.read(value)
    assert found == expected
    assert repr(found) == repr(expected)


@given(st.integers(0, 0o7777))
def test_permissions_read_the_same_as_numbers_and_as_octal_text(mode):
    assert FILE_MODE.read(mode) == FILE_MODE.read(f"{mode:o}") == FILE_MODE.read(f"{mode:#o}") == mode
